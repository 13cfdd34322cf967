"""A damaged or foreign folder of kernels is seen and healed; 200 such trials are made by hand."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="forks the process that trains"),
]

TRIALS = """
import json
from tests.engines.compiled import cache_trials
{before}
made = cache_trials.run({trials}, seed=1)
print(json.dumps([dict(made.found), dict(made.wrong())]))
"""

UNCHECKED = """
cache_trials.kernel_files._checksum = lambda path, content: path.read_bytes()[:32]
cache_trials.DAMAGES = (cache_trials.foreign,) * 3
"""


def tried(trials, before=""):
    """Return what was found, and what of it is wrong.

    In a process of its own: one that has loaded JAX for another test may not fork.
    """
    done = subprocess.run(
        [sys.executable, "-c", TRIALS.format(trials=trials, before=before)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_damaged_kernels_are_seen_and_healed():
    found, wrong = tried(39)
    assert not wrong
    assert found["healed"] >= 30


def test_the_trials_see_what_is_not_checked():
    _, wrong = tried(6, UNCHECKED)
    assert wrong["WRONG: a foreign pickle was opened"] >= 1
    assert wrong["WRONG: damage not seen"] >= 3
