"""KerasCV, imported late and mute."""

import contextlib
import io
import warnings


def import_keras_cv():
    """Imports KerasCV; that takes seconds and prints.

    Of its models only the class constructors work offline; the named presets
    download.

    Returns:
        The module.
    """
    with (
        contextlib.redirect_stdout(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        import keras_cv
    return keras_cv
