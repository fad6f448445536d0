import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.layers.customer_labels import CustomerLabels
from tfcompat.layers.customer_vectors import CustomerVectors
from tfcompat.layers.every_customer import EveryCustomer
from tfcompat.layers.image_decoder import ImageDecoder
from tfcompat.layers.image_discriminator import ImageDiscriminator
from tfcompat.layers.image_encoder import ImageEncoder
from tfcompat.layers.metric_network import MetricNetwork
from tfcompat.layers.vgg16_trunk import VGG16Trunk


def make_trunk():
    return keras.Sequential(
        [keras.layers.Conv2D(2, 3, strides=2, input_shape=(8, 8, 3))]
    )


def weight_shapes(layer):
    return [tuple(weight.shape) for weight in layer.trainable_variables]


class TestPaperSizes:
    """Fig. 3 and section 3, at their defaults."""

    def test_decoder_draws_128_pixels_from_8_by_seven_deconvolutions(self):
        decoder = ImageDecoder()
        decoder.build((None, 128))
        start, *kernels = [
            shape for shape in weight_shapes(decoder) if len(shape) in (2, 4)
        ]
        assert start == (128, 8 * 8 * 256)
        # Transposed kernels are [5, 5, out, in].
        out = [256, 256, 256, 256, 128, 64, 3]
        expected = zip(out, [256, *out], strict=False)
        assert kernels == [(5, 5, *pair) for pair in expected]
        assert decoder.stack.strides == (2, 1, 2, 1, 2, 2, 1)
        assert decoder.compute_output_shape((2, 128)) == (2, 128, 128, 3)

    def test_discriminator(self):
        discriminator = ImageDiscriminator()
        discriminator.build((None, 128, 128, 3))
        kernels = [
            shape
            for shape in weight_shapes(discriminator)
            if len(shape) in (2, 4)
        ]
        assert kernels == [
            (5, 5, 3, 64),
            (5, 5, 64, 128),
            (5, 5, 128, 256),
            (5, 5, 256, 512),
            (8 * 8 * 512, 1024),
            (1024, 1),
        ]
        assert [n is not None for n in discriminator.stack.norms] == [
            False,
            True,
            True,
            True,
        ]

    def test_encoder_stands_on_thirteen_convolutions(self):
        encoder = ImageEncoder(VGG16Trunk())
        encoder.build((None, 128, 128, 3))
        kernels = [len(s) for s in weight_shapes(encoder) if len(s) > 1]
        assert kernels == [4] * 13 + [2] * 3
        assert weight_shapes(encoder)[-6::2] == [
            (4 * 4 * 512, 1024),
            (1024, 512),
            (512, 64),
        ]


class TestImageEncoder:
    def test_hidden_units_are_rectified_and_the_code_is_not(self):
        encoder = ImageEncoder(make_trunk(), (5, 4), dim=3)
        codes = encoder(np.random.default_rng(0).random((7, 8, 8, 3)))
        assert codes.shape == (7, 3)
        assert (codes.numpy() < 0).any()
        for layer in encoder.hidden:
            layer.bias.assign(tf.fill(layer.bias.shape, -1e6))
        flat = encoder(np.random.default_rng(0).random((7, 8, 8, 3)))
        np.testing.assert_array_equal(flat, np.tile(encoder.code.bias, (7, 1)))

    def test_code_is_float32_in_mixed_precision(self):
        encoder = ImageEncoder(make_trunk(), (5,), 3, dtype="mixed_bfloat16")
        assert encoder(tf.zeros((2, 8, 8, 3))).dtype == tf.float32

    @pytest.mark.parametrize(
        "name, arguments",
        [("dim", {"dim": 0}), ("hidden_units", {"hidden_units": (5, 0)})],
    )
    def test_wrong_sizes_are_refused(self, name, arguments):
        with pytest.raises(ValueError, match=f"`{name}` must be.*0"):
            ImageEncoder(make_trunk(), **arguments)


class TestVGG16Trunk:
    def test_sees_pixels_as_the_published_weights_do(self):
        # Blue, green, red from 0 to 255, less the means of ImageNet.
        trunk = VGG16Trunk(32)
        seen = []
        trunk.network = lambda pixels, training: seen.append(pixels)
        trunk(tf.constant(np.tile([1.0, 0.5, 0.0], (1, 32, 32, 1))))
        np.testing.assert_allclose(
            seen[0][0, 0, 0],
            [0 - 103.939, 127.5 - 116.779, 255 - 123.68],
            rtol=1e-5,
        )

    def test_reads_a_local_file(self, tmp_path):
        first, second = VGG16Trunk(32), VGG16Trunk(64)
        first.network.save_weights(tmp_path / "notop.h5")
        second.load_published_weights(tmp_path / "notop.h5")
        for a, b in zip(first.weights, second.weights, strict=True):
            np.testing.assert_array_equal(a, b)

    def test_a_file_that_is_not_vgg16s_is_named(self, tmp_path):
        path = tmp_path / "other.h5"
        keras.Sequential(
            [keras.layers.Dense(1, input_shape=(2,))]
        ).save_weights(path)
        trunk = VGG16Trunk(32)
        with pytest.raises(InputError, match="other.h5: does not hold VGG16"):
            trunk.load_published_weights(path)
        with pytest.raises(InputError, match="none.h5: there is no such"):
            trunk.load_published_weights(tmp_path / "none.h5")

    def test_too_small_images_are_refused(self):
        with pytest.raises(ValueError, match="`image_size`.*16"):
            VGG16Trunk(16)


