"""A training in several processes: in each of them the settings that the first one decides by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING, Any

from clearprop.files.fingerprint import fingerprint
from clearprop.training.following import Beside, RateChange
from clearprop.training.interruption import SIGNALS, set_by_signals

if TYPE_CHECKING:
    from clearprop.definitions.noise import Noise
    from clearprop.engines.base import TrainingRows, TrainingState, TrainingTask
    from clearprop.engines.processes import Processes
    from clearprop.training.interruption import Received
    from clearprop.training.orders import Orders
    from clearprop.training.watch import EpochReport, Monitor, Settings


@contextmanager
def together(
    settings: Settings, processes: Processes
) -> Iterator[tuple[Settings, Callable[[], bool]]]:
    """Give the settings of a training that several processes share, and what ends it in all.

    What is measured, and what `on_epoch` answers, is what it is in the first process. The function
    says whether the training is cancelled, by a signal for one, in any of them: then it ends in all
    after the same step, and all do what they do at that signal. Each call waits for the others.
    """
    if processes.count == 1:
        yield settings, settings.cancelled
        return
    if not processes.is_first:
        settings.keeper.writes = False
    with set_by_signals(Event()) as received:
        cancelled = _Cancelled(settings.cancelled, received, processes)
        yield (
            replace(
                settings,
                monitors={name: _first(one, processes) for name, one in settings.monitors.items()},
                on_epoch=_FirstDecides(settings.on_epoch, processes),
                cancelled=cancelled.here,
            ),
            cancelled,
        )


def check_same_training(
    processes: Processes,
    task: TrainingTask,
    rows: TrainingRows,
    settings: Settings,
    position: TrainingState,
    orders: Orders,
    noise: Noise,
) -> None:
    """Raise OtherTrainingError unless all processes begin the same training at the same place."""
    if processes.count == 1:
        return

    def of(array: Any) -> str:
        return "none" if array is None else fingerprint(array)

    counts = position.steps, position.epochs, position.rows_seen, position.rate_factor
    how = settings.epochs, settings.batch_size, settings.shuffle, settings.schedule
    measured = settings.stopping, sorted(settings.monitors)
    parts = task.network, task.loss, task.optimizer, task.l2, task.clip_norm
    processes.check_same(
        {
            "rows": of(rows.x),
            "targets": of(rows.t),
            "weights of rows": of(rows.weights),
            "network, loss or optimizer": repr(parts),
            "settings": repr((*how, *measured)),
            "parameters at the start": of(position.params),
            "where the training stands": repr(counts),
            # Folders may be mounted elsewhere: what files are called does not count.
            "files of a stream, their columns or its blocks": repr([*orders.facts().values()]),
            "order of rows, which the seed gives": repr((orders.state, noise.key)),
        }
    )


class _Cancelled:
    """Says whether a training is cancelled in any process, and passes signals on to the others."""

    def __init__(
        self, cancelled: Callable[[], bool], received: Received, processes: Processes
    ) -> None:
        self.cancelled, self.received, self.processes = cancelled, received, processes

    def here(self) -> bool:
        """Return whether it is cancelled in this process."""
        return self.received.stop.is_set() or self.cancelled()

    def __call__(self) -> bool:
        """Return whether it is cancelled in any process, which all of them ask."""
        own = self.received.numbers
        told = [float(self.here()), *(float(number in own) for number in SIGNALS)]
        cancelled, *came = self.processes.summed(told)
        elsewhere = [number for number, some in zip(SIGNALS, came, strict=True) if some]
        if cancelled and elsewhere and not own:
            self.received.came_elsewhere(elsewhere[0])
        return cancelled > 0


def _first(monitor: Monitor, processes: Processes) -> Monitor:
    return lambda position: processes.of_first([monitor(position)])[0]


class _FirstDecides(Beside):
    """Tells a callback of each epoch; answers what it answers in the first process."""

    def __init__(self, told: Callable[[EpochReport], Any] | None, processes: Processes) -> None:
        super().__init__(lambda report: None, told)
        self.processes = processes
        self.counts_only = told is None or getattr(told, "counts_only", False)

    def __call__(self, report: EpochReport) -> Any:
        """Tell it of an epoch; return the first one's answer."""
        answer = None if self.told is None else self.told(report)
        factor = answer.factor if isinstance(answer, RateChange) else 0.0
        ends = bool(answer) and not factor
        ended, factor = self.processes.of_first([float(ends), factor])
        return RateChange(factor) if factor else bool(ended)
