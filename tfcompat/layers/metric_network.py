"""Scores a product of codes by fully connected layers."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class MetricNetwork(keras.layers.Layer):
    """The metric network M: from an outfit's code to its score.

    The paper says only that M consists of fully connected layers; one hidden
    layer is the least that lets dimensions of the code work together.

    Args:
        hidden_units: Widths of the hidden layers, with LeakyReLU.
        slope: Of LeakyReLU.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        codes: float `[…, d]`, element-wise products of codes.

    Returns:
        float32 `[…]` scores; higher is more compatible.

    Raises:
        ValueError: If a width is not positive.

    Reference:
        Yu et al. 2019, "Personalized fashion design", equation 5.
    """

    def __init__(self, hidden_units=(64,), slope=0.2, **kwargs):
        # Scores differ by little: the whole of M is in float32.
        super().__init__(**{"dtype": "float32", **kwargs})
        if any(units < 1 for units in hidden_units):
            raise ValueError(
                f"`hidden_units` must be positive, got {hidden_units}."
            )
        self.hidden_units = tuple(hidden_units)
        self.slope = slope
        self.hidden = [
            keras.layers.Dense(
                units,
                kernel_initializer="he_normal",
                dtype="float32",
                name=f"hidden_{i}",
            )
            for i, units in enumerate(self.hidden_units)
        ]
        self.score = keras.layers.Dense(
            1, use_bias=False, dtype="float32", name="score"
        )

    def build(self, codes_shape):
        width = tuple(codes_shape)[-1]
        for layer in (*self.hidden, self.score):
            layer.build((None, width))
            width = layer.units
        super().build(codes_shape)

    def call(self, codes):
        x = codes
        for layer in self.hidden:
            x = tf.nn.leaky_relu(layer(x), self.slope)
        return self.score(x)[..., 0]

    def compute_output_shape(self, codes_shape):
        return tuple(codes_shape)[:-1]

    def get_config(self):
        return {
            **super().get_config(),
            "hidden_units": self.hidden_units,
            "slope": self.slope,
        }
