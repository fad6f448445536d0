"""From an image to a short code: a trunk with fully connected layers."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class ImageEncoder(keras.layers.Layer):
    """Encodes images by fully connected layers on a convolutional trunk.

    The encoder F of the personalised designer: VGG16 with 1024, 512 and 64
    units in place of its own last three layers.

    Args:
        trunk: Layer from images `[n, h, w, 3]` in [0, 1] to features `[n, …]`,
            which are flattened. It is given built, with or without
            pre-trained weights.
        hidden_units: Widths of the hidden layers, with ReLU.
        dim: Size of the code.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        images: float `[n, h, w, 3]` in [0, 1].

    Returns:
        float32 `[n, dim]`, under every precision policy.

    Raises:
        ValueError: If a width or `dim` is not positive.

    Reference:
        Yu et al. 2019, "Personalized fashion design", section 3.
    """

    def __init__(self, trunk, hidden_units=(1024, 512), dim=64, **kwargs):
        super().__init__(**kwargs)
        for name, value in (
            ("dim", dim),
            *(("hidden_units", units) for units in hidden_units),
        ):
            if value < 1:
                raise ValueError(f"`{name}` must be positive, got {value}.")
        self.trunk = trunk
        self.hidden_units = tuple(hidden_units)
        self.dim = dim
        self.flatten = keras.layers.Flatten()
        self.hidden = [
            keras.layers.Dense(
                units,
                activation="relu",
                kernel_initializer="he_normal",
                name=f"hidden_{i}",
            )
            for i, units in enumerate(self.hidden_units)
        ]
        self.code = keras.layers.Dense(dim, dtype="float32", name="code")

    def build(self, images_shape):
        shape = (None, *tuple(images_shape)[1:])
        if not self.trunk.built:
            self.trunk.build(shape)
        width = 1
        for size in self.trunk.compute_output_shape(shape)[1:]:
            width *= size
        for layer in (*self.hidden, self.code):
            layer.build((None, width))
            width = layer.units
        super().build(images_shape)

    def call(self, images, training=False):
        x = self.flatten(self.trunk(images, training=training))
        for layer in self.hidden:
            x = layer(x)
        return self.code(tf.cast(x, tf.float32))

    def without_trunk(self):
        """This encoder for what the trunk has seen already.

        Returns:
            Built `ImageEncoder` from the trunk's features `[n, …]` to codes,
            which shares all other layers.
        """
        rest = ImageEncoder(keras.layers.Flatten(), self.hidden_units, self.dim)
        rest.hidden, rest.code = self.hidden, self.code
        rest.built = True
        return rest

    def look(self, images):
        """What images look like to the trunk, wherever it is in them.

        The code says what goes with an image; this is what is like it.

        Args:
            images: float `[n, h, w, 3]` in [0, 1].

        Returns:
            float32 `[n, f]` of length 1, so that dot products are cosines.
        """
        seen = tf.cast(self.trunk(images, training=False), tf.float32)
        if seen.shape.rank == 4:
            seen = tf.reduce_mean(seen, axis=(1, 2))
        return tf.math.l2_normalize(seen, axis=-1)

    def compute_output_shape(self, images_shape):
        return (tuple(images_shape)[0], self.dim)

    def get_config(self):
        return {
            **super().get_config(),
            "trunk": keras.saving.serialize_keras_object(self.trunk),
            "hidden_units": self.hidden_units,
            "dim": self.dim,
        }

    @classmethod
    def from_config(cls, config):
        trunk = keras.saving.deserialize_keras_object(config.pop("trunk"))
        return cls(trunk=trunk, **config)
