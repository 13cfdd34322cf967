"""A process that sends itself a signal at a call drawn beforehand: no clock, no race."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

DISK = frozenset({os.fsync, os.replace, os.unlink})
"""What a save does to the disk."""


class SignalAt:
    """Counts calls of functions, and sends this process a signal before one of them.

    Give it to `sys.setprofile`.

    Parameters
    ----------
    last
        The number of the call, from 1; 0 for none, to count them.
    number
        The signal.
    counted
        Functions written in C; without them calls of all functions count.
    """

    def __init__(self, last: int, number: int, counted: frozenset[object] | None = None) -> None:
        self.calls, self.last, self.number, self.counted = 0, last, number, counted

    def __call__(self, frame: object, event: str, argument: object) -> None:
        """Count one call."""
        if event not in ("call", "c_call"):
            return
        if self.counted is not None and argument not in self.counted:
            return
        self.calls += 1
        if self.calls == self.last:
            os.kill(os.getpid(), self.number)


KILLED_AT = """
import sys, threading
from tests.killing import DISK, SignalAt
signal_at = SignalAt(int(sys.argv.pop(1)), int(sys.argv.pop(1)), DISK)
threading.setprofile(signal_at)
sys.setprofile(signal_at)
"""


def run_killed_at(call, number, program, *arguments):
    """Run a Python program that gets a signal at such a call of what saves do; 0 for never.

    Returns
    -------
    subprocess.CompletedProcess
        With what it printed, its errors and how it ended.
    """
    command = [sys.executable, "-W", "ignore", "-c", KILLED_AT + program]
    path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    return subprocess.run(
        [*command, str(call), str(int(number)), *map(str, arguments)],
        capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": path},
    )  # fmt: skip
