"""How long a user waits for `tfcompat --help` and for the imports."""

import os
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
    peaks = {name: call() for name, call in calls.items()}
    best = interleave(calls, rounds=1 if small else 4, warm_up=False)
    yield Row(
        "`tfcompat --help`",
        "s",
        best["help"],
        "one second",
        1.0,
        best["help"],
        "<= 1",
        peaks["help"],
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
            peaks[name],
            note="A first model takes what TensorFlow takes; a tenth is left "
            "for noise."
            if name == "model"
            else "",
        )


def _python(*arguments):
    """Function that runs Python and returns its most memory in megabytes."""

    def call():
        command = [sys.executable, *arguments]
        null = subprocess.DEVNULL
        with subprocess.Popen(command, stdout=null, stderr=null) as process:
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        return used.ru_maxrss / 1024

    return call
