"""Scores of a trained model, and its metrics while it trains."""

import logging

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.pipeline import make_dataset
from tfcompat.metrics.vote_report import evaluate_votes

_LOG = logging.getLogger(__name__)

# Name in an epoch's log: whose votes, and when that is undefined.
_LOGGED = {
    "valid_roc_auc": ("overall", "all validation votes are of one kind"),
    "valid_customer_roc_auc": (
        "customer",
        "no customer has validation votes of both kinds",
    ),
}


def score_questions(
    model, questions, content, wardrobe, *, translate=None, batch_size=4096
):
    """Scores the candidates of questions.

    Args:
        model: A compatibility model.
        questions: `Questions` `[n, c]`.
        content: What stands for an item, as `make_dataset` takes it.
        wardrobe: `Wardrobe`.
        translate: `Vocabulary.translate(wardrobe)`, when the model was trained
            on another load of the wardrobe.
        batch_size: Questions at a time.

    Returns:
        float32 `[n, c]`.
    """
    dataset = make_dataset(questions, content, wardrobe, batch_size=batch_size)
    if translate is not None:
        dataset = dataset.map(translate)
    if model.distribute_strategy.num_replicas_in_sync == 1:
        return model.predict(dataset, verbose=0)
    # Replicas would split batches by row, and tear questions off their items.
    predict = tf.function(model, reduce_retracing=True)
    return np.concatenate([predict(inputs) for inputs, _ in dataset])


def vote_logs(report, warn=False):
    """What an epoch's log says of held-out votes.

    Args:
        report: Dict as `evaluate_votes` returns it.
        warn: Whether to say which metrics are undefined.

    Returns:
        Dict of floats "valid_roc_auc" and "valid_customer_roc_auc", without
        those that are undefined.
    """
    logs = {}
    for name, (level, reason) in _LOGGED.items():
        value = report[level]["roc_auc"]
        if value is not None:
            logs[name] = value
        elif warn:
            _LOG.warning("%s is undefined and left out: %s", name, reason)
    return logs


class VoteMetrics(keras.callbacks.Callback):
    """Adds exact ROC AUC on held-out votes to each epoch's log.

    As compiled metrics they would be worked out anew after every batch. One
    that is undefined on these votes is left out, with one warning.

    Args:
        questions: `Questions` to score, or None for nothing.
        content: As `score_questions`.
        wardrobe: `Wardrobe`.
    """

    def __init__(self, questions, content, wardrobe):
        super().__init__()
        self.questions = questions
        self.content = content
        self.wardrobe = wardrobe
        self.warn = True

    def on_epoch_end(self, epoch, logs=None):
        if self.questions is None:
            return
        scores = score_questions(
            self.model, self.questions, self.content, self.wardrobe
        )
        if np.isnan(scores).any():
            logs["valid_roc_auc"] = np.nan  # `fit` stops at that.
            return
        report = evaluate_votes(
            self.questions.labels, scores, self.questions.customer
        )
        logs.update(vote_logs(report, self.warn))
        self.warn = False
