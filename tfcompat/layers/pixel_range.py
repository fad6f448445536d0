"""Between pixels in [0, 1], as images come, and in [-1, 1], as tanh draws."""


def to_signed(images):
    """[0, 1] to [-1, 1]."""
    return 2.0 * images - 1.0


def to_unit(images):
    """[-1, 1] to [0, 1]."""
    return 0.5 * images + 0.5
