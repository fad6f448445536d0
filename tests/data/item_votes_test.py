import itertools
import types

import numpy as np
import pandas as pd
import pytest

from tfcompat.data.item_votes import count_steps, make_item_vote_dataset


def make_wardrobe(count=10):
    """A stand-in with `count` training votes and 3 others."""
    generator = np.random.default_rng(0)
    total = count + 3
    votes = pd.DataFrame(
        {
            "customer": np.arange(total, dtype="int32"),
            "item": np.arange(total, dtype="int32") * 2,
            "vote": generator.choice([-1, 1], total).astype("int8"),
            "split": pd.Categorical(["train"] * count + ["valid"] * 3),
        }
    )
    return types.SimpleNamespace(item_votes=votes)


def read(dataset, steps):
    return [
        inputs["customer"].numpy().tolist()
        for inputs, _ in itertools.islice(dataset, steps)
    ]


class TestItemVoteDataset:
    def test_votes_in_table_order(self):
        wardrobe = make_wardrobe()
        dataset = make_item_vote_dataset(wardrobe, "valid", batch_size=2)
        (first, ratings), _ = list(dataset)
        votes = wardrobe.item_votes
        np.testing.assert_array_equal(first["customer"], [10, 11])
        np.testing.assert_array_equal(first["item"], [20, 22])
        np.testing.assert_array_equal(ratings, votes.vote[10:12] > 0)
        assert first["customer"].dtype == first["item"].dtype == "int32"
        assert ratings.dtype == "float32"

    def test_each_epoch_holds_every_vote_once(self):
        wardrobe = make_wardrobe()
        steps = count_steps(wardrobe, "train", 4)
        assert steps == 3
        dataset = make_item_vote_dataset(
            wardrobe, "train", batch_size=4, shuffle_seed=1
        )
        batches = read(dataset, 2 * steps)
        for epoch in (batches[:steps], batches[steps:]):
            assert [len(batch) for batch in epoch] == [4, 4, 2]
            assert sorted(sum(epoch, [])) == list(range(10))
        assert batches[:steps] != batches[steps:]

    def test_order_depends_on_seed_and_epoch_alone(self):
        def make(seed, epoch):
            return make_item_vote_dataset(
                make_wardrobe(),
                "train",
                batch_size=4,
                shuffle_seed=seed,
                first_epoch=epoch,
            )

        assert read(make(1, 0), 9)[6:] == read(make(1, 2), 3)
        assert read(make(1, 0), 3) != read(make(2, 0), 3)

    def test_split_without_votes_is_an_error(self):
        with pytest.raises(ValueError, match="'test' holds no item votes"):
            make_item_vote_dataset(make_wardrobe(), "test", batch_size=2)
