"""Least-squares losses between two kinds of scores, each against the other."""

import tensorflow as tf

from tfcompat.losses.global_batch import global_mean, global_share


def relativistic_average_loss(real, fake, margin=0.0):
    """Wants each real score `margin` above the mean fake one, and vice versa.

    `1/2 E_r[(real - E_f[fake] - margin)^2] +
    1/2 E_f[(fake - E_r[real] + margin)^2]`.

    With margin 1 the discriminator is trained to keep both kinds apart (eq.
    1), with margin 0 the generator to bring them together (eq. 2). On
    compatibility scores of liked and of designed pairs, margin 0 is the
    guidance that makes a design as compatible as what the customer likes (eq.
    11): the same formula, so there is no second function for it.

    All means are over the global batch under `tf.distribute`: the result is
    this replica's share, and the shares of all replicas add up to the loss.

    Args:
        real: float `[n]` scores of the real.
        fake: float `[m]` scores of the designed.
        margin: Wanted gap.

    Returns:
        float scalar.

    Reference:
        Yu et al. 2019, "Personalized fashion design", equations 1, 2 and 11;
        Jolicoeur-Martineau 2019, https://arxiv.org/abs/1807.00734.
    """
    real_gaps = real - global_mean(fake) - margin
    fake_gaps = fake - global_mean(real) + margin
    return 0.5 * (
        global_share(tf.square(real_gaps)) + global_share(tf.square(fake_gaps))
    )
