import dataclasses
import json
import pathlib

import pytest

from tfcompat.data.errors import InputError
from tfcompat.training.run_folder import RunFolder


@dataclasses.dataclass(frozen=True)
class Settings:
    seed: int = 0
    splits: tuple = ("train",)
    encoder: str = ""


class TestStart:
    def test_config_is_kept(self, tmp_path):
        run = RunFolder.start(tmp_path / "run", Settings(seed=3))
        config = run.read_config()
        assert config["config"] == "Settings"
        assert config["seed"] == 3
        assert config["splits"] == ["train"]

    def test_a_second_run_into_the_folder_is_refused(self, tmp_path):
        RunFolder.start(tmp_path, Settings())
        with pytest.raises(InputError, match="holds a run already.*--resume"):
            RunFolder.start(tmp_path, Settings())

    def test_resuming_with_other_settings_names_them(self, tmp_path):
        RunFolder.start(tmp_path, Settings())
        with pytest.raises(InputError, match="changed: seed 0 -> 1"):
            RunFolder.start(tmp_path, Settings(seed=1), resume=True)

    def test_somebody_elses_folder_is_refused(self, tmp_path):
        (tmp_path / "thesis.txt").write_text("mine")
        with pytest.raises(InputError, match="is not empty and holds no run"):
            RunFolder.start(tmp_path, Settings())
        assert (tmp_path / "thesis.txt").read_text() == "mine"


class TestFoldersOfSettings:
    @pytest.fixture
    def encoder(self, tmp_path, monkeypatch):
        """Path of an encoder's run as typed in the folder it is seen from."""
        (tmp_path / "runs" / "encoder").mkdir(parents=True)
        monkeypatch.chdir(tmp_path)
        return "runs/encoder"

    def test_they_are_found_from_anywhere(self, encoder, tmp_path, monkeypatch):
        run = RunFolder.start("runs/one", Settings(encoder=encoder))
        monkeypatch.chdir(tmp_path / "runs")
        kept = pathlib.Path(RunFolder("one").read_config()["encoder"])
        assert kept.samefile(tmp_path / "runs" / "encoder")
        # Typed from there it is the same.
        RunFolder.start("one", Settings(encoder="encoder"), resume=True)
        monkeypatch.chdir(tmp_path)
        with pytest.raises(InputError, match="changed: encoder"):
            RunFolder.start(run.path, Settings(encoder="runs"), resume=True)

    def test_none_and_names_that_are_no_folder_stay(self, encoder):
        for place, name in enumerate(("", "somebody/clip")):
            run = RunFolder.start(f"runs/{place}", Settings(encoder=name))
            assert run.read_config()["encoder"] == name

    def test_runs_of_earlier_versions_go_on(self, encoder, tmp_path):
        run = RunFolder.start("runs/one", Settings(encoder=encoder))
        run.write_json("config.json", {**run.read_config(), "encoder": encoder})
        for name in (encoder, str(tmp_path / encoder)):
            RunFolder.start("runs/one", Settings(encoder=name), resume=True)


class TestFiles:
    def test_a_failing_writer_leaves_the_old_file_whole(
        self, tmp_path, monkeypatch
    ):
        run = RunFolder.start(tmp_path, Settings())
        run.write_json("metrics.json", {"loss": 1})

        def full(*args, **kwargs):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("pathlib.Path.write_text", full)
        with pytest.raises(InputError, match="metrics.json: cannot be written"):
            run.write_json("metrics.json", {"loss": 2})
        monkeypatch.undo()
        assert run.read_json("metrics.json") == {"loss": 1}
        assert not list(tmp_path.glob(".*partial"))

    def test_history_comes_back(self, tmp_path):
        run = RunFolder.start(tmp_path, Settings())
        run.write_history([{"epoch": 1, "loss": 0.5}])
        assert run.read_history() == [{"epoch": 1.0, "loss": 0.5}]

    def test_missing_and_unreadable_are_said(self, tmp_path):
        with pytest.raises(InputError, match="is not a run folder"):
            RunFolder(tmp_path).read_config()
        with pytest.raises(InputError, match="is not there"):
            RunFolder(tmp_path / "none").read_config()
        (tmp_path / "config.json").write_text("{half")
        with pytest.raises(InputError, match="config.json: cannot be read"):
            RunFolder(tmp_path).read_config()

    def test_metrics_mark_a_finished_run(self, tmp_path):
        run = RunFolder.start(tmp_path, Settings())
        with pytest.raises(InputError, match="is not finished"):
            run.require_finished()
        run.write_json("metrics.json", {})
        run.require_finished()
        assert json.loads((tmp_path / "metrics.json").read_text()) == {}
