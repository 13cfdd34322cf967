"""Slips of the L2 penalty, of weight decay and of clipping."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from clearprop.definitions.optimizers import WeightDecay
from clearprop.definitions.penalty import L2
from clearprop.explaining.work.changes import (
    Make,
    change_after,
    change_l2,
    change_optimizer,
    pull_of,
)
from clearprop.explaining.work.situation import Outcome, Situation
from clearprop.explaining.work.slips.rules import Some
from clearprop.explaining.work.slips.slip import Slip
from clearprop.explaining.work.wrong_optimizers import WrongOptimizer
from clearprop.explaining.work.wrong_parts import as_symbol, numbers


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
        if any(path.rpartition(".")[2] not in ("W", "b") for path in task.layout.paths):
            yield Slip(
                "L2 on biases, not on scales and shifts",
                "the penalty acts on weights alone; biases were shrunk too",
                _biases_penalised,
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
            "weight decay of the new weights",
            "θ' shrank by η λ after its step; what is taken off is η λ of the old θ",
            _decay_after,
            "update",
        )
        yield Slip(
            "L2 in place of weight decay",
            "λ W was added to the gradient; decoupled decay stays out of the averages",
            _coupled,
            "update",
        )


def _biases_penalised(situation: Situation) -> Situation:
    task = situation.task
    penalised = np.array(task.penalised, float)
    for path, part in task.layout.slices().items():
        if path.rpartition(".")[2] == "b":
            penalised[part] = 1.0
    return replace(situation, task=replace(task, penalised=penalised))


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
         lambda g: np.minimum(np.maximum(g, -norm), norm)),
        ("each array clipped by its own norm",
         "each parameter's gradient was clipped alone; the norm is that of all together",
         lambda g: g * np.minimum(1.0, norm / np.maximum(length_of(g), 1e-300))),
    )  # fmt: skip
    for name, sentence, clip in table:
        yield Slip(name, sentence, partial(_clipped, clip), "update", whole=True)
    yield Slip(
        "each layer clipped by its own norm",
        "each layer's gradients were clipped together; the norm is that of all layers",
        partial(_of_layers, norm),
        "update",
        whole=True,
    )
    for name, sentence, length, always in NORMS:
        make = partial(_of_norm, norm, length, always)
        yield Slip(name, sentence, make, "update", whole=True)


NORMS: tuple[tuple[str, str, Callable[[Any], float], bool], ...] = (
    ("clipped by the sum of |g|", "the norm is the root of the sum of squares",
     lambda g: float(np.abs(g).sum()), False),
    ("clipped by the squared norm", "the norm is the root of the sum of squares",
     lambda g: float((g * g).sum()), False),
    ("clipped by the largest |g|", "the norm is the root of the sum of squares",
     lambda g: float(np.abs(g).max()), False),
    ("clipped by the mean square's root", "the norm is the root of the sum of squares",
     lambda g: float(np.sqrt((g * g).mean())), False),
    ("stretched to clip_norm", "only a gradient longer than clip_norm is scaled",
     lambda g: float(np.linalg.norm(g)), True),
)  # fmt: skip
"""Other norms: name, sentence, the length of the whole gradient, whether it is always scaled."""


def length_of(g: Any) -> Any:
    """Return the root of the sum of squares."""
    return np.sqrt((g * g).sum())


def _of_norm(
    norm: float, length: Callable[[Any], float], always: bool, situation: Situation
) -> Situation:
    outcome = Outcome(situation, ())
    paths = situation.task.layout.paths
    whole = [
        outcome.get(f"{path}.descended", outcome[gradient_path(path)]).ravel() for path in paths
    ]
    size = max(length(np.concatenate(whole)), 1e-300)
    factor = norm / size if always else min(1.0, norm / size)
    return _clipped(partial(np.multiply, factor), situation)


def _of_layers(norm: float, situation: Situation) -> Situation:
    """Return the step with each layer's gradients scaled by their own length."""
    outcome = Outcome(situation, ())
    layers: dict[str, list[str]] = {}
    for path in situation.task.layout.paths:
        layers.setdefault(path.rpartition(".")[0], []).append(path)
    makes: dict[str, Make] = {}
    for paths in layers.values():
        whole = [outcome.get(f"{path}.descended", outcome[gradient_path(path)]) for path in paths]
        squares = [float(np.sum(gradient**2)) for gradient in whole]
        factor = min(1.0, norm / max(sum(squares) ** 0.5, 1e-300))
        makes |= {path: partial(_clipped, partial(np.multiply, factor)) for path in paths}
    return change_after(Some(situation, makes))(situation)


def gradient_path(path: str) -> str:
    """Return where a parameter's gradient is: dense1.dW for dense1.W."""
    layer, dot, name = path.rpartition(".")
    return f"{layer}{dot}d{name}"


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
    if not isinstance(optimizer, WeightDecay):  # another slip took the decay out
        return situation
    changed = copy(optimizer)
    object.__setattr__(changed, "decay", factor_of(situation) * optimizer.decay)
    return replace(situation, task=replace(situation.task, optimizer=changed))


def _decay_after(situation: Situation) -> Situation:
    """Return the step without decay, and the new parameters that decay shrunk by 1 − η λ."""
    optimizer: Any = situation.task.optimizer
    if not isinstance(optimizer, WeightDecay):  # another slip took the decay out
        return situation
    slices = situation.task.layout.slices()
    decaying = np.asarray(situation.position.optimizer_state["penalised"], float)
    paths = [path for path in situation.task.layout.paths if decaying[slices[path]].any()]
    shrunk = {f"{path}.new" for path in paths}
    left = 1 - (situation.rate or 0.0) * optimizer.decay

    def change(path: str, array: np.ndarray) -> np.ndarray:
        return array * left if path in shrunk else array

    return change_after(change)(_other_decay(lambda s: 0.0, situation))


def _coupled(situation: Situation) -> Situation:
    optimizer: Any = situation.task.optimizer
    if not isinstance(optimizer, WeightDecay):  # another slip took the decay out
        return situation
    inner = situation.position.optimizer_state["inner"]
    task = replace(situation.task, optimizer=optimizer.optimizer, l2=L2(optimizer.decay))
    position = replace(situation.position, optimizer_state=inner)
    return replace(situation, task=task, position=position)
