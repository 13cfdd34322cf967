"""Slips of the update: nothing moved, uphill, no learning rate, weight penalties."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.layers import Dense
from clearprop.definitions.layers.combine import Combined
from clearprop.definitions.optimizers import WeightDecay
from clearprop.definitions.penalty import L2
from clearprop.explaining.work.changes import (
    change_after,
    change_l2,
    change_optimizer,
    pull_of,
)
from clearprop.explaining.work.situation import Situation, state_part
from clearprop.explaining.work.slips.slip import Slip
from clearprop.explaining.work.wrong_layers import RawError, UpdatedFirst, right
from clearprop.explaining.work.wrong_optimizers import WrongOptimizer
from clearprop.explaining.work.wrong_parts import as_symbol, numbers

Change = Callable[[np.ndarray, np.ndarray], np.ndarray]


def order_slips(situation: Situation) -> Iterator[Slip]:
    """Yield the raw error sent back, and weights that moved too early."""
    yield Slip(
        "raw error sent back",
        "W times the raw error went back; it must be W times delta",
        lambda s: replace(s, task=replace(s.task, network=RawError.in_place_of(s.task.network))),
        common=2,
    )
    if situation.rate is not None:
        yield Slip(
            "weights updated before the error went back",
            "the error goes back through the forward pass's weights, not new ones",
            _updated_first,
            common=3,
        )


def update_slips(situation: Situation) -> Iterator[Slip]:
    """Yield the slips of how gradients move parameters."""
    if situation.rate is None:
        return
    yield Slip(
        "step uphill",
        "the update added η times the gradient; descending subtracts it",
        lambda s: replace(s, rate=-(s.rate or 0.0)),
        "update",
        common=1,
    )
    if situation.rate != 1.0:
        yield Slip(
            "no learning rate",
            "the whole gradient was subtracted, without η",
            lambda s: replace(s, rate=1.0),
            "update",
        )
        yield Slip(
            "learning rate taken twice",
            "η came in once more",
            lambda s: replace(s, rate=(s.rate or 0.0) ** 2),
            "update",
        )
    paths = situation.task.layout.paths
    biases = [path for path in paths if path.rpartition(".")[2] == "b"]
    weights = [path for path in paths if path not in biases]
    layers = list(dict.fromkeys(path.rpartition(".")[0] for path in paths))
    groups: list[tuple[str, list[str]]] = [("anything", list(paths))]
    groups += [("the biases", biases), ("the weights", weights)] if biases else []
    if len(layers) > 1:
        groups += [(one, [p for p in paths if p.rpartition(".")[0] == one]) for one in layers]
    groups += [(path, [path]) for path in paths if len(paths) > 1]
    for name, some in groups:
        for slip, sentence, change in MOVES:
            if slip == "step uphill" and name == "anything":
                continue
            words = "nothing updated" if (slip, name) == ("{} not updated", "anything") else ""
            full = words or (slip.format(name) if "{}" in slip else f"{slip} for {name}")
            full = full.removesuffix(" for anything")
            yield Slip(full, sentence, change_after(_New(situation, some, change)), "update")


class _New:
    """Other new parameters at some paths, made from the old one and the right new one."""

    def __init__(self, situation: Situation, paths: list[str], change: Change) -> None:
        vector = np.asarray(situation.position.params, float)
        layout = situation.task.layout
        slices = layout.slices()
        self._old = {f"{path}.new": vector[slices[path]] for path in paths}
        self._change = change

    def __call__(self, path: str, array: np.ndarray) -> np.ndarray:
        if path not in self._old:
            return array
        return self._change(self._old[path].reshape(array.shape), array)


MOVES: tuple[tuple[str, str, Change], ...] = (
    ("{} not updated", "new parameters are the old ones (was a copy or a local name changed?)",
     lambda old, new: old),
    ("step uphill", "the update added η times the gradient; descending subtracts it",
     lambda old, new: old - (new - old)),
    ("old value forgotten", "the change itself was kept as the parameter; it is to be added",
     lambda old, new: new - old),
    ("updated twice", "the change was added twice", lambda old, new: new + (new - old)),
)  # fmt: skip


def penalty_slips(situation: Situation) -> Iterator[Slip]:
    """Yield the slips of the L2 penalty and of weight decay."""
    task, rows = situation.task, situation.divisor
    if task.l2.strength:
        yield Slip(
            "L2 on biases",
            "the penalty acts on weights alone; biases were shrunk too",
            lambda s: replace(s, task=replace(s.task, penalised=np.ones_like(s.task.penalised))),
            "loss",
        )
        table: list[tuple[str, str, float]] = [
            ("L2 forgotten", "the gradient was taken without the penalty's", 0.0),
            ("L2 doubled", "the penalty is ½ λ Σ W², its gradient λ W; 2 λ W was used", 2.0),
            ("L2 halved", "the penalty is ½ λ Σ W², its gradient λ W; ½ λ W was used", 0.5),
            ("L2 with the wrong sign", "λ W was subtracted from the gradient; it is added", -1.0),
        ]
        if rows != 1:
            per = task.l2.per_row
            table += [
                ("L2 without 1/N", "λ W was not divided by N", rows) if per else
                ("L2 divided by N", "λ W / N was used; the penalty is not divided by N", 1 / rows),
                ("L2 doubled, without 1/N", "2 λ W was used", 2 * rows) if per else
                ("L2 doubled and divided by N", "2 λ W / N was used", 2 / rows),
                ("L2 divided by N twice", "λ W / N² was used", 1 / rows) if per else
                ("L2 times N", "N λ W was used", rows),
            ]  # fmt: skip
        for name, sentence, factor in table:
            make = change_l2(factor) if factor >= 0 else _opposite_l2
            yield Slip(name, sentence, make, "loss")
        yield Slip(
            "L1 in place of L2", "λ sign(W) was added to the gradient; it is λ W", _l1, "loss"
        )
        yield Slip(
            "penalty in place of its derivative",
            "½ λ W² was added to the gradient; it is λ W",
            _squares,
            "loss",
        )
        if situation.rate is not None:
            yield Slip(
                "new weights shrunk, not the old ones",
                "W shrank by η λ after its step; the penalty takes the old W",
                _shrunk_after,
                "loss",
            )
            yield Slip(
                "L2 without the learning rate",
                "λ W was subtracted from the weights whole; it is part of the gradient",
                _whole_l2,
                "loss",
            )
    if isinstance(task.optimizer, WeightDecay):
        decays = (
            ("weight decay forgotten", "θ was not shrunk by η λ", lambda s: 0.0),
            ("weight decay with the wrong sign", "θ grew by η λ", lambda s: -1.0),
            ("weight decay without the learning rate", "θ shrank by λ; it shrinks by η λ",
             lambda s: 1 / (s.rate or 1.0)),
            ("weight decay doubled", "θ shrank by 2 η λ", lambda s: 2.0),
            ("weight decay halved", "θ shrank by ½ η λ", lambda s: 0.5),
        )  # fmt: skip
        for name, sentence, factor_of in decays:
            yield Slip(name, sentence, partial(_other_decay, factor_of), "update")
        yield Slip(
            "L2 in place of weight decay",
            "λ W was added to the gradient; decoupled decay stays out of the averages",
            _coupled,
            "update",
        )


class _OtherPenalty(L2):
    """A penalty with another gradient."""

    def gradient(self, params: Any, penalised: Any, divisor: Any) -> Any:
        """Return −λ W."""
        return -super().gradient(params, penalised, divisor)


class _Signs(L2):
    """The gradient of Σ |W|."""

    def gradient(self, params: Any, penalised: Any, divisor: Any) -> Any:
        """Return λ sign(W)."""
        signs = np.sign(params) if isinstance(params, np.ndarray) else params.trace.sign(params)
        return self.coefficient(divisor) * (signs * penalised)


class _Squares(L2):
    """The penalty itself in place of its gradient."""

    def gradient(self, params: Any, penalised: Any, divisor: Any) -> Any:
        """Return ½ λ W²."""
        return self.coefficient(divisor) * (0.5 * params * params * penalised)


def _squares(situation: Situation) -> Situation:
    penalty = situation.task.l2
    other = _Squares(penalty.strength, penalty.per_row)
    return replace(situation, task=replace(situation.task, l2=other))


def _shrunk_after(situation: Situation) -> Situation:
    """Return the step without penalty, and its new weights shrunk by 1 − η λ."""
    task = situation.task
    slices, penalised = task.layout.slices(), np.asarray(task.penalised, float)
    strength = (situation.rate or 0.0) * task.l2.coefficient(situation.divisor)
    shrunk = {f"{path}.new" for path in task.layout.paths if penalised[slices[path]].any()}

    def change(path: str, array: np.ndarray) -> np.ndarray:
        return array * (1 - strength) if path in shrunk else array

    return change_after(change)(change_l2(0.0)(situation))


def clipping_slips(situation: Situation) -> Iterator[Slip]:
    """Yield other ways to clip a gradient than by the norm of all of it."""
    norm = situation.task.clip_norm
    if norm is None or situation.rate is None:
        return
    table: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
        ("gradient not clipped", "the gradient is longer than clip_norm", lambda g: g),
        ("every number clipped", "each number was clipped; the gradient's norm is",
         lambda g: np.clip(g, -norm, norm)),
        ("each array clipped by its own norm",
         "each parameter's gradient was clipped alone; the norm is that of all together",
         lambda g: g * min(1.0, norm / max(float(np.linalg.norm(g)), 1e-300))),
    )  # fmt: skip
    for name, sentence, clip in table:
        yield Slip(name, sentence, partial(_clipped, clip), "update")


def _clipped(clip: Callable[[Any], Any], situation: Situation) -> Situation:
    task = replace(situation.task, clip_norm=None)
    return change_optimizer(partial(ClippedAlone, clip=clip))(replace(situation, task=task))


@dataclass(frozen=True)
class ClippedAlone(WrongOptimizer):
    """An optimizer that clips each parameter's gradient by itself."""

    clip: Callable[[Any], Any]

    def update(self, xp: Any, grads: Any, state: Any, params: Any, rate: Any) -> Any:
        """Return the update with the clipped gradient."""
        clipped = as_symbol(xp, self.clip(numbers(grads)))
        return self.inner.update(xp, clipped, state, params, rate)


