"""What a training leaves behind to be examined: a few rows, its first and its last position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from clearprop.engines.base import Batch, NotFinite, TrainingRows, TrainingState, TrainingTask
from clearprop.health.sample import Sample, spread

if TYPE_CHECKING:
    from clearprop.explaining.opened import Step
    from clearprop.health.vitals import Vitals

MOST_HELD = 2048
"""Rows that are kept to look for labels that look wrong."""

MOST_NUMBERS = 2**20
"""Numbers that the kept inputs may hold, 8 MiB: of rows with many inputs fewer are kept."""


Held: TypeAlias = "tuple[TrainingRows, np.ndarray[Any, np.dtype[np.intp]]]"
"""A few of the rows of a training, and their places."""


@dataclass(frozen=True, eq=False)
class TrainingRecord:
    """What is known of a training when it has ended. The vital signs are computed when asked for.

    Attributes
    ----------
    task : TrainingTask
        What was trained. After L-BFGS its optimizer is not the one that trained.
    rows : TrainingRows
        At most `MOST_HELD` of the training rows, spread evenly.
    places : (rows,)
        Their numbers among the training rows.
    start : TrainingState or None
        Where the training began; None where it went on from an earlier one.
    end : TrainingState
        Where it ended.
    rate : float or None
        The learning rate of the next step; None where the optimizer makes steps of its own.
    batch_size : int
        Rows of a step.
    loss, validation_loss : sequence of float
        A number per epoch; the second is empty without validation rows.
    restored : bool
        Whether the weights of the best epoch are kept, rather than those of the end.
    failure : NotFinite or None
        What was not finite.
    incident : Incident or None
        The flight recorder's: its ``explain()`` opens the step in which something went wrong.
    """

    task: TrainingTask
    rows: TrainingRows
    places: np.ndarray[Any, np.dtype[np.intp]]
    start: TrainingState | None
    end: TrainingState
    rate: float | None
    batch_size: int
    loss: Sequence[float]
    validation_loss: Sequence[float] = ()
    restored: bool = False
    failure: NotFinite | None = None
    incident: Any = field(default=None, repr=False)

    @classmethod
    def of(
        cls, task: TrainingTask, rows: TrainingRows, most: int = MOST_HELD, **known: Any
    ) -> TrainingRecord:
        """Return the record of a training on these rows; a few of them are kept, as copies."""
        return cls(task, *few_of(rows, most), **known)

    def later(self, measured: Vitals | None = None, **known: Any) -> TrainingRecord:
        """Return the record of the same training at a later position.

        Parameters
        ----------
        measured
            The vital signs there, where they are known.
        known
            What has changed, by name.
        """
        found = replace(self, **known)
        vars(found).update(sample=self.sample, before=self.before)  # once for a training
        if measured is not None:
            vars(found).update(after=measured)
        return found

    def of_fewer_rows(self, most: int) -> TrainingRecord:
        """Return the record with at most so many of its rows."""
        places = spread(self.rows.count, most)
        return replace(self, rows=taken(self.rows, places), places=self.places[places])

    @cached_property
    def sample(self) -> Sample:
        """The rows that the vital signs are measured on."""
        found = Sample.of(self.task, self.rows)
        return replace(found, places=self.places[found.places])

    @cached_property
    def before(self) -> Vitals | None:
        """The vital signs of the first step; None where it is not known."""
        from clearprop.health.vitals import vitals_of  # not needed to train

        if self.start is None:
            return None
        return vitals_of(self.sample, self.start, self.rate or 0.0)

    @cached_property
    def after(self) -> Vitals:
        """The vital signs of the step that would come next."""
        from clearprop.health.vitals import vitals_of

        return vitals_of(self.sample, self.end, self.rate or 0.0)

    @cached_property
    def curvature(self) -> tuple[float, str]:
        """The curvature of the loss along its gradient, and of which step it is.

        Of "incident", the batch in which the loss began to jump; else of the sample at the "start"
        or the "end", whichever bends more.
        """
        from clearprop.health.curvature import curvature_at

        if self.incident is not None and not self.incident.unkept:
            moment = self.incident.began
            return curvature_at(self.task, moment.batch, moment.position.params), "incident"
        places = {"start": self.start, "end": self.end}
        return max(
            (curvature_at(self.task, self.sample.batch, place.params), name)
            for name, place in places.items()
            if place is not None
        )

    def step(self, position: TrainingState, rows: Sequence[int] | None = None) -> Step:
        """Return the step from a position on rows of `rows`; on the sample's rows unless given."""
        from clearprop.explaining.build import explained
        from clearprop.explaining.labels import StepLabels
        from clearprop.explaining.opened import Step

        batch, places = self.sample.batch, self.sample.places
        if rows is not None:
            some = np.asarray(rows, np.intp)
            few = taken(self.rows, some)
            batch = Batch(few.x, few.t, few.weights, len(some) * self.rows.mean_weight)
            places = self.places[some]
        dense = batch.x.toarray() if hasattr(batch.x, "toarray") else batch.x
        labels = StepLabels(
            step=position.steps + 1, rows=tuple(f"row {place}" for place in places.tolist())
        )
        return Step.of(explained(self.task, position, replace(batch, x=dense), self.rate, labels))


def few_of(rows: TrainingRows, most: int = MOST_HELD) -> Held:
    """Return at most so many of the rows, spread evenly, as copies, and their places."""
    width = max(1, rows.x.shape[1] if isinstance(rows.x, np.ndarray) else 1)
    places = spread(rows.count, min(most, max(1, MOST_NUMBERS // width)))
    return taken(rows, places), places


def taken(rows: TrainingRows, places: np.ndarray[Any, np.dtype[np.intp]]) -> TrainingRows:
    """Return some of the rows, as copies, with the mean weight of all."""
    weights = None if rows.weights is None else rows.weights[places]
    return TrainingRows(rows.x[places], rows.t[places], weights, rows.mean_weight)
