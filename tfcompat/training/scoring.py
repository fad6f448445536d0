"""Scores of a trained model, and its metrics while it trains."""

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.pipeline import make_dataset
from tfcompat.metrics.vote_report import evaluate_votes


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


class VoteMetrics(keras.callbacks.Callback):
    """Adds exact ROC AUC on held-out votes to each epoch's log.

    As compiled metrics they would be worked out anew after every batch.

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
        logs["valid_roc_auc"] = report["overall"]["roc_auc"]
        logs["valid_customer_roc_auc"] = report["customer"]["roc_auc"]
