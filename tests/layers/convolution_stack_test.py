import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.convolution_stack import ConvolutionStack
from tfcompat.layers.deconvolution_stack import DeconvolutionStack


def make_convolutions(**changes):
    arguments = {
        "filters": (4, 6, 8),
        "kernel_size": 3,
        "strides": (2, 1, 2),
        "normalized_from": 2,
        "slope": 0.1,
        "padding": "valid",
    }
    return ConvolutionStack(**{**arguments, **changes})


def make_deconvolutions(**changes):
    arguments = {
        "filters": (6, 4, 3),
        "kernel_size": 3,
        "strides": (2, 1, 2),
        "activation": "sigmoid",
        "slope": 0.1,
    }
    return DeconvolutionStack(**{**arguments, **changes})


def random_images(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


class TestConvolutionStack:
    def test_one_pixel_by_hand(self):
        # 2 * -3 = -6, which LeakyReLU of slope 0.5 makes -3; then -3 * -1.
        stack = ConvolutionStack((1, 1), 1, 1, normalized_from=2, slope=0.5)
        stack.build((None, 1, 1, 1))
        for convolution, weight in zip(
            stack.convolutions, (2.0, -1.0), strict=True
        ):
            convolution.kernel.assign([[[[weight]]]])
        first, second = stack.features(tf.constant([[[[-3.0]]]]))
        assert float(first[0, 0, 0, 0]) == -3.0
        assert float(second[0, 0, 0, 0]) == 3.0

    def test_shapes_follow_strides_and_padding(self):
        # 16 -valid,2-> 7 -valid,1-> 5 -valid,2-> 2.
        stack = make_convolutions()
        outputs = stack.features(random_images(2, 16, 16, 3))
        assert [tuple(x.shape) for x in outputs] == [
            (2, 7, 7, 4),
            (2, 5, 5, 6),
            (2, 2, 2, 8),
        ]
        assert stack.compute_output_shape((None, 16, 16, 3)) == (None, 2, 2, 8)

    def test_call_is_the_last_of_the_features(self):
        stack, images = make_convolutions(), random_images(2, 16, 16, 3)
        np.testing.assert_array_equal(stack(images), stack.features(images)[-1])

    def test_only_later_blocks_are_normalized(self):
        stack = make_convolutions(normalized_from=1)
        assert [norm is not None for norm in stack.norms] == [False, True, True]
        stack = make_convolutions(normalized_from=3)
        stack.build((None, 16, 16, 3))
        assert not stack.non_trainable_variables

    def test_training_uses_the_batch_to_normalize(self):
        stack = make_convolutions(normalized_from=0)
        images = random_images(8, 16, 16, 3)
        # A fresh norm knows nothing, and kernels of deviation 0.02 shrink.
        assert np.std(stack(images)) < 0.1
        assert 0.5 < np.std(stack(images, training=True)) < 1.0

    @pytest.mark.parametrize("make", [make_convolutions, make_deconvolutions])
    def test_wrong_blocks_are_refused(self, make):
        with pytest.raises(ValueError, match=r"`filters`.*\(\)"):
            make(filters=())
        with pytest.raises(ValueError, match=r"`filters`.*\(4, 0, 8\)"):
            make(filters=(4, 0, 8))
        with pytest.raises(ValueError, match=r"`strides` must be 3.*\(2, 2\)"):
            make(strides=(2, 2))


class TestDeconvolutionStack:
    def test_one_pixel_by_hand(self):
        # 3 * -2 = -6; batch norm of a fresh layer changes nothing;
        # LeakyReLU of slope 0.5 halves it; the last layer has tanh(x + 1).
        stack = DeconvolutionStack((1, 1), 1, 1, slope=0.5)
        stack.build((None, 1, 1, 1))
        for deconvolution in stack.deconvolutions:
            deconvolution.kernel.assign([[[[-2.0]]]])
        stack.deconvolutions[1].bias.assign([-5.0])
        image = stack(tf.constant([[[[3.0]]]]))
        expected = np.tanh(-2.0 * -3.0 - 5.0)
        np.testing.assert_allclose(image[0, 0, 0, 0], expected, rtol=1e-4)

    def test_grows_by_all_strides(self):
        stack = make_deconvolutions()
        images = stack(random_images(2, 4, 5, 7))
        assert images.shape == (2, 16, 20, 3)
        assert stack.compute_output_shape((2, 4, 5, 7)) == (2, 16, 20, 3)

    def test_last_block_has_the_activation_and_no_norm(self):
        stack = make_deconvolutions()
        images = stack(1000.0 * random_images(2, 4, 5, 7)).numpy()
        assert images.min() >= 0 and images.max() <= 1
        assert len(stack.norms) == 2

    def test_output_is_float32_in_mixed_precision(self):
        stack = make_deconvolutions(dtype="mixed_bfloat16")
        assert stack(random_images(2, 4, 4, 7)).dtype == tf.float32


@pytest.mark.parametrize(
    "make, size", [(make_convolutions, 16), (make_deconvolutions, 4)]
)
class TestEveryStack:
    def test_restored_stack_computes_the_same(self, make, size, tmp_path):
        inputs = keras.Input((size, size, 3))
        model = keras.Model(inputs, make(name="stack")(inputs))
        images = random_images(2, size, size, 3)
        model.compile("sgd", "mse")
        model.fit(images, tf.zeros_like(model(images)), verbose=0)
        model.save(tmp_path / "model.keras")
        restored = keras.saving.load_model(tmp_path / "model.keras")
        np.testing.assert_array_equal(restored(images), model(images))
        config = model.get_layer("stack").get_config()
        assert restored.get_layer("stack").get_config() == config

    def test_same_sized_strides_may_be_one_number(self, make, size):
        config = make(strides=2).get_config()
        assert config["strides"] == (2, 2, 2)
