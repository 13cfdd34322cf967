"""Batches divided as a test wants it, whatever this machine has."""

import pytest

from clearprop.engines import threads as limits
from clearprop.engines.compiled import engine as compiled


@pytest.fixture
def divided(monkeypatch):
    """Return a function that makes every fit divide its batches so."""

    def divide(division, given=None):
        monkeypatch.setattr(compiled, "division_of", lambda *_: division)
        # As many threads as were asked for, whatever this machine has.
        monkeypatch.setattr(
            compiled,
            "share_of_processors",
            lambda wanted, _: limits._Budget().share(given or wanted, wanted),
        )

    return divide
