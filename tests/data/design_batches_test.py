import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tfcompat.data.design_batches import (
    design_pairs,
    design_steps,
    make_design_dataset,
    make_query_dataset,
)
from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore
from tfcompat.data.wardrobe import Wardrobe

ALL = ("train", "valid", "test")
TOPS, BOTTOMS, ITEMS = 4, 6, 11
# Customer 0 likes and dislikes, 1 only likes, 2 only dislikes. Item 10 is a
# shoe. One vote has the bottom as its query.
VOTES = [
    (0, 0, 4, 1),
    (0, 1, 5, 1),
    (0, 2, 6, -1),
    (0, 3, 7, -1),
    (1, 0, 8, 1),
    (1, 9, 1, 1),
    (1, 0, 10, 1),
    (2, 1, 4, -1),
]


@pytest.fixture(scope="module")
def wardrobe(tmp_path_factory):
    """Every item's image is plain, 20 levels brighter than the last."""
    folder = tmp_path_factory.mktemp("design")
    for item in range(ITEMS):
        image = Image.new("RGB", (8, 8), (20 * item,) * 3)
        image.save(folder / f"{item}.png")
    items = pd.DataFrame(
        {
            "item_id": [f"i{item}" for item in range(ITEMS)],
            "image": [f"{item}.png" for item in range(ITEMS)],
            "group": ["top"] * TOPS + ["bottom"] * BOTTOMS + ["shoes"],
            "category": "x",
        }
    )
    customers = pd.DataFrame({"customer_id": ["anna", "ben", "cleo"]})
    columns = ("customer", "query", "candidate", "vote")
    votes = pd.DataFrame(VOTES, columns=columns).astype("int32")
    return Wardrobe.from_frames(folder, items, customers, pair_votes=votes)


@pytest.fixture(scope="module")
def images(wardrobe):
    return ImageStore(wardrobe.image_paths, 8)


@pytest.fixture(scope="module")
def pairs(wardrobe):
    return design_pairs(wardrobe, "top", "bottom", ALL)


def items_of(images):
    """Item rows that a batch of images shows."""
    levels = np.round(255 * np.asarray(images))
    assert (np.ptp(levels, axis=(1, 2, 3)) == 0).all()
    return (levels[:, 0, 0, 0] / 20).astype(int)


def triples(*columns):
    return sorted(zip(*(np.asarray(c).tolist() for c in columns), strict=True))


def batches(pairs, images, batch_size=3, seed=7, **options):
    """Batches with items' rows in place of their images."""
    dataset = make_design_dataset(
        pairs, images, batch_size=batch_size, seed=seed, **options
    )
    return [
        {
            "customer": inputs["customer"],
            "query": items_of(inputs["query"]),
            **{name: items_of(labels[name]) for name in labels},
        }
        for inputs, labels in dataset.as_numpy_iterator()
    ]


def joined(batches):
    return {
        name: np.concatenate([batch[name] for batch in batches])
        for name in batches[0]
    }


class TestDesignPairs:
    def test_top_to_bottom(self, pairs):
        assert triples(pairs.customer, pairs.query, pairs.target) == [
            (0, 0, 4),
            (0, 1, 5),
            (1, 0, 8),
            (1, 1, 9),  # The other way round in the vote.
        ]
        disliked = triples(
            pairs.disliked_customer, pairs.disliked_query, pairs.disliked_target
        )
        assert disliked == [(0, 2, 6), (0, 3, 7), (2, 1, 4)]
        np.testing.assert_array_equal(pairs.targets, range(4, 10))

    def test_bottom_to_top_is_the_same_turned_round(self, wardrobe, pairs):
        turned = design_pairs(wardrobe, "bottom", "top", ALL)
        np.testing.assert_array_equal(turned.query, pairs.target)
        np.testing.assert_array_equal(turned.target, pairs.query)
        np.testing.assert_array_equal(turned.disliked_query, [6, 7, 4])
        np.testing.assert_array_equal(turned.targets, range(4))

    def test_splits_share_the_votes_out(self, wardrobe):
        found = 0
        for split in ALL:
            there = wardrobe.pair_votes["split"] == split
            liked = there & (wardrobe.pair_votes["vote"] > 0)
            if (liked & (wardrobe.pair_votes["candidate"] != 10)).any():
                found += len(design_pairs(wardrobe, "top", "bottom", split))
        assert found == 4

    def test_of_some_customers(self, pairs):
        some = pairs.of([1, 2])
        np.testing.assert_array_equal(some.customer, [1, 1])
        np.testing.assert_array_equal(some.disliked_customer, [2])
        np.testing.assert_array_equal(some.targets, pairs.targets)

    def test_an_unknown_group_is_named_with_the_known(self, wardrobe):
        with pytest.raises(InputError, match="'hat', but bottom, shoes, top"):
            design_pairs(wardrobe, "top", "hat")

    def test_groups_that_nobody_pairs_are_refused(self, wardrobe):
        with pytest.raises(InputError, match="nobody likes.*bottom and shoes"):
            design_pairs(wardrobe, "bottom", "shoes", ALL)


