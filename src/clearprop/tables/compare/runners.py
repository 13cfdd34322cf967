"""Run contenders: each in a process of its own, or all in this one."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from clearprop.tables.compare.measuring import ContenderError, OneSplit, measure, reason_of
from clearprop.tables.compare.worker import (
    DONE,
    ELSEWHERE,
    ENDED,
    FAILED,
    FORKS,
    NO,
    READY,
    SPLIT,
    YES,
)

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from types import TracebackType

    from clearprop.tables.compare.contenders import Contender
    from clearprop.tables.compare.measuring import Job

_PROGRAM = "from clearprop.tables.compare.worker import main; main()"

Judge = Callable[[OneSplit], str | None]
"""Told of each split; returns why the contender is not to go on, or None."""


class StoppedError(Exception):
    """A contender that was stopped before its last split; the message says why."""


@dataclass(frozen=True)
class Ran:
    """A contender that ran on all splits.

    Attributes
    ----------
    splits
        What was measured, (J,).
    memory
        By how many bytes its process grew at most; None where that was not measured.
    """

    splits: tuple[OneSplit, ...]
    memory: int | None


class Runner(ABC):
    """What runs the contenders of one job; at the end it ends whatever still runs."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def __enter__(self) -> Runner:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    @abstractmethod
    def run(self, contender: Contender, judge: Judge, until: float | None) -> Ran:
        """Run one contender on all splits.

        Parameters
        ----------
        contender
            What to run.
        judge
            Called after each split.
        until
            When to stop it at the latest, on the clock of `time.monotonic`.

        Raises
        ------
        ContenderError
            If it fails.
        StoppedError
            If `judge` or the clock stopped it.
        """

    @abstractmethod
    def end(self) -> None:
        """End whatever still runs."""


class InThisProcess(Runner):
    """Runs contenders here: memory is not measured, and the clock is heeded between splits only."""

    def run(self, contender: Contender, judge: Judge, until: float | None) -> Ran:
        """Run one contender on all splits."""
        splits = []
        for split in measure(contender, self.job):
            splits.append(split)
            _stop_if(judge(split), len(splits) == len(self.job.splits))
        return Ran(tuple(splits), None)

    def end(self) -> None:
        """Nothing runs any more."""


class InProcesses(Runner):
    """Runs each contender in a process of its own, which can be stopped at any time."""

    def __init__(self, job: Job, forks: bool = FORKS) -> None:
        super().__init__(job)
        self._forks = forks
        self._worker: _Worker | None = None

    def run(self, contender: Contender, judge: Judge, until: float | None) -> Ran:
        """Run one contender on all splits."""
        if self._worker is None:
            self._worker = _Worker(self.job, self._forks)
        splits: list[OneSplit] = []
        try:
            self._worker.send(contender)
            memory = self._follow(self._worker, splits, judge, until)
        finally:
            if not (self._worker.idle and self._forks):
                self.end()
        return Ran(tuple(splits), memory)

    def _follow(
        self, worker: _Worker, splits: list[OneSplit], judge: Judge, until: float | None
    ) -> int | None:
        """Collect what is measured until the contender has ended; return its memory."""
        memory, failed, done = None, None, False
        while True:
            if until is not None and not worker.answers.poll(max(0.0, until - time.monotonic())):
                raise StoppedError("the time limit was reached while it ran")
            try:
                kind, value = worker.answers.recv()
                worker.idle = kind == ENDED
            except EOFError:
                kind, value = ENDED, worker.exit_code()
            if kind == SPLIT:
                splits.append(value)
                _stop_if(judge(value), len(splits) == len(self.job.splits))
            elif kind == DONE:
                memory, done = value, True
            elif kind == FAILED:
                failed = value
            elif kind == ENDED and failed is not None:
                raise ContenderError(failed)
            elif kind == ENDED and done:
                return memory
            elif kind == ENDED:
                raise ContenderError(_ended(value, worker.said()))

    def end(self) -> None:
        """Kill the process, if there is one."""
        if self._worker is not None:
            self._worker.end()
            self._worker = None


class _Worker:
    """The process, and the two pipes to it.

    Attributes
    ----------
    answers
        Where its messages come from.
    idle
        Whether it has ended what it was asked for, and can be asked for another contender.
    """

    idle = True

    def __init__(self, job: Job, forks: bool) -> None:
        from multiprocessing import Pipe

        requests, self._requests = Pipe(duplex=False)
        self.answers, answers = Pipe(duplex=False)
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `end`
        try:
            self._process = _start(requests, answers, self._errors, forks)
        except BaseException:
            self._errors.close()
            raise
        finally:
            requests.close()
            answers.close()
        try:
            with suppress(BrokenPipeError):  # it has ended already, which the answers tell
                self._requests.send(job)
            self._expect_ready()
        except BaseException:
            self.end()
            raise

    def _expect_ready(self) -> None:
        try:
            kind, _ = self.answers.recv()
        except EOFError:
            kind = None
        if kind != READY:
            raise ContenderError(
                f"its process did not start: {_ended(self.exit_code(), self.said())}"
            )

    def send(self, contender: Contender) -> None:
        """Ask for a contender."""
        try:
            message = pickle.dumps(contender)
        except Exception as error:
            raise ContenderError(
                f"it cannot be sent to a process of its own ({reason_of(error)}): {ELSEWHERE}"
            ) from error
        self.idle = False
        with suppress(BrokenPipeError):  # as above
            self._requests.send_bytes(message)

    def exit_code(self) -> int:
        """Return the exit code, which is negative after a signal."""
        return self._process.wait()

    def said(self) -> str:
        """Return the last line on the standard error."""
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else ""

    def end(self) -> None:
        """Kill the process, its forks, and whatever they have started."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for each in (self._process.stdin, self._requests, self.answers, self._errors):
            if each is not None:
                each.close()


def _start(
    requests: Connection, answers: Connection, errors: IO[bytes], forks: bool
) -> subprocess.Popen[bytes]:
    """Start the process in a session of its own: Ctrl-C in the terminal is for us alone.

    It finds the modules that we find, and no others: -P keeps a folder's own files out. Threads of
    OpenMP wait without turning: beside another busy process those of a small boosting that turn
    made it fifteen times as slow.
    """
    ends = (requests.fileno(), answers.fileno())
    search = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _PROGRAM, *map(str, ends), YES if forks else NO],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        pass_fds=ends,
        start_new_session=True,
        env={"OMP_WAIT_POLICY": "PASSIVE"} | os.environ | {"PYTHONPATH": search},
    )


def _stop_if(why: str | None, last: bool) -> None:
    if why is not None and not last:
        raise StoppedError(why)


def _ended(code: int, said: str) -> str:
    """Return why a process ended before its time."""
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        hint = ": too little memory?" if -code == signal.SIGKILL else ""
        return f"its process was ended by {name}{hint}"
    return f"its process ended with exit code {code}{f': {said}' if said else ''}"


def can_start_processes() -> bool:
    """Return whether this system and this Python can start the processes."""
    return os.name == "posix" and bool(sys.executable) and not getattr(sys, "frozen", False)


def runner_of(job: Job, processes: bool) -> Runner:
    """Return what runs the contenders, in processes of their own or not."""
    return InProcesses(job) if processes else InThisProcess(job)
