"""Vision transformer for images of more than one size."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class TransformerBlock(keras.layers.Layer):
    """Attention and a two-layer network, each normalised before and added.

    Args:
        heads: Attention heads; they divide the width.
        drop_path: Share of the images that skip each half while training.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        tokens: float `[n, t, width]`.

    Returns:
        float `[n, t, width]`.

    Reference:
        Dosovitskiy et al. 2021, https://arxiv.org/abs/2010.11929, eq. 2-3.
    """

    def __init__(self, heads, drop_path=0.0, **kwargs):
        super().__init__(**kwargs)
        self.heads = heads
        self.drop_path = drop_path
        self.before_attention = keras.layers.LayerNormalization(epsilon=1e-6)
        self.before_network = keras.layers.LayerNormalization(epsilon=1e-6)
        # Images drop out as a whole: noise over all but the first axis.
        self.skip = keras.layers.Dropout(drop_path, noise_shape=(None, 1, 1))

    def build(self, tokens_shape):
        width = tuple(tokens_shape)[-1]
        if width % self.heads:
            raise ValueError(
                f"`heads` must divide the width {width}, got {self.heads}."
            )
        self.attention = keras.layers.MultiHeadAttention(
            self.heads, width // self.heads
        )
        self.network = keras.Sequential(
            [
                keras.layers.Dense(4 * width, activation="gelu"),
                keras.layers.Dense(width),
            ]
        )
        super().build(tokens_shape)

    def call(self, tokens, training=False):
        normal = self.before_attention(tokens)
        attended = self.attention(normal, normal, training=training)
        tokens = tokens + self.skip(attended, training=training)
        passed = self.network(self.before_network(tokens))
        return tokens + self.skip(passed, training=training)

    def get_config(self):
        return {
            **super().get_config(),
            "heads": self.heads,
            "drop_path": self.drop_path,
        }


@keras.saving.register_keras_serializable(package="tfcompat")
class VisionTransformer(keras.layers.Layer):
    """Images to one vector each, by attention between their patches.

    Small crops have fewer patches; the table of places, learnt for
    `image_size`, is interpolated to them.

    Args:
        image_size: Side of the images whose places are learnt, in pixels.
        patch_size: Side of a patch; divides the side of every image.
        width: Size of the tokens and of the result.
        depth: Number of blocks.
        heads: Attention heads of a block; they divide `width`.
        drop_path: Of the last block; earlier ones have less, down to 0.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        images: float `[n, s, s, 3]` in [0, 1], s a multiple of `patch_size`.

    Returns:
        float32 `[n, width]`: the class token, normalised.

    Raises:
        ValueError: If the sizes do not fit each other.

    Reference:
        Dosovitskiy et al. 2021, https://arxiv.org/abs/2010.11929; the
        interpolation is that of Caron et al. 2021 (DINO),
        https://arxiv.org/abs/2104.14294.
    """

    def __init__(
        self,
        image_size=224,
        patch_size=16,
        width=384,
        depth=12,
        heads=6,
        drop_path=0.1,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if patch_size < 1 or image_size % patch_size:
            raise ValueError(
                "`image_size` must be a multiple of `patch_size` "
                f"{patch_size}, got {image_size}."
            )
        if depth < 1 or width % heads:
            raise ValueError(
                f"`depth` must be positive and `heads` divide `width` {width},"
                f" got {depth} and {heads}."
            )
        self.image_size = image_size
        self.patch_size = patch_size
        self.width = width
        self.depth = depth
        self.heads = heads
        self.drop_path = drop_path
        self.patches = keras.layers.Conv2D(
            width, patch_size, strides=patch_size, name="patches"
        )
        self.blocks = [
            TransformerBlock(heads, drop_path * i / max(depth - 1, 1))
            for i in range(depth)
        ]
        self.norm = keras.layers.LayerNormalization(
            epsilon=1e-6, dtype="float32"
        )

    def build(self, images_shape):
        side = self.image_size // self.patch_size
        for name, shape in (
            ("class_token", (1, 1, self.width)),
            ("class_place", (1, 1, self.width)),
            ("places", (1, side, side, self.width)),
        ):
            # One initialiser used twice would give the same numbers twice.
            normal = keras.initializers.TruncatedNormal(stddev=0.02)
            weight = self.add_weight(name=name, shape=shape, initializer=normal)
            setattr(self, name, weight)
        super().build(images_shape)

    def call(self, images, training=False):
        size = images.shape[1]
        if size is None or size % self.patch_size or size != images.shape[2]:
            raise ValueError(
                "Images must be squares of a multiple of `patch_size` "
                f"{self.patch_size}, got {images.shape}."
            )
        images = (tf.cast(images, self.compute_dtype) - 0.5) * 4.0
        grid = self.patches(images)  # [n, h, w, width]
        places = self.places
        if size != self.image_size:
            places = tf.image.resize(
                tf.cast(places, tf.float32), grid.shape[1:3], method="bicubic"
            )
        grid += tf.cast(places, grid.dtype)
        count = tf.shape(grid)[0]
        tokens = tf.reshape(
            grid, (count, grid.shape[1] * grid.shape[2], self.width)
        )
        first = tf.cast(self.class_token + self.class_place, grid.dtype)
        first = tf.tile(first, (count, 1, 1))
        tokens = tf.concat([first, tokens], axis=1)  # [n, 1 + p, width]
        for block in self.blocks:
            tokens = block(tokens, training=training)
        return self.norm(tokens[:, 0])

    def compute_output_shape(self, images_shape):
        return (images_shape[0], self.width)

    def get_config(self):
        return {
            **super().get_config(),
            "image_size": self.image_size,
            "patch_size": self.patch_size,
            "width": self.width,
            "depth": self.depth,
            "heads": self.heads,
            "drop_path": self.drop_path,
        }
