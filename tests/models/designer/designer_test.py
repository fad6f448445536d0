import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tests.models.baselines.design_contract import (
    SIZE,
    DesignContract,
    make_design_batch,
)
from tfcompat.layers.customer_labels import CustomerLabels
from tfcompat.layers.customer_vectors import CustomerVectors
from tfcompat.layers.every_customer import EveryCustomer
from tfcompat.layers.image_decoder import ImageDecoder
from tfcompat.layers.image_discriminator import ImageDiscriminator
from tfcompat.layers.image_encoder import ImageEncoder
from tfcompat.layers.metric_network import MetricNetwork
from tfcompat.losses.relativistic import relativistic_average_loss
from tfcompat.models.designer import Algorithm1, Designer
from tfcompat.models.designer.algorithm import compatibility_scores

DIM = 6
CUSTOMERS = 4


def make_designer(customers=None, dim=DIM):
    trunk = keras.Sequential(
        [
            keras.layers.Conv2D(
                4, 3, strides=2, activation="relu", input_shape=(SIZE, SIZE, 3)
            ),
            keras.layers.Conv2D(4, 3, strides=2, activation="relu"),
        ]
    )
    return Designer(
        ImageEncoder(trunk, (12, 10), dim),
        ImageDecoder(SIZE, 3),
        ImageDiscriminator(3),
        MetricNetwork((5,)),
        customers or CustomerVectors(CUSTOMERS, DIM, stddev=0.3),
    )


def compiled(model, rate=2e-3, **arguments):
    def adam(beta_1):
        return keras.optimizers.Adam(rate, beta_1)

    model.compile(
        Algorithm1(adam(0.9), adam(0.9), adam(0.5), adam(0.5), **arguments)
    )
    return model


def values_of(layer):
    return [weight.numpy() for weight in layer.trainable_variables]


def has_moved(layer, before):
    return [
        not np.array_equal(new, old)
        for new, old in zip(values_of(layer), before, strict=True)
    ]


class TestDesigner(DesignContract):
    fits_to = 0.9

    def make_model(self):
        return make_designer()

    def compile(self, model):
        compiled(model)
        # Until batch norm knows its inputs, all designs are one grey.
        model.train_step(make_design_batch())

    def measure_fit(self, history):
        """The judges learn on one batch; the adversaries need not converge."""
        return history["compatibility"]

    def test_customer_does_not_matter(self):
        """The opposite of what holds for the baselines."""
        inputs, _ = make_design_batch()
        model = self.ready()
        own, others = (
            model({**inputs, "customer": 0 * inputs["customer"] + i}, True)
            for i in range(2)
        )
        assert np.abs(own - others).max() > 0.01

    def test_scores_are_probabilities(self):
        """They are not, by least squares; but they add up, eq. 12."""
        model = self.make_model()
        compiled(
            model,
            guidance_weight=2.0,
            discriminator_weight=3.0,
            generator_weight=5.0,
        )
        logs = self.train(model, 1)
        expected = (
            logs["compatibility"]
            + 2 * logs["guidance"]
            + 3 * logs["discriminator"]
            + 5 * logs["generator"]
        )
        assert logs["loss"] == pytest.approx(expected, rel=1e-5)


class TestAblations:
    @pytest.mark.parametrize(
        "customers",
        [CustomerLabels(CUSTOMERS, DIM), EveryCustomer(DIM)],
        ids=lambda part: type(part).__name__,
    )
    def test_other_customers_train_and_are_restored(self, customers, tmp_path):
        model = compiled(make_designer(customers))
        before = values_of(model)
        for _ in range(3):
            model.train_step(make_design_batch())
        assert all(has_moved(model, before))
        model.save(tmp_path / "model.keras")
        restored = keras.saving.load_model(
            tmp_path / "model.keras", compile=False
        )
        inputs, _ = make_design_batch()
        np.testing.assert_allclose(
            restored(inputs), model(inputs), rtol=1e-4, atol=1e-5
        )

    def test_unaware_design_is_the_same_for_everybody(self):
        model = compiled(make_designer(EveryCustomer(DIM)))
        model.train_step(make_design_batch())
        inputs, _ = make_design_batch()
        others = {**inputs, "customer": inputs["customer"] + 1}
        np.testing.assert_array_equal(model(inputs), model(others))


