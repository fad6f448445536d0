"""Keras metrics on `(labels, scores)`, both `[batch, candidates]`.

Two kinds: over votes, where all votes are ranked together (`ROCAUC`, `AUPRC`,
`RecallAtPercent`, `AveragePrecisionAtK`), and over questions, where each row
is a list of its own (`MeanReciprocalRank`, `RecallAtK`, `NDCGAtK`,
`FillInTheBlankAccuracy`). `CustomerAveraged` averages either over customers.
"""

from tfcompat.metrics.auprc import AUPRC
from tfcompat.metrics.average_precision_at_k import AveragePrecisionAtK
from tfcompat.metrics.customer_averaged import CustomerAveraged
from tfcompat.metrics.fill_in_the_blank import FillInTheBlankAccuracy
from tfcompat.metrics.mean_reciprocal_rank import MeanReciprocalRank
from tfcompat.metrics.ndcg_at_k import NDCGAtK
from tfcompat.metrics.ranked_votes import CustomerAverage, RankedVotes
from tfcompat.metrics.recall_at_k import RecallAtK
from tfcompat.metrics.recall_at_percent import RecallAtPercent
from tfcompat.metrics.roc_auc import ROCAUC
from tfcompat.metrics.vote_report import evaluate_votes

__all__ = [
    "AUPRC",
    "AveragePrecisionAtK",
    "CustomerAverage",
    "CustomerAveraged",
    "FillInTheBlankAccuracy",
    "MeanReciprocalRank",
    "NDCGAtK",
    "ROCAUC",
    "RankedVotes",
    "RecallAtK",
    "RecallAtPercent",
    "evaluate_votes",
]
