import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from tfcompat.data.errors import InputError
from tfcompat.training.known_customers import KnownCustomers
from tfcompat.training.vocabulary import Vocabulary


class TestVocabulary:
    def test_rows_are_moved_to_the_models(self, wardrobe):
        known = Vocabulary.of(wardrobe)
        model = dataclasses.replace(
            known,
            customers=known.customers[::-1][:-1],  # Without the first.
            items=known.items[::-1],
        )
        count, items = len(known.customers), len(known.items)
        inputs = {
            "customer": tf.constant([-1, 0, 1]),
            "item_rows": tf.constant([0, items - 1]),
            "groups": tf.constant([1, 0]),
            "categories": tf.constant([2, 1]),
            "query": tf.constant([0, 1, 0]),
        }
        moved, labels = model.translate(wardrobe)(inputs, tf.ones(3))
        np.testing.assert_array_equal(moved["customer"], [-1, -1, count - 2])
        np.testing.assert_array_equal(moved["item_rows"], [items - 1, 0])
        np.testing.assert_array_equal(moved["groups"], [1, 0])
        np.testing.assert_array_equal(moved["query"], [0, 1, 0])
        np.testing.assert_array_equal(labels, np.ones(3))

    def test_an_unknown_group_is_refused(self, wardrobe):
        known = dataclasses.replace(Vocabulary.of(wardrobe), groups=["top"])
        with pytest.raises(InputError, match="knows the groups top, but not"):
            known.translate(wardrobe)


class TestKnownCustomers:
    def test_strangers_are_average(self, wardrobe):
        ids = wardrobe.customers["customer_id"].to_numpy(str)
        items = wardrobe.items["item_id"].to_numpy(str)
        random = np.random.default_rng(0)
        known = KnownCustomers(
            customer_ids=ids[1:][::-1],
            embeddings=random.normal(size=(len(ids) - 1, 2)),
            item_ids=items[:-1],
            customer_tastes=random.normal(size=(len(ids) - 1, 3)),
            item_tastes=random.normal(size=(len(items) - 1, 3)),
            popularity=random.normal(size=len(items) - 1),
        )
        aligned = known.align(wardrobe)
        np.testing.assert_allclose(
            aligned.embeddings[1:], known.embeddings[::-1], rtol=1e-6
        )
        np.testing.assert_allclose(
            aligned.embeddings[0], known.embeddings.mean(axis=0), rtol=1e-6
        )
        assert not aligned.customer_tastes[0].any()
        assert not aligned.item_tastes[-1].any()
        assert aligned.popularity[-1] == 0
