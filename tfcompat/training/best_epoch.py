"""Keeping the weights of the epoch that did best on the validation part."""

import numpy as np
import tf_keras as keras

from tfcompat.data.files import atomic_path


class BestEpoch(keras.callbacks.Callback):
    """Measures a model after each epoch, and can return to the best.

    Put it before whatever writes the epoch's log: it adds to it. A resumed
    run knows its best epoch so far.

    Args:
        measure: Function from the model to a dict of numbers.
        key: Which of them counts; higher is better.
        run: `RunFolder`, which keeps the best weights.
    """

    def __init__(self, measure, key, run):
        super().__init__()
        self.measure = measure
        self.key = key
        self.path = run.checkpoints / "best.npz"
        self.best = -np.inf
        if self.path.exists():
            with np.load(self.path) as kept:
                self.best = float(kept["best"])

    def on_epoch_end(self, epoch, logs=None):
        measured = self.measure(self.model)
        logs.update(measured)
        if measured[self.key] <= self.best:
            return
        self.best = measured[self.key]
        weights = {
            f"weight_{i}": value
            for i, value in enumerate(self.model.get_weights())
        }
        with atomic_path(self.path) as partial, open(partial, "wb") as file:
            np.savez(file, best=self.best, epoch=epoch + 1, **weights)

    def restore(self, model):
        """Gives a model the weights of the best epoch; returns its number."""
        with np.load(self.path) as kept:
            model.set_weights(
                [kept[f"weight_{i}"] for i in range(len(model.weights))]
            )
            return int(kept["epoch"])


class GrowingMargin(keras.callbacks.Callback):
    """Widens the margin of some losses every few epochs.

    Args:
        losses: Losses with a `margin`, as they are compiled.
        start: The first epoch's margin.
        step: How much is added each time.
        every: How many epochs one margin lasts.

    Reference:
        ADDE, supplementary material: 0.5, and 0.1 more every 10 epochs.
    """

    def __init__(self, losses, start=0.5, step=0.1, every=10):
        super().__init__()
        self.losses = losses
        self.start = start
        self.step = step
        self.every = every

    def margin(self, epoch):
        """The margin of an epoch, which counts from 0."""
        return self.start + self.step * (epoch // self.every)

    def on_epoch_begin(self, epoch, logs=None):
        margin = self.margin(epoch)
        if all(loss.margin == margin for loss in self.losses):
            return
        for loss in self.losses:
            loss.margin = margin
        # A margin is a constant of the traced step.
        self.model.make_train_function(force=True)
