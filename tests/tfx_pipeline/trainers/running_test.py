import json
import pathlib
import socket

import numpy as np
import pytest

from tests.tfx_pipeline.trainers import train_stage
from tfcompat.training.run_folder import RunFolder
from tfx_pipeline.trainers.running import copy_folder, fetch_folder, train


def write(folder, names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def files(folder):
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file()
    )


class TestCopyFolder:
    def test_all_but_what_was_left_half_written(self, tmp_path):
        write(tmp_path / "a", ["x", "b/y", "b/c/z", "b/.y.12.partial"])
        copy_folder(tmp_path / "a", tmp_path / "to")
        assert files(tmp_path / "to") == ["b/c/z", "b/y", "x"]
        assert (tmp_path / "to/b/y").read_text() == "b/y"

    def test_replaces_what_is_there_and_leaves_the_rest(self, tmp_path):
        write(tmp_path / "a", ["x"])
        write(tmp_path / "to", ["other"])
        (tmp_path / "to" / "x").write_text("old")
        copy_folder(tmp_path / "a", tmp_path / "to")
        assert files(tmp_path / "to") == ["other", "x"]
        assert (tmp_path / "to" / "x").read_text() == "x"


class TestRemote:
    def test_run_by_url_is_fetched_once(self, tmp_path):
        write(tmp_path / "run" / "12", ["config.json"])
        url = f"file://{tmp_path}/run/12"
        found = fetch_folder(url, tmp_path / "work")
        assert found.parent == tmp_path / "work" / "fetched"
        assert files(found) == ["config.json"]
        write(tmp_path / "run" / "12", ["later"])
        assert fetch_folder(url, tmp_path / "work") == found
        assert files(found) == ["config.json"]

    def test_runs_are_told_apart_by_all_of_their_url(self, tmp_path):
        # As Vertex AI names what components leave.
        for stage in ("encoder", "stage_one"):
            write(tmp_path / stage / "model_run", [stage])
            url = f"file://{tmp_path}/{stage}/model_run"
            assert files(fetch_folder(url, tmp_path / "work")) == [stage]

    def test_local_run_is_taken_from_where_it_is(self, tmp_path):
        assert fetch_folder(str(tmp_path), tmp_path / "work") == tmp_path

    def test_finished_run_goes_where_a_url_says(self, stages, shop, tmp_path):
        args = stages.args(
            "partial-dual", rank=2, model_run_dir=f"file://{tmp_path}/run"
        )
        run = train(args, args.config, shop)
        assert run.path == pathlib.Path(args.work) / "run"
        RunFolder(tmp_path / "run").require_finished()


class TestTrain:
    def test_what_was_killed_at_its_first_step_is_no_obstacle(
        self, stages, shop
    ):
        args = stages.args("partial-dual", rank=2)
        write(pathlib.Path(args.work) / "run", [".config.json.1.partial"])
        train(args, args.config, shop).require_finished()
        assert not list(pathlib.Path(args.model_run_dir).glob(".*"))


def free_port():
    with socket.socket() as listening:
        listening.bind(("localhost", 0))
        return listening.getsockname()[1]


@pytest.mark.slow
class TestTwoWorkers:
    def test_train_one_model_that_the_first_keeps(self, stages):
        args = stages.psa_net()
        hosts = [f"localhost:{free_port()}" for _ in range(2)]
        workers = [
            train_stage.start(
                args,
                TF_CONFIG=json.dumps(
                    {
                        "cluster": {"worker": hosts},
                        "task": {"type": "worker", "index": index},
                    }
                ),
            )
            for index in range(2)
        ]
        for worker in workers:
            output, _ = worker.communicate(timeout=240)
            assert worker.returncode == 0, output
            assert "training on 2 devices" in output
        alone = RunFolder(stages.stage_two.model_run_dir).read_history()
        found = RunFolder(args.model_run_dir).read_history()
        np.testing.assert_allclose(
            [row["loss"] for row in found],
            [row["loss"] for row in alone],
            rtol=5e-3,
        )
