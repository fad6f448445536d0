import numpy as np
import pandas as pd
import pytest

from tests.planted_pairs import make_planted_wardrobe
from tfcompat.data.compatible_pairs import (
    choose_source,
    compatibility_questions,
    compatible_pairs,
)
from tfcompat.data.errors import InputError
from tfcompat.data.wardrobe import Wardrobe

GROUPS = ("top", "bottom")
SPLITS = ("train", "valid", "test")


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs") / "planted"
    return make_planted_wardrobe(folder, tops=60, bottoms=100)


def as_rows(pairs):
    return set(zip(pairs.customer, pairs.query, pairs.target, strict=True))


class TestOutfits:
    def test_tops_are_asked_for_and_bottoms_found(self, planted):
        pairs = compatible_pairs(planted, *GROUPS)
        assert pairs.source == "outfits"
        assert (pairs.query < 60).all() and (pairs.target >= 60).all()
        assert pairs.targets.tolist() == list(range(60, 160))

    def test_no_item_is_in_two_parts(self, planted):
        parts = [compatible_pairs(planted, *GROUPS, part) for part in SPLITS]
        for name in ("query", "target"):
            seen = [set(getattr(part, name)) for part in parts]
            assert sum(map(len, seen)) == len(set.union(*seen))

    def test_parts_do_not_move_when_rows_do(self, planted):
        turned = planted.outfits.iloc[::-1].reset_index(drop=True)
        other = Wardrobe.from_frames(
            planted.folder, planted.items, planted.customers, outfits=turned
        )
        assert as_rows(compatible_pairs(planted, *GROUPS, "test")) == as_rows(
            compatible_pairs(other, *GROUPS, "test")
        )

    def test_pairs_of_several_parts_are_those_of_each(self, planted):
        both = compatible_pairs(planted, *GROUPS, ("train", "valid"))
        each = [
            as_rows(compatible_pairs(planted, *GROUPS, part))
            for part in ("train", "valid")
        ]
        assert as_rows(both) == set.union(*each)

    def test_negatives_are_new_to_the_top_and_of_the_same_part(self, planted):
        questions = compatibility_questions(planted, *GROUPS, "test")
        assert questions.candidates.shape[1] == 10
        worn = {
            (query, target)
            for part in SPLITS
            for _, query, target in as_rows(
                compatible_pairs(planted, *GROUPS, part)
            )
        }
        train = set(compatible_pairs(planted, *GROUPS, "train").target)
        for query, row in zip(
            questions.query, questions.candidates[:, 1:], strict=True
        ):
            assert len(set(row)) == 9
            assert not {(query, item) for item in row} & worn
            assert not set(row) & train

    def test_negatives_do_not_depend_on_the_order_of_rows(self, planted):
        first = compatibility_questions(planted, *GROUPS, "test")
        turned = planted.outfits.iloc[::-1].reset_index(drop=True)
        second = compatibility_questions(
            Wardrobe.from_frames(
                planted.folder, planted.items, planted.customers, outfits=turned
            ),
            *GROUPS,
            "test",
        )
        rows = {
            (query, row[0]): row[1:].tolist()
            for query, row in zip(first.query, first.candidates, strict=True)
        }
        for query, row in zip(second.query, second.candidates, strict=True):
            assert rows[query, row[0]] == row[1:].tolist()

    def test_too_few_items_leave_places_empty(self, tmp_path):
        small = make_planted_wardrobe(tmp_path / "small", tops=40, bottoms=20)
        questions = compatibility_questions(small, *GROUPS, "test")
        # Some four of twenty bottoms are in the test part.
        assert (questions.candidates[:, 1:] == -1).any()
        assert (questions.labels[:, 0] == 1).all()
        assert (questions.labels[:, 1:] == 0).all()


class TestVotes:
    def test_liked_pairs_of_each_customer(self, planted):
        pairs = compatible_pairs(planted, *GROUPS, "train", "votes")
        # "own" likes equal colours, "other" those of the next.
        assert set(pairs.customer) == {0, 1}
        gap = (pairs.query + pairs.customer - (pairs.target - 60)) % 4
        assert (gap == 0).all()

    def test_negatives_are_nothing_that_the_customer_voted_on(self, planted):
        questions = compatibility_questions(planted, *GROUPS, "test", "votes")
        votes = planted.pair_votes[["customer", "query", "candidate"]]
        voted = set(votes.itertuples(index=False, name=None))
        asked = {
            (customer, query, item)
            for customer, query, row in zip(
                questions.customer,
                questions.query,
                questions.candidates[:, 1:],
                strict=True,
            )
            for item in row
        }
        assert not asked & voted


class TestQuestions:
    @pytest.fixture
    def given(self, planted):
        """Three training pairs, a test pair of two negatives, one of none."""
        rows = [
            ("a", "train", 0, 60, 1),
            ("b", "train", 1, 60, 1),
            ("c", "train", 1, 61, 1),
            ("d", "test", 2, 62, 1),
            ("d", "test", 2, 90, 0),
            ("d", "test", 2, 80, 0),
            ("e", "test", 3, 63, 1),
        ]
        names = ["question_id", "split", "query", "candidate", "label"]
        frame = pd.DataFrame(rows, columns=names).assign(customer=-1)
        frame["split"] = pd.Categorical(frame["split"], SPLITS)
        return Wardrobe.from_frames(
            planted.folder, planted.items, questions=frame
        )

    def test_questions_of_nobody_are_the_pairs(self, given):
        assert choose_source(given) == "questions"
        pairs = compatible_pairs(given, *GROUPS)
        assert pairs.query.tolist() == [0, 1, 1]
        assert pairs.target.tolist() == [60, 60, 61]

    def test_negatives_are_those_given_in_their_order(self, given):
        questions = compatibility_questions(given, *GROUPS, "test")
        assert questions.candidates[0].tolist() == [62, 90, 80] + [-1] * 7
        assert questions.candidates[1].tolist() == [63] + [-1] * 9

    def test_no_negative_at_all_is_an_error(self, given):
        with pytest.raises(InputError, match="no negative for any pair"):
            compatibility_questions(given, *GROUPS, "train")


class TestErrors:
    def test_unknown_group_is_named(self, planted):
        with pytest.raises(InputError, match="no items of the group 'hat'"):
            compatible_pairs(planted, "hat", "bottom")

    def test_unknown_source_is_named(self, planted):
        with pytest.raises(InputError, match="pairs must be one of .*'x'"):
            compatible_pairs(planted, *GROUPS, source="x")

    def test_no_pair_is_an_error(self, planted):
        with pytest.raises(InputError, match="questions hold no pair"):
            compatible_pairs(planted, *GROUPS, source="questions")


class TestDesignPairs:
    def test_nothing_is_disliked(self, planted):
        pairs = compatible_pairs(planted, *GROUPS)
        design = pairs.as_design_pairs()
        np.testing.assert_array_equal(design.query, pairs.query)
        assert len(design.disliked_query) == 0
