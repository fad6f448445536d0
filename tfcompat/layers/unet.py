"""The U-Net: an encoder and a decoder with connections across."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.convolution_stack import (
    check_blocks,
    gan_initializer,
    gan_norm,
)


@keras.saving.register_keras_serializable(package="tfcompat")
class UNet(keras.layers.Layer):
    """Redraws an image, handing each scale's features across to the decoder.

    Every block halves the image by a 4x4 convolution with LeakyReLU; blocks
    of as many transposed convolutions with ReLU grow it again, each seeing
    the features of its scale. Batch norm everywhere but in the first block
    and the innermost one, which may be a single pixel.

    What is random in it, dropout and the noise joined at the bottleneck, is
    there when a seed is given: without one an image has one answer.

    Args:
        filters: Filters of the encoder's blocks; 7 of them bring 128 pixels
            down to 1.
        noise_dim: Numbers of Gaussian noise joined at the bottleneck; 0 for
            none.
        dropout_rate: Of the decoder's innermost blocks.
        dropout_blocks: How many blocks that is.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        images: float `[n, h, w, 3]` in [-1, 1], h and w multiples of
            2 ** len(filters).
        seed: int64 `[2]`, or None for no dropout and noise at its mean, 0.

    Returns:
        float32 `[n, h, w, 3]` in [-1, 1].

    Raises:
        ValueError: If there are fewer than two blocks, an argument is
            negative, or, on building, the images' size does not fit.

    Reference:
        Isola et al. 2017, https://arxiv.org/abs/1611.07004, section 6.1.1;
        the noise is that of CIGM, "GECo", section 4.2.
    """

    def __init__(
        self,
        filters=(64, 128, 256, 512, 512, 512, 512),
        noise_dim=0,
        dropout_rate=0.5,
        dropout_blocks=3,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters = tuple(filters)
        check_blocks(self.filters, self.filters)
        if len(self.filters) < 2:
            raise ValueError(
                f"`filters` must be at least two, got {self.filters}."
            )
        for name, value in (
            ("noise_dim", noise_dim),
            ("dropout_blocks", dropout_blocks),
        ):
            if value < 0:
                raise ValueError(f"`{name}` must not be negative, got {value}.")
        if not 0 <= dropout_rate < 1:
            raise ValueError(
                f"`dropout_rate` must be in [0, 1), got {dropout_rate}."
            )
        self.noise_dim = noise_dim
        self.dropout_rate = dropout_rate
        self.dropout_blocks = dropout_blocks
        last = len(self.filters) - 1
        self.down = [
            _half(keras.layers.Conv2D, count, 0 < i < last, f"down_{i}")
            for i, count in enumerate(self.filters)
        ]
        self.down_norms = [gan_norm(f"down_norm_{i}") for i in range(1, last)]
        outwards = self.filters[-2::-1]
        self.up = [
            _half(keras.layers.Conv2DTranspose, count, True, f"up_{i}")
            for i, count in enumerate(outwards)
        ]
        self.up_norms = [gan_norm(f"up_norm_{i}") for i in range(last)]
        self.draw = _half(keras.layers.Conv2DTranspose, 3, False, "draw")
        self.tanh = keras.layers.Activation("tanh", dtype="float32")

    def build(self, images_shape):
        shape = tuple(images_shape)
        grain = 2 ** len(self.filters)
        if any(not side or side % grain for side in shape[1:3]):
            raise ValueError(
                f"`images` must have sides that are multiples of {grain}, for "
                f"{len(self.filters)} blocks, got shape {shape}."
            )
        skips = []
        for i, convolution in enumerate(self.down):
            convolution.build(shape)
            shape = convolution.compute_output_shape(shape)
            if 0 < i < len(self.down) - 1:
                self.down_norms[i - 1].build(shape)
            skips.append(shape)
        skips.pop()
        shape = (*shape[:3], shape[3] + self.noise_dim)
        for deconvolution, norm in zip(self.up, self.up_norms, strict=True):
            deconvolution.build(shape)
            shape = deconvolution.compute_output_shape(shape)
            norm.build(shape)
            shape = (*shape[:3], shape[3] + skips.pop()[3])
        self.draw.build(shape)
        super().build(images_shape)

    def call(self, images, seed=None, training=False):
        code, skips = self.encode(images, training)
        return self.decode(code, skips, seed, training)

    def encode(self, images, training=False):
        """What images are drawn anew from.

        Returns:
            Tuple of float `[n, h', w', filters[-1]]` at the bottleneck, and a
            list of what is handed across.
        """
        x, skips = images, []
        for convolution, norm in zip(
            self.down, [None, *self.down_norms, None], strict=True
        ):
            x = convolution(x)
            if norm is not None:
                x = norm(x, training=training)
            skips.append(tf.nn.leaky_relu(x, 0.2))
        return tf.nn.relu(x), skips[:-1]

    def decode(self, code, skips, seed=None, training=False):
        """Images from what `encode` returned; `seed` as in a call."""
        if self.noise_dim:
            code = tf.concat([code, self._noise(code, seed)], axis=-1)
        return self.tanh(self._decode(code, skips, seed, training))

    def _noise(self, code, seed):
        """float `[n, h, w, noise_dim]`, the same all over an image."""
        n, h, w, _ = tf.unstack(tf.shape(code))
        shape = (n, 1, 1, self.noise_dim)
        if seed is None:
            noise = tf.zeros(shape)
        else:
            noise = tf.random.stateless_normal(shape, seed)
        return tf.cast(tf.tile(noise, (1, h, w, 1)), code.dtype)

    def _decode(self, x, skips, seed, training):
        for i, (deconvolution, norm) in enumerate(
            zip(self.up, self.up_norms, strict=True)
        ):
            x = norm(deconvolution(x), training=training)
            if seed is not None and i < self.dropout_blocks:
                x = tf.nn.experimental.stateless_dropout(
                    x,
                    self.dropout_rate,
                    tf.random.experimental.stateless_fold_in(seed, i + 1),
                )
            x = tf.concat([tf.nn.relu(x), skips[-1 - i]], axis=-1)
        return self.draw(x)

    def compute_output_shape(self, images_shape):
        return (*tuple(images_shape)[:3], 3)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "noise_dim": self.noise_dim,
            "dropout_rate": self.dropout_rate,
            "dropout_blocks": self.dropout_blocks,
        }


def _half(make, count, is_normalized, name):
    """A convolution that halves the image, or its transpose."""
    return make(
        count,
        4,
        strides=2,
        padding="same",
        use_bias=not is_normalized,
        kernel_initializer=gan_initializer(),
        name=name,
    )
