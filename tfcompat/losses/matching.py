"""Contrastive loss between two views of the same things in a batch."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class MatchingLoss(keras.losses.Loss):
    """Cross-entropy of finding the partner, across rows and across columns.

    What CLIP learns by: image i shall pick text i out of the batch's texts and
    the other way round. Where texts are alike, all of them are right and share
    the probability; every row and column has at least one.

    Call arguments:
        y_true: `[batch, batch]`, 1 where row and column match, else 0.
        y_pred: float `[batch, batch]`, scaled scores.

    Returns:
        float `[batch]`, before reduction: mean of the row's and the column's
        cross-entropy.

    Reference:
        Radford et al. 2021, https://arxiv.org/abs/2103.00020, section 2.3.
        Departs from it in the shared probability of equal texts: garments'
        captions often are equal.
    """

    def __init__(self, name="matching", **kwargs):
        super().__init__(name=name, **kwargs)

    def call(self, y_true, y_pred):
        y_true = tf.cast(y_true, y_pred.dtype)
        rows = tf.nn.softmax_cross_entropy_with_logits(_shared(y_true), y_pred)
        columns = tf.nn.softmax_cross_entropy_with_logits(
            _shared(tf.transpose(y_true)), tf.transpose(y_pred)
        )
        return (rows + columns) / 2.0


def _shared(matches):
    return matches / tf.reduce_sum(matches, axis=1, keepdims=True)
