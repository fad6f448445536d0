"""What a user can mend, dug out of what a run died of."""

import re

from tfcompat.data.errors import InputError

# Beam's workers tell their runner of errors in text.
_RAISED = re.compile(
    rf"{InputError.__module__}\.{InputError.__qualname__}: (.+)"
)
_STEP = re.compile(r" \[while running '[^']*'\]\Z")


def find_input_error(error):
    """Finds the `InputError` behind an exception.

    Args:
        error: What a runner raised.

    Returns:
        Its message, without what Beam adds; None if there is no such error
        behind it.
    """
    while error is not None:
        message = None
        if isinstance(error, InputError):
            message = str(error)
        elif found := _RAISED.findall(str(error)):
            message = found[-1]
        if message is not None:
            return _STEP.sub("", message)
        error = error.__cause__ or error.__context__
    return None
