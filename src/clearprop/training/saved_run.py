"""A training between two steps as plain data: everything that the next step depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.engines.base import TrainingState, UnfinishedEpoch
from clearprop.files.errors import DataError
from clearprop.training.history import History
from clearprop.training.saved_incident import incident_of, parts_of
from clearprop.training.stopping import EarlyStoppingState

if TYPE_CHECKING:
    from clearprop.files.container import Json
    from clearprop.training.flight import Incident
    from clearprop.training.orders import OrdersState

    Arrays = dict[str, np.ndarray[Any, Any]]

ARRAY, INTEGER = "array", "integer"
"""What stands in the document for an array, which has a place of its own, and for an integer of
any size."""


@dataclass(frozen=True)
class SavedRun:
    """A training after a step.

    Attributes
    ----------
    position : TrainingState
        Parameters, the state of optimizer and network, and the counts of steps, epochs and rows.
    best : TrainingState or None
        The one after the best epoch, where early stopping has seen one.
    history : History
        The numbers of the epochs so far.
    stopping_state : EarlyStoppingState
        What early stopping has counted.
    orders : dict
        The state of what draws the orders of the rows, see `Orders.state`.
    reason : str or None
        Why the training ended; None if it has not.
    incident : Incident or None
        What went wrong, with the step in which it began.
    unfinished : UnfinishedEpoch or None
        What is done of the next epoch; None between two.
    remembered : dict
        What metrics remember, by name.
    """

    position: TrainingState
    best: TrainingState | None
    history: History
    stopping_state: EarlyStoppingState
    orders: OrdersState
    reason: str | None = None
    incident: Incident | None = None
    unfinished: UnfinishedEpoch | None = None
    remembered: Mapping[str, Any] = field(default_factory=dict)

    def parts(self) -> tuple[dict[str, Json], Arrays]:
        """Return the document and the arrays from which `from_parts` makes the same run."""
        arrays: Arrays = {}
        history = self.history
        curves = {
            "loss": history.loss, "learning_rate": history.learning_rate,
            "seconds": history.seconds, "metrics": history.metrics,
        }  # fmt: skip
        document: dict[str, Json] = {
            "position": _plain(_fields(self.position), "position", arrays),
            "best": _plain(_fields(self.best), "best", arrays),
            "history": _plain(_as_arrays(curves), "history", arrays),
            "best_epoch": history.best_epoch,
            "rate_factors": _plain(
                {str(epoch): factor for epoch, factor in history.rate_factors.items()},
                "rate_factors",
                arrays,
            ),
            "stopping": _plain(
                {"best": self.stopping_state.best, "waited": self.stopping_state.waited},
                "stopping",
                arrays,
            ),
            "orders": _plain(self.orders, "orders", arrays),
            "unfinished": _plain(_fields(self.unfinished), "unfinished", arrays),
            "remembered": _plain(self.remembered, "remembered", arrays),
            "reason": self.reason,
            "incident": None,
        }
        if self.incident is not None:
            words, numbers = parts_of(self.incident)
            held = _plain(numbers, "incident", arrays)
            document["incident"] = {"words": words, "numbers": held}
        return document, arrays

    @classmethod
    def from_parts(cls, document: Mapping[str, Any], arrays: Arrays) -> SavedRun:
        """Return the run that a document and its arrays describe.

        Raises
        ------
        DataError
            If they do not describe one.
        """
        try:
            found = {name: _restored(document[name], arrays) for name in _PARTS}
            curves, stopping = found["history"], found["stopping"]
            told = document.get("incident")
            incident = told and incident_of(told["words"], _restored(told["numbers"], arrays))
            history = History(
                loss=_list(curves["loss"]),
                metrics={name: _list(values) for name, values in curves["metrics"].items()},
                learning_rate=_list(curves["learning_rate"]),
                seconds=_list(curves["seconds"]),
                best_epoch=int(document["best_epoch"]),
                rate_factors={
                    int(epoch): float(_restored(factor, arrays))
                    for epoch, factor in document.get("rate_factors", {}).items()
                },
            )
            unfinished = found["unfinished"]
            return cls(
                TrainingState(**found["position"]),
                None if found["best"] is None else TrainingState(**found["best"]),
                history,
                EarlyStoppingState(float(stopping["best"]), stopping["waited"]),
                found["orders"],
                document["reason"],
                incident or None,
                None if unfinished is None else UnfinishedEpoch(**unfinished),
                found["remembered"],
            )
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise DataError(f"it does not describe a training: {error!r}") from error


_PARTS = ("position", "best", "history", "stopping", "orders", "unfinished", "remembered")


def _fields(state: TrainingState | UnfinishedEpoch | None) -> dict[str, Any] | None:
    return None if state is None else {one.name: getattr(state, one.name) for one in fields(state)}


def _as_arrays(curves: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _as_arrays(values) if isinstance(values, Mapping) else np.array(values, np.float64)
        for name, values in curves.items()
    }


def _list(values: np.ndarray[Any, Any]) -> list[float]:
    return [float(value) for value in values]


def _plain(value: Any, path: str, arrays: Arrays) -> Json:
    """Return a value as JSON; arrays go to `arrays`, under the path where they stand."""
    if isinstance(value, Mapping):
        return {name: _plain(item, f"{path}.{name}", arrays) for name, item in value.items()}
    if isinstance(value, np.ndarray | np.generic | float):
        arrays[path] = np.asarray(value)
        return [ARRAY, path]
    if isinstance(value, bool | str) or value is None:
        return value
    if isinstance(value, int):
        return [INTEGER, str(value)]
    raise TypeError(f"{path} is of type {type(value).__name__}, which a checkpoint cannot hold")


def _restored(value: Any, arrays: Arrays) -> Any:
    match value:
        case dict():
            return {name: _restored(item, arrays) for name, item in value.items()}
        case ["array", str(path)]:
            array = arrays[path]
            return array if array.ndim else array[()]
        case ["integer", str(digits)]:
            return int(digits)
        case bool() | str() | None:
            return value
    raise ValueError(f"{value!r:.60} is no part of a training")
