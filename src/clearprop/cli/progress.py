"""A line of progress while a network trains; on a terminal only."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn

from clearprop.cli.show import duration, ratio, short
from clearprop.writing.numbers import figure

if TYPE_CHECKING:
    from types import TracebackType


class ProgressLine:
    """Show epoch, loss, validation metric, what looks wrong, rows per second, longest time left.

    Parameters
    ----------
    epochs
        The most epochs.
    rows
        Training rows of an epoch.
    metric
        The name of the validation metric.
    wanted
        Whether to show anything.
    time_limit
        Seconds after which training ends.
    """

    def __init__(
        self, epochs: int, rows: int, metric: str, wanted: bool, time_limit: float | None = None
    ) -> None:
        console = Console(stderr=True, highlight=False)
        console.width -= 3  # for the ^C that a terminal shows: it must not begin another line
        self.epochs, self.rows, self.metric = epochs, rows, metric
        self.time_limit = time_limit
        self.done = 0
        self.wrong: list[str] = []
        self._bar = Progress(
            TextColumn("epoch {task.completed}/{task.total}"),
            BarColumn(bar_width=None),
            TextColumn("{task.description}"),
            console=console,
            transient=True,
            expand=True,
            disable=not (wanted and console.is_terminal),
        )
        self._task = self._bar.add_task("", total=epochs)
        self._began = time.perf_counter()

    def __enter__(self) -> ProgressLine:
        self._bar.start()
        self._began = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def epoch_done(self) -> None:
        """Count one epoch of one of several networks, and show the progress."""
        self.done += 1
        if not self._bar.disable:
            self._update(self.done, self._named)

    def training_begins(self) -> None:
        """Start the clock again: time spent on compiling the kernels is not training."""
        self._began = time.perf_counter()

    @property
    def seconds(self) -> float:
        """The seconds since training began."""
        return time.perf_counter() - self._began

    def rate(self, epochs: int) -> float:
        """Return the rows per second up to the given epoch."""
        return epochs * self.rows / max(self.seconds, 1e-9)

    def show(self, epoch: int, loss: float, score: float | None) -> None:
        """Show the progress after an epoch."""
        if self._bar.disable:
            return
        watched = [] if score is None else [f"{self.metric} {ratio(score)}"]
        self._update(epoch, [f"loss {figure(loss)}", *watched, *self._named])

    @property
    def _named(self) -> list[str]:
        return [f"[yellow]{escape(one)}[/]" for one in self.wrong[:1]]

    @property
    def is_seen(self) -> bool:
        """Whether anything is shown."""
        return not self._bar.disable

    def _update(self, epoch: int, told: list[str]) -> None:
        rate = self.rate(epoch)
        left = max(self.epochs - epoch, 0) * self.rows / rate
        if self.time_limit is not None:
            left = min(left, max(self.time_limit - self.seconds, 0.0))
        parts = [*told, f"{short(rate)} rows/s", f"≤{duration(left)} left"]
        self._bar.update(self._task, completed=epoch, description="  ".join(parts))
