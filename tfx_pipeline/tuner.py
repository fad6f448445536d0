"""Searches for stage 2's settings, by keras-tuner; imports no TFX."""

import contextlib
import dataclasses
import io
import logging
import os

import keras_tuner
from keras_tuner.errors import FailedTrialError, FatalError

from tfcompat.data.errors import InputError
from tfcompat.training.execution import execute
from tfx_pipeline.strategy import choose_strategy, count_workers
from tfx_pipeline.trainers.examples import settle

OBJECTIVE = "valid_customer_roc_auc"
_SHARE_OF_EPOCHS = 1 / 3

_LOG = logging.getLogger(__name__)


def search_settings(args, trials):
    """Tries settings of stage 2 and finds the best.

    A trial trains for a third of the epochs and is judged by the validation
    votes' ROC AUC, averaged over customers. The first one is of the settings
    as they are; at first others are drawn, then those chosen that promise
    most. A search that was killed goes on where it stopped.

    Args:
        args: `TrainArgs` of stage 2; its folders for results are not used.
        trials: Number of trials.

    Returns:
        Tuple of the best trial's `keras_tuner.HyperParameters` and a list of
        dicts, the best first: "trial_id", "score" and the settings.

    Raises:
        InputError: If there are no validation votes to judge by, no customer
            has both kinds of them, no trial came to an end, or there are
            several workers.
    """
    if count_workers() > 1:
        raise InputError(
            "Settings are searched for on one machine; leave tune out where "
            "TF_CONFIG names several."
        )
    config, wardrobe = settle(args)
    votes = wardrobe.pair_votes
    votes = votes[votes["split"] == "valid"]
    if "valid" in config.splits or votes.empty:
        raise InputError(
            "tune needs validation votes on pairs that stage 2 does not learn "
            f"from; it learns from {', '.join(config.splits)}, and there are "
            f"{len(votes)} for validation."
        )
    if not (votes.groupby("customer")["vote"].nunique() > 1).any():
        raise InputError(
            f"tune goes by {OBJECTIVE}, which is undefined: of the "
            f"{len(votes)} validation votes on pairs no customer has both "
            "kinds; leave tune out, or add votes."
        )
    oracle = _FromTheGiven(
        objective=keras_tuner.Objective(OBJECTIVE, "max"),
        max_trials=trials,
        hyperparameters=search_space(config),
        # keras-tuner takes 0 for none.
        seed=config.seed + 1,
        max_consecutive_failed_trials=trials + 1,
    )
    with contextlib.redirect_stdout(io.StringIO()):  # It prints.
        tuner = _RunTuner(config, wardrobe, oracle, args.work)
    oracle.verbose = 0
    tuner.search()
    done = [
        trial
        for trial in oracle.get_best_trials(trials)
        if trial.score is not None
    ]
    if not done:
        [*_, last] = oracle.trials.values()
        # Of a traceback the line that says what went wrong.
        reason = last.message.strip().splitlines()[-1].partition(": ")[2]
        raise InputError(f"No trial of the tuner came to an end: {reason}")
    results = [
        {
            "trial_id": trial.trial_id,
            "score": trial.score,
            **trial.hyperparameters.values,
        }
        for trial in done
    ]
    _LOG.info("best of %d trials: %s", len(done), results[0])
    return done[0].hyperparameters, results


def search_space(config):
    """What is searched: around the settings there are.

    Args:
        config: `SubspaceConfig` or `JointSubspaceConfig`.

    Returns:
        `keras_tuner.HyperParameters` of `learning_rate`, `num_subspaces`, and
        `margin` for a config that has one. The defaults are the config's.
    """
    space = keras_tuner.HyperParameters()
    rate, count = config.learning_rate, config.num_subspaces
    space.Float(
        "learning_rate", rate / 4, rate * 4, sampling="log", default=rate
    )
    space.Int("num_subspaces", 1, 2 * count, default=count)
    if hasattr(config, "margin"):
        space.Float(
            "margin",
            config.margin / 2,
            config.margin * 2,
            sampling="log",
            default=config.margin,
        )
    return space


class _FromTheGiven(keras_tuner.oracles.BayesianOptimizationOracle):
    """Tries first what is there already."""

    def populate_space(self, trial_id):
        if self.start_order:
            return super().populate_space(trial_id)
        return {"status": "RUNNING", "values": self.hyperparameters.values}


class _RunTuner(keras_tuner.Tuner):
    """Makes a training run of each trial."""

    def __init__(self, config, wardrobe, oracle, folder):
        super().__init__(oracle=oracle, directory=folder, project_name="search")
        self._config = config
        self._wardrobe = wardrobe
        self._runs = os.path.join(folder, "trials")

    def run_trial(self, trial):
        epochs = max(round(self._config.epochs * _SHARE_OF_EPOCHS), 1)
        try:
            config = dataclasses.replace(
                self._config, epochs=epochs, **trial.hyperparameters.values
            )
            with choose_strategy().scope():
                run = execute(
                    config,
                    self._wardrobe,
                    os.path.join(self._runs, trial.trial_id),
                    resume=True,
                )
        except InputError as error:  # Such as a loss that is not finite.
            raise FailedTrialError(str(error)) from error
        except Exception as error:
            raise FatalError("A trial failed.") from error
        return {OBJECTIVE: run.read_history()[-1][OBJECTIVE]}
