"""From a code to an image: the decoder of the personalised designer."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.convolution_stack import gan_initializer, gan_norm
from tfcompat.layers.deconvolution_stack import DeconvolutionStack

_STRIDES = (2, 1, 2, 1, 2, 2, 1)
_GROWTH = 16  # What the strides multiply to.


@keras.saving.register_keras_serializable(package="tfcompat")
class ImageDecoder(keras.layers.Layer):
    """Draws an image from a code by seven 5x5 deconvolutions.

    The decoder G of Fig. 3. Its four strides of 2 make 128 pixels of 8, so
    the code is first spread over an 8x8 map; the figure does not show how.
    Here as in DVBPR, whose generator Yu et al. follow: by one linear layer
    with batch norm and LeakyReLU.

    Args:
        image_size: Height and width of the image in pixels, a multiple of 16.
        width: Filters of the last hidden layer; the others have 4, 4, 4, 4
            and 2 times as many.
        slope: Of LeakyReLU.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        codes: float `[n, d]`.

    Returns:
        float32 `[n, image_size, image_size, 3]` in [-1, 1].

    Raises:
        ValueError: If `image_size` is no multiple of 16 or `width` not
            positive.

    Reference:
        Yu et al. 2019, "Personalized fashion design", Fig. 3; Kang et al.
        2017 (DVBPR), https://arxiv.org/abs/1711.02231.
    """

    def __init__(self, image_size=128, width=64, slope=0.2, **kwargs):
        super().__init__(**kwargs)
        if image_size < _GROWTH or image_size % _GROWTH:
            raise ValueError(
                f"`image_size` must be a multiple of {_GROWTH}, got "
                f"{image_size}."
            )
        if width < 1:
            raise ValueError(f"`width` must be positive, got {width}.")
        self.image_size = image_size
        self.width = width
        self.slope = slope
        self.start_shape = (image_size // _GROWTH,) * 2 + (4 * width,)
        self.start = keras.layers.Dense(
            self.start_shape[0] * self.start_shape[1] * self.start_shape[2],
            use_bias=False,
            kernel_initializer=gan_initializer(),
            name="start",
        )
        self.norm = gan_norm("norm")
        self.stack = DeconvolutionStack(
            [4 * width] * 4 + [2 * width, width, 3],
            strides=_STRIDES,
            slope=slope,
            name="stack",
        )

    def build(self, codes_shape):
        self.start.build((None, tuple(codes_shape)[-1]))
        self.norm.build((None, *self.start_shape))
        self.stack.build((None, *self.start_shape))
        super().build(codes_shape)

    def call(self, codes, training=False):
        x = tf.reshape(self.start(codes), (-1, *self.start_shape))
        x = tf.nn.leaky_relu(self.norm(x, training=training), self.slope)
        return self.stack(x, training=training)

    def compute_output_shape(self, codes_shape):
        return (tuple(codes_shape)[0], self.image_size, self.image_size, 3)

    def get_config(self):
        return {
            **super().get_config(),
            "image_size": self.image_size,
            "width": self.width,
            "slope": self.slope,
        }
