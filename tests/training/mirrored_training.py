"""Trains by one device and by two, and prints both histories as JSON.

A process of its own: devices must be told before TensorFlow is at work.

python -m tests.training.mirrored_training WARDROBE RUNS OUT
"""

import dataclasses
import json
import pathlib
import sys

import tfcompat  # noqa: F401  Chooses Keras 2 before TensorFlow is imported.


def main(wardrobe, runs, out):
    import tensorflow as tf

    from tfcompat.data.wardrobe import Wardrobe
    from tfcompat.training.config_files import load_config
    from tfcompat.training.execution import execute

    [cpu] = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration()] * 2
    )
    wardrobe = Wardrobe.load(wardrobe)
    out = pathlib.Path(out)
    stages = {
        "encoder": f"{runs}/garment-encoder",
        "stage_one": f"{runs}/partial-dual",
    }
    strategies = {
        "one": tf.distribute.get_strategy(),
        "two": tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]),
    }
    histories = {}
    for name, changes in {
        "garment-encoder": {"image_size": 32, "batch_size": 9},
        "stynet": {"id_mask_rate": 0.0},
        "psa-net": {},
        "psa-net-triplet": {},
        # Its own rate is for batches of 1,024: in these, what is drawn would
        # move the loss of a first epoch by 9 % (1 % at this rate).
        "joint": {"learning_rate": 2e-3},
    }.items():
        config = load_config(name)
        fields = {
            **{key: stages[key] for key in stages if hasattr(config, key)},
            "epochs": 2,
            # Leaves an odd rest of the votes, which cannot be halved.
            "batch_size": 45,
            **changes,
        }
        config = dataclasses.replace(config, **fields)
        for devices, strategy in strategies.items():
            with strategy.scope():
                run = execute(config, wardrobe, out / name / devices)
            histories.setdefault(name, {})[devices] = run.read_history()
    # Stopped after one epoch of two, and gone on with.
    config = dataclasses.replace(
        load_config("psa-net"), **stages, epochs=2, batch_size=45
    )
    stopped = out / "stopped"
    with strategies["two"].scope():
        _stop_after_one(config, wardrobe, stopped)
        run = execute(config, wardrobe, stopped, resume=True)
    histories["psa-net"]["stopped"] = run.read_history()
    print(json.dumps(histories))


class _Stopped(Exception):
    pass


def _stop_after_one(config, wardrobe, path):
    from tfcompat.training import scoring
    from tfcompat.training.execution import execute

    whole = scoring.VoteMetrics.on_epoch_end

    def stop(self, epoch, logs=None):
        if epoch == 1:
            raise _Stopped
        whole(self, epoch, logs)

    scoring.VoteMetrics.on_epoch_end = stop
    try:
        execute(config, wardrobe, path)
    except _Stopped:
        pass
    finally:
        scoring.VoteMetrics.on_epoch_end = whole


if __name__ == "__main__":
    main(*sys.argv[1:])
