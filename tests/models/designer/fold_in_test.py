import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tests.models.baselines.design_contract import make_design_batch
from tests.models.designer.designer_test import (
    CUSTOMERS,
    DIM,
    make_designer,
    values_of,
)
from tfcompat.layers.every_customer import EveryCustomer
from tfcompat.losses.bpr import BPRLoss


@pytest.fixture(scope="module")
def designer():
    keras.utils.set_random_seed(0)
    model = make_designer()
    model.build()
    return model


def outfits(pairs, seed=0):
    """Codes of liked outfits and of three that each shall beat."""
    random = np.random.default_rng(seed)
    liked = random.normal(size=(pairs, DIM)).astype("float32")
    negatives = random.normal(size=(pairs, 3, DIM)).astype("float32")
    return liked, negatives


def stranger_of(designer):
    vectors, _ = designer.customers(tf.constant([-1]))
    return vectors[0]


class TestFoldIn:
    def test_steps_are_those_of_adam_on_equation_10(self, designer):
        liked, negatives = outfits(5)
        vectors = designer.fold_in(
            liked, negatives, [0] * 5, 1, steps=7, learning_rate=0.03
        )
        theta = tf.Variable(stranger_of(designer))
        adam = keras.optimizers.Adam(0.03)
        labels = np.tile([1, 0, 0, 0], (5, 1))
        scored = np.concatenate([liked[:, None], negatives], axis=1)
        for _ in range(7):
            adam.minimize(
                lambda: BPRLoss()(
                    labels, designer.metric_network(theta * scored)
                ),
                [theta],
            )
        np.testing.assert_allclose(vectors[0], theta, rtol=1e-4)

    def test_customers_do_not_disturb_each_other(self, designer):
        liked, negatives = outfits(6)
        together = designer.fold_in(liked, negatives, [0, 1, 1, 0, 1, 1], 2)
        alone = designer.fold_in(liked[[0, 3]], negatives[[0, 3]], [0, 0], 1)
        np.testing.assert_allclose(together[0], alone[0], rtol=1e-4)

    def test_a_customer_without_outfits_stays_a_stranger(self, designer):
        vectors = designer.fold_in(*outfits(2), [0, 2], 3)
        np.testing.assert_array_equal(vectors[1], stranger_of(designer))

    def test_learns_the_vector_that_made_the_choices(self, designer):
        # A customer of contrary taste takes the best of four, 400 times.
        hidden = -stranger_of(designer)
        choices = np.random.default_rng(2).normal(size=(400, 4, DIM))
        scores = designer.metric_network(hidden * choices).numpy()
        order = np.argsort(-scores, axis=1)[:, :, None]
        ranked = np.take_along_axis(choices, order, axis=1).astype("float32")
        learnt = designer.fold_in(
            ranked[:300, 0], ranked[:300, 1:], [0] * 300, 1, steps=300
        )[0]

        def accuracy(vector):
            scores = designer.metric_network(vector * ranked[300:])
            return np.mean(np.argmax(scores, axis=1) == 0)

        assert accuracy(stranger_of(designer)) < 0.3
        assert accuracy(learnt) > 0.85

    def test_shrinkage_keeps_near_the_stranger(self, designer):
        liked, negatives = outfits(4)
        distances = [
            np.linalg.norm(
                designer.fold_in(
                    liked, negatives, [0] * 4, 1, shrinkage=shrinkage
                )[0]
                - stranger_of(designer)
            )
            for shrinkage in (0.0, 1.0, 100.0)
        ]
        assert distances[0] > 2 * distances[1] > 4 * distances[2]

    def test_nothing_else_moves(self, designer):
        before = values_of(designer)
        designer.fold_in(*outfits(4), [0, 0, 1, 1], 2)
        for old, new in zip(before, values_of(designer), strict=True):
            np.testing.assert_array_equal(old, new)

    def test_many_customers_are_one_call_without_another_trace(self, designer):
        # What makes it milliseconds a customer; clocks are not for tests.
        def fold_in(customers):
            liked, negatives = outfits(customers * 30)
            owners = np.repeat(np.arange(customers), 30)
            designer.fold_in(liked, negatives, owners, customers, steps=1)
            return designer._fit_vectors.experimental_get_tracing_count()

        fold_in(3)
        traces = fold_in(50)  # Any number from now on.
        assert fold_in(100) == traces

    def test_needs_vectors(self):
        model = make_designer(EveryCustomer(DIM))
        with pytest.raises(ValueError, match="CustomerVectors.*EveryCustomer"):
            model.fold_in(*outfits(1), [0], 1)


class TestExtended:
    def test_designs_for_new_and_old_customers(self, designer, tmp_path):
        vectors = designer.fold_in(*outfits(6), [0, 0, 0, 1, 1, 1], 2)
        extended = designer.extended(vectors)
        inputs, _ = make_design_batch()
        query = inputs["query"][:3]
        designs = extended(
            {
                "query": query,
                "customer": np.array([1, CUSTOMERS, CUSTOMERS + 1]),
            }
        )
        codes = designer.encoder(query)
        condition = designer.customers.condition(vectors)
        np.testing.assert_allclose(
            designs[1:], designer.draw(codes[1:], condition), atol=1e-6
        )
        np.testing.assert_allclose(
            designs[:1],
            designer({"query": query[:1], "customer": np.array([1])}),
            atol=1e-6,
        )
        extended.save(tmp_path / "model.keras")
        restored = keras.saving.load_model(tmp_path / "model.keras")
        np.testing.assert_array_equal(
            restored.customers.vectors, extended.customers.vectors
        )
