"""The two ranking losses of GECo, weighed."""

import tf_keras as keras

from tfcompat.losses.bpr import BPRLoss
from tfcompat.losses.info_nce import InfoNCELoss


@keras.saving.register_keras_serializable(package="tfcompat")
class GECoLoss(keras.losses.Loss):
    """BPR, which orders pairs, and InfoNCE, which picks out of many.

    `bpr_weight * BPR + info_nce_weight * InfoNCE`, both on the same scores.
    Meant for batches in which every query has the candidates of all others
    for negatives.

    Args:
        bpr_weight: alpha.
        info_nce_weight: beta.
        temperature: tau of InfoNCE.
        **kwargs: Passed to `keras.losses.Loss`.

    Call arguments:
        y_true: `[batch, candidates]`, 1 for compatible and 0 otherwise.
        y_pred: float `[batch, candidates]` scores; higher is more compatible.

    Returns:
        float `[batch]`, before reduction.

    Raises:
        ValueError: If a weight is negative or `temperature` not positive.

    Reference:
        GECo, equations 10 to 12; the regularisation is the model's. The
        released code compares with one negative in BPR, which this averages
        over all of the batch, and feeds dot products to BPR but cosines to
        InfoNCE, where equations 9 and 12 have one score for both, as here.
    """

    def __init__(
        self,
        bpr_weight=0.5,
        info_nce_weight=1.0,
        temperature=0.5,
        name="geco",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        for argument, value in (
            ("bpr_weight", bpr_weight),
            ("info_nce_weight", info_nce_weight),
        ):
            if value < 0:
                raise ValueError(
                    f"`{argument}` must not be negative, got {value}."
                )
        self.bpr_weight = bpr_weight
        self.info_nce_weight = info_nce_weight
        self.temperature = temperature
        self.bpr = BPRLoss()
        self.info_nce = InfoNCELoss(temperature)

    def call(self, y_true, y_pred):
        bpr = self.bpr.call(y_true, y_pred)
        info_nce = self.info_nce.call(y_true, y_pred)
        return self.bpr_weight * bpr + self.info_nce_weight * info_nce

    def get_config(self):
        return {
            **super().get_config(),
            "bpr_weight": self.bpr_weight,
            "info_nce_weight": self.info_nce_weight,
            "temperature": self.temperature,
        }
