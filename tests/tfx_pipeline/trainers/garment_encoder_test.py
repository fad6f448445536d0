import dataclasses

import numpy as np

from tfcompat.training.run_folder import RunFolder
from tfx_pipeline.trainers import garment_encoder


class TestRun:
    def test_it_is_finished_and_holds_what_later_stages_need(
        self, stages, shop
    ):
        run = RunFolder(stages.encoder.model_run_dir)
        run.require_finished()
        assert [row["epoch"] for row in run.read_history()] == [1, 2]
        assert any(run.checkpoints.iterdir())
        assert any(run.tensorboard.rglob("events*"))
        images = {
            path.relative_to(run.path / "wardrobe")
            for path in (run.path / "wardrobe").rglob("*.*")
        }
        assert sorted(map(str, images)) == sorted(shop.items["image"])
        [features] = (run.path / "features").iterdir()
        assert len(np.load(features)) == len(shop.items)

    def test_later_stages_compute_no_features_again(self, stages):
        assert stages.stage_two
        run = RunFolder(stages.encoder.model_run_dir)
        assert len(list((run.path / "features").iterdir())) == 1

    def test_it_needs_no_votes(self, stages):
        assert set(stages.encoder.examples) == {"items"}

    def test_run_by_url_takes_its_features_along(self, stages, tmp_path):
        args = stages.encoder
        url = f"file://{tmp_path}/run"
        garment_encoder.run_fn(dataclasses.replace(args, model_run_dir=url))
        [features] = (tmp_path / "run" / "features").iterdir()
        [expected] = RunFolder(args.model_run_dir).path.glob("features/*")
        # Under the name by which later stages, elsewhere, look for them.
        assert features.name == expected.name
        np.testing.assert_allclose(
            np.load(features), np.load(expected), rtol=1e-5
        )
