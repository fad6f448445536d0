import math

import pytest

from tfx_pipeline.evaluation_page import write_evaluation_page
from tfx_pipeline.evaluation_reading import EVERYTHING, Evaluation


def evaluation(value, before=None, is_blessed=False, unscored=0):
    values = {
        EVERYTHING: {
            "customer_roc_auc": value,
            "comparable_customer_roc_auc": value,
            "ndcg_at_5": 0.25,
            "votes": 9.0,
            "unscored_votes": unscored,
        }
    }
    compared = {}
    if before is not None:
        compared = {
            EVERYTHING: {
                "customer_roc_auc": 0.1,  # Of the votes that it can score.
                "comparable_customer_roc_auc": before,
                "ndcg_at_5": 0.5,
                "votes": 9.0,
            }
        }
    return Evaluation(values, compared, 0.6, 0.01, is_blessed)


class TestReasons:
    def test_below_the_bar(self):
        [reason] = evaluation(0.55).reasons
        assert "0.5500 is below the bar of 0.6" in reason

    def test_behind_the_model_last_blessed(self):
        [reason] = evaluation(0.7, before=0.75).reasons
        assert "0.7000 is 0.0500 less than" in reason
        assert "last blessed (0.7500)" in reason
        assert "0.01 is allowed" in reason

    def test_both(self):
        assert len(evaluation(0.5, before=0.75).reasons) == 2

    def test_a_loss_that_is_allowed_is_no_reason(self):
        assert evaluation(0.745, before=0.75).reasons == []

    def test_undefined(self):
        [reason] = evaluation(math.nan).reasons
        assert "no customer has test votes of both kinds" in reason

    def test_votes_without_a_score(self):
        [reason] = evaluation(0.7, unscored=1200).reasons
        assert reason == "it does not score 1,200 of the votes"

    def test_blessed_has_none(self):
        blessed = evaluation(0.7, before=0.65, is_blessed=True)
        assert blessed.reasons == []
        assert blessed.verdict == (
            "blessed: customer-level ROC AUC 0.7000, bar 0.6; 0.7000 to 0.6500 "
            "of the model last blessed"
        )


class TestPage:
    @pytest.mark.parametrize("before", [None, 0.75])
    def test_says_why_not(self, tmp_path, before):
        found = evaluation(0.5, before)
        write_evaluation_page(found, str(tmp_path / "page.html"))
        page = (tmp_path / "page.html").read_text()
        assert "Not blessed." in page
        for reason in found.reasons:
            assert reason in page
        assert ("No model has been\nblessed before" in page) == (before is None)
        assert ("-0.2500" in page) == (before is not None)  # In NDCG@5.
        assert "NDCG@5" in page

    def test_no_difference_is_shown_between_values_of_other_votes(
        self, tmp_path
    ):
        found = evaluation(0.5, 0.75)
        found.compared[EVERYTHING]["votes"] = 8.0
        write_evaluation_page(found, str(tmp_path / "page.html"))
        page = (tmp_path / "page.html").read_text()
        assert "-0.2500" not in page
        assert "it has 0.5000, that one 0.7500." in page

    def test_slice_names_are_text(self, tmp_path):
        found = Evaluation(
            {EVERYTHING: {}, "candidate_group: <b>": {"roc_auc": 0.5}},
            {},
            0.6,
            0.01,
            True,
        )
        write_evaluation_page(found, str(tmp_path / "page.html"))
        page = (tmp_path / "page.html").read_text()
        assert "candidate group: &lt;b&gt;" in page
        assert "<b>Blessed.</b>" in page
