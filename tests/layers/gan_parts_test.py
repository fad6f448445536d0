"""The networks of the GAN baselines, one contract for all of them."""

import inspect

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.image_converter import ImageConverter
from tfcompat.layers.patch_discriminator import PatchDiscriminator
from tfcompat.layers.prototype_encoder import PrototypeEncoder
from tfcompat.layers.residual_discriminator import ResidualDiscriminator
from tfcompat.layers.strided_discriminator import StridedDiscriminator
from tfcompat.layers.subpixel_generator import SubpixelGenerator
from tfcompat.layers.unet import UNet
from tfcompat.layers.weight_normalized import (
    WeightNormalizedConvolution,
    WeightNormalizedDense,
)

N = 3
random = np.random.default_rng(0)
IMAGES = random.uniform(-1, 1, (N, 32, 32, 3)).astype("float32")
PAIRS = random.uniform(-1, 1, (N, 32, 32, 6)).astype("float32")
CODES = random.normal(size=(N, 7)).astype("float32")
# Arguments that differ from every default, inputs, and shapes of outputs.
CASES = {
    UNet: (
        {
            "filters": (4, 6, 8, 8),
            "noise_dim": 2,
            "dropout_rate": 0.2,
            "dropout_blocks": 1,
        },
        IMAGES,
        [(N, 32, 32, 3)],
    ),
    ImageConverter: (
        {
            "filters": (4, 8),
            "kernel_size": 5,
            "code_dim": 6,
            "activation": "tanh",
        },
        IMAGES,
        [(N, 32, 32, 3)],
    ),
    # 32 -> 15 -> 12 -> 9, without padding.
    PatchDiscriminator: (
        {"filters": (4, 8), "padding": "valid"},
        PAIRS,
        [(N, 9, 9)],
    ),
    StridedDiscriminator: (
        {"filters": (4, 8), "kernel_size": 3},
        PAIRS,
        [(N,)],
    ),
    PrototypeEncoder: (
        {"dim": 5, "num_prototypes": 3, "width": 4},
        IMAGES,
        [(N, 5), (N, 3, 5)],
    ),
    SubpixelGenerator: (
        {"image_size": 32, "width": 4},
        CODES,
        [(N, 32, 32, 3)],
    ),
    ResidualDiscriminator: (
        {"dim": 5, "width": 4},
        IMAGES,
        [(N,), (N, 5)],
    ),
    WeightNormalizedDense: ({"units": 5}, CODES, [(N, 5)]),
    WeightNormalizedConvolution: (
        {"filters": 5, "kernel_size": 4, "strides": 2},
        IMAGES,
        [(N, 16, 16, 5)],
    ),
}


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
class TestEveryPart:
    def test_outputs(self, make):
        arguments, inputs, shapes = CASES[make]
        layer = make(**arguments)
        outputs = tf.nest.flatten(layer(inputs))
        assert [tuple(output.shape) for output in outputs] == shapes
        for output in outputs:
            assert output.dtype == tf.float32
            assert np.std(output) > 0

    def test_config_names_every_constructor_argument(self, make):
        arguments, _, _ = CASES[make]
        names = set(inspect.signature(make).parameters) - {"kwargs"}
        config = make(**arguments).get_config()
        assert names <= config.keys()
        default = inspect.signature(make).parameters
        for name, value in arguments.items():
            assert config[name] == value != default[name].default

    def test_saved_part_computes_the_same(self, make, tmp_path):
        arguments, inputs, _ = CASES[make]
        given = keras.Input(inputs.shape[1:])
        model = keras.Model(given, make(**arguments)(given))
        expected = model(inputs)
        model.save(tmp_path / "part.keras")
        restored = keras.saving.load_model(tmp_path / "part.keras")
        for actual, wanted in zip(
            tf.nest.flatten(restored(inputs)),
            tf.nest.flatten(expected),
            strict=True,
        ):
            np.testing.assert_allclose(actual, wanted, atol=1e-6)

    def test_every_weight_has_a_slope(self, make):
        arguments, inputs, _ = CASES[make]
        layer = make(**arguments)
        extra = {"seed": tf.constant([1, 2], tf.int64)} if make is UNet else {}
        layer.build(inputs.shape)
        with tf.GradientTape() as tape:
            outputs = tf.nest.flatten(layer(inputs, **extra))
            total = tf.add_n([tf.reduce_sum(tf.square(x)) for x in outputs])
        for weight, slope in zip(
            layer.trainable_variables,
            tape.gradient(total, layer.trainable_variables),
            strict=True,
        ):
            assert slope is not None and np.any(slope != 0), weight.name

    def test_images_come_out_in_float32_under_bfloat16(self, make):
        arguments, inputs, _ = CASES[make]
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
        try:
            outputs = tf.nest.flatten(make(**arguments)(inputs))
        finally:
            keras.mixed_precision.set_global_policy("float32")
        inner = make in (WeightNormalizedDense, WeightNormalizedConvolution)
        for output in outputs:
            assert output.dtype == (tf.bfloat16 if inner else tf.float32)
            assert np.isfinite(output).all()


