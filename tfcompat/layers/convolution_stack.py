"""Strided convolutions, the first half of encoders and discriminators."""

import tensorflow as tf
import tf_keras as keras

# Of DCGAN, on which all generators here build.
_STDDEV = 0.02
_MOMENTUM = 0.9
_EPSILON = 1.001e-5  # cuDNN's least; Keras's own dwarfs what small kernels do.


@keras.saving.register_keras_serializable(package="tfcompat")
class ConvolutionStack(keras.layers.Layer):
    """Convolutions one after the other, each with norm and LeakyReLU.

    Strides take the place of pooling, and the first block has no batch norm,
    so that it sees the images' true colours: both are DCGAN's.

    Args:
        filters: Filters of each block.
        kernel_size: Side of every kernel, in pixels.
        strides: Stride of every block, or one of each.
        normalized_from: Number of the first block with batch norm, counting
            from 0; as many as there are blocks for none at all.
        slope: Of LeakyReLU.
        padding: "same" or "valid".
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        images: float `[n, h, w, c]`.

    Returns:
        float `[n, h', w', filters[-1]]`.

    Raises:
        ValueError: If `filters` is empty, or `strides` has another length.

    Reference:
        Radford, Metz, Chintala 2016, https://arxiv.org/abs/1511.06434.
    """

    def __init__(
        self,
        filters,
        kernel_size=5,
        strides=2,
        normalized_from=1,
        slope=0.2,
        padding="same",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters = tuple(filters)
        if isinstance(strides, int):
            strides = (strides,) * len(self.filters)
        self.strides = tuple(strides)
        check_blocks(self.filters, self.strides)
        self.kernel_size = kernel_size
        self.normalized_from = normalized_from
        self.slope = slope
        self.padding = padding
        self.convolutions, self.norms = [], []
        for i, (count, stride) in enumerate(
            zip(self.filters, self.strides, strict=True)
        ):
            is_normalized = i >= normalized_from
            self.convolutions.append(
                keras.layers.Conv2D(
                    count,
                    kernel_size,
                    strides=stride,
                    padding=padding,
                    use_bias=not is_normalized,
                    kernel_initializer=gan_initializer(),
                    name=f"convolution_{i}",
                )
            )
            self.norms.append(gan_norm(f"norm_{i}") if is_normalized else None)

    def build(self, images_shape):
        shape = tuple(images_shape)
        for convolution, norm in zip(
            self.convolutions, self.norms, strict=True
        ):
            convolution.build(shape)
            shape = convolution.compute_output_shape(shape)
            if norm is not None:
                norm.build(shape)
        super().build(images_shape)

    def features(self, images, training=False):
        """What every block puts out, first to last; list of float `[n, …]`."""
        x, outputs = images, []
        for convolution, norm in zip(
            self.convolutions, self.norms, strict=True
        ):
            x = convolution(x)
            if norm is not None:
                x = norm(x, training=training)
            x = tf.nn.leaky_relu(x, self.slope)
            outputs.append(x)
        return outputs

    def call(self, images, training=False):
        return self.features(images, training)[-1]

    def compute_output_shape(self, images_shape):
        shape = tuple(images_shape)
        for convolution in self.convolutions:
            shape = convolution.compute_output_shape(shape)
        return shape

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "normalized_from": self.normalized_from,
            "slope": self.slope,
            "padding": self.padding,
        }


def check_blocks(filters, strides):
    """Raises `ValueError` unless every block has filters and a stride."""
    if not filters or min(filters) < 1:
        raise ValueError(
            f"`filters` must be some positive numbers, got {filters}."
        )
    if len(strides) != len(filters):
        raise ValueError(
            f"`strides` must be {len(filters)}, one for each of `filters`, "
            f"got {strides}."
        )


def gan_initializer():
    """Kernels of a generator or discriminator: normal, deviation 0.02."""
    return keras.initializers.RandomNormal(stddev=_STDDEV)


def gan_norm(name):
    """Batch norm of a generator or discriminator.

    Its statistics are a replica's own under `tf.distribute`, as DCGAN's were.
    """
    return keras.layers.BatchNormalization(
        momentum=_MOMENTUM, epsilon=_EPSILON, name=name
    )
