"""Tells real images from designed ones by a single score."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.convolution_stack import ConvolutionStack, gan_initializer


@keras.saving.register_keras_serializable(package="tfcompat")
class ImageDiscriminator(keras.layers.Layer):
    """Four strided 5x5 convolutions and two fully connected layers.

    The real/fake discriminator D of Fig. 3. Its score has no bias: scores
    count only by their differences, so that nothing would ever teach it.

    Args:
        width: Filters of the first convolution; the others have 2, 4 and 8
            times as many, the hidden fully connected layer 16 times.
        slope: Of LeakyReLU.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        images: float `[n, h, w, c]` in [-1, 1].

    Returns:
        float32 `[n]` scores without activation, as least squares need them;
        higher is more real.

    Raises:
        ValueError: If `width` is not positive.

    Reference:
        Yu et al. 2019, "Personalized fashion design", Fig. 3.
    """

    def __init__(self, width=64, slope=0.2, **kwargs):
        super().__init__(**kwargs)
        if width < 1:
            raise ValueError(f"`width` must be positive, got {width}.")
        self.width = width
        self.slope = slope
        self.stack = ConvolutionStack(
            [width, 2 * width, 4 * width, 8 * width], slope=slope, name="stack"
        )
        self.flatten = keras.layers.Flatten()
        self.hidden = keras.layers.Dense(
            16 * width, kernel_initializer=gan_initializer(), name="hidden"
        )
        self.score = keras.layers.Dense(
            1,
            use_bias=False,
            kernel_initializer=gan_initializer(),
            dtype="float32",
            name="score",
        )

    def build(self, images_shape):
        self.stack.build(images_shape)
        _, *sizes = self.stack.compute_output_shape(images_shape)
        self.hidden.build((None, sizes[0] * sizes[1] * sizes[2]))
        self.score.build((None, self.hidden.units))
        super().build(images_shape)

    def call(self, images, training=False):
        x = self.flatten(self.stack(images, training=training))
        x = tf.nn.leaky_relu(self.hidden(x), self.slope)
        return self.score(tf.cast(x, tf.float32))[:, 0]

    def compute_output_shape(self, images_shape):
        return (tuple(images_shape)[0],)

    def get_config(self):
        return {
            **super().get_config(),
            "width": self.width,
            "slope": self.slope,
        }
