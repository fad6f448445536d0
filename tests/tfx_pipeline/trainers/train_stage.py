"""Trains stage 2 in a process of its own, which tests can kill.

python -m tests.tfx_pipeline.trainers.train_stage ARGS_JSON
"""

import dataclasses
import json
import logging
import os
import subprocess
import sys

import tfcompat  # noqa: F401  Chooses Keras 2 before TensorFlow is imported.
from tfx_pipeline.trainers.arguments import TrainArgs, dump_config, load_config


def train(args):
    """Trains stage 2 and exports nothing, which takes the most time.

    Args:
        args: `TrainArgs`.

    Returns:
        `RunFolder`; None in a worker that is not the chief.
    """
    from tfx_pipeline.strategy import choose_strategy
    from tfx_pipeline.trainers import stage_two
    from tfx_pipeline.trainers.examples import settle

    choose_strategy()
    return stage_two.train_stage(args, *settle(args))


def start(args, **variables):
    """Starts a process that does the same.

    Args:
        args: `TrainArgs`.
        **variables: For its environment.

    Returns:
        `subprocess.Popen` whose output is text.
    """
    fields = {
        field.name: getattr(args, field.name)
        for field in dataclasses.fields(args)
    }
    fields["config"] = dump_config(args.config)
    return subprocess.Popen(
        [sys.executable, "-m", __name__, json.dumps(fields)],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    fields = json.loads(sys.argv[1])
    fields["config"] = load_config(fields["config"])
    train(TrainArgs(**fields))
    assert "tfx" not in sys.modules  # A trainer needs none of it.