class TestAlgorithm1:
    @pytest.fixture
    def model(self):
        keras.utils.set_random_seed(0)
        return compiled(make_designer(), discriminator_steps=3)

    def test_steps_of_each_network(self, model):
        for _ in range(2):
            model.train_step(make_design_batch())
        assert int(model.optimizer.iterations) == 2
        assert int(model.algorithm.customer_optimizer.iterations) == 2
        assert int(model.algorithm.discriminator_optimizer.iterations) == 2 * 3
        assert int(model.algorithm.generator_optimizer.iterations) == 2

    def test_judges_step_moves_encoder_metric_and_vectors_alone(self, model):
        parts = (model.encoder, model.metric_network, model.customers)
        fixed = (model.decoder, model.discriminator)
        before = {part: values_of(part) for part in (*parts, *fixed)}
        model.algorithm.learn_compatibility(model, *make_design_batch())
        for part in parts:
            assert all(has_moved(part, before[part]))
        for part in fixed:
            assert not any(has_moved(part, before[part]))

    def test_designs_step_moves_decoder_and_discriminator_alone(self, model):
        parts = (model.decoder, model.discriminator)
        fixed = (model.encoder, model.metric_network, model.customers)
        before = {part: values_of(part) for part in (*parts, *fixed)}
        inputs, labels = make_design_batch()
        model.algorithm.learn_design(model, inputs, labels["target"])
        for part in parts:
            assert all(has_moved(part, before[part]))
        for part in fixed:
            assert not any(has_moved(part, before[part]))

    def test_guidance_reaches_the_decoder_through_the_judges(self, model):
        # Nothing but eq. 11 trains the decoder here.
        inputs, labels = make_design_batch()
        compiled(model, generator_weight=0.0)
        before = values_of(model.decoder)
        model.algorithm.learn_design(model, inputs, labels["target"])
        assert any(has_moved(model.decoder, before))

    def test_without_guidance_the_judges_are_not_asked(self, model):
        inputs, labels = make_design_batch()
        compiled(model, guidance_weight=0.0, generator_weight=0.0)
        before = values_of(model.decoder)
        parts = model.algorithm.learn_design(model, inputs, labels["target"])
        assert float(parts["guidance"]) == 0
        assert not any(has_moved(model.decoder, before))

    def test_guidance_compares_liked_with_designed(self, model):
        inputs, labels = make_design_batch()
        compiled(model, discriminator_steps=1)
        vectors, condition = model.customers(inputs["customer"])
        query = model.encoder(inputs["query"])
        designs = model.draw(query, condition, training=True)
        liked, designed = (
            model.score_codes(vectors, query, model.encoder(images))
            for images in (labels["target"], designs)
        )
        parts = model.algorithm.learn_design(model, inputs, labels["target"])
        np.testing.assert_allclose(
            parts["guidance"],
            relativistic_average_loss(liked, designed),
            rtol=1e-4,
        )

    def test_regularization_is_of_encoder_and_metric_network(self, model):
        batch = make_design_batch()
        compiled(model, regularization=0.0)
        plain = model.algorithm.learn_compatibility(model, *batch)[
            "compatibility"
        ]
        keras.utils.set_random_seed(0)
        other = compiled(make_designer(), regularization=0.5)
        norm = sum(
            np.sum(np.square(weight))
            for part in (other.encoder, other.metric_network)
            for weight in values_of(part)
        )
        loss = other.algorithm.learn_compatibility(other, *batch)[
            "compatibility"
        ]
        np.testing.assert_allclose(loss, plain + 0.5 * norm, rtol=1e-5)

    def test_shrinkage_is_the_distance_of_the_batchs_vectors_from_1(
        self, model
    ):
        inputs, labels = make_design_batch()
        compiled(model, regularization=0.0)
        plain = model.algorithm.learn_compatibility(model, inputs, labels)[
            "compatibility"
        ]
        keras.utils.set_random_seed(0)
        other = compiled(make_designer(), regularization=0.0, shrinkage=3.0)
        vectors, _ = other.customers(inputs["customer"])
        distance = np.mean(np.square(vectors - 1.0))
        loss = other.algorithm.learn_compatibility(other, inputs, labels)[
            "compatibility"
        ]
        np.testing.assert_allclose(loss, plain + 3 * distance, rtol=1e-5)

    def test_discriminator_must_take_steps(self):
        with pytest.raises(ValueError, match="`discriminator_steps`.*0"):
            Algorithm1(discriminator_steps=0)


class TestCompatibilityScores:
    def scores_of(self, customers):
        keras.utils.set_random_seed(0)
        model = compiled(make_designer())
        inputs, labels = make_design_batch(batch=3)
        inputs["customer"] = np.array(customers, "int32")
        return (
            model,
            inputs,
            labels,
            compatibility_scores(model, inputs, labels),
        )

    def score(self, model, customer, query, target):
        vectors, _ = model.customers(tf.constant([customer]))
        codes = model.encoder(np.stack([query, target]))
        return float(model.score_codes(vectors, codes[:1], codes[1:])[0])

    def test_columns_are_the_kinds_of_equation_7(self):
        model, inputs, labels, scores = self.scores_of([2, 0, 1])
        query, target = inputs["query"], labels["target"]
        expected = [
            [
                self.score(model, customer, query[i], target[i]),
                self.score(model, customer, query[i], labels["random"][i]),
                # The outfit of the customer before, in this one's eyes.
                self.score(model, customer, query[i - 1], target[i - 1]),
                self.score(
                    model,
                    customer,
                    labels["disliked_query"][i],
                    labels["disliked_target"][i],
                ),
            ]
            for i, customer in enumerate([2, 0, 1])
        ]
        np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-6)

    def test_own_outfit_is_no_negative(self):
        model, inputs, labels, scores = self.scores_of([2, 2, 1])
        # Row 1 follows another outfit of customer 2: the random one twice.
        assert float(scores[1, 2]) == float(scores[1, 1])
        assert float(scores[0, 2]) != float(scores[0, 1])

    def test_score_is_the_metric_of_a_product(self):
        # Equations 4 and 5, with a metric that adds up.
        model = make_designer()
        model.metric_network = lambda codes: tf.reduce_sum(codes, axis=-1)
        score = model.score_codes(
            tf.constant([[1.0, 2.0, 0.0]]),
            tf.constant([[3.0, -1.0, 5.0]]),
            tf.constant([[2.0, 4.0, 7.0]]),
        )
        assert float(score[0]) == 3 * 2 - 2 * 4


class TestWrongParts:
    def test_customers_of_another_size_are_refused(self):
        with pytest.raises(ValueError, match="`customers` has dim 6.* 5"):
            make_designer(dim=5)
