import json

import pytest
from PIL import Image

from tfcompat.evaluation import psa_net_table
from tfcompat.evaluation.psa_net_table import PSA_NET, ROWS, reproduce_psa_net
from tfcompat.evaluation.reproduction import (
    oracle_results,
    summarise,
    with_settings,
)

METRICS = "roc_auc", "auprc", "recall_at_50_percent", "average_precision_at_10"


def _report(value):
    levels = "customer", "overall"
    return {level: dict.fromkeys(METRICS, value) for level in levels}


def _result(row, seed, value):
    return {
        "row": row,
        "wardrobe": "w",
        "seed": seed,
        "pairs": "votes",
        **_report(value),
        "oracle": _report(0.9),
    }


@pytest.fixture
def results():
    other = ROWS[0].name
    return [
        _result(PSA_NET, 0, 0.7),
        _result(PSA_NET, 1, 0.74),
        _result(other, 0, 0.6),
        _result(other, 1, 0.6),
    ]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_rows_settings_are_those_of_their_config(row):
    config = with_settings(row.config, row.settings)
    for text in row.settings:
        name, value = text.split("=")
        assert str(getattr(config, name)) == value


class TestSummary:
    def test_mean_and_deviation_by_hand(self, results):
        found = summarise(results, ["customer.roc_auc", "customer.missing"])
        assert found[PSA_NET] == {
            "customer.roc_auc": pytest.approx((0.72, 0.02))
        }

    def test_oracles_are_rows_named_after_what_was_asked(self, results):
        names = {"oracle": "Oracle of {pairs}", "population_oracle": "absent"}
        found = oracle_results(results, names)
        assert [row["row"] for row in found] == ["Oracle of votes"] * 4
        assert summarise(found, ["overall.auprc"]) == {
            "Oracle of votes": {"overall.auprc": pytest.approx((0.9, 0.0))}
        }


def test_table_its_differences_and_its_plot(results, tmp_path, monkeypatch):
    # Only the training of sixteen models is left out.
    monkeypatch.setattr(
        psa_net_table, "train_rows", lambda *_, **__: list(results)
    )
    del results[2]["customer"]["auprc"]
    path = reproduce_psa_net([tmp_path], tmp_path, seeds=2)
    lines = path.read_text("utf-8").splitlines()
    own = [line for line in lines if line.startswith(f"| {PSA_NET} |")]
    other = [line for line in lines if line.startswith(f"| {ROWS[0].name} |")]
    assert own == [
        f"| {PSA_NET} |" + " 72.00 ± 2.00 |" * 8,
        f"| {PSA_NET} |" + " +0.00 |" * 8,
    ]
    assert other[0].split(" | ")[1:3] == ["60.00 ± 0.00", "–"]
    assert other[1].split(" | ")[1:3] == ["-12.00", "–"]
    assert any(line.startswith("| Oracle | 90.00 ± 0.00") for line in lines)
    table = json.loads((tmp_path / "table.json").read_text("utf-8"))
    assert table["results"] == results
    with Image.open(tmp_path / "table.png") as plot:
        assert plot.size[0] > 500
