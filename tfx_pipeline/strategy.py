"""How training is spread over what the machine, or the cluster, has."""

import functools
import json
import logging
import os

import tensorflow as tf

from tfcompat.data.errors import InputError

_LOG = logging.getLogger(__name__)


@functools.lru_cache(maxsize=1)
def choose_strategy():
    """Returns the `tf.distribute.Strategy` to train under.

    - Several workers, when the variable `TF_CONFIG` names a cluster:
      `MultiWorkerMirroredStrategy`. Each worker calls the same `run_fn`.
    - Several GPUs: `MirroredStrategy` over all of them.
    - One device: TensorFlow's own default, which does nothing.

    There is one for the life of the process: TensorFlow numbers a strategy's
    exchanges from 1, so that those of a second one would meet the first's.

    Raises:
        InputError: If `TF_CONFIG` cannot be read, or comes too late.
    """
    if count_workers() > 1:
        try:
            strategy = tf.distribute.MultiWorkerMirroredStrategy()
        except RuntimeError as error:
            raise InputError(
                "TF_CONFIG names several workers, but this process has used "
                "TensorFlow before it came to train; let it do nothing else."
            ) from error
    elif len(tf.config.list_logical_devices("GPU")) > 1:
        strategy = tf.distribute.MirroredStrategy()
    else:
        return tf.distribute.get_strategy()
    _LOG.info(
        "training on %d devices by %s",
        strategy.num_replicas_in_sync,
        type(strategy).__name__,
    )
    return strategy


def is_chief():
    """Whether this process is the one that keeps what is trained.

    Of several workers the chief; worker 0 when none is called chief.
    """
    if count_workers() == 1:
        return True
    task = _read_cluster()["task"]
    cluster = _read_cluster()["cluster"]
    first = "chief" if cluster.get("chief") else "worker"
    return (task["type"], int(task["index"])) == (first, 0)


def count_workers():
    """Number of workers that train together; 1 without `TF_CONFIG`."""
    cluster = _read_cluster().get("cluster", {})
    workers = [*cluster.get("chief", ()), *cluster.get("worker", ())]
    return max(len(workers), 1)


def _read_cluster():
    text = os.environ.get("TF_CONFIG") or "{}"
    try:
        found = json.loads(text)
        if found.get("cluster"):
            found["task"]["type"], int(found["task"]["index"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"TF_CONFIG is no JSON of a cluster and a task: {text!r}."
        ) from error
    return found
