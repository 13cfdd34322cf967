"""What a step is computed from, and the step run again: changed, or with its numbers perturbed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from clearprop.definitions.clipping import clip_factor
from clearprop.engines.base import Batch, TrainingState, TrainingTask
from clearprop.explaining.record import Record, record_step
from clearprop.explaining.step import StepData
from clearprop.explaining.work.perturbed import PerturbedNamespace
from clearprop.explaining.work.submitted import Submitted, matches
from clearprop.readings import numpy as numpy_reading
from clearprop.readings.symbol import TracingNamespace

Values = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Situation:
    """What a step is computed from; a slip or a convention changes something of it.

    `after` changes quantities of the finished record, by path: what does not go on to others.
    """

    task: TrainingTask
    position: TrainingState
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


def run(
    situation: Situation,
    perturbed: PerturbedNamespace | None = None,
    update: bool = True,
    trace: TracingNamespace | None = None,
) -> Record:
    """Return the step's record in a situation: in float64, or with its numbers perturbed.

    Without `update` it ends with the gradients. `trace` is the namespace to trace it in, where it
    is not a new one.
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
        used = perturbed or trace or TracingNamespace()
        return record_step(situation.task, position, batch, rate, used)


def _mapped(state: Any, change: Any) -> Any:
    if isinstance(state, Mapping):
        return {
            name: branch if name == "penalised" else _mapped(branch, change)
            for name, branch in state.items()
        }
    return change(state) if np.ndim(state) else state


def look(record: Record, situation: Situation, address: str) -> np.ndarray | None:
    """Return the array at an address, None where the record has none."""
    path = address.partition("[")[0]
    quantity = record.quantities.get(record.aliases.get(path, path))
    if quantity is None:
        return None
    array = np.asarray(quantity.value, np.float64)
    for change in situation.after:
        array = change(path, array)
    return _cell(array, address)


def needs_update(situation: Situation, paths: Sequence[str]) -> bool:
    """Return whether some of the quantities are made by the update, not by the two passes."""
    ends = tuple(f"{name}" for name in ("new", "change", "descended", "g", "l2", "clip", "length"))
    held = tuple(situation.position.optimizer_state)
    return any(path.partition("[")[0].rpartition(".")[2] in (*ends, *held) for path in paths)


UPDATED = ("new", "change", "descended", "g", "l2")
"""What an update gives for every parameter, besides the optimizer's state."""


