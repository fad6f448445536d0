import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
import tf_keras as keras

from tests.models.contract import ModelContract
from tfcompat.models.backbones import Backbone
from tfcompat.models.garment_encoder import (
    GarmentEncoder,
    garment_targets,
    learn_heads,
)

HEADS = {
    "category": {"values": ["shirt", "skirt"]},
    "attr_lightness": {"mean": 50.0, "scale": 10.0},
}


def make_items():
    return pd.DataFrame(
        {
            "item_id": ["a", "b", "c"],
            "category": ["skirt", "shirt", ""],
            "attr_lightness": [60.0, np.nan, 45.0],
            "attr_season": ["", "", ""],
        }
    )


def plain_images(colours, size=32):
    """Images of one colour each; `[n, 3]` -> `[n, size, size, 3]`."""
    colours = np.asarray(colours, "float32")
    return np.broadcast_to(
        colours[:, None, None, :], (len(colours), size, size, 3)
    )


class TestLearnHeads:
    def test_takes_category_and_the_attributes_that_say_something(self):
        heads = learn_heads(make_items())
        assert list(heads) == ["category", "attr_lightness"]
        assert heads["category"] == {"values": ["shirt", "skirt"]}
        # Mean of 60 and 45; deviation 7.5.
        assert heads["attr_lightness"] == {"mean": 52.5, "scale": 7.5}


class TestGarmentTargets:
    def test_by_hand(self):
        targets, weights = garment_targets(make_items(), HEADS)
        np.testing.assert_array_equal(targets["category"], [1, 0, 0])
        np.testing.assert_array_equal(weights["category"], [1, 1, 0])
        # (60 - 50) / 10 and (45 - 50) / 10.
        np.testing.assert_allclose(
            targets["attr_lightness"], [[1.0], [0.0], [-0.5]]
        )
        np.testing.assert_array_equal(weights["attr_lightness"], [1, 0, 1])

    def test_value_that_no_head_knows_is_unknown(self):
        items = make_items().assign(category="hat")
        _, weights = garment_targets(items, HEADS)
        assert not weights["category"].any()


class TestGarmentEncoder(ModelContract):
    fit_epochs = 40

    def make_model(self):
        return GarmentEncoder(Backbone("small_cnn", 32), HEADS)

    def make_batch(self):
        colours = np.random.default_rng(0).random((8, 3))
        labels = {
            "category": (colours[:, 0] > 0.5).astype("int32"),
            "attr_lightness": colours.mean(1, keepdims=True).astype("float32"),
        }
        return plain_images(colours), labels

    def compile(self, model):
        model.compile(
            optimizer=keras.optimizers.Adam(0.003), loss=model.head_losses()
        )

    def test_scores_have_the_shape_of_the_labels(self):
        images, _ = self.make_batch()
        outputs = self.make_model()(images)
        assert outputs["category"].shape == (8, 2)
        assert outputs["attr_lightness"].shape == (8, 1)
        assert all(o.dtype == tf.float32 for o in outputs.values())

    def test_embed_is_what_the_heads_read(self):
        images, _ = self.make_batch()
        model = self.make_model()
        outputs = model(images)
        features = model.embed(images)
        assert features.shape == (8, model.backbone.feature_dim)
        np.testing.assert_allclose(
            model.head_layers["category"](features), outputs["category"], 1e-5
        )

    def test_describe_adds_what_the_heads_say(self):
        images, _ = self.make_batch()
        model = self.make_model()
        described = model.describe(images).numpy()
        assert described.shape == (8, model.backbone.feature_dim + 3)
        np.testing.assert_allclose(described[:, -3:-1].sum(1), 1.0, 1e-5)
        np.testing.assert_allclose(
            described[:, -1:], model(images)["attr_lightness"], 1e-4, 1e-6
        )

    def test_augmentation_keeps_colours(self):
        # White garments on white stay white: nothing else is painted in.
        images = plain_images([[1.0, 1.0, 1.0]] * 4)
        varied = self.make_model().augment(images)
        np.testing.assert_allclose(varied, images, atol=1e-5)

    def test_without_training_nothing_is_random(self):
        images, _ = self.make_batch()
        model = self.make_model()
        np.testing.assert_array_equal(model.embed(images), model.embed(images))

    @pytest.mark.parametrize("name", HEADS)
    def test_unknown_attributes_cost_nothing(self, name):
        # Only image 0 is known; the targets of the others do not matter.
        images, targets = self.make_batch()
        weights = {
            head: np.eye(8, dtype="float32")[0] if head == name else np.zeros(8)
            for head in HEADS
        }
        model = self.make_model()
        model(images)
        self.compile(model)
        losses = []
        for other in (0, 1):
            changed = {k: np.full_like(v, other) for k, v in targets.items()}
            for head in HEADS:
                changed[head][0] = targets[head][0]
            losses.append(
                model.evaluate(
                    images, changed, sample_weight=weights, verbose=0
                )[0]
            )
        assert losses[0] == pytest.approx(losses[1])
        assert losses[0] > 0

    def test_trains_in_mixed_bfloat16(self):
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
        try:
            model = self.make_model()
            self.compile(model)
            losses = self.train(model, 2)
            features = model.embed(self.make_batch()[0])
        finally:
            keras.mixed_precision.set_global_policy("float32")
        assert np.isfinite(losses).all()
        assert features.dtype == "float32"

    def test_no_heads_is_an_error(self):
        with pytest.raises(ValueError, match="`heads` is empty"):
            GarmentEncoder(Backbone("small_cnn", 32), {})
