"""Convolution and fully connected layer with normalised weights."""

import tensorflow as tf
import tf_keras as keras


class _WeightNormalized(keras.layers.Layer):
    """A linear layer whose kernel is `gain * v / |v|` for each output.

    Length and direction of the weights are learnt apart. Unlike batch norm,
    an image's output does not depend on the rest of the batch.
    """

    def _add_weights(self, kernel_shape):
        outputs = kernel_shape[-1]

        def add(name, shape, initializer):
            # In bfloat16 the norm of a kernel would be off by a percent.
            return self.add_weight(
                name=name,
                shape=shape,
                initializer=initializer,
                experimental_autocast=False,
            )

        self.direction = add("direction", kernel_shape, "glorot_uniform")
        self.gain = add("gain", (outputs,), "ones")
        self.bias = add("bias", (outputs,), "zeros")

    def kernel(self):
        """The normalised kernel, in the type that the layer computes in."""
        axes = list(range(len(self.direction.shape) - 1))
        kernel = self.gain * tf.math.l2_normalize(self.direction, axes)
        return tf.cast(kernel, self.compute_dtype)


@keras.saving.register_keras_serializable(package="tfcompat")
class WeightNormalizedDense(_WeightNormalized):
    """A fully connected layer with normalised weights.

    Args:
        units: Size of the output.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        inputs: float `[n, d]`.

    Returns:
        float `[n, units]`.

    Raises:
        ValueError: If `units` is not positive.

    Reference:
        Salimans, Kingma 2016, https://arxiv.org/abs/1602.07868.
    """

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        if units < 1:
            raise ValueError(f"`units` must be positive, got {units}.")
        self.units = units

    def build(self, inputs_shape):
        self._add_weights((tuple(inputs_shape)[-1], self.units))
        super().build(inputs_shape)

    def call(self, inputs):
        bias = tf.cast(self.bias, self.compute_dtype)
        return tf.matmul(inputs, self.kernel()) + bias

    def compute_output_shape(self, inputs_shape):
        return (*tuple(inputs_shape)[:-1], self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="tfcompat")
class WeightNormalizedConvolution(_WeightNormalized):
    """A padded convolution with normalised weights.

    Args:
        filters: Number of output channels.
        kernel_size: Side of the kernel.
        strides: Of both sides.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        inputs: float `[n, h, w, c]`.

    Returns:
        float `[n, ceil(h / strides), ceil(w / strides), filters]`.

    Raises:
        ValueError: If an argument is not positive.

    Reference:
        Salimans, Kingma 2016, https://arxiv.org/abs/1602.07868.
    """

    def __init__(self, filters, kernel_size=3, strides=1, **kwargs):
        super().__init__(**kwargs)
        for name, value in (
            ("filters", filters),
            ("kernel_size", kernel_size),
            ("strides", strides),
        ):
            if value < 1:
                raise ValueError(f"`{name}` must be positive, got {value}.")
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides

    def build(self, inputs_shape):
        channels = tuple(inputs_shape)[-1]
        self._add_weights(
            (self.kernel_size, self.kernel_size, channels, self.filters)
        )
        super().build(inputs_shape)

    def call(self, inputs):
        outputs = tf.nn.conv2d(inputs, self.kernel(), self.strides, "SAME")
        return outputs + tf.cast(self.bias, self.compute_dtype)

    def compute_output_shape(self, inputs_shape):
        n, h, w, _ = tuple(inputs_shape)
        return (n, -(-h // self.strides), -(-w // self.strides), self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
        }
