"""What stands in for the model manager where one loaded model is enough."""

import contextlib

import pytest

from tests.serving.saved_models import publish
from tfcompat.serving.errors import ServingError
from tfcompat.serving.loaded_model import LoadedModel


class SingleModel:
    """Answers every ModelSpec with the same model, and counts its runs."""

    def __init__(self, model):
        self.model = model
        self.runs = []  # Rows of the first input of each session run.
        self._run = model.run
        model.run = self._counted_run

    @contextlib.contextmanager
    def use(self, model_spec):
        yield self.model

    def _counted_run(self, feeds, fetches, timeout=None):
        first = next(iter(feeds.values()))
        self.runs.append(len(first) if first.ndim else None)
        return self._run(feeds, fetches, timeout)


def load(folder, write, name="m", version=3, **arguments):
    """Writes a SavedModel and loads it.

    Args:
        folder: Where to write it.
        write: One of the `write_...` functions of `saved_models`.
        name: Name to load it under.
        version: Version to load it as.
        **arguments: Passed to `write`.

    Returns:
        `LoadedModel`.
    """
    path = publish(folder / name, version, write, **arguments)
    return LoadedModel.load(name, version, path)


@contextlib.contextmanager
def refused(code, message=None):
    """Expects a `ServingError` of this code and, if given, this message."""
    with pytest.raises(ServingError) as caught:
        yield caught
    assert caught.value.code is code, caught.value.message
    if message is not None:
        assert caught.value.message == message
