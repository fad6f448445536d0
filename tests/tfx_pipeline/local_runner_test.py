import os
import pathlib
import subprocess
import sys

RUNNER = pathlib.Path(__file__).parents[2] / "tfx_pipeline" / "local_runner.py"


def test_wrong_setting_ends_in_one_line_and_status_2(tmp_path):
    environment = {**os.environ, "TFCOMPAT_PIPELINE_SEED": "many"}
    done = subprocess.run(
        [sys.executable, str(RUNNER)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "tfcompat pipeline: TFCOMPAT_PIPELINE_SEED: seed must be a whole "
        "number, got 'many'.\n"
    )


def test_defaults_are_in_the_clone():
    from tfx_pipeline.local_runner import DEFAULTS

    root = str(RUNNER.parents[1])
    assert DEFAULTS.name == "tfcompat"
    assert DEFAULTS.wardrobe == f"{root}/demo/wardrobe"
    for example_set in ("items", "item_votes", "pair_votes"):
        assert pathlib.Path(
            DEFAULTS.schema, example_set, "schema.pbtxt"
        ).exists()
