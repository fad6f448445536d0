"""One subspace for each respect in which items are compared."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class ConditionAttention(keras.layers.Layer):
    """Picks the subspace that the condition names, and no other.

    With masks as subspaces this makes a conditional similarity network: a
    condition is an attribute, and its mask says where it is looked for.

    Args:
        num_subspaces: Number of conditions, k.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        context: Dict with int "condition" `[batch]`.

    Returns:
        float32 `[batch, 1, k]`, ones and zeros.

    Raises:
        ValueError: If `num_subspaces` is not positive.

    Reference:
        Veit, Belongie, Karaletsos 2017, https://arxiv.org/abs/1603.07810.
    """

    def __init__(self, num_subspaces, **kwargs):
        super().__init__(**kwargs)
        if num_subspaces < 1:
            raise ValueError(
                f"`num_subspaces` must be positive, got {num_subspaces}."
            )
        self.num_subspaces = num_subspaces

    def call(self, context, training=False):
        # A question without a condition, as one that builds the model.
        blank = tf.zeros_like(context["query_category"])
        condition = context.get("condition", blank)
        return tf.one_hot(condition, self.num_subspaces)[:, None]

    def get_config(self):
        return {**super().get_config(), "num_subspaces": self.num_subspaces}
