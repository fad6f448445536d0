"""Checks that run configs have in common."""

from tfcompat.data.errors import InputError


def check_least(config, **least):
    """Refuses settings below what they must at least be.

    Args:
        config: Frozen dataclass of settings.
        **least: By the names of settings, the least number each may be.

    Raises:
        InputError: If a setting is less, or no number.
    """
    for name, number in least.items():
        value = getattr(config, name)
        if not value >= number:  # Nor is NaN.
            raise InputError(f"{name} must be at least {number}, got {value}.")


def check_positive(config, *names):
    """Refuses settings that are not above 0.

    Args:
        config: Frozen dataclass of settings.
        *names: Those of the settings.

    Raises:
        InputError: If a setting is 0, negative or no number.
    """
    for name in names:
        value = getattr(config, name)
        if not value > 0:
            raise InputError(f"{name} must be positive, got {value}.")
