"""The number format that trains fastest on the machine at hand."""

import contextlib
import functools
import pathlib

import tensorflow as tf
import tf_keras as keras


@functools.lru_cache
def _cpu_flags():
    cpuinfo = pathlib.Path("/proc/cpuinfo")
    if not cpuinfo.exists():
        return frozenset()
    for line in cpuinfo.read_text().splitlines():
        if line.startswith("flags"):
            return frozenset(line.split())
    return frozenset()


def choose_precision(precision="auto"):
    """Returns the Keras mixed-precision policy to use.

    `auto` is mixed bfloat16 where the hardware multiplies it natively (a CPU
    with AMX, or a GPU of compute capability 8 and up) and float32 elsewhere.
    Without AMX a CPU converts back and forth and is slower, not faster.

    Args:
        precision: "auto", "float32" or "mixed_bfloat16".

    Returns:
        `keras.mixed_precision.Policy`.

    Raises:
        ValueError: If the name is none of these.
    """
    if precision == "auto":
        gpus = tf.config.list_physical_devices("GPU")
        capable = bool(gpus) and all(
            tf.config.experimental.get_device_details(gpu).get(
                "compute_capability", (0, 0)
            )
            >= (8, 0)
            for gpu in gpus
        )
        fast = capable or (not gpus and "amx_bf16" in _cpu_flags())
        precision = "mixed_bfloat16" if fast else "float32"
    if precision not in ("float32", "mixed_bfloat16"):
        raise ValueError(
            "`precision` must be auto, float32 or mixed_bfloat16, got "
            f"{precision!r}."
        )
    return keras.mixed_precision.Policy(precision)


@contextlib.contextmanager
def computing_in(precision):
    """Keras layers that are made in the block compute as `precision` says.

    Args:
        precision: As `choose_precision` takes it.
    """
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy(choose_precision(precision))
    try:
        yield
    finally:
        keras.mixed_precision.set_global_policy(before)
