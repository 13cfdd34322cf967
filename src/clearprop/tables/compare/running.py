"""Run all contenders within a time limit, the cheapest first, whatever becomes of each."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from clearprop.tables.compare.measuring import ContenderError
from clearprop.tables.compare.row import DONE, FAILED, INTERRUPTED, LEFT_OUT, ContenderResult
from clearprop.tables.compare.runners import StoppedError
from clearprop.tables.compare.scores import SCORES
from clearprop.tables.compare.statistics import mean_over_splits
from clearprop.writing.sentences import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clearprop.tables.compare.contenders import Contender
    from clearprop.tables.compare.measuring import Job, OneSplit
    from clearprop.tables.compare.runners import Ran, Runner

MOST_WARNINGS = 3
"""Of a contender."""


class Progress(NamedTuple):
    """How far a comparison is.

    Attributes
    ----------
    title
        The contender that runs.
    contender, contenders
        Which one it is, counted from 1, of how many.
    split, splits
        How many splits it has done, of how many.
    """

    title: str
    contender: int
    contenders: int
    split: int
    splits: int


Hear = Callable[[Progress], None]


class AllRan(NamedTuple):
    """The rows of the contenders in the order they ran, and whether the user ended it early."""

    rows: list[ContenderResult]
    interrupted: bool


def run_all(
    contenders: Sequence[Contender], runner: Runner, time_limit: float | None, hear: Hear | None
) -> AllRan:
    """Run contenders one after another.

    Parameters
    ----------
    contenders
        The cheapest first.
    runner
        What runs them.
    time_limit
        Seconds for all of them. One that would go past is stopped, and the next one is tried.
    hear
        Told of the progress.
    """
    until = None if time_limit is None else time.monotonic() + time_limit
    rows: list[ContenderResult] = []
    for place, contender in enumerate(contenders, start=1):
        watch = _Watch(contender, len(runner.job.splits), place, len(contenders), until, hear)
        try:
            rows.append(_run(contender, runner, watch))
        except KeyboardInterrupt:
            done = f"after {watch.done} of {count(watch.splits, 'split')}"
            rows.append(_not_done(contender, INTERRUPTED, done))
            later = contenders[place:]
            rows += [_not_done(one, INTERRUPTED, "before it began") for one in later]
            return AllRan(rows, True)
    return AllRan(rows, False)


def _run(contender: Contender, runner: Runner, watch: _Watch) -> ContenderResult:
    if watch.until is not None and time.monotonic() >= watch.until:
        return _not_done(contender, LEFT_OUT, "the time limit was reached before it began")
    watch.begin()
    try:
        ran = runner.run(contender, watch.judge, watch.until)
    except StoppedError as stopped:
        return _not_done(contender, LEFT_OUT, str(stopped))
    except ContenderError as error:
        return _not_done(contender, FAILED, str(error))
    return _row(contender, ran, runner.job)


@dataclass
class _Watch:
    """Judges after each split whether a contender will be done within the time limit."""

    contender: Contender
    splits: int
    place: int
    of: int
    until: float | None
    hear: Hear | None
    done: int = 0
    began: float = 0.0

    def begin(self) -> None:
        """Start the clock."""
        self.began = time.monotonic()
        self._tell()

    def judge(self, split: OneSplit) -> str | None:
        """Return why the contender is not to go on; None if it is."""
        self.done += 1
        self._tell()
        if self.until is None:
            return None
        now = time.monotonic()
        needs = (now - self.began) / self.done * (self.splits - self.done)
        # The first split may have loaded packages, which the others need not.
        expected = needs / 2 if self.done == 1 else needs
        left = self.until - now
        if expected <= left:
            return None
        whole = now - self.began + expected
        return (
            f"{count(self.splits, 'split')} would take about {whole:.3g} s, and "
            f"{now - self.began + left:.3g} s of the time limit were left"
        )

    def _tell(self) -> None:
        if self.hear is not None:
            title = self.contender.title
            self.hear(Progress(title, self.place, self.of, self.done, self.splits))


def _not_done(contender: Contender, status: str, reason: str) -> ContenderResult:
    return ContenderResult(contender.name, contender.title, contender.ours, status, reason)


def _row(contender: Contender, ran: Ran, job: Job) -> ContenderResult:
    """Return the row of a contender that is done; :func:`ranked` adds the difference."""
    values = {
        kind.name: tuple(split.scores[kind.name] for split in ran.splits)
        for kind in SCORES[job.task]
    }
    ratio = job.splits.test_to_train
    said = dict.fromkeys(warning for split in ran.splits for warning in split.warnings)
    return ContenderResult(
        name=contender.name,
        title=contender.title,
        ours=contender.ours,
        status=DONE,
        scores={name: mean_over_splits(each, ratio) for name, each in values.items()},
        values=values,
        fit_seconds=median(split.fit_seconds for split in ran.splits),
        predict_seconds=median(split.predict_seconds for split in ran.splits),
        memory=ran.memory,
        notes=tuple(said)[:MOST_WARNINGS],
    )
