"""Kill a process at a call of its own that is drawn beforehand: no clock, no race."""

import subprocess
import sys

KILLED_AT = """
import os, sys

def killed_at(call, number):
    # Count what a save does to the disk; at the call of this number, send a signal to oneself.
    def counted(function):
        def counting(*arguments, **more):
            killed_at.left -= 1
            if killed_at.left == 0:
                os.kill(os.getpid(), number)
            return function(*arguments, **more)
        return counting

    killed_at.left = call
    for name in ("fsync", "replace", "unlink"):
        setattr(os, name, counted(getattr(os, name)))

killed_at(int(sys.argv.pop(1)), int(sys.argv.pop(1)))
"""


def run_killed_at(call, number, program, *arguments):
    """Run a Python program that gets a signal at such a call; 0 for never.

    Returns
    -------
    subprocess.CompletedProcess
        With what it printed, its errors and how it ended.
    """
    command = [sys.executable, "-W", "ignore", "-c", KILLED_AT + program]
    return subprocess.run(
        [*command, str(call), str(int(number)), *map(str, arguments)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
