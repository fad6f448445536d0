"""Fill-in-the-blank accuracy."""

import tf_keras as keras

from tfcompat.metrics.question_metric import QuestionMetric


@keras.saving.register_keras_serializable(package="tfcompat")
class FillInTheBlankAccuracy(QuestionMetric):
    """Share of questions whose best scored candidate is a compatible one.

    It has to score above every incompatible candidate: a tie is a miss, so a
    constant scorer gets 0. Rows without a compatible candidate are left out.

    Args:
        **kwargs: Passed to `keras.metrics.Mean`.

    Call arguments:
        y_true: `[batch, candidates]`, 1 for the missing item, else 0.
        y_pred: float `[batch, candidates]` scores; higher is more compatible.
        sample_weight: Optional, `[batch]`.
    """

    def __init__(self, name="fitb_accuracy", **kwargs):
        super().__init__(name=name, **kwargs)

    def measure(self, ranked):
        return ranked[:, 0]
