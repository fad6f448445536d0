import dataclasses
import json

import numpy as np
import pytest
from PIL import Image

from tests.command import tfcompat_main
from tfcompat.data.outfit_pairs import hidden_item_questions, outfit_pairs
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.evaluation import medal_table
from tfcompat.evaluation.evaluate import evaluate_run
from tfcompat.evaluation.medal_table import colour_vectors
from tfcompat.training.config_files import apply_settings, load_config


class TestHiddenItemQuestions:
    @pytest.mark.parametrize("candidates", [4, 0])
    def test_one_right_answer_of_the_hidden_items_group(
        self, wardrobe, candidates
    ):
        pairs = outfit_pairs(wardrobe)
        groups = wardrobe.item_groups
        asked = hidden_item_questions(pairs, groups, candidates=candidates)
        assert asked.labels.shape[1] == (candidates or 20)
        assert (asked.labels.sum(axis=1) == 1).all()
        right = asked.candidates[asked.labels > 0]
        np.testing.assert_array_equal(right, pairs.candidates[:, 0])
        assert (groups[asked.candidates] == groups[right][:, None]).all()
        for row in asked.candidates[:5]:
            assert len(set(row)) == len(row)


class TestColourVectors:
    def test_unit_length_and_alike_for_alike_colours(self, wardrobe):
        vectors = colour_vectors(wardrobe)
        np.testing.assert_allclose(
            np.linalg.norm(vectors, axis=1), 1, rtol=1e-4
        )
        colours = wardrobe.items["attr_color"].to_numpy()
        products = vectors @ vectors.T
        same = colours[:, None] == colours[None]
        other = ~same
        np.fill_diagonal(same, False)
        assert products[same].mean() > products[other].mean() + 0.1


class TestReproduce:
    @pytest.mark.parametrize("encoder", ["", "encoder=runs/encoder"])
    def test_without_attributes_an_encoder_must_be_given(
        self, wardrobe, tmp_path, monkeypatch, encoder
    ):
        plain = [name for name in wardrobe.items if "attr_" not in name]
        bare = dataclasses.replace(wardrobe, items=wardrobe.items[plain])
        bare.save(tmp_path / "bare")
        seen = []

        def stop(rows, stages, *args, **kwargs):
            seen.extend([*stages, *(row.config for row in rows)])
            raise InterruptedError

        monkeypatch.setattr(medal_table, "train_rows", stop)
        with pytest.raises(InterruptedError):
            medal_table.reproduce_medal(
                [tmp_path / "bare"], tmp_path / "out", settings=[encoder]
            )
        assert ("csa-net" in seen) == ("encoder" in seen) == bool(encoder)

    def test_table_and_pictures_of_finished_runs(
        self, medal_run, wardrobe_folder, tmp_path, monkeypatch
    ):
        """The rows' training is patched out: six models cost minutes."""
        wardrobe = Wardrobe.load(wardrobe_folder)
        report = evaluate_run(medal_run.path, wardrobe)

        def finished(rows, stages, wardrobes, out, *, seeds, settings):
            assert stages == {"clip": "clip-small", "encoder": "adde-small"}
            assert settings == ["epochs=1"]
            for row in rows:  # Every setting exists.
                apply_settings(load_config(row.config), row.settings)
            return [
                {
                    "row": row.name,
                    "wardrobe": "w",
                    "seed": 0,
                    **report,
                    "run": str(medal_run.path),
                }
                for row in rows
            ]

        monkeypatch.setattr(medal_table, "train_rows", finished)
        table = medal_table.reproduce_medal(
            [wardrobe_folder],
            tmp_path / "out",
            seeds=1,
            settings=["epochs=1", "worn=/somewhere"],
        )
        text = table.read_text(encoding="utf-8")
        names = [row.name for row in medal_table.ROWS]
        names += [row.name for row in medal_table.ATTRIBUTE_ROWS]
        names += ["with outfits cut from photos", "Frozen CLIP, images alone"]
        names += ["Colour histograms alone", "The stylists' own score"]
        for name in names:
            assert f"| {name} | " in text
        assert "CLIP: no pretrained weights" in text
        with Image.open(tmp_path / "out" / "retrieval.png") as picture:
            assert picture.width > picture.height > 300


class TestCommand:
    def test_report_writes_a_page_of_what_is_found(
        self, medal_run, wardrobe_folder, tmp_path, capsys
    ):
        out = tmp_path / "page.html"
        line = f"report {medal_run.path} --data {wardrobe_folder} --out {out}"
        assert tfcompat_main(line) == 0
        page = out.read_text(encoding="utf-8")
        assert "no pretrained weights" in page and "Recall@10" in page
        assert page.count("data:image/png;base64,") == 2
        assert tfcompat_main(f"{line} --link a=b") == 2
        assert "--link" in capsys.readouterr().err

    def test_a_run_of_something_else_is_told_apart(
        self, small_clip, wardrobe_folder, capsys
    ):
        line = f"evaluate {small_clip.path} --data {wardrobe_folder} --json"
        assert tfcompat_main(line) == 2
        assert "scores no pairs" in capsys.readouterr().err

    def test_json_has_the_promised_keys(
        self, medal_run, wardrobe_folder, capsys
    ):
        line = f"evaluate {medal_run.path} --data {wardrobe_folder} --json"
        assert tfcompat_main(line) == 0
        report = json.loads(capsys.readouterr().out)
        assert report["model"] == "Medal" and not report["clip_is_pretrained"]
        for part in (report, report["oracle"]):
            assert 0 <= part["fitb_accuracy"] <= 1
            assert 0 <= part["overall"]["roc_auc"] <= 1
            assert set(part["retrieval"]) == {
                "mrr",
                "recall_at_10",
                "recall_at_30",
                "recall_at_50",
            }
