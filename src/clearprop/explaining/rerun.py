"""Run a step again: with a slip in it, or with its numbers perturbed as by rounding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from clearprop.explaining.record import Record, record_step
from clearprop.explaining.slips import Situation, Slip, slips_of
from clearprop.explaining.step import StepData
from clearprop.explaining.submitted import SubmittedQuantity, matches
from clearprop.readings.symbol import TracingNamespace
from clearprop.readings.table import PrimitiveTable

ROUNDS: PrimitiveTable[bool] = PrimitiveTable(
    "clearprop.explaining.rerun.ROUNDS",
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


def rounding(
    step: StepData, given: list[SubmittedQuantity], rights: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Return how far rounding in the submitted precision moves each quantity at most."""
    epsilon, rng = max(work.epsilon for work in given), np.random.default_rng(0)
    slack = {work.path: np.zeros(rights[work.path].shape) for work in given}
    for _ in range(3):
        with np.errstate(all="ignore"):
            moved = run(situation_of(step), PerturbedNamespace(epsilon, rng))
        for work in given:
            found = _look(moved, work.path)
            if found is not None and found.shape == rights[work.path].shape:
                with np.errstate(invalid="ignore"):
                    change = np.abs(found - rights[work.path])
                slack[work.path] = np.maximum(slack[work.path], np.nan_to_num(change, posinf=0.0))
    if step.task.loss.link_name in ("softmax", "sigmoid"):
        # However small -ln p is, it has the rounding of p, which is near 1.
        for path in slack.keys() & {"E", "row_loss"}:
            slack[path] = slack[path] + epsilon
    return slack


def situation_of(step: StepData) -> Situation:
    """Return task, position, rows and rate of the step."""
    return Situation(step.task, step.position, step.batch, step.rate)


def run(situation: Situation, perturbed: PerturbedNamespace | None = None) -> Record:
    """Return the record of a step in another situation, in float64; `perturbed` by rounding."""

    def moved(array: Any) -> Any:
        return np.asarray(array, np.float64) if perturbed is None else perturbed.moved(array)

    position = situation.position
    state = _mapped(position.optimizer_state, moved)
    position = replace(position, params=moved(position.params), optimizer_state=state)
    batch = situation.batch
    weights = None if batch.weights is None else np.asarray(batch.weights, np.float64)
    batch = replace(batch, x=moved(batch.x), t=np.asarray(batch.t, np.float64), weights=weights)
    return record_step(situation.task, position, batch, situation.rate, perturbed)


def _mapped(state: Any, change: Any) -> Any:
    if isinstance(state, Mapping):
        return {
            name: branch if name == "penalised" else _mapped(branch, change)
            for name, branch in state.items()
        }
    return change(state) if np.ndim(state) else state


def _look(record: Record, address: str) -> np.ndarray | None:
    """Return the array at an address, None where the record has none."""
    path, _, place = address.partition("[")
    quantity = record.quantities.get(record.aliases.get(path, path))
    if quantity is None:
        return None
    array = np.asarray(quantity.value, np.float64)
    return array[tuple(map(int, place[:-1].split(",")))] if place else array


def values_with(
    situation: Situation, slips: tuple[Slip, ...], given: list[SubmittedQuantity]
) -> dict[str, np.ndarray]:
    """Return the submitted quantities as they would be with these slips, if they still exist."""
    for slip in slips:
        situation = slip.make(situation)
    with np.errstate(all="ignore"):
        record = run(situation)
    found = {work.path: _look(record, work.path) for work in given}
    return {path: array for path, array in found.items() if array is not None}


def numbers_of_slips(step: StepData) -> Iterator[tuple[Slip, dict[str, np.ndarray]]]:
    """Yield every known slip, and the losses, gradients and new parameters it makes differ."""
    situation = situation_of(step)
    for slip in slips_of(situation):
        with np.errstate(all="ignore"):
            record = run(slip.make(situation))
        found = ((path, _look(record, path)) for path in step.paths if _is_asked(step, path))
        yield (
            slip,
            {
                path: array
                for path, array in found
                if array is not None and not np.array_equal(array, np.asarray(step[path]))
            },
        )


def _is_asked(step: StepData, path: str) -> bool:
    """Return whether people compute this quantity by hand: loss, gradients, new parameters."""
    phase = step.record.quantities[path].phase
    return phase in ("loss", "backward") or (phase == "update" and path.endswith(".new"))


def all_match(
    given: list[SubmittedQuantity], values: Mapping[str, np.ndarray], slack: Mapping[str, Any]
) -> bool:
    """Return whether everything submitted equals these values, up to rounding."""
    return all(
        work.path in values
        and values[work.path].shape == work.values.shape
        and bool(matches(work, values[work.path], slack[work.path]).all())
        for work in given
    )


def changes_nothing(
    step: StepData, given: list[SubmittedQuantity], values: Mapping[str, np.ndarray]
) -> bool:
    """Return whether a slip leaves everything submitted unchanged."""
    return all(
        work.path in values and np.array_equal(values[work.path], np.asarray(step[work.path]))
        for work in given
    )