class TestUNet:
    def make(self, **changes):
        keras.utils.set_random_seed(0)
        return UNet(**{**CASES[UNet][0], **changes})

    def test_one_answer_without_a_seed(self):
        unet = self.make()
        np.testing.assert_array_equal(unet(IMAGES), unet(IMAGES))

    @pytest.mark.parametrize(
        "changes", [{"noise_dim": 0}, {"dropout_rate": 0.0}]
    )
    def test_noise_and_dropout_each_vary_the_answer_by_the_seed(self, changes):
        unet = self.make(**changes)
        seeds = [tf.constant([1, n], tf.int64) for n in (1, 1, 2)]
        first, again, other = (unet(IMAGES, seed=seed) for seed in seeds)
        np.testing.assert_array_equal(first, again)
        assert not np.array_equal(first, other)

    def test_neither_noise_nor_dropout_leave_nothing_random(self):
        unet = self.make(noise_dim=0, dropout_blocks=0)
        seed = tf.constant([1, 2], tf.int64)
        np.testing.assert_array_equal(unet(IMAGES), unet(IMAGES, seed=seed))

    def test_connections_carry_detail_that_the_bottleneck_loses(self):
        # With the innermost weights 0 nothing passes but by the connections.
        unet = self.make()
        unet(IMAGES)
        for weight in unet.down[-1].weights:
            weight.assign(tf.zeros_like(weight))
        drawn = unet(IMAGES)
        assert np.std(drawn, axis=0).max() > 0

    def test_images_must_fit_the_blocks(self):
        with pytest.raises(ValueError, match="multiples of 16.*24, 24"):
            self.make()(tf.zeros((1, 24, 24, 3)))

    @pytest.mark.parametrize(
        "changes",
        [
            {"filters": (4,)},
            {"filters": ()},
            {"noise_dim": -1},
            {"dropout_rate": 1.0},
            {"dropout_blocks": -1},
        ],
    )
    def test_bad_arguments_are_named(self, changes):
        with pytest.raises(ValueError, match=f"`{next(iter(changes))}`"):
            self.make(**changes)


class TestPatchDiscriminator:
    def test_a_logit_sees_70_pixels(self):
        keras.utils.set_random_seed(0)
        layer = PatchDiscriminator((2, 2, 2, 2))
        images = tf.random.stateless_normal((1, 128, 128, 3), (1, 2))
        with tf.GradientTape() as tape:
            tape.watch(images)
            logit = layer(images)[0, 8, 8]
        seen = np.any(tape.gradient(logit, images)[0] != 0, axis=-1)
        rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
        assert np.ptp(rows) + 1 == np.ptp(columns) + 1 == 70

    def test_8_by_8_logits_of_128_pixels_without_padding(self):
        layer = PatchDiscriminator(padding="valid")
        shape = layer.compute_output_shape((None, 128, 128, 6))
        layer.build((None, 128, 128, 6))
        assert tuple(shape) == (None, 8, 8)


class TestImageConverter:
    def test_a_code_bounds_what_passes(self):
        # Images of one code number: all drawings lie on one curve, so that
        # any two of them at equal codes are equal. The code is made constant.
        keras.utils.set_random_seed(0)
        layer = ImageConverter((4, 8), code_dim=1)
        layer(IMAGES)
        layer.code.kernel.assign(tf.zeros_like(layer.code.kernel))
        drawn = layer(IMAGES)
        np.testing.assert_allclose(drawn[0], drawn[1], atol=1e-6)

    def test_negative_code_is_refused(self):
        with pytest.raises(ValueError, match="`code_dim` .* got -1"):
            ImageConverter(code_dim=-1)


class TestStridedDiscriminator:
    def test_judges_with_what_every_block_saw(self):
        layer = StridedDiscriminator((4, 8), 4)
        layer.build(IMAGES.shape)
        logits, features = layer.judge(IMAGES)
        np.testing.assert_array_equal(logits, layer(IMAGES))
        shapes = [tuple(feature.shape) for feature in features]
        assert shapes == [(N, 16, 16, 4), (N, 8, 8, 8)]


class TestWeightNormalized:
    def test_dense_by_hand(self):
        layer = WeightNormalizedDense(1)
        layer.build((None, 2))
        layer.direction.assign([[3.0], [4.0]])
        layer.gain.assign([10.0])
        layer.bias.assign([1.0])
        # 10 (3, 4) / 5 = (6, 8); 6 * 1 + 8 * 2 + 1 = 23.
        np.testing.assert_allclose(layer(tf.constant([[1.0, 2.0]])), [[23.0]])

    def test_length_of_the_direction_does_not_matter(self):
        layer = WeightNormalizedConvolution(4, 3)
        before = layer(IMAGES)
        layer.direction.assign(7 * layer.direction)
        np.testing.assert_allclose(layer(IMAGES), before, atol=1e-5)

    def test_convolution_is_kerass_with_the_normalised_kernel(self):
        layer = WeightNormalizedConvolution(4, 3, strides=2)
        layer(IMAGES)
        other = keras.layers.Conv2D(4, 3, strides=2, padding="same")
        other.build(IMAGES.shape)
        other.set_weights([layer.kernel().numpy(), layer.bias.numpy()])
        np.testing.assert_allclose(layer(IMAGES), other(IMAGES), atol=1e-5)
        lengths = np.sum(layer.kernel().numpy() ** 2, axis=(0, 1, 2))
        np.testing.assert_allclose(lengths, 1, rtol=1e-5)


class TestSubpixelGenerator:
    def test_channels_of_the_published_size(self):
        layer = SubpixelGenerator(64)
        assert [c.filters for c in layer.convolutions] == [2048, 1024, 512, 12]

    @pytest.mark.parametrize("size", [4, 48, 0])
    def test_size_must_be_4_times_a_power_of_2(self, size):
        with pytest.raises(ValueError, match=f"4 times a power of 2.*{size}"):
            SubpixelGenerator(size)


class TestResidualDiscriminator:
    def test_images_are_judged_one_by_one(self):
        layer = ResidualDiscriminator(5, 4)
        logits, latents = layer(IMAGES)
        alone = layer(IMAGES[1:2])
        np.testing.assert_allclose(alone[0][0], logits[1], atol=1e-5)
        np.testing.assert_allclose(alone[1][0], latents[1], atol=1e-5)
