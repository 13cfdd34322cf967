"""The flight recorder: where the last epochs began, and the step in which a training went wrong.

An engine's request holds all that an epoch depends on: the position before it, the orders of the
rows, the learning rates, the stream of dropout masks. So a ring of the last requests is enough to
make any step of them again, to the same bits, and it costs a training nothing but their memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.engines.base import (
    Batch,
    Engine,
    NotFinite,
    Request,
    TrainingState,
    TrainingTask,
    never,
)
from clearprop.engines.numpy import NumpyEngine
from clearprop.health.curves import GROWN, SLACK
from clearprop.health.sample import Sample
from clearprop.readings import numpy as xp
from clearprop.training.history import History
from clearprop.writing.numbers import shown

if TYPE_CHECKING:
    from clearprop.explaining.opened import Step

KEPT = 3
"""Requests that the ring holds. One is one epoch, or several where nothing looks at each."""

MOST_BYTES = 2**26
"""What their positions may hold, 64 MiB: of a large network only the epoch that runs is kept."""


STREAMED = "its rows came from a stream, and are not in memory any more"


@dataclass(frozen=True, eq=False)
class Moment:
    """One training step: where training stood, and the rows of its batch.

    Attributes
    ----------
    position : TrainingState
        Before the step; `position.steps` steps and `position.epochs` whole epochs were done.
    batch : Batch
        The rows, with their dropout masks.
    rows : (rows,) int64
        Their numbers among the training rows.
    rate : float
        The learning rate of the step.
    place : int
        Which batch of its epoch it is, from 1.
    """

    task: TrainingTask
    position: TrainingState
    batch: Batch
    rows: np.ndarray[Any, np.dtype[np.int64]]
    rate: float
    place: int

    @classmethod
    def of(cls, request: Request, epoch: int, place: int, position: TrainingState) -> Moment:
        """Return step `place` of epoch `epoch` of a request, both from 0, from a position."""
        rows, size, task = request.rows, request.batch_size, request.task
        chosen = request.orders[epoch, place * size : (place + 1) * size]
        x = rows.x[chosen]
        weights = None if rows.weights is None else rows.weights[chosen]
        masks = request.noise.child(position.steps)
        given = task.network.draw(masks, len(chosen), x.shape[1], position.params.dtype)
        batch = Batch(x, rows.t[chosen], weights, len(chosen) * rows.mean_weight, given)
        return cls(task, position, batch, chosen, float(request.rates[epoch, place]), place + 1)

    def explain(self) -> Step:
        """Return the step, with the origin of every number."""
        from clearprop.explaining.build import explained
        from clearprop.explaining.labels import StepLabels
        from clearprop.explaining.opened import Step

        batch = self.batch
        if hasattr(batch.x, "toarray"):
            batch = replace(batch, x=batch.x.toarray())
        labels = StepLabels(
            step=self.position.steps + 1, rows=tuple(f"row {row}" for row in self.rows.tolist())
        )
        with np.errstate(all="ignore"):
            return Step.of(explained(self.task, self.position, batch, self.rate, labels))

    def __str__(self) -> str:
        return (
            f"step {self.position.steps + 1:,}, batch {self.place} of epoch "
            f"{self.position.epochs + 1}"
        )


@dataclass(frozen=True, eq=False)
class Incident:
    """A training that went wrong: its loss jumped, or a number was not finite.

    Attributes
    ----------
    kind : str
        "loss jumped" or "not finite".
    what : str
        What was seen, a sentence without its full stop.
    epoch : int
        The epoch in which it was seen, counted from 1 since the first of all fits.
    unkept : str
        Why a file could not hold the step in which it began; "" where it can be opened.
    """

    kind: str
    what: str
    epoch: int = 0
    requests: tuple[Request, ...] = ()
    engine: Engine | None = None
    failure: NotFinite | None = None
    found: Moment | None = None
    unkept: str = ""

    @cached_property
    def began(self) -> Moment:
        """The step in which it began, found by making the recorded steps again.

        Of the last `KEPT` epochs it is the first whose update lifts the loss of a few hundred rows,
        spread evenly, to `GROWN` times its lowest so far, by `SLACK` of the first loss or more;
        without such a step the last one, which is the one that was not finite.
        """
        if self.found is not None:
            return self.found
        if self.unkept:
            raise ValueError(f"the step in which it began was not saved: {self.unkept}")
        first = lowest = None
        for moment, after in self.steps():
            if moment.position.epochs + KEPT < self.epoch:
                continue
            if lowest is None or first is None:
                first = lowest = self._loss(moment.position)
            loss = self._loss(after)
            if not (loss <= GROWN * lowest or loss - lowest <= SLACK * abs(first)):
                break
            lowest = min(lowest, loss)
        return moment

    def explain(self) -> Step:
        """Return the step in which it began, opened: every number and its equation."""
        return self.began.explain()

    def steps(self) -> Iterator[tuple[Moment, TrainingState]]:
        """Yield each recorded step, and the position after it, in the order of training.

        The step that was not finite is the last; the position after it is that before it.
        """
        for request, later in zip_longest(self.requests, self.requests[1:]):
            position, begun = request.position, request.steps_begun
            for epoch in range(len(request.orders)):
                for place in range(0 if epoch else begun, request.rates.shape[1]):
                    if later is not None and position.steps == later.position.steps:
                        break  # it paused here, and the later one has the rest
                    moment = Moment.of(request, epoch, place, position)
                    position, failed = self._after(request, epoch, place, position)
                    yield moment, position
                    if failed:
                        return
                position = replace(
                    position,
                    epochs=position.epochs + 1,
                    rows_seen=position.rows_seen + request.rows.count,
                )

    def _after(
        self, request: Request, epoch: int, place: int, position: TrainingState
    ) -> tuple[TrainingState, bool]:
        """Return the position after one step of a request, and whether it was not finite."""
        size = request.batch_size
        one = replace(
            request,
            position=position,
            orders=request.orders[epoch : epoch + 1, place * size : (place + 1) * size],
            rates=request.rates[epoch : epoch + 1, place : place + 1],
            cancelled=never,
            begun=None,
            pauses=never,
        )
        burst = self._engine(position.epochs + 1).epochs(one)
        if burst.interrupted:
            raise KeyboardInterrupt
        after = replace(burst.position, epochs=position.epochs, rows_seen=position.rows_seen)
        return after, burst.failure is not None

    def _engine(self, epoch: int) -> Engine:
        """Return the engine that made an epoch: of one that failed the reference has the last word.

        See `CompiledEngine._failed`.
        """
        failed = self.failure is not None and self.failure.epoch == epoch
        return NumpyEngine() if failed or self.engine is None else self.engine

    @cached_property
    def _sample(self) -> Sample:
        return Sample.of(self.requests[0].task, self.requests[0].rows)

    def _loss(self, position: TrainingState) -> float:
        """Return the sample's loss at a position, as it is predicted: without dropout."""
        task, batch = self._sample.task, self._sample.batch
        with np.errstate(all="ignore"):
            given = task.network.recall(position.network_state)
            outputs, _ = task.network.forward(
                xp, task.layout.unpack(position.params), batch.x, given
            )
            return float(np.mean(task.loss.value(xp, outputs, batch.t), dtype=np.float64))

    def __getstate__(self) -> dict[str, Any]:
        """Return what a pickle or a copy holds: the step in which it began, not the recording."""
        kept = {name: getattr(self, name) for name in ("kind", "what", "epoch", "unkept")}
        return {**kept, "found": None if self.unkept else self.began}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update({"requests": (), "engine": None, "failure": None, **state})

    def __str__(self) -> str:
        began = (
            f"Its step was not saved: {self.unkept}"
            if self.unkept
            else (f"It began in {self.began}")
        )
        return f"{self.kind}: {self.what}. {began}."