class TestImageDecoder:
    def test_images_are_float32_between_minus_one_and_one(self):
        decoder = ImageDecoder(32, width=2, dtype="mixed_bfloat16")
        images = decoder(1e4 * tf.random.stateless_normal((3, 5), (0, 0)))
        assert images.shape == (3, 32, 32, 3)
        assert images.dtype == tf.float32
        assert np.abs(images).max() <= 1

    @pytest.mark.parametrize("size", [0, 40])
    def test_size_must_be_a_multiple_of_16(self, size):
        with pytest.raises(ValueError, match=f"`image_size`.*{size}"):
            ImageDecoder(size)

    def test_width_must_be_positive(self):
        with pytest.raises(ValueError, match="`width`.*0"):
            ImageDecoder(width=0)


class TestImageDiscriminator:
    def test_one_unbounded_score_an_image(self):
        discriminator = ImageDiscriminator(2, dtype="mixed_bfloat16")
        scores = discriminator(tf.zeros((3, 32, 32, 3)))
        assert scores.shape == (3,)
        assert scores.dtype == tf.float32
        discriminator.hidden.bias.assign(
            tf.ones_like(discriminator.hidden.bias)
        )
        discriminator.score.kernel.assign(
            tf.fill(discriminator.score.kernel.shape, -2.0)
        )
        # 16 * 2 hidden units of 1, times -2.
        scores = discriminator(tf.zeros((3, 32, 32, 3)))
        np.testing.assert_allclose(scores, -64.0)

    def test_width_must_be_positive(self):
        with pytest.raises(ValueError, match="`width`.*0"):
            ImageDiscriminator(0)


class TestMetricNetwork:
    def test_by_hand(self):
        # Hidden (1 * 2 + 3, -2) -> LeakyReLU .5 (5, -1) -> 5 - 2 * -1 = 7.
        network = MetricNetwork((2,), slope=0.5)
        network.build((None, 1))
        network.hidden[0].kernel.assign([[2.0, -2.0]])
        network.hidden[0].bias.assign([3.0, 0.0])
        network.score.kernel.assign([[1.0], [-2.0]])
        assert float(network(tf.constant([[1.0]]))[0]) == 7.0

    def test_any_number_of_leading_axes(self):
        network = MetricNetwork((3,))
        codes = tf.random.stateless_normal((2, 5, 4), (0, 1))
        assert network(codes).shape == (2, 5)
        np.testing.assert_allclose(
            network(codes)[1], network(codes[1]), rtol=1e-5
        )


ROWS = tf.constant([2, 0, -1, 3])


class TestCustomerVectors:
    def test_start_around_one(self):
        layer = CustomerVectors(500, 8, stddev=0.2)
        vectors, _ = layer(tf.range(500))
        assert np.mean(vectors) == pytest.approx(1, abs=0.02)
        assert np.std(vectors) == pytest.approx(0.2, abs=0.02)

    def test_decoder_is_told_the_deviation_in_units_of_the_start(self):
        layer = CustomerVectors(3, 2, stddev=0.5)
        condition = layer.condition(tf.constant([[1.0, 2.0], [0.5, 1.0]]))
        np.testing.assert_allclose(condition, [[0, 2], [-1, 0]])

    def test_a_stranger_is_the_mean_of_all(self):
        layer = CustomerVectors(3, 2)
        layer.build(None)
        layer.vectors.assign([[0.0, 3.0], [1.0, 1.0], [5.0, 2.0]])
        vectors, condition = layer(ROWS)
        np.testing.assert_array_equal(vectors, [[5, 2], [0, 3], [2, 2], [2, 2]])
        np.testing.assert_array_equal(condition, layer.condition(vectors))

    def test_strangers_teach_nothing(self):
        layer = CustomerVectors(3, 2)
        with tf.GradientTape() as tape:
            vectors, _ = layer(tf.constant([-1, 1]))
            loss = tf.reduce_sum(vectors)
        gradient = tf.convert_to_tensor(tape.gradient(loss, layer.vectors))
        np.testing.assert_array_equal(gradient, [[0, 0], [1, 1], [0, 0]])

    def test_extended_keeps_the_old_and_adds_the_new(self):
        layer = CustomerVectors(2, 2)
        layer.build(None)
        grown = layer.extended([[7.0, 8.0]])
        assert grown.num_customers == 3
        np.testing.assert_array_equal(grown.vectors[:2], layer.vectors)
        np.testing.assert_array_equal(grown.vectors[2], [7, 8])


class TestCustomerLabels:
    def test_decoder_is_told_the_label_and_the_metric_nothing(self):
        layer = CustomerLabels(3, 2)
        vectors, condition = layer(ROWS)
        np.testing.assert_array_equal(vectors, np.ones((4, 2)))
        expected = [[0, 0, 1], [1, 0, 0], [0, 0, 0], [0, 0, 0]]
        np.testing.assert_array_equal(condition, expected)


class TestEveryCustomer:
    def test_nobody_is_told_anything(self):
        vectors, condition = EveryCustomer(2)(ROWS)
        np.testing.assert_array_equal(vectors, np.ones((4, 2)))
        assert condition.shape == (4, 0)


@pytest.mark.parametrize(
    "make", [CustomerVectors, CustomerLabels], ids=lambda make: make.__name__
)
@pytest.mark.parametrize("name", ["num_customers", "dim"])
def test_customers_and_sizes_must_be_positive(make, name):
    with pytest.raises(ValueError, match=f"`{name}` must be positive, got 0"):
        make(**{"num_customers": 3, "dim": 2, name: 0})
