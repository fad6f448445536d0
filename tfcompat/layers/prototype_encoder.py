"""Encodes items, and what would go with them, as points of one space."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.weight_normalized import (
    WeightNormalizedConvolution,
    WeightNormalizedDense,
)

_SMALLEST = 4  # Side of the last feature map, in pixels.
_WIDEST = 8  # Filters of the widest convolution, in widths.


@keras.saving.register_keras_serializable(package="tfcompat")
class PrototypeEncoder(keras.layers.Layer):
    """Gives an item's embedding and the prototypes of its companions.

    5x5 convolutions of stride 2 with LeakyReLU bring the image down to 4x4;
    two linear heads read it. Several prototypes, since what goes with an item
    is of several kinds.

    Args:
        dim: Size of the space.
        num_prototypes: Prototypes an item, K.
        width: Filters of the first convolution; they double up to 8 times.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        images: float `[n, s, s, 3]` in [-1, 1], s a power of 2 times 4.

    Returns:
        Tuple of float32 `[n, dim]` embeddings e_0 and float32 `[n, K, dim]`
        prototypes e_1 to e_K.

    Raises:
        ValueError: If an argument is not positive.

    Reference:
        Shih et al. 2018, https://arxiv.org/abs/1712.01262, Fig. 3; their
        code's convolutional encoder.
    """

    def __init__(self, dim=64, num_prototypes=2, width=64, **kwargs):
        super().__init__(**kwargs)
        for name, value in (
            ("dim", dim),
            ("num_prototypes", num_prototypes),
            ("width", width),
        ):
            if value < 1:
                raise ValueError(f"`{name}` must be positive, got {value}.")
        self.dim = dim
        self.num_prototypes = num_prototypes
        self.width = width
        self.embedding = WeightNormalizedDense(
            dim, dtype="float32", name="embedding"
        )
        self.prototypes = WeightNormalizedDense(
            num_prototypes * dim, dtype="float32", name="prototypes"
        )

    def build(self, images_shape):
        shape = tuple(images_shape)
        self.convolutions = []
        for i in range(count_halvings(shape[1])):
            convolution = WeightNormalizedConvolution(
                min(self.width * 2**i, self.width * _WIDEST),
                kernel_size=5,
                strides=2,
                name=f"convolution_{i}",
            )
            convolution.build(shape)
            shape = convolution.compute_output_shape(shape)
            self.convolutions.append(convolution)
        size = shape[1] * shape[2] * shape[3]
        self.embedding.build((None, size))
        self.prototypes.build((None, size))
        super().build(images_shape)

    def call(self, images):
        x = images
        for convolution in self.convolutions:
            x = tf.nn.leaky_relu(convolution(x), 0.2)
        x = tf.cast(tf.reshape(x, (tf.shape(x)[0], -1)), tf.float32)
        shape = (-1, self.num_prototypes, self.dim)
        return self.embedding(x), tf.reshape(self.prototypes(x), shape)

    def get_config(self):
        return {
            **super().get_config(),
            "dim": self.dim,
            "num_prototypes": self.num_prototypes,
            "width": self.width,
        }


def count_halvings(image_size):
    """How many times an image can be halved until it is 4 pixels across.

    Args:
        image_size: Height and width in pixels.

    Returns:
        int, at least 1.

    Raises:
        ValueError: If halving does not lead to 4 pixels.
    """
    halvings = (image_size // _SMALLEST).bit_length() - 1
    if halvings < 1 or image_size != _SMALLEST * 2**halvings:
        raise ValueError(
            "`image_size` must be 4 times a power of 2, at least 8, got "
            f"{image_size}."
        )
    return halvings
