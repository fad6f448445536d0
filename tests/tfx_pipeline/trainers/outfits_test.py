import dataclasses
import pathlib

import numpy as np
import pandas as pd
import pytest

from tfcompat.data.id_splits import outfit_splits
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.training.run_folder import RunFolder
from tfx_pipeline.pipeline import make_example_set
from tfx_pipeline.trainers import outfits
from tfx_pipeline.trainers.examples import read_wardrobe
from tfx_pipeline.transformed_examples import TransformedSet


@pytest.fixture(scope="module")
def worn(shop_folder, wardrobe, tmp_path_factory):
    """The shop with outfits, some of which nobody in particular wears."""
    worn = wardrobe.outfits.copy()
    worn.loc[worn["outfit_id"] == worn["outfit_id"].iloc[0], "customer"] = -1
    shop = dataclasses.replace(Wardrobe.load(shop_folder), outfits=worn)
    folder = tmp_path_factory.mktemp("worn") / "wardrobe"
    shop.save(folder)
    return Wardrobe.load(folder)


@pytest.fixture(scope="module")
def made(pipeline_runs, worn, tmp_path_factory):
    """Folders of the example set and its graph, made by the components."""
    from tfx.orchestration.local.local_dag_runner import LocalDagRunner

    from tfx_pipeline.pipeline import assemble

    root = tmp_path_factory.mktemp("outfits")
    config = dataclasses.replace(
        pipeline_runs.config,
        wardrobe=str(worn.folder),
        pipeline_root=str(root),
        metadata_path=str(root / "metadata.sqlite"),
    )
    made = make_example_set(config, "outfits")
    LocalDagRunner().run(assemble(config, made.components))
    folder = root / "Transform_outfits"
    return tuple(
        str(next(folder.glob(f"{name}/[0-9]*")))
        for name in ("transformed_examples", "transform_graph")
    )


@pytest.fixture(scope="module")
def args(stages, made):
    examples, graph = made
    args = stages.args(
        "medal-small",
        ("items",),
        image_size=16,
        local_size=8,
        patch_size=8,
        width=12,
        depth=1,
        local_crops=0,
        head_units=16,
        aids=(),
        colour_dim=0,
        epochs=1,
        runs={"encoder": stages.encoder.model_run_dir},
    )
    return dataclasses.replace(
        args,
        examples={**args.examples, "outfits": examples},
        transform_graphs={**args.transform_graphs, "outfits": graph},
    )


def by_id(wardrobe, customers):
    frame = wardrobe.outfits.copy()
    ids = wardrobe.items["item_id"].to_numpy()
    frame["item"] = ids[frame["item"]]
    if not customers:
        frame["customer"] = -1
    return frame


class TestOutfits:
    def test_splits_are_the_wardrobes(self, worn, made):
        examples = TransformedSet(*made)
        for split in ("train", "valid", "test"):
            ids = examples.read(split, ["outfit_id"])["outfit_id"]
            ids = [name.decode() for name in ids]
            assert ids and set(outfit_splits(worn, ids)) == {split}

    def test_rows_are_the_wardrobes(self, worn, args, tmp_path):
        found = read_wardrobe(args, tmp_path)
        # Without votes there are no customers.
        pd.testing.assert_frame_equal(
            by_id(found, customers=False),
            by_id(worn, customers=False),
            check_dtype=False,
        )
        assert (found.outfits["customer"] == -1).all()
        assert found.outfits["item"].dtype == np.int32

    def test_medal_learns_from_them(self, args):
        outfits.run_fn(args)
        run = RunFolder(args.model_run_dir)
        run.require_finished()
        assert run.read_json("metrics.json")["triplet"] > 0
        assert any(pathlib.Path(run.checkpoints).iterdir())
