"""The process that contenders run in: ``main`` is all that it does.

The process that compares starts it, and sends a job and then contenders, one after another. On
Linux each contender runs in a fork of this process: it begins with the packages loaded and nothing
computed, so that its memory is its own and it starts at once. Elsewhere, where processes that have
loaded such packages cannot be forked safely, this process runs one contender and ends.

It lives no longer than the process that started it: however that one ends, the pipe that is our
standard input ends too.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
import warnings
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from clearprop.tables.compare.measuring import ContenderError, measure, memory_now, reason_of

if TYPE_CHECKING:
    from clearprop.tables.compare.contenders import Contender
    from clearprop.tables.compare.measuring import Job

READY, SPLIT, FAILED, DONE, ENDED = "ready", "split", "failed", "done", "ended"
"""The messages of this process, each with one value."""

YES, NO = "forks", "runs one"
"""The last argument."""

ELSEWHERE = "a class of a script or notebook must be in a module, or processes=False runs it here"

FORKS = sys.platform == "linux"


def main() -> None:
    """Be the process, by its arguments: the ends of two pipes, and whether it forks."""
    requests, answers, forks = sys.argv[1:]
    serve(
        Connection(int(requests), writable=False),
        Connection(int(answers), readable=False),
        forks == YES,
    )


def serve(requests: Connection, answers: Connection, forks: bool) -> None:
    """Receive a job, and run contenders until there are no more requests."""
    if not forks:
        _end_with_parent()
    job: Job = requests.recv()
    answers.send((READY, None))
    while True:
        try:
            pickled = requests.recv_bytes()
        except EOFError:
            return
        if not forks:
            run(pickled, job, answers)
            return
        with warnings.catch_warnings():
            # BLAS has threads, which it ends and starts again around a fork.
            warnings.filterwarnings("ignore", ".*multi-threaded", DeprecationWarning)
            child = os.fork()
        if not child:
            _run_in_fork(pickled, job, answers)
        _, status = os.waitpid(child, 0)
        answers.send((ENDED, os.waitstatus_to_exitcode(status)))


def _run_in_fork(pickled: bytes, job: Job, answers: Connection) -> None:
    code = 1
    try:
        _end_with_parent()
        run(pickled, job, answers)
        code = 0
    finally:
        os._exit(code)


def run(pickled: bytes, job: Job, answers: Connection) -> None:
    """Run one contender on all splits, and send what is measured on each."""
    before = memory_now()
    try:
        contender: Contender = pickle.loads(pickled)
    except Exception as error:  # noqa: BLE001 - a user's own class may raise anything
        answers.send((FAILED, f"its process cannot load it ({reason_of(error)}): {ELSEWHERE}"))
        return
    try:
        for split in measure(contender, job):
            answers.send((SPLIT, split))
    except ContenderError as error:
        answers.send((FAILED, str(error)))
        return
    except BaseException as error:
        answers.send((FAILED, reason_of(error)))
        raise
    after = memory_now()
    known = before is not None and after is not None
    answers.send((DONE, after[1] - before[0] if known and before and after else None))


def _end_with_parent() -> None:
    """End this process as soon as the one that started it has ended."""

    def wait() -> None:
        while os.read(0, 1):
            pass
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
