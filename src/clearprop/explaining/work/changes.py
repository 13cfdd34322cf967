"""Ways to change a situation: other layers, another loss, another optimizer, other rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.layers.combine import Combined
from clearprop.definitions.optimizers import Optimizer, WeightDecay
from clearprop.explaining.work.recorded import recorded_beside
from clearprop.explaining.work.situation import Situation
from clearprop.explaining.work.wrong_layers import right
from clearprop.explaining.work.wrong_optimizers import WrongOptimizer

Make = Callable[[Situation], Situation]


def leaves(layer: Layer, path: str = "") -> Iterator[tuple[str, Layer]]:
    """Yield path and layer of every layer that is not made of layers."""
    if not isinstance(layer, Combined):
        yield path, layer
    for name, child in layer.children.items():
        yield from leaves(child, f"{path}.{name}" if path else name)


def change_layers(kind: Any, wrong: Callable[[Any], Layer], only: str = "") -> Make:
    """Return the change of the layers of a kind, or of the one at the path `only`."""

    def make(situation: Situation) -> Situation:
        network = _changed(situation.task.network, kind, wrong, only)
        return replace(situation, task=replace(situation.task, network=network))

    return make


def _changed(
    layer: Layer, kind: Any, wrong: Callable[[Any], Layer], only: str, path: str = ""
) -> Layer:
    if isinstance(layer, Combined):
        children = {
            name: _changed(child, kind, wrong, only, f"{path}.{name}" if path else name)
            for name, child in layer.children.items()
        }
        return layer.with_children(children)
    return wrong(layer) if isinstance(right(layer), kind) and only in ("", path) else layer


def change_network(change: Callable[[Any], Layer]) -> Make:
    """Return the change of the whole network."""
    return lambda s: replace(s, task=replace(s.task, network=change(s.task.network)))


def change_loss(wrong: Callable[[Any], Any]) -> Make:
    """Return the change of the loss."""
    return lambda s: replace(s, task=replace(s.task, loss=wrong(s.task.loss)))


def optimizer_inside(optimizer: Optimizer) -> Optimizer:
    """Return the optimizer without its weight decay."""
    return optimizer.optimizer if isinstance(optimizer, WeightDecay) else optimizer


def change_optimizer(wrong: Callable[[Any], Any]) -> Make:
    """Return the change of the optimizer inside a weight decay."""

    def make(situation: Situation) -> Situation:
        optimizer = situation.task.optimizer
        if isinstance(optimizer, WeightDecay):
            changed: Any = copy(optimizer)  # a decay of the wrong sign is no decay to `replace`
            object.__setattr__(changed, "optimizer", wrong(optimizer.optimizer))
        else:
            changed = wrong(optimizer)
        return replace(situation, task=replace(situation.task, optimizer=changed))

    return make


def change_settings(change: Callable[[Any], Any]) -> Make:
    """Return the change of the right optimizer that wrong ones are made of."""

    def changed(optimizer: Any) -> Any:
        if isinstance(optimizer, WrongOptimizer):
            return replace(optimizer, inner=changed(optimizer.inner))
        return change(optimizer)

    return change_optimizer(changed)


def change_state(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Make:
    """Return the change of the optimizer's state, inside a weight decay."""

    def changed(state: Any) -> Any:
        if "inner" in state:
            return {**state, "inner": changed(state["inner"])}
        return change(state)

    def make(situation: Situation) -> Situation:
        state = changed(situation.position.optimizer_state)
        return replace(situation, position=replace(situation.position, optimizer_state=state))

    return make


def change_batch(**values: Any) -> Make:
    """Return the change of fields of the batch."""
    return lambda s: replace(s, batch=replace(s.batch, **values))


def change_l2(factor: float) -> Make:
    """Return the change of the penalty's strength by a factor."""

    def make(situation: Situation) -> Situation:
        penalty = situation.task.l2
        penalty = replace(penalty, strength=abs(factor) * penalty.strength)
        return replace(situation, task=replace(situation.task, l2=penalty))

    return make


def pull_of(situation: Situation, path: str, array: Any) -> Any:
    """Return the L2 penalty's gradient of one parameter, in the shape of `array`."""
    task = situation.task
    part = task.layout.slices()[path]
    if not np.any(task.penalised[part]):
        return 0.0
    old = np.asarray(situation.position.params, np.float64)[part].reshape(array.shape)
    return task.l2.gradient(recorded_beside(array, old), 1.0, situation.divisor)


def change_after(change: Callable[[str, np.ndarray], np.ndarray]) -> Make:
    """Return the change of finished quantities, by path; nothing else follows from it."""
    return lambda s: replace(s, after=(*s.after, change))


def in_order(*makes: Make) -> Make:
    """Return several changes, one after another."""

    def make(situation: Situation) -> Situation:
        for one in makes:
            situation = one(situation)
        return situation

    return make


def rows_of(situation: Situation, rows: slice | np.ndarray, divisor: float) -> Situation:
    """Return the situation with some of its rows, the sum of the weights given."""
    batch = situation.batch
    weights = None if batch.weights is None else batch.weights[rows]
    given = _rows_of_given(batch.given, rows, len(batch.x))
    chosen = replace(
        batch, x=batch.x[rows], t=batch.t[rows], weights=weights, divisor=divisor, given=given
    )
    return replace(situation, batch=chosen)


def _rows_of_given(given: Any, rows: Any, count: int) -> Any:
    if isinstance(given, Mapping):
        return {name: _rows_of_given(branch, rows, count) for name, branch in given.items()}
    if np.ndim(given) == 2 and len(given) == count:
        return given[rows]
    return given
