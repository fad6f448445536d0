import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tests.models.matcher_contract import (
    SIZE,
    MatcherContract,
    make_image_batch,
)
from tfcompat.layers.customer_table import CustomerTable
from tfcompat.layers.imagenet_pixels import ImageNetPixels
from tfcompat.layers.patch_discriminator import PatchDiscriminator
from tfcompat.layers.unet import UNet
from tfcompat.losses.geco import GECoLoss
from tfcompat.models.baselines.pix2pix import Pix2pix
from tfcompat.models.geco import QUERY_PARTS, GECo


def make_backbone():
    layers = keras.layers
    return keras.Sequential(
        [
            layers.InputLayer(input_shape=(SIZE, SIZE, 3)),
            layers.Conv2D(6, 4, strides=4, activation="relu"),
            layers.Flatten(),
        ]
    )


class TestGECoContract(MatcherContract):
    loss = GECoLoss(bpr_weight=0.3, info_nce_weight=0.7, temperature=0.4)

    def make_model(self):
        keras.utils.set_random_seed(0)
        return GECo(
            make_backbone(),
            QUERY_PARTS,
            embedding_dim=7,
            pixels=ImageNetPixels(),
            customers=CustomerTable(3, 4, learned=True),
            regularization=1e-3,
            dropout_rate=0.1,
            unit_length=False,
        )

    def test_score_is_the_dot_product_of_two_projections(self):
        model = GECo(
            make_backbone(), ("item", "template"), 5, unit_length=False
        )
        inputs, _ = make_image_batch()
        scores = model(inputs)
        features = model.backbone(inputs["items"]).numpy()
        shown = model.backbone(inputs["template"]).numpy()
        kernel, bias = (w.numpy() for w in model.query_head.weights)
        query = np.concatenate([features[:6], shown], 1) @ kernel + bias
        kernel, bias = (w.numpy() for w in model.candidate_head.weights)
        candidates = features[6:] @ kernel + bias
        np.testing.assert_allclose(
            scores, query @ candidates.T, rtol=1e-4, atol=1e-5
        )

    def test_unit_length_makes_it_their_cosine(self):
        keras.utils.set_random_seed(0)
        model = GECo(make_backbone(), embedding_dim=5)
        inputs, _ = make_image_batch()
        cosines = model(inputs).numpy()
        assert np.abs(cosines).max() <= 1.0 + 1e-6
        model.unit_length = False
        query = model.embed_query(inputs).numpy()
        every = model.embed_candidate(inputs).numpy()[6:]
        lengths = np.linalg.norm(query, axis=1)[:, None] * np.linalg.norm(
            every, axis=1
        )
        np.testing.assert_allclose(
            cosines, query @ every.T / lengths, rtol=1e-4, atol=1e-5
        )

    @pytest.mark.parametrize("part", QUERY_PARTS)
    def test_every_part_of_the_query_counts(self, part):
        model = self.make_model()
        inputs, _ = make_image_batch()
        before = model(inputs).numpy()
        changed = dict(inputs)
        if part == "item":
            changed["items"] = inputs["items"].copy()
            changed["items"][0] = 0.0
        elif part == "text":
            changed["text"] = inputs["text"].copy()
            changed["text"][0] += 1.0
        elif part == "customer":
            changed["customer"] = (inputs["customer"] + 1) % 3
        else:
            changed[part] = 1.0 - inputs[part]
        assert np.abs(model(changed)[0] - before[0]).max() > 1e-4

    def test_penalty_by_hand(self):
        model = GECo(
            make_backbone(),
            ("item",),
            2,
            regularization=0.1,
            unit_length=False,
        )
        inputs, _ = make_image_batch()
        model(inputs, training=True)
        query = model.embed_query(inputs).numpy()
        every = model.embed_candidate(inputs).numpy()
        # 6 queries, 12 items; |theta| over all kernels and biases.
        weights = np.sqrt(
            sum((w.numpy() ** 2).sum() for w in model.trainable_variables)
        )
        norms = np.linalg.norm(query) / 6 + np.linalg.norm(every) / 12
        [penalty] = model.losses
        assert float(penalty) == pytest.approx(0.1 * (norms + weights), 1e-4)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"query_parts": ()}, "`query_parts` must be some of"),
            ({"query_parts": ("item", "shoe")}, "`query_parts` must be some"),
            ({"query_parts": ("customer",)}, "`customers` must be given"),
            ({"customers": CustomerTable(2, 2)}, "`customers` must be given"),
            ({"embedding_dim": 0}, "`embedding_dim` must be positive, got 0"),
            ({"dropout_rate": 1.0}, "`dropout_rate` must be in"),
            ({"regularization": -1}, "`regularization` must not be negative"),
        ],
    )
    def test_wrong_arguments_are_named(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            GECo(make_backbone(), **arguments)


class TestPixels:
    """Generator and backbone each convert pixels at their own door."""

    def test_imagenet_by_hand(self):
        white = ImageNetPixels()(tf.ones((1, 1, 1, 3)))[0, 0, 0]
        # (1 - mean) / deviation of red, green and blue.
        np.testing.assert_allclose(white, [2.2489, 2.4286, 2.64], rtol=1e-4)

    def test_backbone_sees_templates_and_photos_alike(self):
        seen = []

        class Eye(keras.layers.Layer):
            def call(self, images, training=False):
                seen.append(images.numpy())
                return tf.reduce_mean(images, axis=(1, 2))

        inputs, _ = make_image_batch()
        GECo(Eye(), pixels=ImageNetPixels())(inputs)
        [images] = seen
        # Items 6 to 11 are the very pictures that are the templates.
        np.testing.assert_array_equal(images[6:12], images[12:])
        white = images[images > 0].reshape(-1).max()
        assert white == pytest.approx(2.64, rel=1e-4)

    def test_generator_is_fed_and_gives_other_units_than_the_backbone(self):
        seen = []

        class Drawing(UNet):
            def call(self, images, seed=None, training=False):
                seen.append(images.numpy())
                return -images

        model = Pix2pix(
            Drawing((2, 2)), PatchDiscriminator((2, 2)), image_size=SIZE
        )
        query = np.random.default_rng(0).random((2, SIZE, SIZE, 3))
        template = model.design({"query": tf.constant(query, tf.float32)})
        # [0, 1] to [-1, 1] on the way in; the negative, back in [0, 1].
        np.testing.assert_allclose(seen[0], 2 * query - 1, atol=1e-6)
        np.testing.assert_allclose(template, 1 - query, atol=1e-6)
