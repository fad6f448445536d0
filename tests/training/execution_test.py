import json
import shutil

import pytest

from tfcompat.data.errors import InputError
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.training.execution import execute
from tfcompat.training.partial_dual import PartialDualConfig


class TestExecute:
    def test_a_run_remembers_its_wardrobe(self, runs, wardrobe_folder):
        data = json.loads((runs / "psa-net" / "data.json").read_text())
        assert data["wardrobe"] == str(wardrobe_folder.absolute())
        wardrobe = Wardrobe.load(wardrobe_folder)
        assert data["splits_hash"] == wardrobe.splits_hash
        assert data["counts"]["items"] == 40


class TestResume:
    """With the same settings; `metrics.json` is what makes a run finished."""

    config = PartialDualConfig(rank=3)

    @pytest.fixture(params=["finished", "interrupted"])
    def run(self, request, runs, tmp_path):
        run = shutil.copytree(runs / "partial-dual", tmp_path / "run")
        if request.param == "interrupted":
            (run / "metrics.json").unlink()
        return run

    def refused(self, run, wardrobe, message):
        before = (run / "data.json").read_bytes()
        with pytest.raises(InputError, match=f"{run}: .*{message}"):
            execute(self.config, wardrobe, run, resume=True)
        assert (run / "data.json").read_bytes() == before

    def test_goes_on_wherever_the_wardrobe_is_now(
        self, run, wardrobe_folder, tmp_path
    ):
        moved = shutil.copytree(wardrobe_folder, tmp_path / "moved")
        wardrobe = Wardrobe.load(moved)
        assert execute(self.config, wardrobe, run, resume=True).is_finished

    def test_other_counts_are_refused(self, run, wardrobe_folder, tmp_path):
        other = shutil.copytree(wardrobe_folder, tmp_path / "other")
        with open(other / "customers.csv", "a", encoding="utf-8") as file:
            file.write("zoe,,,,\n")
        said = f"another wardrobe, {other}; changed: customers 30 -> 31\\."
        self.refused(run, Wardrobe.load(other), said)

    def test_other_splits_are_refused(self, run, wardrobe_folder, tmp_path):
        other = shutil.copytree(wardrobe_folder, tmp_path / "other")
        manifest = json.loads((other / "wardrobe.json").read_text())
        manifest["split_seed"] = 7
        (other / "wardrobe.json").write_text(json.dumps(manifest))
        self.refused(run, Wardrobe.load(other), r"changed: splits_hash \w+ -> ")
