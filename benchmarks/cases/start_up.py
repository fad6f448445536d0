"""How long a user waits for `tfcompat --help` and for the imports."""

import subprocess
import sys

from benchmarks.measuring import interleave
from benchmarks.row import Row

_TENSORFLOW = (
    "import os; os.environ['TF_USE_LEGACY_KERAS'] = '1'; "
    "os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'; "
    "import tensorflow as tf; tf.keras.Model"
)


def run(scratch, small):
    """Rows of start-up times."""
    calls = {
        "help": _python("-m", "tfcompat", "--help"),
        "tfcompat": _python("-c", "import tfcompat"),
        "model": _python("-c", "import tfcompat; tfcompat.SubspaceNet"),
        "tensorflow": _python("-c", _TENSORFLOW),
    }
    best = interleave(calls, rounds=1 if small else 4)
    yield Row(
        "`tfcompat --help`",
        "s",
        best["help"],
        "one second",
        1.0,
        best["help"],
        "<= 1",
    )
    for name, what in (
        ("tfcompat", "`import tfcompat`"),
        ("model", "`import tfcompat; tfcompat.SubspaceNet`"),
    ):
        yield Row(
            what,
            "s",
            best[name],
            "importing TensorFlow with Keras 2",
            best["tensorflow"],
            best[name] / best["tensorflow"],
            "<= 1.1" if name == "model" else "<= 1",
            note="A first model takes what TensorFlow takes; a tenth is left "
            "for noise."
            if name == "model"
            else "",
        )


def _python(*arguments):
    def call():
        subprocess.run(
            [sys.executable, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )

    return call