class Outcome(Mapping[str, np.ndarray]):
    """The quantities of a step in a situation, by path, each computed when it is asked for.

    The two passes run at once; each parameter's update by itself, in plain arrays.
    """

    def __init__(self, situation: Situation, paths: Sequence[str]) -> None:
        self.situation, self._paths = situation, tuple(paths)
        self._known: dict[str, np.ndarray | None] = {}
        self._whole: Record | None = None
        self._factor: Any = None

    def __len__(self) -> int:
        return sum(path in self for path in self._paths)

    def __iter__(self) -> Iterator[str]:
        return iter(path for path in self._paths if path in self)

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and self.get(path) is not None

    def get(self, path: str, default: Any = None) -> Any:
        """Return the quantity at a path, `default` where the step has none."""
        if path not in self._known:
            self._known[path] = self._computed(path)
        found = self._known[path]
        return default if found is None else found

    def __getitem__(self, path: str) -> np.ndarray:
        found: np.ndarray | None = self.get(path)
        if found is None:
            raise KeyError(path)
        return found

    @cached_property
    def passes(self) -> Record:
        """The record of the two passes."""
        return run(self.situation, update=False)

    def _computed(self, path: str) -> np.ndarray | None:
        parameter, _, last = path.partition("[")[0].rpartition(".")
        known = (*UPDATED, *_state_names(self.situation.position.optimizer_state))
        if parameter in self.situation.task.layout.paths and last in known:
            array = self._updated(parameter).get(last)
            for change in self.situation.after if array is not None else ():
                array = change(path.partition("[")[0], np.asarray(array, np.float64))
            return _cell(array, path)
        if needs_update(self.situation, [path]) or path in ("clip", "length"):
            if self._whole is None:
                self._whole = run(self.situation)
            return look(self._whole, self.situation, path)
        return look(self.passes, self.situation, path)

    def _gradient(self, parameter: str) -> np.ndarray:
        layer, dot, name = parameter.rpartition(".")
        return np.asarray(self._passed(f"{layer}{dot}d{name}"), np.float64)

    def _passed(self, path: str) -> Any:
        record = self.passes
        return record.quantities[record.aliases.get(path, path)].value

    def _descended(self, parameter: str) -> tuple[np.ndarray, Any]:
        """Return the gradient with the penalty's, and the penalty's."""
        task, part = self.situation.task, self.situation.task.layout.slices()[parameter]
        gradient = self._gradient(parameter)
        penalised = np.asarray(task.penalised[part], np.float64)
        if not task.l2.strength or not penalised.any():
            return gradient, None
        old = np.asarray(self.situation.position.params[part], np.float64).reshape(gradient.shape)
        pull = task.l2.gradient(old, 1.0, self.situation.divisor)
        return gradient + pull, pull

    def _clip(self) -> float:
        norm = self.situation.task.clip_norm
        if norm is None:
            return 1.0
        if self._factor is None:
            pulls = [self._descended(path)[0] for path in self.situation.task.layout.paths]
            size = float(np.sqrt(sum(float(np.sum(pull * pull)) for pull in pulls)))
            factor = clip_factor(size, norm)
            self._factor = 1.0 if factor is None else factor
        return float(self._factor)

    def _updated(self, parameter: str) -> dict[str, Any]:
        situation = self.situation
        if situation.rate is None:
            return {}
        part = situation.task.layout.slices()[parameter]
        with np.errstate(all="ignore"):
            pull, l2 = self._descended(parameter)
            old = np.asarray(situation.position.params[part], np.float64).reshape(pull.shape)
            state = state_part(situation.position.optimizer_state, part, pull.shape)
            g = pull * self._clip()
            new, after = situation.task.optimizer.update(
                numpy_reading, g, state, old, situation.rate
            )
        found = {"new": new, "change": new - old, "g": g} | dict(_flat(after))
        return found if l2 is None else {**found, "l2": l2, "descended": pull}


def _flat(state: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, branch in state.items():
        if isinstance(branch, Mapping):
            yield from _flat(branch)
        elif np.ndim(branch):
            yield name, branch


def _state_names(state: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name, _ in _flat(state) if name != "penalised")


def _cell(array: Any, path: str) -> np.ndarray | None:
    if array is None:
        return None
    place = path.partition("[")[2]
    wide = np.asarray(array, np.float64)
    if not place:
        return wide
    index = tuple(map(int, place[:-1].split(",")))
    if len(index) != wide.ndim or any(
        not -n <= i < n for i, n in zip(index, wide.shape, strict=True)
    ):
        return None  # a slip may leave rows out
    return np.asarray(wide[index])


def state_part(state: Any, part: slice, shape: tuple[int, ...]) -> Any:
    """Return the part of an optimizer's state that belongs to one parameter."""
    if isinstance(state, Mapping):
        return {name: state_part(branch, part, shape) for name, branch in state.items()}
    return np.asarray(state)[part].reshape(shape) if np.ndim(state) else state


def values_in(situation: Situation, paths: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the quantities of a situation; those that it does not have are left out."""
    record = run(situation, update=needs_update(situation, paths))
    found = {path: look(record, situation, path) for path in paths}
    return {path: array for path, array in found.items() if array is not None}


def all_match(work: Sequence[Submitted], values: Values, slack: Values) -> bool:
    """Return whether all that was given is what these values are, but for rounding."""
    return all(
        one.path in values
        and values[one.path].shape == one.values.shape
        and bool(matches(one, values[one.path], slack[one.path]).all())
        for one in work
    )
