import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tests.models.contract import assert_same
from tfcompat.data.attribute_batches import make_change_dataset
from tfcompat.data.attribute_changes import draw_attribute_triplets
from tfcompat.data.attribute_labels import AttributeLabels
from tfcompat.layers.attribute_memory import AttributeMemory
from tfcompat.models.adde import ADDE
from tfcompat.models.adde_m import ADDEM
from tfcompat.models.backbones import make_backbone

VALUES = {"color": ["blue", "red", "tan"], "fit": ["loose", "slim"]}


def make_backbone_on_features():
    layers = [keras.layers.Flatten(), keras.layers.Dense(9)]
    backbone = keras.Sequential(layers)
    backbone.build((None, 8, 8, 3))
    backbone.trainable = False  # Features are given.
    return backbone


def make_labels(count=24):
    columns = np.stack([np.arange(count) % 3, np.arange(count) // 3 % 2], 1)
    return AttributeLabels(VALUES, columns.astype("int32"))


def make_features(labels, seed=0):
    """Features that tell the labels, and noise."""
    noise = np.random.default_rng(seed).normal(size=(len(labels.labels), 4))
    hot = labels.indicators(labels.labels)
    return np.concatenate([hot, 0.1 * noise], axis=1).astype("float32")


def make_adde():
    keras.utils.set_random_seed(1)
    return ADDE(make_backbone_on_features(), VALUES, dim=7)


@pytest.fixture
def adde_m():
    model = ADDEM(make_adde(), AttributeMemory([3, 2], 7))
    model.encoder.learners.build((None, 9))
    model.memory.load_prototypes(np.random.default_rng(2).normal(size=(5, 7)))
    return model


class TestADDE:
    def test_outputs(self):
        model = make_adde()
        outputs = model(tf.ones((4, 8, 8, 3)))
        assert {k: v.shape for k, v in outputs.items()} == {
            "color": (4, 3),
            "fit": (4, 2),
            "local": (4, 2, 7),
            "global": (4, 14),
        }

    def test_classifier_sees_its_own_subspace_alone(self):
        model = make_adde()
        features = tf.constant(make_features(make_labels()))
        represented = model.represent(features).numpy()
        before = model.classify(tf.constant(represented))
        represented[:, 0] += 5.0
        after = model.classify(tf.constant(represented))
        assert not np.allclose(before[0], after[0])
        np.testing.assert_array_equal(before[1], after[1])

    def test_saved_model_says_the_same(self, tmp_path):
        model = ADDE(make_backbone("small_cnn", 32), VALUES, dim=5)
        images = np.random.default_rng(0).random((3, 32, 32, 3), "float32")
        expected = model(images)
        model.save(tmp_path / "model.keras")
        restored = keras.saving.load_model(tmp_path / "model.keras")
        assert_same(restored(images), expected)
        described = restored.describe(tf.constant(images))
        assert described.shape == (3, 256 + 5)
        np.testing.assert_allclose(
            np.sum(described[:, 256:], axis=1), [2] * 3, rtol=1e-5
        )

    def test_attributes_called_as_outputs_are_refused(self):
        with pytest.raises(ValueError, match="none local or global"):
            ADDE(make_backbone_on_features(), {"local": ["a"]})


class TestADDEM:
    def test_manipulation_adds_and_removes_prototypes(self, adde_m):
        features = tf.constant(make_features(make_labels(2)))
        change = np.array([[-1, 1, 0, 0, 0], [0, 0, 0, 0, 0]])
        moved = adde_m.manipulate(features, change).numpy()
        represented = adde_m.encoder.represent(features).numpy()
        memory = adde_m.memory.memory.numpy()
        represented[0] += memory[1] - memory[0]
        flat = represented.reshape(2, 14)
        flat /= np.linalg.norm(flat, axis=1, keepdims=True)
        np.testing.assert_allclose(moved, flat, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(
            moved[1], adde_m.index(features)[1], rtol=1e-5
        )

    def test_changed_parts_can_count_less(self, adde_m):
        features = tf.constant(make_features(make_labels(2)))
        change = np.array([[-1, 1, 0, 0, 0], [0, 0, 0, 0, 0]])
        adde_m.change_weight = 0.5
        moved = adde_m.manipulate(features, change).numpy()
        represented = adde_m.encoder.represent(features).numpy()
        memory = adde_m.memory.memory.numpy()
        represented[0] += memory[1] - memory[0]
        represented[0, 0] *= 0.5  # The colour, which alone was changed.
        flat = represented.reshape(2, 14)
        flat /= np.linalg.norm(flat, axis=1, keepdims=True)
        np.testing.assert_allclose(moved, flat, rtol=1e-4, atol=1e-5)

    def test_change_weight_must_be_positive(self, adde_m):
        with pytest.raises(ValueError, match="change_weight.*got 0"):
            ADDEM(adde_m.encoder, adde_m.memory, change_weight=0.0)

    def test_consistency_loss_by_hand(self, adde_m):
        labels = make_labels()
        features = make_features(labels)
        triplets = draw_attribute_triplets(labels, np.arange(24), seed=3)
        [(inputs, *_)] = make_change_dataset(
            triplets, labels, features, batch_size=99, seed=0
        )
        adde_m(inputs)
        items = adde_m.encoder.represent(inputs["items"]).numpy()
        own = adde_m.memory.memory.numpy()

        def prototypes(rows):
            hot = labels.indicators(inputs["labels"].numpy()[rows])
            return np.tensordot(hot, own, 1)

        reference, positive, negative = (
            inputs[n].numpy() for n in ("reference", "positive", "negative")
        )
        change = np.tensordot(inputs["change"].numpy(), own, 1)
        expected = (
            np.abs(prototypes(reference) - items[reference]).mean()
            + np.abs(prototypes(positive) - items[reference] - change).mean()
            + np.abs(prototypes(negative) - items[negative]).mean()
        )
        # The memory has nothing outside its blocks: its own loss is 0.
        total = sum(map(float, adde_m.losses))
        assert total == pytest.approx(expected, rel=1e-4)

    def test_training_learns_the_changes(self, adde_m):
        labels = make_labels()
        triplets = draw_attribute_triplets(
            labels, np.arange(24), per_item=4, changes=(1, 2), seed=3
        )
        data = make_change_dataset(
            triplets,
            labels,
            make_features(labels),
            batch_size=32,
            seed=0,
            epochs=30,
        )
        adde_m.compile(keras.optimizers.Adam(0.01), loss=adde_m.losses_of(0.5))
        adde_m(next(iter(data))[0])  # Builds it.
        before = [w.numpy() for w in adde_m.trainable_variables]
        history = adde_m.fit(
            data, steps_per_epoch=3, epochs=30, verbose=0
        ).history
        assert history["triplet_loss"][-1] < 0.3 * history["triplet_loss"][0]
        assert history["color_loss"][-1] < 0.3 * history["color_loss"][0]
        for old, weight in zip(before, adde_m.trainable_variables, strict=True):
            assert not np.array_equal(old, weight.numpy()), weight.name

    def test_batches_follow_the_seed_and_weigh_the_unknown_nothing(self):
        labels = make_labels(12)
        labels.labels[5, 1] = -1
        triplets = draw_attribute_triplets(
            labels, np.arange(12), per_item=3, seed=3
        )

        def batches(seed, **kwargs):
            return list(
                make_change_dataset(
                    triplets,
                    labels,
                    make_features(labels),
                    batch_size=10,
                    seed=seed,
                    **kwargs,
                )
            )

        twice, again = batches(1, epochs=2), batches(1, first_epoch=1)
        half = len(twice) // 2
        tf.nest.map_structure(
            np.testing.assert_array_equal, twice[half:], again
        )
        other = batches(2)
        assert any(
            a[0]["change"].shape != b[0]["change"].shape
            or not np.array_equal(a[0]["change"], b[0]["change"])
            for a, b in zip(twice, other, strict=False)
        )
        weights = np.concatenate([w["fit"] for *_, w in twice])
        assert set(np.unique(weights)) == {0.0, 1.0}
