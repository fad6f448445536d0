import dataclasses
import json

import pytest
import tensorflow as tf
from PIL import Image

from tests.command import tfcompat_main
from tfcompat.data.errors import InputError
from tfcompat.evaluation import design_judges, design_table
from tfcompat.evaluation.design_judges import DesignJudges, train_judges
from tfcompat.evaluation.design_rows import OURS, design_rows
from tfcompat.training.config_files import apply_known, load_config
from tfcompat.training.generation_features import GenerationFeatures
from tfcompat.training.run_folder import RunFolder

SETTINGS = (
    "image_size=32 width=2 batch_size=6 epochs=1 epoch_steps=2 "
    "precision=float32 judge_steps=1"
)


def quarters():
    """Mean colours of four quarters, and the softmax of three of them."""

    def read(images):
        features = tf.reshape(
            tf.image.resize(images, (2, 2), method="area"), (-1, 12)
        )
        return features, tf.nn.softmax(10 * features[:, :3])

    return GenerationFeatures("quarters", read, 16, 12, 3)


@pytest.fixture(scope="module")
def folder(runs, wardrobe_folder, tmp_path_factory):
    """What the command writes for the rows that differ in kind."""
    out = tmp_path_factory.mktemp("reproduction")
    rows = design_table.design_rows

    def few(task, size, new_customers, settings):
        given = (*settings, f"encoder={runs}/garment-encoder")
        return [
            row
            for row in rows(task, size, new_customers, given)
            if row.name in ("Pix2pix", OURS) or row.section == "Table 3"
        ]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(design_table, "design_rows", few)
        patch.setattr(design_table, "STAGES", {})
        patch.setattr(
            design_table,
            "train_judges",
            lambda folder, wardrobe, weights: _Judges(wardrobe, quarters()),
        )
        changes = " ".join(f"--set {one}" for one in SETTINGS.split())
        status = tfcompat_main(
            f"reproduce designer --data {wardrobe_folder} --out {out} "
            f"--task top-to-bottom {changes}"
        )
    assert status == 0
    return out


class _Judges(DesignJudges):
    """Judges without a scorer, who give every design the same score."""

    def measure(self, designer, split, **arguments):
        report, _ = super().measure(designer, split, **arguments)
        return report, {"designed": [0.5] * report["count"]}


class TestReproduce:
    def test_both_tables_in_their_layout(self, folder):
        text = (folder / "table.md").read_text(encoding="utf-8")
        lines = text.splitlines()
        assert "| | inception score ↑ | opposite SSIM ↑ | FID ↓ | KID ↓ |" in (
            lines
        )
        names = [line.split("|")[1].strip() for line in lines if "|" in line]
        first, second = names[:5], names[5:9]
        assert first == ["", "---", "Real", "Pix2pix", OURS]
        assert second == ["", "---", "Original setting", "New setting"]
        assert "in milliseconds" not in text and "ms each." in text
        assert "| Real | " in text and " ± " in text
        # Equal scores are no preference.
        assert "| Pix2pix | 0 % |" in lines

    def test_new_customers_were_left_out_and_learnt(self, folder):
        [results] = json.loads((folder / "table.json").read_text()).values()
        new = results[-1]
        config = RunFolder(new["run"]).read_config()
        assert config["customers_left_out"] == 4  # 97 / 797 of 30.
        assert new["new_customers"]["count"] < new["count"]
        assert (
            results[1]["new_customers"]["count"]
            == (new["new_customers"]["count"])
        )

    def test_pictures_page_and_survey(self, folder):
        task = folder / "top-to-bottom"
        for name in ("comparison", "neighbours", "customers"):
            with Image.open(task / f"{name}.png") as picture:
                assert min(picture.size) > 200
        page = (task / "report.html").read_text(encoding="utf-8")
        assert page.count("data:image/png;base64,") == 3
        assert "<td>Real</td>" in page and " ± " in page
        assert f"<td>{OURS}</td>" in page
        key = json.loads((task / "survey_key.json").read_text())
        assert key["ours"] == OURS
        assert set(key["questions"]["1"].values()) == {"Pix2pix", OURS}


class TestDesignRows:
    def test_all_of_table_2_and_3_at_both_sizes(self):
        for size, width in (("small", 16), ("paper", 64)):
            rows = design_rows(("bottom", "top"), size, 97)
            assert [row.name for row in rows[:4]] == [
                "Pix2pix",
                "DiscoGAN",
                "Pixel-level transfer",
                "MrCGAN",
            ]
            configs = [
                apply_known(load_config(row.config), row.settings)
                for row in rows
            ]
            assert all(one.query_group == "bottom" for one in configs)
            ours = configs[4:]
            assert [
                (one.conditioning, one.guidance_weight, one.customers_left_out)
                for one in ours
            ] == [
                ("label", 1, 0),
                ("nothing", 1, 0),
                ("vector", 0, 0),
                ("vector", 1, 0),
                ("vector", 1, 97),
            ]
            assert {one.width for one in ours} == {width}
            # An ablation differs in one thing.
            full = ours[3]
            for one in ours[:3]:
                same = dataclasses.replace(
                    one, conditioning="vector", guidance_weight=1.0
                )
                assert same == full


class TestTrainJudges:
    def test_they_are_of_another_seed_and_see_no_test_vote(
        self, runs, wardrobe, tmp_path, monkeypatch
    ):
        asked = []

        def execute(config, wardrobe, path, *, resume):
            asked.append(config)
            name = {"judge-encoder": "garment-encoder", "judge": "joint"}
            return RunFolder(runs / name[path.name])

        monkeypatch.setattr(design_judges, "execute", execute)
        judges = train_judges(tmp_path, wardrobe)
        encoder, scorer = asked
        assert encoder.seed == scorer.seed == 1000
        assert scorer.encoder == str(runs / "garment-encoder")
        assert scorer.splits == ("train", "valid")
        assert judges.network.name == "garment"
        assert judges.scorer.config["config"] == "JointSubspaceConfig"
        assert judges.eyes is not None

    def test_inception_looks_at_designs_where_it_is_given(
        self, runs, wardrobe, tmp_path, monkeypatch
    ):
        names = {"judge-encoder": "garment-encoder", "judge": "joint"}
        monkeypatch.setattr(
            design_judges,
            "execute",
            lambda config, wardrobe, path, resume: RunFolder(
                runs / names[path.name]
            ),
        )
        with pytest.raises(InputError, match=r"no\.h5: is no \.h5 file"):
            train_judges(tmp_path, wardrobe, str(tmp_path / "no.h5"))


class TestReproduceCommand:
    @pytest.mark.parametrize(
        ("table", "option", "words"),
        [
            ("psa-net", "--size small", "designer and geco, not of psa-net"),
            ("medal", "--task both", "--task is an option of designer, not"),
            ("designer", "--parts sweep", "--parts is an option of geco, not"),
            ("geco", "--task both", "of designer, not of geco"),
            ("geco", "--features a.h5", "of designer, not of geco"),
        ],
    )
    def test_options_of_other_tables_are_refused(
        self, wardrobe_folder, tmp_path, capsys, table, option, words
    ):
        status = tfcompat_main(
            f"reproduce {table} --data {wardrobe_folder} --out {tmp_path} "
            f"{option}"
        )
        assert status == 2
        assert words in capsys.readouterr().err
