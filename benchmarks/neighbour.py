"""A busy neighbour: a process that does nothing but keep one core busy."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SPIN = """
import os, sys
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {int(sys.argv[1])})
while True:
    pass
"""


class Neighbour:
    """Sleeps until it is let loose; a context manager."""

    def __init__(self, cpu: int) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", SPIN, str(cpu)])
        self.process.send_signal(signal.SIGSTOP)

    def __enter__(self) -> Neighbour:
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.kill()
        self.process.wait()

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Keep the core busy for the length of the block."""
        self.process.send_signal(signal.SIGCONT)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGSTOP)


def usable_cpus() -> list[int]:
    """Return the CPUs that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))