class TestMakeDesignDataset:
    def test_a_pass_has_every_liked_pair_and_full_batches(self, pairs, images):
        assert design_steps(pairs, 3) == 2
        whole = batches(pairs, images)
        assert [len(batch["query"]) for batch in whole] == [3, 3]
        seen = joined(whole)
        liked = triples(pairs.customer, pairs.query, pairs.target)
        rows = [seen[name] for name in ("customer", "query", "target")]
        assert set(triples(*rows)) == set(liked)
        first = [row[:4] for row in rows]
        assert triples(*first) == liked  # Then the pass begins anew.
        assert triples(*(row[4:] for row in rows)) == triples(
            *(row[:2] for row in rows)
        )

    def test_disliked_pairs_are_the_customers_own(self, pairs, images):
        seen = joined(batches(pairs, images, steps=60))
        anna = seen["customer"] == 0
        disliked = [seen["disliked_query"], seen["disliked_target"]]
        drawn = triples(*(column[anna] for column in disliked))
        assert set(drawn) == {(2, 6), (3, 7)}

    def test_who_disliked_nothing_gets_random_items(self, pairs, images):
        seen = joined(batches(pairs, images, steps=60))
        ben = seen["customer"] == 1
        np.testing.assert_array_equal(
            seen["disliked_query"][ben], seen["query"][ben]
        )
        assert set(seen["disliked_target"][ben]) == set(range(4, 10))
        same = seen["disliked_target"][ben] == seen["random"][ben]
        assert 0 < same.mean() < 0.5

    def test_random_items_are_of_the_targets_group(self, pairs, images):
        random = joined(batches(pairs, images, steps=200))["random"]
        counts = np.bincount(random, minlength=ITEMS)
        assert counts[:4].sum() == counts[10] == 0
        assert counts[4:10].min() > 0.5 * counts[4:10].max()

    def test_a_wardrobe_without_dislikes(self, pairs, images):
        ben = pairs.of([1])
        seen = joined(batches(ben, images, steps=20))
        np.testing.assert_array_equal(seen["disliked_query"], seen["query"])

    def test_passes_differ_and_seeds_differ(self, pairs, images):
        orders = {
            tuple(joined(batches(pairs, images, seed=seed))["target"])
            for seed in range(8)
        }
        assert len(orders) > 4
        four = batches(pairs, images, batch_size=4, steps=8)
        assert len({tuple(batch["target"]) for batch in four}) > 4

    def test_resuming_sees_what_it_would_have_seen(self, pairs, images):
        whole = batches(pairs, images, steps=7)
        later = batches(pairs, images, first_step=4, steps=3)
        for batch, other in zip(whole[4:], later, strict=True):
            for name in batch:
                np.testing.assert_array_equal(batch[name], other[name])

    @pytest.mark.parametrize(
        "name, value", [("batch_size", 0), ("first_step", -1), ("steps", 0)]
    )
    def test_wrong_numbers_are_named(self, pairs, images, name, value):
        with pytest.raises(ValueError, match=f"`{name}`.*{value}"):
            make_design_dataset(
                pairs, images, **{"batch_size": 3, "seed": 0, name: value}
            )


class TestMakeQueryDataset:
    def test_every_pair_once_in_order(self, pairs, images):
        dataset = make_query_dataset(pairs, images, batch_size=3)
        parts = list(dataset.as_numpy_iterator())
        assert [len(inputs["query"]) for inputs, _ in parts] == [3, 1]
        query = np.concatenate([inputs["query"] for inputs, _ in parts])
        customer = np.concatenate([inputs["customer"] for inputs, _ in parts])
        target = np.concatenate([labels["target"] for _, labels in parts])
        np.testing.assert_array_equal(items_of(query), pairs.query)
        np.testing.assert_array_equal(items_of(target), pairs.target)
        np.testing.assert_array_equal(customer, pairs.customer)
