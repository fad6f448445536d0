import math

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tests.models.contract import ModelContract
from tests.models.medal_parts import make_encoder, make_medal, make_medal_batch
from tfcompat.layers.distillation_head import DistillationHead
from tfcompat.layers.meta_spaces import MetaSpaces
from tfcompat.models.medal import MEDAL, MEDALLearning
from tfcompat.models.medal.learning import _entropy, alignment_scores


class TestMEDAL(ModelContract):
    """Without self-supervision, whose tracing takes seconds; that is below."""

    fits_to = 0.7

    def make_model(self):
        return MEDAL(
            make_encoder(),
            MetaSpaces(2, 9),
            type_key="groups",
            aids={"text": 4},
        )

    def make_batch(self):
        return make_medal_batch()

    def compile(self, model):
        model(self.make_batch()[0])
        model.compile(
            MEDALLearning(100, momentum=0.9),
            optimizer=keras.optimizers.Adam(self.learning_rate),
            run_eagerly=True,  # A few steps are fewer seconds than a graph.
        )


@pytest.fixture(scope="module")
def trained():
    """A model after two steps, its weights before, and its log."""
    keras.utils.set_random_seed(0)
    model = make_medal()
    inputs, labels = make_medal_batch()
    model(inputs)
    before = {
        "student": model.student.get_weights(),
        "teacher": model.teacher.get_weights(),
        "prototypes": model.head.prototypes.numpy(),
        "all": [variable.numpy() for variable in model.trainable_variables],
    }
    model.compile(
        MEDALLearning(4, momentum=0.5, frozen_steps=1, crop_items=3),
        optimizer=keras.optimizers.Adam(0.01),
        run_eagerly=True,
    )
    data = tf.data.Dataset.from_tensors((inputs, labels))
    logs, states = [], []
    for _ in range(2):
        logs.append(model.fit(data, verbose=0).history)
        states.append(
            {
                "student": model.student.get_weights(),
                "teacher": model.teacher.get_weights(),
                "prototypes": model.head.prototypes.numpy(),
                "centre": model.centre.numpy(),
            }
        )
    return model, before, states, logs


class TestTraining:
    def test_teacher_starts_as_the_student(self, trained):
        _, before, _, _ = trained
        for ours, theirs in zip(
            before["teacher"], before["student"], strict=True
        ):
            np.testing.assert_array_equal(ours, theirs)

    def test_teacher_is_the_running_mean_by_hand(self, trained):
        _, before, states, _ = trained
        # Step 0 of 4 has momentum 0.5, step 1: 1 - 0.25 (cos(pi / 4) + 1).
        momenta = 0.5, 1 - 0.25 * (math.cos(math.pi / 4) + 1)
        old = before["teacher"]
        for momentum, state in zip(momenta, states, strict=True):
            for ours, start, theirs in zip(
                state["teacher"], old, state["student"], strict=True
            ):
                expected = momentum * start + (1 - momentum) * theirs
                np.testing.assert_allclose(ours, expected, atol=1e-6)
            old = state["teacher"]

    def test_prototypes_are_frozen_at_first(self, trained):
        _, before, states, _ = trained
        np.testing.assert_array_equal(
            states[0]["prototypes"], before["prototypes"]
        )
        assert not np.array_equal(states[1]["prototypes"], before["prototypes"])

    def test_every_weight_moves(self, trained):
        model, before, *_ = trained
        for weight, old in zip(
            model.trainable_variables, before["all"], strict=True
        ):
            assert not np.array_equal(weight.numpy(), old), weight.name

    def test_saved_and_loaded_it_is_the_same(self, trained, tmp_path):
        model, *_ = trained
        inputs, _ = make_medal_batch()
        model.save(tmp_path / "model.keras")
        restored = keras.saving.load_model(
            tmp_path / "model.keras", compile=False
        )
        np.testing.assert_allclose(restored(inputs), model(inputs), rtol=1e-5)
        np.testing.assert_array_equal(restored.centre, model.centre)
        for part, other in (
            (restored.head, model.head),
            (restored.teacher_head, model.teacher_head),
            (restored.student, model.student),
        ):
            for ours, theirs in zip(part.weights, other.weights, strict=True):
                np.testing.assert_array_equal(ours, theirs)

    def test_no_gradient_reaches_the_teacher(self, trained):
        model, *_ = trained
        moved = {id(variable) for variable in model.trainable_variables}
        still = [*model.teacher.weights, *model.teacher_head.weights]
        assert not moved & {id(variable) for variable in still}

    def test_what_tells_of_collapse_is_logged(self, trained):
        _, _, states, logs = trained
        for log, state in zip(logs, states, strict=True):
            assert 0 < log["teacher_entropy"][0] <= 1
            assert 0 < log["mean_entropy"][0] <= 1
            norm = np.linalg.norm(state["centre"])
            assert log["centre_norm"][0] == pytest.approx(norm, rel=1e-4)


