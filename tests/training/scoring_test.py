import dataclasses
import logging

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.questions import questions_from_votes
from tfcompat.metrics.vote_report import evaluate_votes
from tfcompat.training import design_progress, scoring
from tfcompat.training.execution import execute
from tfcompat.training.fit import fit
from tfcompat.training.joint_subspace_net import JointSubspaceConfig
from tfcompat.training.run_folder import RunFolder


@dataclasses.dataclass(frozen=True)
class Settings:
    seed: int = 0


def train(callback, path, epochs=2):
    """Fits anything; returns the history that `callback` has added to."""
    model = keras.Sequential([keras.layers.Dense(1)])
    model(tf.zeros((1, 2)))
    model.compile(keras.optimizers.Adam(), loss="mse")
    batch = tf.ones((1, 4, 2)), tf.ones((1, 4, 1))
    run = RunFolder.start(path, Settings())
    fit(
        model,
        lambda first: tf.data.Dataset.from_tensor_slices(batch).repeat(),
        run,
        epochs=epochs,
        steps=1,
        callbacks=[callback],
    )
    return run.read_history()


class TestVoteMetrics:
    @pytest.fixture
    def metrics(self, wardrobe, monkeypatch):
        """Function from votes by customer to the callback on them."""
        votes = wardrobe.pair_votes

        def make(customers, liked):
            chosen = votes.head(len(liked)).assign(
                customer=customers, vote=liked, split="valid"
            )
            questions = questions_from_votes(chosen, "valid")
            scores = np.arange(float(len(liked)))[:, None]
            monkeypatch.setattr(
                scoring, "score_questions", lambda *args: scores
            )
            return scoring.VoteMetrics(questions, None, wardrobe)

        return make

    def test_votes_of_both_kinds(self, metrics, tmp_path, caplog):
        # Scores 0 to 3. Customer 0 dislikes 0 and likes 1; 1 likes 2 and
        # dislikes 3: 1 of 1 and 0 of 1 pairs in order, 2 of 4 overall.
        callback = metrics([0, 0, 1, 1], [-1, 1, 1, -1])
        last = train(callback, tmp_path)[-1]
        assert last["valid_customer_roc_auc"] == 0.5
        assert last["valid_roc_auc"] == 0.5
        assert not caplog.records

    def test_customers_of_one_kind_each_have_no_average(
        self, metrics, tmp_path, caplog
    ):
        callback = metrics([0, 0, 1, 1], [-1, -1, 1, 1])
        with caplog.at_level(logging.WARNING):
            history = train(callback, tmp_path)
        assert [row["valid_roc_auc"] for row in history] == [1.0, 1.0]
        assert "valid_customer_roc_auc" not in history[-1]
        assert caplog.messages == [
            "valid_customer_roc_auc is undefined and left out: no customer "
            "has validation votes of both kinds"
        ]

    def test_votes_of_one_kind_have_neither(self, metrics, tmp_path, caplog):
        history = train(metrics([0, 1], [1, 1]), tmp_path)
        assert set(history[-1]) == {"epoch", "loss"}
        assert len(caplog.messages) == 2
        assert "all validation votes are of one kind" in caplog.messages[0]


class TestTraining:
    def test_ends_where_validation_votes_are_of_one_kind(
        self, runs, wardrobe, tmp_path
    ):
        votes = wardrobe.pair_votes
        liked = votes["vote"].mask(votes["split"] == "valid", 1)
        same = dataclasses.replace(
            wardrobe, pair_votes=votes.assign(vote=liked)
        )
        config = JointSubspaceConfig(
            epochs=1, batch_size=64, encoder=str(runs / "garment-encoder")
        )
        run = execute(config, same, tmp_path / "run")
        assert "loss" in run.read_json("metrics.json")


class TestJudgeMetrics:
    def test_undefined_metrics_are_left_out(
        self, tmp_path, monkeypatch, caplog
    ):
        monkeypatch.setattr(
            design_progress,
            "judge_votes",
            lambda *args: evaluate_votes([1, 1], [0.1, 0.2], [0, 1]),
        )
        callback = design_progress.JudgeMetrics(None, None)
        assert set(train(callback, tmp_path)[-1]) == {"epoch", "loss"}
        assert len(caplog.messages) == 2
