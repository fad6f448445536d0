"""Learning rates over a training run."""

import tf_keras as keras

_WARM_UP = 0.03


def warmed_up_cosine(peak, steps):
    """A short linear warm-up, then half a cosine down to zero.

    Args:
        peak: Highest learning rate.
        steps: Number of steps in all; the first 3 % warm up.

    Returns:
        `keras.optimizers.schedules.LearningRateSchedule`.
    """
    warm_up = max(round(_WARM_UP * steps), 1)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        decay_steps=max(steps - warm_up, 1),
        warmup_target=peak,
        warmup_steps=warm_up,
    )


def halved_by_thirds(start, steps):
    """Halved after each third of the steps.

    ADDE's released code halves every 10 of 25 epochs.

    Args:
        start: Learning rate of the first third.
        steps: Number of steps in all.

    Returns:
        `keras.optimizers.schedules.LearningRateSchedule`.
    """
    return keras.optimizers.schedules.ExponentialDecay(
        start, max(-(-steps // 3), 1), 0.5, staircase=True
    )