class FlightRecorder:
    """Keeps the last requests, and the incident if there is one.

    Where not all rows are in memory only a step whose numbers were not finite can be opened.
    """

    def __init__(self, engine: Engine, in_memory: bool = True) -> None:
        # One of several processes makes a step again without the others.
        self.engine = engine if engine.processes.count == 1 else NumpyEngine()
        self.in_memory = in_memory
        self.ring: deque[Request] = deque(maxlen=KEPT)
        self.incident: Incident | None = None
        self._judged, self._lowest = 0, np.inf

    def record(self, request: Request) -> None:
        """Note the epochs that are about to be made."""
        self.ring.append(request)
        size = 3 * request.position.params.nbytes  # the optimizer's averages are as large
        while len(self.ring) > 1 and len(self.ring) * size > MOST_BYTES:
            self.ring.popleft()

    def judge(self, history: History, failure: NotFinite | None = None) -> None:
        """Note an incident if the loss has jumped, or if a number was not finite."""
        if failure is not None:
            self.incident = self._incident("not finite", failure.what, failure.epoch, failure)
            return
        before = self.ring[-1].position.epochs - self._judged
        lowest = self._lowest
        for epoch, loss in enumerate(history.loss[self._judged :], self._judged + 1):
            if loss <= lowest:
                lowest = loss
            elif loss > GROWN * lowest and self.incident is None:
                if not (lowest > 0 and loss - lowest > SLACK * abs(history.loss[0])):
                    continue
                what = (
                    f"the mean loss of epoch {epoch} is {shown(loss, 3)}, the lowest before was "
                    f"{shown(lowest, 3)}"
                )
                self.incident = self._incident("loss jumped", what, before + epoch)
        self._judged, self._lowest = len(history), lowest

    def _incident(
        self, kind: str, what: str, epoch: int, failure: NotFinite | None = None
    ) -> Incident:
        if self.in_memory:
            return Incident(kind, what, epoch, tuple(self.ring), self.engine, failure)
        failed = self.engine.failed
        if failure is None or failed is None:
            return Incident(kind, what, epoch, unkept=STREAMED)
        moment = Moment.of(failed, 0, failed.steps_begun, failed.position)
        return Incident(kind, what, epoch, failure=failure, found=moment)
