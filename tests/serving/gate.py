"""Holds a request in a model for as long as a test wants."""

import numpy as np

from tests.serving.waiting import wait_until


class Gate:
    """What a request to a model of `write_gate` stands before.

    Args:
        folder: Empty folder for its files.

    Attributes:
        inputs: What to send.
    """

    def __init__(self, folder):
        self._file = folder / "gate"
        self.inputs = {"gate": np.array([bytes(self._file)], object)}

    def wait_until_reached(self):
        """Returns once the model is at work on the request."""
        reached = self._file.with_name("gate.reached")
        wait_until(reached.exists)

    def open(self):
        """Lets the request through."""
        self._file.touch()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.open()  # Whatever went wrong: else the model works for ever.
