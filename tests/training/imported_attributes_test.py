"""Training on what an import gives: ADDE's files, and no attributes at all."""

import dataclasses
import itertools
import json

import pytest
from PIL import Image

from tests.command import tfcompat_main
from tfcompat.data.errors import InputError
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.training.adde import adde_features, load_adde
from tfcompat.training.execution import execute
from tfcompat.training.garment_encoder import GarmentEncoderConfig
from tfcompat.training.run_folder import RunFolder

# Two attributes, of three values and of two: no item has the last of either,
# and the second is known of half of them only.
HOT = ["1 0 0 1 0", "0 1 0 1 0", "0 1 0 0 0", "1 0 0 0 0"]


@pytest.fixture(scope="module")
def adde_folder(tmp_path_factory):
    """Imported wardrobe of 120 training and four test images."""
    source = tmp_path_factory.mktemp("adde")
    names = {
        part: [f"{part}{n}.png" for n in range(count)]
        for part, count in (("train", 120), ("test", 4))
    }
    for place, name in enumerate(names["train"] + names["test"]):
        grey = 40 + 40 * (place % 4)
        Image.new("RGB", (32, 32), (grey, grey, grey)).save(source / name)
    # From the first kind of item to the second, and from the last to the
    # third: v01 becomes v02.
    triplets = [
        f"{one} {other} {(one + 4) % 120}"
        for start, end in ((0, 1), (3, 2))
        for one, other in itertools.product(
            range(start, 120, 4), range(end, 120, 4)
        )
    ]
    for name, lines in {
        "attr_num": ["3 2"],
        "imgs_train": names["train"],
        "imgs_test": names["test"],
        "labels_train": HOT * 30,
        "labels_test": HOT,
        "triplet_train": triplets,
        "triplet_train_ind": ["-1 1 0 0 0"] * len(triplets),
        "ref_test": ["3"],
        "indfull_test": ["-1 1 0 0 0"],
        "gt_test": [HOT[2]],
    }.items():
        (source / f"{name}.txt").write_text("\n".join(lines) + "\n")
    assert tfcompat_main(f"import adde {source} {source / 'out'}") == 0
    return source / "out"


@pytest.fixture(scope="module")
def bare_folder(outfit_wardrobe, tmp_path_factory):
    """Wardrobe with the columns that an import of Polyvore Outfits has."""
    folder = tmp_path_factory.mktemp("bare") / "wardrobe"
    outfit_wardrobe.save(folder)
    columns = ["item_id", "image", "group", "category", "text"]
    outfit_wardrobe.items[columns].to_csv(folder / "items.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def tiny_garment_encoder(tmp_path_factory):
    """Path of a run config of an encoder that is soon trained."""
    path = tmp_path_factory.mktemp("configs") / "tiny.py"
    path.write_text(
        "from tfcompat.training.garment_encoder import GarmentEncoderConfig\n"
        "CONFIG = GarmentEncoderConfig(image_size=32, epochs=1)\n"
    )
    return path


class TestAddesFiles:
    def test_adde_m_takes_all_values_of_the_files(
        self, adde_folder, tmp_path, capsys
    ):
        tiny = "--set epochs=1 --set batch_size=64"
        line = f"train {{}} --data {adde_folder} --out {tmp_path}/{{}} {tiny}"
        size = "--set image_size=32 --set dim=4"
        assert tfcompat_main(f"{line.format(*['adde-small'] * 2)} {size}") == 0
        values = load_adde(RunFolder(tmp_path / "adde-small")).values
        assert values == {"a01": ["v01", "v02", "v03"], "a02": ["v01", "v02"]}
        encoder = f"--set encoder={tmp_path}/adde-small --set k=2"
        run = tmp_path / "adde-m-small"
        assert (
            tfcompat_main(f"{line.format(*['adde-m-small'] * 2)} {encoder}")
            == 0
        )
        capsys.readouterr()
        assert tfcompat_main(f"evaluate {run} --data {adde_folder} --json") == 0
        assert json.loads(capsys.readouterr().out)["count"] == 1


class TestWithoutAttributes:
    def test_outfit_models_build_on_a_garment_encoder(
        self, bare_folder, tiny_garment_encoder, tmp_path, capsys, monkeypatch
    ):
        monkeypatch.setattr(
            "tfcompat.training.outfit_encoder.WITHOUT_ATTRIBUTES",
            str(tiny_garment_encoder),
        )
        line = f"train csa-net --data {bare_folder} --out {tmp_path}/run"
        assert tfcompat_main(f"{line} --set epochs=1 --set dim=8") == 0
        encoder = RunFolder(tmp_path / "run" / "encoder")
        config = encoder.read_config()
        assert config["config"] == "GarmentEncoderConfig"
        assert config["seed"] == 0
        # The features are the backbone's alone, without what heads read.
        wardrobe = Wardrobe.load(bare_folder)
        assert adde_features(encoder, wardrobe).shape == (150, 256)
        capsys.readouterr()
        line = f"evaluate {tmp_path}/run --data {bare_folder} --json"
        assert tfcompat_main(line) == 0
        assert "fitb_accuracy" in json.loads(capsys.readouterr().out)

    def test_a_run_of_one_may_be_given(
        self, bare_folder, tiny_garment_encoder, tmp_path
    ):
        line = f"train {{}} --data {bare_folder} --out {tmp_path}/{{}}"
        name = str(tiny_garment_encoder)
        assert tfcompat_main(line.format(name, "encoder")) == 0
        found = RunFolder(tmp_path / "encoder").read_json("metrics.json")
        assert 0 < found["accuracy"] <= 1  # Of the category.
        given = f"--set encoder={tmp_path}/encoder --set epochs=1 --set dim=8"
        run = line.format("type-aware", "run")
        assert tfcompat_main(f"{run} {given}") == 0
        assert not (tmp_path / "run" / "encoder").exists()

    def test_items_that_nothing_tells_apart_teach_nothing(
        self, bare_folder, tmp_path
    ):
        bare = Wardrobe.load(bare_folder)
        alike = dataclasses.replace(bare, items=bare.items.assign(category="x"))
        with pytest.raises(InputError, match="all items are of one category"):
            execute(GarmentEncoderConfig(epochs=1), alike, tmp_path / "run")

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ("adde-o", "train csa-net, type-aware or outfit-siamese"),
            ("adde-small", "fewer than two: category; add columns attr_"),
            ("csa-net --set encoder_config=medal-small", "or GarmentEncoder"),
            (
                "adde-o --set encoder_config=garment-encoder",
                "must be of ADDEConfig, got GarmentEncoderConfig",
            ),
        ],
    )
    def test_what_needs_attributes_says_so(
        self, bare_folder, tmp_path, capsys, settings, message
    ):
        line = f"train {settings} --data {bare_folder} --out {tmp_path}/run"
        assert tfcompat_main(line) == 2
        assert message in capsys.readouterr().err
