"""Projects to the many dimensions in which student and teacher agree."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class DistillationHead(keras.layers.Layer):
    """Three layers, a unit sphere, and the cosines to many prototypes.

    Args:
        units: Number of prototypes; the paper's 64K. Weights and logits grow
            with it: 256 x 65,536 are 67 MB of float32.
        hidden_units: Of the two hidden layers.
        bottleneck: Size of the unit vector before the prototypes.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        features: float `[n, f]`.

    Returns:
        float32 `[n, units]`, in [-1, 1].

    Raises:
        ValueError: If a size is not positive.

    Reference:
        MEDAL, supplementary 2 (64K); Caron et al. 2021 (DINO),
        https://arxiv.org/abs/2104.14294, whose head it is: GELU, L2
        normalisation, a weight-normalised layer of gain 1 without bias.
    """

    def __init__(
        self, units=65536, hidden_units=2048, bottleneck=256, **kwargs
    ):
        super().__init__(**kwargs)
        for name, value in (
            ("units", units),
            ("hidden_units", hidden_units),
            ("bottleneck", bottleneck),
        ):
            if value < 1:
                raise ValueError(f"`{name}` must be positive, got {value}.")
        self.units = units
        self.hidden_units = hidden_units
        self.bottleneck = bottleneck
        normal = keras.initializers.TruncatedNormal
        self.network = [
            keras.layers.Dense(
                size, activation, kernel_initializer=normal(stddev=0.02)
            )
            for size, activation in (
                (hidden_units, "gelu"),
                (hidden_units, "gelu"),
                (bottleneck, None),
            )
        ]

    def build(self, features_shape):
        self.prototypes = self.add_weight(
            name="prototypes",
            shape=(self.bottleneck, self.units),
            initializer=keras.initializers.TruncatedNormal(stddev=0.02),
            experimental_autocast=False,
        )
        super().build(features_shape)

    def call(self, features):
        for layer in self.network:
            features = layer(features)
        units = tf.math.l2_normalize(tf.cast(features, tf.float32), axis=-1)
        return tf.matmul(units, tf.math.l2_normalize(self.prototypes, axis=0))

    def compute_output_shape(self, features_shape):
        return (features_shape[0], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "hidden_units": self.hidden_units,
            "bottleneck": self.bottleneck,
        }
