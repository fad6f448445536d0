"""The error for bad input that a user can mend."""


class InputError(ValueError):
    """Something the user gave is wrong; the message is one line saying what.

    Commands print it without a traceback and exit with status 2.
    """
