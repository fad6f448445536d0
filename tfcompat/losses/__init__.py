"""Keras losses on `(labels, scores)`, both `[batch, candidates]`."""

from tfcompat.losses.bpr import BPRLoss
from tfcompat.losses.calibrated_logistic import CalibratedLogisticLoss
from tfcompat.losses.contrastive import ContrastiveLoss
from tfcompat.losses.geco import GECoLoss
from tfcompat.losses.info_nce import InfoNCELoss
from tfcompat.losses.logistic import LogisticLoss
from tfcompat.losses.outfit_ranking import OutfitRankingLoss
from tfcompat.losses.triplet import TripletLoss

__all__ = [
    "BPRLoss",
    "CalibratedLogisticLoss",
    "ContrastiveLoss",
    "GECoLoss",
    "InfoNCELoss",
    "LogisticLoss",
    "OutfitRankingLoss",
    "TripletLoss",
]
