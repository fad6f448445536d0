"""Arguments that are a share or a probability."""

from tfcompat.data.errors import InputError


def check_share(option, value):
    """Makes sure that an argument's value is in [0, 1].

    Args:
        option: The argument as it is typed, as "--confidence".
        value: float.

    Raises:
        InputError: If it is not.
    """
    if not 0 <= value <= 1:
        raise InputError(f"{option} must be between 0 and 1, got {value}.")
