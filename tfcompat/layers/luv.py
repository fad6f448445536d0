"""From sRGB to CIELUV, inside a graph and differentiable."""

import tensorflow as tf

# sRGB to XYZ, IEC 61966-2-1; the rows' sums are its white point D65.
_RGB_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_WHITE = tuple(map(sum, _RGB_TO_XYZ))
_LINEAR_BELOW = (6.0 / 29.0) ** 3
# What sRGB can show: L, u and v, least and greatest.
LUV_RANGES = ((0.0, 100.0), (-83.1, 175.1), (-134.2, 107.5))


def rgb_to_luv(rgb):
    """Turns sRGB into CIELUV (D65, 2 degrees).

    Distances in CIELUV are about as large as the eye finds them, and light
    adds up along straight lines in its chromaticities.

    Args:
        rgb: float `[..., 3]` in [0, 1].

    Returns:
        float32 `[..., 3]`: L in [0, 100], u and v. Black has u = v = 0.

    Reference:
        CIE 15:2004, section 8.2.2; IEC 61966-2-1.
    """
    rgb = tf.clip_by_value(tf.cast(rgb, tf.float32), 0.0, 1.0)
    linear = tf.where(
        rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4
    )
    xyz = tf.tensordot(linear, tf.transpose(tf.constant(_RGB_TO_XYZ)), 1)
    x, y, z = tf.unstack(xyz, axis=-1)
    # The root's slope is infinite at 0, and `where` would pass it on as NaN.
    root = tf.maximum(y, _LINEAR_BELOW) ** (1.0 / 3.0)
    lightness = tf.where(
        y > _LINEAR_BELOW, 116.0 * root - 16.0, (29.0 / 3.0) ** 3 * y
    )
    total = x + 15.0 * y + 3.0 * z + 1e-9
    white = _WHITE[0] + 15.0 * _WHITE[1] + 3.0 * _WHITE[2]
    u = 13.0 * lightness * (4.0 * x / total - 4.0 * _WHITE[0] / white)
    v = 13.0 * lightness * (9.0 * y / total - 9.0 * _WHITE[1] / white)
    return tf.stack([lightness, u, v], axis=-1)
