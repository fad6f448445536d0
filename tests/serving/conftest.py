import pytest

from tests.serving.gate import Gate


@pytest.fixture
def gate(tmp_path):
    """A `Gate`; open, at the latest, when the test ends."""
    with Gate(tmp_path) as gate:
        yield gate
