import json
import re

import numpy as np
import pytest

from tfcompat.data.design_batches import design_pairs
from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore
from tfcompat.evaluation.design_pictures import choose_pairs
from tfcompat.evaluation.design_survey import count_survey, write_survey
from tfcompat.evaluation.report_plots import picture_uri


class Plain:
    """Designs of one grey."""

    def __init__(self, images, level):
        self.images, self.level = images, level

    def design(self, customers, queries):
        size = self.images.image_size
        return np.full((len(queries), size, size, 3), self.level)


@pytest.fixture(scope="module")
def designers(wardrobe):
    images = ImageStore(wardrobe.image_paths, 32)
    levels = {"ours": 0.25, "grey": 0.5, "white": 1.0}
    return {name: Plain(images, level) for name, level in levels.items()}


@pytest.fixture(scope="module")
def survey(designers, wardrobe, tmp_path_factory):
    folder = tmp_path_factory.mktemp("survey")
    pairs = design_pairs(wardrobe, "top", "bottom")
    paths = folder / "survey.html", folder / "key.json"
    write_survey(designers, "ours", pairs, *paths, questions=16)
    return paths


def choices(survey, choose):
    """CSV of answers; `choose` says which of a question's two models."""
    questions = json.loads(survey[1].read_text())["questions"]
    lines = ["question,choice"]
    for number, sides in questions.items():
        [side] = [key for key, name in sides.items() if name == choose(sides)]
        lines.append(f"{number},{side}")
    return "\n".join(lines) + "\n"


class TestSurvey:
    def test_page_is_blind_and_the_key_is_not(self, survey, designers):
        page = survey[0].read_text(encoding="utf-8")
        assert not re.search("ours|grey|white", page)
        key = json.loads(survey[1].read_text())
        pictures = {
            name: picture_uri(designer.design([0], [0])[0])
            for name, designer in designers.items()
        }
        for number, sides in key["questions"].items():
            shown = re.findall(
                rf'name="{number}" value="(.)"><img [^>]* src="([^"]*)"', page
            )
            assert [side for side, _ in shown] == ["A", "B"]
            for side, uri in shown:
                assert uri == pictures[sides[side]]

    def test_ours_stands_on_both_sides_and_meets_everybody(self, survey):
        questions = json.loads(survey[1].read_text())["questions"].values()
        assert {sides["A"] == "ours" for sides in questions} == {True, False}
        assert all("ours" in sides.values() for sides in questions)
        others = {name for sides in questions for name in sides.values()}
        assert others == {"ours", "grey", "white"}

    def test_answers_are_counted_by_model(self, survey, tmp_path):
        for name, choose in (
            ("us.csv", lambda sides: "ours"),
            ("them.csv", lambda sides: ({*sides.values()} - {"ours"}).pop()),
        ):
            (tmp_path / name).write_text(choices(survey, choose))
        votes = count_survey(
            survey[1],
            [tmp_path / "us.csv", tmp_path / "us.csv", tmp_path / "them.csv"],
        )
        assert votes.keys() == {"grey", "white"}
        for counts in votes.values():
            assert counts["ours"] == 2 * counts["theirs"] > 0
        assert sum(sum(counts.values()) for counts in votes.values()) == 48

    @pytest.mark.parametrize("row", ["99,A", "1,C", "1"])
    def test_answers_to_no_question_are_named(self, survey, tmp_path, row):
        path = tmp_path / "answers.csv"
        path.write_text(f"question,choice\n1,A\n{row}\n")
        with pytest.raises(InputError, match="answers.csv, line 3: answers no"):
            count_survey(survey[1], [path])

    def test_other_files_are_no_keys(self, survey):
        with pytest.raises(InputError, match="survey.html: is no key"):
            count_survey(survey[0], [])


class TestChoosePairs:
    def test_queries_and_customers_differ(self, wardrobe):
        pairs = design_pairs(wardrobe, "top", "bottom")
        chosen = choose_pairs(pairs, 10)
        assert len(chosen) == 10
        assert len(np.unique(pairs.query[chosen])) == 10
        assert len(np.unique(pairs.customer[chosen])) == 10

    def test_few_customers_may_come_again(self, wardrobe):
        pairs = design_pairs(wardrobe, "top", "bottom").of([2, 5])
        chosen = choose_pairs(pairs, 6)
        assert len(np.unique(pairs.query[chosen])) == len(chosen) == 6
