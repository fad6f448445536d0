"""Subspace weights that are the same for everybody."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class FreeAttention(keras.layers.Layer):
    """Learns one set of subspace weights, whoever the customer is.

    The non-personalised baseline of PSA-Net: the attention weights are plain
    parameters.

    Args:
        num_subspaces: Number of weights, k.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        context: Dict; only the batch size of "query", `[batch, d]`, is used.

    Returns:
        float `[batch, 1, k]`; each row sums to 1.

    Raises:
        ValueError: If `num_subspaces` is not positive.

    Reference:
        PSA-Net, section IV-D.1, comparison with the non-personalised model.
    """

    def __init__(self, num_subspaces, **kwargs):
        super().__init__(**kwargs)
        if num_subspaces < 1:
            raise ValueError(
                f"`num_subspaces` must be positive, got {num_subspaces}."
            )
        self.num_subspaces = num_subspaces

    def build(self, context_shape):
        self.logits = self.add_weight(
            name="logits", shape=(self.num_subspaces,), initializer="zeros"
        )
        self.built = True

    def call(self, context, training=False):
        weights = tf.nn.softmax(self.logits)[None, None, :]
        return tf.repeat(weights, tf.shape(context["query"])[0], axis=0)

    def get_config(self):
        return {**super().get_config(), "num_subspaces": self.num_subspaces}
