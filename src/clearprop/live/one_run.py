"""One run as the live page knows it: its record, its commands, and how it is steered."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clearprop.live import lines
from clearprop.live.best import Best
from clearprop.live.commands import Command, Mailbox
from clearprop.live.diagnosis import findings_of
from clearprop.live.measuring import Measuring
from clearprop.live.opening import next_step
from clearprop.live.record import RecordWriter, Tail, changes_lost, epochs_in
from clearprop.training.following import RateChange
from clearprop.view import to_html

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clearprop.engines.base import TrainingState
    from clearprop.live.record import Line
    from clearprop.training.following import FollowedRun
    from clearprop.training.watch import EpochReport


CUT_SHORT = ("interrupted", "error")
"""Reasons to end after which somebody waits for the process: there is no time for a diagnosis."""


class LiveRun:
    """Records a run, and does between its epochs what the page asks for.

    Parameters
    ----------
    run : FollowedRun
        What is trained.
    name : str
        What the page calls it.
    path : Path
        Its record.
    keep_step : function
        Keeps the page of an opened step, and returns its key.
    changed : function
        Called when something was recorded that a page should show at once.
    """

    def __init__(
        self,
        run: FollowedRun,
        name: str,
        path: Path,
        keep_step: Callable[[str], str],
        changed: Callable[[], None],
    ) -> None:
        self.run, self.name, self.path = run, name, path
        self.keep_step, self.changed = keep_step, changed
        self.mail = Mailbox()
        self._writer = RecordWriter(path)
        self._measure, self._best = Measuring(run), Best.of(run)
        self._last: EpochReport | None = None
        self._told: list[tuple[str, str]] = []
        self._unwritable = ""

    def begins(self) -> None:
        """Record that the run begins, or goes on from a checkpoint."""
        if not len(self.run.history):
            self.record(lines.head(self.run, self.name))
            return
        earlier = Tail(self.path)
        earlier.update()
        recorded = earlier.lines[earlier.begins :]
        known = epochs_in(recorded)
        lost = changes_lost(recorded, self.run.history.rate_factors)
        if lost:
            warnings.warn(
                f"the learning rate was changed by hand after epoch {', '.join(map(str, lost))}, "
                f"but the checkpoint is from after epoch {len(self.run.history)}: training goes on "
                "without the change",
                stacklevel=2,
            )
        first = [] if recorded else [lines.head(self.run, self.name)]
        self.record(*first, lines.resumed(self.run, lost), *lines.kept_epochs(self.run, known))

    def after_epoch(self, report: EpochReport) -> Line:
        """Record an epoch, and return its line."""
        best = self._best.after(report)
        measured = self._measure(report)
        line = lines.reported(report, best, None if measured is None else measured.vitals)
        found = None if measured is None else measured.findings
        if found is None or _named(found) == self._told:
            self.record(line)
        else:
            self._told = _named(found)
            self.record(line, lines.health(report.epoch, found))
        self._last = report
        return line

    def steered(self, report: EpochReport) -> bool | RateChange | None:
        """Carry out all commands; return what the training is to do, as `on_epoch` does."""
        position, change, paused = report.position, None, False
        while True:
            command = self.mail.wait(self.run.cancelled) if paused else self.mail.take()
            if command is None:
                return change
            if command.do in ("pause", "go on"):
                if paused != (command.do == "pause"):
                    paused = not paused
                    self._tell(report.epoch, command.do)
            elif command.do == "stop":
                self._tell(report.epoch, "stop")
                return True
            elif self.run.next_step is None:
                self._tell(report.epoch, command.do, refused="L-BFGS takes no steps that could be.")
            elif command.do == "step":
                self._open(report.epoch, position)
            else:
                change = self._change(report.epoch, position, command) or change
                position = position if change is None else replace(
                    position, rate_factor=change.factor
                )  # fmt: skip

    def ends(self, reason: str) -> None:
        """Record the end of the run."""
        findings = None
        if reason not in CUT_SHORT:
            findings = findings_of(lambda: self.run.checkup.at_end(self.run, self._last))
        self.record(lines.end(self.run, reason, findings))

    def record(self, *new: Line) -> None:
        """Add lines to the record. Where that fails the training goes on, and a warning says so."""
        try:
            self._writer.write(new)
        except OSError as error:
            if str(error) != self._unwritable:
                self._unwritable = str(error)
                warnings.warn(
                    f"training goes on, but its live page does not: {error}", stacklevel=2
                )

    def _tell(self, after: int, do: str, **more: Any) -> None:
        self.record(lines.command(after, do, **more))
        self.changed()

    def _open(self, after: int, position: TrainingState) -> None:
        step = next_step(self.run, position, self.name)
        # Without the known slips, which take seconds while the training waits.
        key = self.keep_step(to_html(step.to_dict()))
        self._tell(after, "step", step=position.steps + 1, key=key)

    def _change(self, after: int, position: TrainingState, command: Command) -> RateChange | None:
        assert self.run.next_step is not None
        assert command.rate is not None
        scheduled = self.run.next_step(position).rate / position.rate_factor
        if not scheduled > 0:
            self._tell(after, "rate", refused=f"The schedule's rate is {scheduled} here.")
            return None
        factor = command.rate / scheduled
        self._tell(after, "rate", rate=command.rate, factor=factor)
        return RateChange(factor)


def _named(findings: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return which findings these are, whatever their numbers."""
    return [(one["check"], one["where"]) for one in findings]