def _opposite_l2(situation: Situation) -> Situation:
    penalty = situation.task.l2
    other = _OtherPenalty(penalty.strength, penalty.per_row)
    return replace(situation, task=replace(situation.task, l2=other))


def _l1(situation: Situation) -> Situation:
    penalty = situation.task.l2
    other = _Signs(penalty.strength, penalty.per_row)
    return replace(situation, task=replace(situation.task, l2=other))


def _whole_l2(situation: Situation) -> Situation:
    """Return the step without penalty, and λ W taken from the new weights."""
    of = {f"{path}.new": path for path in situation.task.layout.paths}

    def change(path: str, array: np.ndarray) -> np.ndarray:
        return array - pull_of(situation, of[path], array) if path in of else array

    return change_after(change)(change_l2(0.0)(situation))


def _other_decay(factor_of: Any, situation: Situation) -> Situation:
    optimizer: Any = situation.task.optimizer
    changed = replace(optimizer)
    object.__setattr__(changed, "decay", factor_of(situation) * optimizer.decay)
    return replace(situation, task=replace(situation.task, optimizer=changed))


def _coupled(situation: Situation) -> Situation:
    optimizer: Any = situation.task.optimizer
    inner = situation.position.optimizer_state["inner"]
    task = replace(situation.task, optimizer=optimizer.optimizer, l2=L2(optimizer.decay))
    position = replace(situation.position, optimizer_state=inner)
    return replace(situation, task=task, position=position)


def _updated_first(situation: Situation) -> Situation:
    task = situation.task
    slices = task.layout.slices()

    def wrong(layer: Layer, path: str) -> Layer:
        if isinstance(layer, Combined):
            return layer.with_children(
                {
                    name: wrong(child, f"{path}.{name}" if path else name)
                    for name, child in layer.children.items()
                }
            )
        if not isinstance(right(layer), Dense):
            return layer
        part = slices[f"{path}.W" if path else "W"]
        shape = right(layer).inputs, right(layer).outputs
        state = state_part(situation.position.optimizer_state, part, shape)
        return UpdatedFirst(layer, task.optimizer, state, situation.rate or 0.0)

    return replace(situation, task=replace(task, network=wrong(task.network, "")))
