"""`clearprop train --hosts`: this process watches another one, which trains.

XLA ends a process on the spot, with pages of its own, when it misses the heartbeat of another. So
the training runs in a process beside this one, which passes on what it prints, holds back what XLA
and Gloo print, and says in one sentence how it ended.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from typing import IO, TYPE_CHECKING, Any

from clearprop.cli.errors import UNEXPECTED, say_error
from clearprop.cli.interrupts import HEEDED

if TYPE_CHECKING:
    from typing import NoReturn

WATCHED = "CLEARPROP_WATCHED"
"""Names the pipe whose other end the watching process holds."""

OF_XLA = re.compile(
    # Threads of Gloo write at the same time: a line may begin in the middle of another.
    rb"\[Gloo\] |.*connected peer ranks is"
    rb"|[IWEF]\d{4} \d\d:\d\d:\d\d|WARNING: All log messages before absl"
)
SEVERE = re.compile(rb"[EF]\d{4} ")
OURS = (b"clearprop: ", b"{")
ABORTED = b"JAX distributed service detected fatal errors"
NOT_JOINED = b"CoordinationService/RegisterTask"

LOST = (
    "another process of this training has ended or cannot be reached: look at what the others "
    "said. The same command with --resume goes on from the last save, with another number of "
    "processes too."
)


def is_watched() -> bool:
    """Return whether this is the process that trains; from now on it ends with the other one."""
    pipe = os.environ.pop(WATCHED, None)
    if pipe is None:
        return False

    def wait() -> None:
        os.read(int(pipe), 1)
        os._exit(UNEXPECTED)

    threading.Thread(target=wait, daemon=True).start()
    return True


def leave(message: str) -> NoReturn:
    """Say an error and end at once: Python's own way out waits for processes that are lost."""
    say_error(message, UNEXPECTED)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(UNEXPECTED)


def train_beside() -> int:
    """Run this very command in another process, and return its exit code."""
    ours, its = os.pipe()  # the other process reads: nothing ever comes, and an end when this ends
    command = [sys.executable, "-m", "clearprop", *sys.argv[1:]]
    environment = {**os.environ, WATCHED: str(ours), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, env=environment, pass_fds=(ours,), start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    os.close(ours)
    earlier = {number: signal.getsignal(number) for number in HEEDED}
    for number, handler in earlier.items():
        if handler not in (signal.SIG_IGN, None):
            signal.signal(number, lambda number, frame: process.send_signal(number))
    out, err = _Passing(process.stdout, sys.stdout), _Passing(process.stderr, sys.stderr)
    try:
        code = process.wait()
    finally:
        for number, handler in earlier.items():
            if handler is not None:
                signal.signal(number, handler)
    out.thread.join()
    err.thread.join()
    os.close(its)
    return code if code >= 0 else _told(code, err)


class _Passing:
    """Passes on the lines of one stream in a thread, but for those of XLA and Gloo."""

    def __init__(self, source: IO[bytes] | None, goal: Any) -> None:
        assert source is not None
        self.source, self.goal = source, goal
        self.held: list[bytes] = []
        self.severe = self.said = False
        self.thread = threading.Thread(target=self._pass)
        self.thread.start()

    def _pass(self) -> None:
        for line in self.source:
            ours = line.startswith(OURS)
            # What XLA says when all is lost goes on for pages.
            if not ours and (self.severe or OF_XLA.match(line)):
                self.severe = self.severe or bool(SEVERE.match(line))
                self.held.append(line)
                continue
            self.said = self.said or ours
            self.goal.buffer.write(line)
            self.goal.flush()
            self.goal.buffer.flush()


def _told(code: int, err: _Passing) -> int:
    """Say why a signal ended the process that trained, unless it did; return an exit code."""
    held = b"".join(err.held)
    if os.environ.get("CLEARPROP_DEBUG"):
        sys.stderr.buffer.write(held)
    if ABORTED not in held:
        say_error(f"the process that trains was ended by {signal.Signals(-code).name}.", 128 - code)
        return 128 - code
    if NOT_JOINED in held:
        say_error("not all processes of --hosts have come: the first one waits for 5 minutes.", 1)
    elif not err.said:
        say_error(LOST, UNEXPECTED)
    return UNEXPECTED
