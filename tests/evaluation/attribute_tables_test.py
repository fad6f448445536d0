import json
import shutil

import pytest
from PIL import Image

from tests.command import tfcompat_main


@pytest.fixture
def out(tmp_path, outfit_folder, attribute_runs):
    """A folder for results whose encoder is trained already."""
    folder = tmp_path / "results" / "runs" / outfit_folder.name
    folder.mkdir(parents=True)
    shutil.copytree(attribute_runs / "adde", folder / "encoder")
    return tmp_path / "results"


class TestReproduce:
    @pytest.mark.parametrize(
        ("table", "row", "pictures"),
        [
            ("adde", "| ADDE-M |", ("manipulation", "similarity")),
            ("outfits", "| ADDE-O, weighted concat", ("completions",)),
        ],
    )
    def test_table_and_pictures(
        self, out, outfit_folder, capsys, table, row, pictures
    ):
        line = (
            f"reproduce {table} --data {outfit_folder} --out {out} --seeds 1"
            " --set epochs=2 --set image_size=32"
        )
        # The encoder was trained with a dim of its own.
        config = out / "runs" / outfit_folder.name / "encoder" / "config.json"
        dim = json.loads(config.read_text())["dim"]
        assert tfcompat_main(f"{line} --set dim={dim}") == 0
        printed = capsys.readouterr().out
        assert row in printed
        assert printed == (out / "table.md").read_text()
        results = json.loads((out / "table.json").read_text())["results"]
        assert all(result["count"] > 0 for result in results)
        for name in ("table", *pictures):
            with Image.open(out / f"{name}.png") as image:
                assert min(image.size) > 100
