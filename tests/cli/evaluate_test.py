import json

import numpy as np
import pandas as pd
import pytest

from tests.command import tfcompat_main
from tfcompat.data.questions import questions_from_votes
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.evaluation import psa_net_table
from tfcompat.training.trained_scorer import TrainedScorer

METRICS = {
    "roc_auc",
    "auprc",
    "recall_at_50_percent",
    "average_precision_at_10",
}


class TestEvaluate:
    @pytest.mark.parametrize(
        ("run", "model", "votes"),
        [
            ("psa-net", "Subspace", "pair_votes"),
            ("joint", "JointSubspace", "pair_votes"),
            ("partial-dual", "PartialDual", "item_votes"),
            ("stynet", "StyNet", "item_votes"),
            ("two-tower", "TwoTower", "item_votes"),
        ],
    )
    def test_json_has_the_promised_keys(
        self, runs, wardrobe_folder, wardrobe, capsys, run, model, votes
    ):
        status = tfcompat_main(
            f"evaluate {runs / run} --data {wardrobe_folder} --json"
        )
        assert status == 0
        report = json.loads(capsys.readouterr().out)
        assert report["model"] == model
        assert report["split"] == "test"
        frame = getattr(wardrobe, votes)
        assert report["count"] == (frame["split"] == "test").sum()
        for who in (report, report["oracle"], report["population_oracle"]):
            for level in ("overall", "customer"):
                assert set(who[level]) == METRICS
        oracle = report["oracle"]["customer"]["roc_auc"]
        assert oracle > report["population_oracle"]["customer"]["roc_auc"]

    def test_text_has_a_line_for_model_and_oracles(
        self, runs, wardrobe_folder, capsys
    ):
        status = tfcompat_main(
            f"evaluate {runs / 'psa-net'} --data {wardrobe_folder} "
            "--split valid"
        )
        assert status == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].startswith("Subspace, ") and "valid" in lines[0]
        assert [line.split("  ")[0] for line in lines[2:]] == [
            "overall",
            "customer",
            "oracle: overall",
            "oracle: customer",
            "population oracle: overall",
            "population oracle: customer",
        ]

    def test_a_wardrobe_with_new_rows_is_scored_the_same(
        self, runs, wardrobe, tmp_path
    ):
        # Rows before the old ones move every row number.
        grown = Wardrobe.from_frames(
            wardrobe.folder,
            pd.concat([wardrobe.items.tail(3), wardrobe.items])
            .drop_duplicates("item_id")
            .reset_index(drop=True),
            pd.concat(
                [
                    pd.DataFrame({"customer_id": ["aaa-new"]}),
                    wardrobe.customers,
                ],
                ignore_index=True,
            ),
        )
        places = pd.Index(grown.items["item_id"]).get_indexer(
            wardrobe.items["item_id"]
        )
        questions = questions_from_votes(wardrobe.pair_votes, "test")
        moved = type(questions)(
            questions.customer + 1,
            places[questions.query],
            places[questions.candidates],
            questions.labels,
        )
        for run in ("psa-net", "joint"):
            np.testing.assert_allclose(
                TrainedScorer(runs / run, grown).score(moved),
                TrainedScorer(runs / run, wardrobe).score(questions),
                rtol=1e-4,
                atol=1e-5,
            )

    def test_an_encoder_scores_no_votes(self, runs, wardrobe_folder, capsys):
        status = tfcompat_main(
            f"evaluate {runs / 'garment-encoder'} --data {wardrobe_folder}"
        )
        assert status == 2
        assert "scores no votes" in capsys.readouterr().err


class TestReport:
    def test_page_shows_customers_table_and_plots(
        self, runs, wardrobe_folder, tmp_path
    ):
        page = tmp_path / "report.html"
        status = tfcompat_main(
            f"report {runs / 'psa-net'} {runs / 'joint'} "
            f"--data {wardrobe_folder} --out {page} --customers 2 "
            "--link Evaluation=a/evaluation.html"
        )
        assert status == 0
        html = page.read_text(encoding="utf-8")
        for text in (
            "psa-net",
            "joint",
            "population oracle",
            "Learning curves",
            "What counts for whom",
            "customer-0001",
            "data:image/jpeg;base64,",
            '<a href="a/evaluation.html">Evaluation</a>',
        ):
            assert text in html
        # Six answers by each of two models and the oracle.
        assert html.count(" %</figcaption>") == 2 * 3 * 6

    def test_stage_one_has_no_page(
        self, runs, wardrobe_folder, tmp_path, capsys
    ):
        status = tfcompat_main(
            f"report {runs / 'partial-dual'} --data {wardrobe_folder} "
            f"--out {tmp_path / 'page.html'}"
        )
        assert status == 2
        assert not (tmp_path / "page.html").exists()

    def test_link_without_an_address_is_refused(
        self, runs, wardrobe_folder, capsys
    ):
        status = tfcompat_main(
            f"report {runs / 'psa-net'} --data {wardrobe_folder} --out x.html "
            "--link Evaluation"
        )
        assert status == 2
        assert "must be TITLE=ADDRESS" in capsys.readouterr().err


@pytest.mark.slow
class TestReproduce:
    def test_table_and_plot_and_resumption(
        self, wardrobe_folder, tmp_path, capsys, monkeypatch
    ):
        # One of each kind; `train_test` trains what the others differ in.
        kept = {"psa-net-stylists", "psa-net", "psa-net-stynet", "joint"}
        rows = [
            row
            for row in psa_net_table.ROWS
            if row.config in kept and not row.settings
        ]
        monkeypatch.setattr(psa_net_table, "ROWS", rows)
        line = (
            f"reproduce psa-net --data {wardrobe_folder} --out {tmp_path} "
            "--seeds 1 --set epochs=1 --set batch_size=512 "
            "--set image_size=32 --set rank=2"
        )
        assert tfcompat_main(line) == 0
        printed = capsys.readouterr().out
        table = json.loads((tmp_path / "table.json").read_text())["rows"]
        assert len(table) == len(rows) + 2
        for name in table:
            assert f"| {name} |" in printed
        assert (tmp_path / "table.png").read_bytes().startswith(b"\x89PNG")
        reports = sorted(tmp_path.rglob("test.json"))
        assert len(reports) == len(rows) == 4
        before = [path.stat().st_mtime_ns for path in reports]
        assert tfcompat_main(line) == 0
        assert [path.stat().st_mtime_ns for path in reports] == before
