"""What a step is computed from, and the step run again: changed, or with its numbers perturbed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from clearprop.engines.base import Batch, Position, TrainingTask
from clearprop.explaining.record import Record, record_step
from clearprop.explaining.step import StepData
from clearprop.explaining.work.submitted import Submitted, matches
from clearprop.readings.symbol import TracingNamespace
from clearprop.readings.table import PrimitiveTable

Values = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Situation:
    """What a step is computed from; a slip or a convention changes something of it.

    `after` changes quantities of the finished record, by path: what does not go on to others.
    """

    task: TrainingTask
    position: Position
    batch: Batch
    rate: float | None
    after: tuple[Callable[[str, np.ndarray], np.ndarray], ...] = ()

    @property
    def divisor(self) -> float:
        """The sum of the rows' weights, N where all weigh 1."""
        return float(self.batch.divisor)


def situation_of(step: StepData) -> Situation:
    """Return what the step was computed from."""
    return Situation(step.task, step.position, step.batch, step.rate)


ROUNDS: PrimitiveTable[bool] = PrimitiveTable(
    "clearprop.explaining.work.situation.ROUNDS",
    {
        "negative": False,
        "add": True,
        "subtract": True,
        "multiply": True,
        "divide": True,
        "power": True,
        "greater": False,
        "matmul": True,
        "transpose": False,
        "column": False,
        "pack": False,
        "norm": True,
        "exp": True,
        "expm1": True,
        "log": True,
        "sqrt": True,
        "tanh": True,
        "absolute": False,
        "sign": False,
        "maximum": False,
        "minimum": False,
        "where": False,
        "ones_like": False,
        "sum": True,
        "mean": True,
        "expit": True,
        "softplus": True,
        "ndtr": True,
        "softmax": True,
        "log_softmax": True,
    },
)
"""Whether a primitive rounds its result."""


class PerturbedNamespace(TracingNamespace):
    """A namespace that moves every number at random by up to `epsilon` of it, as rounding may.

    Moving the inputs alone would miss digits lost inside the step, as in 1 - a² for a near 1.
    Source: Vignes 1978.
    """

    def __init__(self, epsilon: float, rng: np.random.Generator) -> None:
        super().__init__()
        self.epsilon, self.rng = epsilon, rng

    def moved(self, value: Any) -> Any:
        """Return a number or an array, moved."""
        wide = np.asarray(value, np.float64)
        return wide * (1.0 + self.epsilon * self.rng.uniform(-1.0, 1.0, wide.shape))

    def compute(self, op: str, values: list[Any], attributes: dict[str, Any]) -> Any:
        """Return the primitive's value, perturbed if the primitive rounds."""
        value = super().compute(op, values, attributes)
        return self.moved(value) if ROUNDS[op] and not isinstance(value, int) else value


def run(
    situation: Situation, perturbed: PerturbedNamespace | None = None, update: bool = True
) -> Record:
    """Return the step's record in a situation: in float64, or with its numbers perturbed.

    Without `update` it ends with the gradients.
    """

    def moved(array: Any) -> Any:
        return np.asarray(array, np.float64) if perturbed is None else perturbed.moved(array)

    position = situation.position
    state = _mapped(position.optimizer_state, moved)
    position = replace(position, params=moved(position.params), optimizer_state=state)
    batch = situation.batch
    weights = None if batch.weights is None else np.asarray(batch.weights, np.float64)
    batch = replace(batch, x=moved(batch.x), t=np.asarray(batch.t, np.float64), weights=weights)
    rate = situation.rate if update else None
    with np.errstate(all="ignore"):
        return record_step(situation.task, position, batch, rate, perturbed or TracingNamespace())


def _mapped(state: Any, change: Any) -> Any:
    if isinstance(state, Mapping):
        return {
            name: branch if name == "penalised" else _mapped(branch, change)
            for name, branch in state.items()
        }
    return change(state) if np.ndim(state) else state


def look(record: Record, situation: Situation, address: str) -> np.ndarray | None:
    """Return the array at an address, None where the record has none."""
    path, _, place = address.partition("[")
    quantity = record.quantities.get(record.aliases.get(path, path))
    if quantity is None:
        return None
    array = np.asarray(quantity.value, np.float64)
    for change in situation.after:
        array = change(path, array)
    return array[tuple(map(int, place[:-1].split(",")))] if place else array


def needs_update(situation: Situation, paths: Sequence[str]) -> bool:
    """Return whether some of the quantities are made by the update, not by the two passes."""
    ends = tuple(f"{name}" for name in ("new", "change", "descended", "g", "l2", "clip", "length"))
    held = tuple(situation.position.optimizer_state)
    return any(path.partition("[")[0].rpartition(".")[2] in (*ends, *held) for path in paths)


def values_in(situation: Situation, paths: Sequence[str]) -> dict[str, np.ndarray]:
    """Return what the quantities are in a situation, where there still are such."""
    record = run(situation, update=needs_update(situation, paths))
    found = {path: look(record, situation, path) for path in paths}
    return {path: array for path, array in found.items() if array is not None}


def rounding(
    situation: Situation, work: Sequence[Submitted], rights: Values
) -> dict[str, np.ndarray]:
    """Return how far rounding in the given precision moves each quantity, measured thrice."""
    epsilon, rng = max(one.epsilon for one in work), np.random.default_rng(0)
    slack = {one.path: np.zeros(rights[one.path].shape) for one in work}
    for _ in range(3):
        moved = run(
            situation, PerturbedNamespace(epsilon, rng), needs_update(situation, list(rights))
        )
        for one in work:
            found = look(moved, situation, one.path)
            if found is not None and found.shape == rights[one.path].shape:
                with np.errstate(invalid="ignore"):
                    change = np.abs(found - rights[one.path])
                slack[one.path] = np.maximum(slack[one.path], np.nan_to_num(change, posinf=0.0))
    if situation.task.loss.link_name in ("softmax", "sigmoid"):
        # However small -ln p is, it has the rounding of p, which is near 1.
        for path in slack.keys() & {"E", "row_loss"}:
            slack[path] = slack[path] + epsilon
    return slack


def all_match(work: Sequence[Submitted], values: Values, slack: Values) -> bool:
    """Return whether all that was given is what these values are, but for rounding."""
    return all(
        one.path in values
        and values[one.path].shape == one.values.shape
        and bool(matches(one, values[one.path], slack[one.path]).all())
        for one in work
    )
