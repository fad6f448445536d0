import numpy as np
import pandas as pd
import pytest

from tfcompat.data.errors import InputError
from tfcompat.data.outfit_batches import (
    make_outfit_dataset,
    outfit_question_batches,
)
from tfcompat.data.outfit_tables import (
    read_compatibility,
    read_fill_in_the_blank,
)
from tfcompat.data.outfits import (
    fill_in_the_blank,
    hide_items,
    pairs_of_outfits,
    read_outfits,
    retrieve_within_kind,
    spoil_outfits,
)
from tfcompat.data.wardrobe import Wardrobe

GROUPS = ["a", "a", "a", "b", "b", "b", "c", "c", "c", "c"]
KINDS = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2, 2])


@pytest.fixture
def wardrobe(tmp_path):
    items = pd.DataFrame(
        {
            "item_id": [f"i{n}" for n in range(10)],
            "image": "x.jpg",
            "group": GROUPS,
            "category": GROUPS,
        }
    )
    rows = [
        ("o1", -1, 0),
        ("o1", -1, 3),
        ("o1", -1, 6),
        ("o2", 0, 1),  # Somebody's own.
        ("o2", 0, 4),
        ("o3", -1, 2),
        ("o3", -1, 5),
        ("o3", -1, 5),  # Twice.
        ("o4", -1, 2),
    ]
    outfits = pd.DataFrame(rows, columns=["outfit_id", "customer", "item"])
    questions = pd.DataFrame(
        [
            ("fitb-1", "test", -1, 0, 6, 1),
            ("fitb-1", "test", -1, 0, 7, 0),
            ("fitb-1", "test", -1, 3, 6, 1),
            ("fitb-1", "test", -1, 3, 7, 0),
            ("compatibility-1", "test", -1, 0, 3, 1),
            ("compatibility-1", "test", -1, 0, 6, 1),
            ("compatibility-2", "test", -1, 1, 4, 0),
        ],
        columns=[
            "question_id",
            "split",
            "customer",
            "query",
            "candidate",
            "label",
        ],
    )
    return Wardrobe.from_frames(
        tmp_path,
        items,
        pd.DataFrame({"customer_id": ["c"]}),
        outfits=outfits,
        questions=questions,
    )


class TestReadOutfits:
    def test_nobodys_outfits_of_distinct_items(self, wardrobe):
        np.testing.assert_array_equal(
            read_outfits(wardrobe), [[0, 3, 6], [2, 5, -1]]
        )

    def test_none_is_refused(self, wardrobe):
        with pytest.raises(InputError, match="no outfit of nobody with 4"):
            read_outfits(wardrobe, least_items=4)


class TestQuestions:
    outfits = np.array([[0, 3, 6], [2, 5, -1]] * 20)

    def test_hidden_and_rest_make_the_outfit(self):
        rest, hidden = hide_items(self.outfits, seed=1)
        assert rest.shape == (40, 2)
        for outfit, left, item in zip(self.outfits, rest, hidden, strict=True):
            assert sorted([*left, item]) == sorted(outfit)
            assert item >= 0
        assert {0, 3, 6, 2, 5} == set(hidden)

    def test_blanks_offer_items_of_one_kind(self):
        questions = fill_in_the_blank(self.outfits, KINDS, answers=3, seed=1)
        kinds = KINDS[questions.candidates]
        assert (kinds == kinds[:, :1]).all()
        right = questions.candidates[questions.labels > 0]
        np.testing.assert_array_equal(right, hide_items(self.outfits, 1)[1])
        for row in questions.candidates:
            assert len(set(row)) == 3
        assert len(set(questions.labels.argmax(axis=1))) == 3

    def test_too_small_a_kind_asks_nothing(self):
        questions = fill_in_the_blank(self.outfits, KINDS, answers=4, seed=1)
        assert set(KINDS[questions.candidates.ravel()]) == {2}

    def test_retrieval_is_among_the_whole_kind(self):
        questions = retrieve_within_kind(self.outfits, KINDS, seed=1)
        rest, hidden = hide_items(self.outfits, 1)
        for row, item in enumerate(hidden):
            found = questions.candidates[row]
            found = set(found[found >= 0])
            assert found == set(np.flatnonzero(KINDS == KINDS[item]))
            assert questions.candidates[row, 0] == item
        fewer = retrieve_within_kind(self.outfits, KINDS, most=2, seed=1)
        assert ((fewer.candidates >= 0).sum(axis=1) <= 2).all()

    def test_items_of_the_outfits_fill_a_gallery_first(self):
        outfits, kinds = np.array([[0, 10], [1, 11]]), np.repeat([0, 1], 10)
        for seed in range(5):
            found = retrieve_within_kind(outfits, kinds, most=3, seed=seed)
            # The hidden one, the other outfit's, and one of those not worn.
            worn = np.isin(found.candidates, outfits).sum(axis=1)
            assert worn.tolist() == [2, 2]
            assert (found.candidates >= 0).all()

    def test_spoilt_outfits_have_the_same_kinds(self):
        mixed, labels = spoil_outfits(self.outfits, KINDS, seed=1)
        assert labels.tolist() == [1] * 40 + [0] * 40
        there = self.outfits >= 0
        assert ((mixed[40:] >= 0) == there).all()
        assert (KINDS[mixed[40:][there]] == KINDS[self.outfits[there]]).all()
        assert (mixed[40:] != self.outfits).any()

    def test_pairs_are_all_of_an_outfit(self):
        pairs, owners = pairs_of_outfits(self.outfits[:2])
        found = zip(
            owners,
            pairs.outfit[:, 0],
            pairs.candidates[:, 0],
            strict=True,
        )
        assert set(found) == {(0, 0, 3), (0, 0, 6), (0, 3, 6), (1, 2, 5)}


