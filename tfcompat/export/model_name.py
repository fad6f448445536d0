"""What a served model may be called."""

from tfcompat.data.errors import InputError


def check_name(name):
    """Returns the name of a model, or raises `InputError` if it is none.

    A servable is a `tf.Module`, whose name must be one of Python's.
    """
    if not (name.isidentifier() and name.isascii()):
        raise InputError(
            f"{name!r} is no name of a model: it must consist of the letters "
            "A to Z and a to z, digits and _, and not start with a digit."
        )
    return name
