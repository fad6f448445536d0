import numpy as np
import pytest
import tensorflow as tf

from tfcompat.data.errors import InputError
from tfcompat.export.catalogue import Catalogue
from tfcompat.export.shortlist import CandidateTowers, Shortlist
from tfcompat.training.run_folder import RunFolder


def make_towers():
    return CandidateTowers(
        customer_ids=np.array(["anna", "ben"]),
        customers=np.float32([[1, 0], [0, 1]]),
        stranger=np.float32([-1, 0]),
        item_ids=np.array(["x", "y", "z", "gone"]),
        items=np.float32([[1, 0], [0.6, 0.8], [0, 1], [1, 0]]),
    )


def make_catalogue(item_ids, groups):
    count = len(item_ids)
    zeros = np.zeros(count, "int32")
    return Catalogue(
        item_ids=item_ids,
        item_rows=zeros,
        groups=np.array(groups, "int32"),
        categories=zeros,
        fingerprints=np.arange(count),
        features=np.zeros((count, 1), "float32"),
    )


def propose(shortlist, customers, groups, least=1):
    return (
        shortlist.propose(tf.constant(customers), tf.constant(groups), least)
        .numpy()
        .tolist()
    )


class TestShortlist:
    def test_what_the_customer_likes_best_of_the_group(self):
        catalogue = make_catalogue(["z", "y", "x"], [0, 0, 0])
        shortlist = Shortlist(make_towers(), catalogue, 2, size=2)
        # Anna likes x (row 2) most, then y; ben z (row 0), then y; a stranger
        # is the contrary of anna.
        lists = propose(shortlist, ["anna", "ben", "who?"], [0, 0, 0])
        assert lists == [[2, 1], [0, 1], [0, 1]]
        assert propose(shortlist, ["anna"], [1]) == [[]]

    def test_new_items_are_proposed_on_top(self):
        catalogue = make_catalogue(["new", "x", "y", "z", "newer"], [0] * 5)
        shortlist = Shortlist(make_towers(), catalogue, 1, size=1)
        assert propose(shortlist, ["anna", "ben"], [0, 0]) == [
            [0, 4, 1],
            [0, 4, 3],
        ]

    def test_at_least_as_many_as_are_asked_for(self):
        catalogue = make_catalogue(["x", "y", "z"], [0, 0, 0])
        shortlist = Shortlist(make_towers(), catalogue, 1, size=1)
        assert propose(shortlist, ["ben"], [0], least=3) == [[2, 1, 0]]

    def test_bad_size_is_named(self):
        with pytest.raises(ValueError, match="`size` must be positive, got 0"):
            Shortlist(make_towers(), make_catalogue(["x"], [0]), 1, size=0)


class TestCandidateTowers:
    def test_comes_back_from_its_file(self, tmp_path):
        towers = make_towers()
        towers.save(tmp_path / "towers.npz")
        again = CandidateTowers.load(tmp_path / "towers.npz")
        for name, value in vars(towers).items():
            np.testing.assert_array_equal(getattr(again, name), value)

    def test_of_a_run(self, runs, wardrobe):
        towers = CandidateTowers.of_run(RunFolder(runs / "two-tower"))
        assert towers.item_ids.tolist() == wardrobe.items["item_id"].tolist()
        assert len(towers.customers) == len(wardrobe.customers)
        for vectors in (towers.customers, towers.items, towers.stranger[None]):
            np.testing.assert_allclose(
                np.linalg.norm(vectors, axis=1), 1, rtol=1e-5
            )

    def test_another_run_is_refused(self, runs):
        with pytest.raises(InputError, match="is a run of StyNetConfig; cand"):
            CandidateTowers.of_run(RunFolder(runs / "stynet"))
