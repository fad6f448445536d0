"""What the tests of several servables share."""

import pytest


@pytest.fixture
def advised(monkeypatch):
    """Numbers that an index was chosen by; ScaNN is the advice for all."""
    asked = []
    monkeypatch.setattr(
        "tfcompat.export.index_advice.choose_index",
        lambda *numbers: asked.append(numbers) or "scann",
    )
    return asked
