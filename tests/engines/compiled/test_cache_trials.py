"""A damaged or foreign folder of kernels is seen and healed; 200 such trials are made by hand."""

import os

import pytest

from tests.engines.compiled import cache_trials


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks the process that trains")
def test_damaged_kernels_are_seen_and_healed():
    made = cache_trials.run(39, seed=1)
    assert not made.wrong()
    assert made.found["healed"] >= 30


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks the process that trains")
def test_the_trials_see_what_is_not_checked(monkeypatch):
    monkeypatch.setattr(
        cache_trials.kernel_files, "_checksum", lambda path, content: path.read_bytes()[:32]
    )
    monkeypatch.setattr(cache_trials, "DAMAGES", (cache_trials.foreign,) * 3)
    wrong = cache_trials.run(6, seed=1).wrong()
    assert wrong["WRONG: a foreign pickle was opened"] >= 1
    assert wrong["WRONG: damage not seen"] >= 3