class TestTables:
    def test_fill_in_the_blank(self, wardrobe):
        questions = read_fill_in_the_blank(wardrobe, "test")
        np.testing.assert_array_equal(questions.outfit, [[0, 3]])
        np.testing.assert_array_equal(questions.candidates, [[6, 7]])
        np.testing.assert_array_equal(questions.labels, [[1, 0]])
        assert read_fill_in_the_blank(wardrobe, "valid") is None

    def test_compatibility(self, wardrobe):
        pairs, owners, labels = read_compatibility(wardrobe, "test")
        assert owners.tolist() == [0, 0, 1]
        assert labels.tolist() == [1, 0]
        assert pairs.candidates[:, 0].tolist() == [3, 6, 4]


class TestMakeOutfitDataset:
    def batches(self, wardrobe, **kwargs):
        arguments = {"batch_size": 8, "negatives": 5, "seed": 1, **kwargs}
        features = np.arange(10, dtype="float32")[:, None]
        return list(
            make_outfit_dataset(
                TestQuestions.outfits, features, wardrobe, **arguments
            )
        )

    def test_negatives_are_of_the_hidden_items_group(self, wardrobe):
        for inputs, labels in self.batches(wardrobe, epochs=2):
            rows = inputs["item_rows"].numpy()
            candidates = rows[inputs["candidates"]]
            kinds = KINDS[candidates]
            assert (kinds == kinds[:, :1]).all()
            right = candidates == candidates[:, :1]
            np.testing.assert_array_equal(labels, right)
            outfit = np.where(inputs["outfit"] < 0, -1, rows[inputs["outfit"]])
            for left, item in zip(outfit, candidates[:, 0], strict=True):
                whole = sorted([*left, item])
                assert whole in ([0, 3, 6], [-1, 2, 5])
            np.testing.assert_array_equal(
                inputs["features"][:, 0], rows.astype("float32")
            )

    def test_negatives_are_of_the_kinds_given(self, wardrobe):
        kinds = np.arange(10) % 2
        for inputs, _ in self.batches(wardrobe, epochs=2, kinds=kinds):
            candidates = inputs["item_rows"].numpy()[inputs["candidates"]]
            assert (kinds[candidates] == kinds[candidates[:, :1]]).all()

    def test_order_depends_on_seed_and_epoch_alone(self, wardrobe):
        twice = self.batches(wardrobe, epochs=2)
        second = self.batches(wardrobe, first_epoch=1)
        for (one, _), (other, _) in zip(twice[5:], second, strict=True):
            np.testing.assert_array_equal(one["item_rows"], other["item_rows"])
        assert any(
            not np.array_equal(one["item_rows"], other["item_rows"])
            for (one, _), (other, _) in zip(twice, second, strict=False)
        )

    def test_one_query_is_an_item_that_is_there(self, wardrobe):
        seen = set()
        for inputs, _ in self.batches(wardrobe, one_query=True, negatives=1):
            assert inputs["outfit"].shape[1] == 1
            assert (inputs["outfit"].numpy() >= 0).all()
            seen |= set(inputs["item_rows"].numpy()[inputs["outfit"][:, 0]])
        assert seen == {0, 3, 6, 2, 5}

    def test_questions_are_asked_in_order(self, wardrobe):
        questions = retrieve_within_kind(TestQuestions.outfits, KINDS)
        found = []
        for inputs in outfit_question_batches(
            questions, np.zeros((10, 1)), wardrobe, 16
        ):
            found.append(
                inputs["item_rows"].numpy()[inputs["candidates"][:, 0]]
            )
        np.testing.assert_array_equal(
            np.concatenate(found), questions.candidates[:, 0]
        )
