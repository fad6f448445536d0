import json
import shutil

import pandas as pd
import pytest
from PIL import Image

from tests.command import tfcompat_main
from tfcompat.evaluation import adde_table, outfit_table

# Of each table: its module and the rows that are tried.
TABLES = {
    "adde": (adde_table, ("ADDE-M", "ADDE-C")),
    "outfits": (
        outfit_table,
        ("CSA-Net, outfit ranking loss", "ADDE-O, weighted concatenation"),
    ),
}


@pytest.fixture
def out(tmp_path, outfit_folder, attribute_runs):
    """A folder for results whose encoder is trained already."""
    folder = tmp_path / "results" / "runs" / outfit_folder.name
    folder.mkdir(parents=True)
    shutil.copytree(attribute_runs / "adde", folder / "encoder")
    return tmp_path / "results"


class TestReproduce:
    @pytest.mark.parametrize(
        ("table", "pictures"),
        [
            ("adde", ("manipulation", "similarity")),
            ("outfits", ("completions",)),
        ],
    )
    def test_table_and_pictures(
        self, out, outfit_folder, capsys, monkeypatch, table, pictures
    ):
        module, rows = TABLES[table]
        tried = [row for row in module.ROWS if row.name in rows]
        monkeypatch.setattr(module, "ROWS", tried)
        line = (
            f"reproduce {table} --data {outfit_folder} --out {out} --seeds 1"
            " --set epochs=2 --set image_size=32"
        )
        # The encoder was trained with a dim of its own.
        config = out / "runs" / outfit_folder.name / "encoder" / "config.json"
        dim = json.loads(config.read_text())["dim"]
        assert tfcompat_main(f"{line} --set dim={dim}") == 0
        printed = capsys.readouterr().out
        for name in rows:
            assert f"| {name} |" in printed
        assert printed.strip() == (out / "table.md").read_text().strip()
        results = json.loads((out / "table.json").read_text())["results"]
        assert all(result["count"] > 0 for result in results)
        for name in ("table", *pictures):
            with Image.open(out / f"{name}.png") as image:
                assert min(image.size) > 100

    def test_without_attributes_outfits_build_on_a_garment_encoder(
        self, tmp_path, outfit_folder, capsys, monkeypatch
    ):
        folder, out = tmp_path / "plain", tmp_path / "out"
        shutil.copytree(outfit_folder, folder)
        items = pd.read_csv(folder / "items.csv")
        told = [name for name in items if name.startswith("attr_")]
        items.drop(columns=told).to_csv(folder / "items.csv", index=False)
        module, rows = TABLES["outfits"]
        tried = [row for row in module.ROWS if row.name in rows]
        monkeypatch.setattr(module, "ROWS", tried)
        line = (
            f"reproduce outfits --data {folder} --out {out} --seeds 1"
            " --set epochs=1 --set image_size=32"
        )
        assert tfcompat_main(line) == 0
        printed = capsys.readouterr().out
        assert f"| {rows[0]} |" in printed
        assert rows[1] not in printed
        encoder = out / "runs" / "plain" / "encoder" / "config.json"
        config = json.loads(encoder.read_text())["config"]
        assert config == "GarmentEncoderConfig"
