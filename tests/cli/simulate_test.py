import argparse
import subprocess
import sys

import pytest

from tfcompat.cli import simulate
from tfcompat.data.errors import InputError
from tfcompat.data.wardrobe import Wardrobe


def run(*words):
    parser = argparse.ArgumentParser()
    simulate.add_arguments(parser)
    simulate.run(parser.parse_args([str(word) for word in words]))


TINY = ("--customers", 4, "--items", 8, "--votes-per-customer", 5)
TINY += ("--pairs-per-customer", 6)


class TestSimulate:
    def test_end_to_end(self, tmp_path, capsys):
        out = tmp_path / "wardrobe"
        run(out, *TINY, "--seed", 2, "--world", "common")
        wardrobe = Wardrobe.load(out)
        assert wardrobe.manifest["name"] == "simulated-common-drawn-2"
        assert wardrobe.manifest["world"]["common"] == 0.5
        said = capsys.readouterr().out
        assert said.count("\n") == 1
        assert "8 items (drawn), 4 customers" in said
        oracle = wardrobe.manifest["measured"]["pair_oracle_roc_auc"]
        assert f"ROC AUC {oracle:.3f}" in said

    def test_photos_of_another_wardrobe(self, tmp_path, capsys):
        run(tmp_path / "drawn", *TINY)
        images = ("--images", tmp_path / "drawn" / "items.csv")
        run(tmp_path / "photos", *TINY[:2], *TINY[4:], *images)
        assert "8 items (photographed)" in capsys.readouterr().out
        assert len(Wardrobe.load(tmp_path / "photos").items) == 8

    def test_existing_folder_is_refused(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(InputError, match="already exists"):
            run(tmp_path, *TINY)

    def test_zero_customers(self, tmp_path):
        with pytest.raises(InputError, match="--customers .* got 0"):
            run(tmp_path / "out", "--customers", 0)

    def test_text_for_a_number(self, tmp_path, capsys):
        with pytest.raises(SystemExit) as exit_:
            run(tmp_path / "out", "--items", "many")
        assert exit_.value.code == 2
        assert "--items: invalid int value: 'many'" in capsys.readouterr().err

    def test_unknown_world(self, tmp_path):
        with pytest.raises(SystemExit) as exit_:
            run(tmp_path / "out", "--world", "flat")
        assert exit_.value.code == 2

    def test_needs_no_tensorflow(self, tmp_path):
        code = (
            "import sys, argparse; from tfcompat.cli import simulate as s; "
            "p = argparse.ArgumentParser(); s.add_arguments(p); "
            "assert 'numpy' not in sys.modules; "
            f"s.run(p.parse_args({[str(w) for w in (tmp_path / 'o', *TINY)]}));"
            "assert 'tensorflow' not in sys.modules"
        )
        subprocess.run([sys.executable, "-c", code], check=True)