class TestScores:
    def test_products_rank_as_the_scores(self):
        model = make_medal()
        inputs, _ = make_medal_batch()
        inputs["categories"] = np.array([0, 1, 2, 1, 1, 1], "int32")
        inputs["query"] = np.array([0, 2], "int32")
        inputs["candidates"] = np.array([[1, 3, 4, 5]] * 2, "int32")
        model(inputs)
        random = np.random.default_rng(1)
        model.meta_spaces.masks.assign(random.random((6, 9)))
        scores = model(inputs).numpy()
        query = model.embed_query(inputs).numpy()
        products = query @ model.embed_candidate(inputs).numpy()[[1, 3, 4, 5]].T
        # Only a constant of the query's is missing of the squared distance.
        missing = -(scores**2) - products
        np.testing.assert_allclose(
            missing, missing[:, :1].repeat(4, axis=1), atol=1e-5
        )
        given = {**inputs, "candidate_categories": np.array([[1], [1]])}
        given.pop("candidates")
        np.testing.assert_allclose(model.embed_query(given), query, atol=1e-6)

    def test_without_meta_spaces_it_is_the_plain_distance(self):
        model = MEDAL(make_encoder(colour=False))
        inputs, labels = make_medal_batch()
        scores = model(inputs).numpy()
        latent = model.embed_images(inputs["items"]).numpy()
        assert latent.shape == (6, 6)
        gaps = latent[inputs["query"], None] - latent[inputs["candidates"]]
        np.testing.assert_allclose(
            scores, -np.linalg.norm(gaps, axis=-1), atol=2e-6
        )

    def test_text_is_not_needed_to_score(self):
        model = make_medal()
        inputs, labels = make_medal_batch()
        expected = model(inputs)
        inputs.pop("text_features")
        np.testing.assert_array_equal(model(inputs), expected)

    def test_parts_that_do_not_fit_are_refused(self):
        with pytest.raises(ValueError, match="`crops`"):
            MEDAL(make_encoder(), head=DistillationHead(4, 4, 4))
        with pytest.raises(ValueError, match="`meta_spaces`"):
            MEDAL(make_encoder(), MetaSpaces(2, 5))
        with pytest.raises(ValueError, match="`type_key`"):
            MEDAL(make_encoder(), type_key="shoes")


class TestEncoder:
    def test_histograms_that_are_known_are_not_counted_again(self):
        encoder = make_encoder()
        images = make_medal_batch()[0]["items"]
        counted = encoder.colour.count(images)
        np.testing.assert_allclose(
            encoder(images, counted), encoder(images), atol=1e-6
        )
        other = encoder(images, counted[::-1]).numpy()
        assert not np.allclose(other, encoder(images), atol=1e-3)


class TestAlignment:
    # Two items with one caption, another, and one of which nothing is said.
    features = np.array([[1, 0], [1, 0], [0, 1], [0, 0]], "float32")

    def test_same_captions_are_no_rivals_and_unknown_ones_none_at_all(self):
        told = np.array([[3, 0], [0, 2], [4, 3], [1, 0]], "float32")
        labels, scores = alignment_scores(told, self.features)
        np.testing.assert_array_equal(
            labels, np.array([[1, 1, 0, 0]] * 2 + [[0, 0, 1, 0], [0] * 4])
        )
        np.testing.assert_allclose(
            scores.numpy()[:, :3],
            [[1, 1, 0], [0, 0, 1], [0.8, 0.8, 0.6]] + [[1, 1, 0]],
        )
        assert (scores.numpy()[:, 3] < -1e3).all()
        # Rivals of the first are [0], of the second [1], of the third two 0.8.
        cost = MEDALLearning(1).alignment.call(labels, scores)
        expected = [
            math.log1p(math.exp(-1 / 0.07)),
            math.log1p(math.exp(1 / 0.07)),
            math.log1p(2 * math.exp(0.2 / 0.07)),
            0.0,
        ]
        np.testing.assert_allclose(cost, expected, rtol=1e-4, atol=1e-7)

    def test_a_guess_that_is_right_costs_less(self):
        loss = MEDALLearning(1).alignment
        right = float(loss(*alignment_scores(self.features, self.features)))
        turned = self.features[:, ::-1]
        wrong = float(loss(*alignment_scores(turned, self.features)))
        assert right < 1e-5 < wrong

    def test_it_teaches_the_transformer(self):
        inputs, labels = make_medal_batch()
        reached = {}
        for weight in (0.0, 1.0):
            keras.utils.set_random_seed(0)
            model = MEDAL(make_encoder(), aids={"text": 4})
            model(inputs)
            model.compile(
                MEDALLearning(30, aid_weight=0.0, alignment_weight=weight),
                optimizer=keras.optimizers.Adam(0.01),
                run_eagerly=True,
            )
            data = tf.data.Dataset.from_tensors((inputs, labels)).repeat(30)
            model.fit(data, verbose=0)
            numbers = model.learning.triplets(model, inputs, labels)
            reached[weight] = float(numbers["alignment"])
        assert reached[1.0] < 0.5 * reached[0.0], reached


class TestEntropy:
    def test_as_a_share_of_the_greatest(self):
        rows = np.array([[0.25] * 4, [1, 0, 0, 0], [0.5, 0.5, 0, 0]], "float32")
        np.testing.assert_allclose(_entropy(rows), [1, 0, 0.5], atol=1e-6)
