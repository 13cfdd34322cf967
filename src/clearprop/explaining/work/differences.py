"""Gradients by finite differences: right to the method's own error, which is computed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from clearprop.backprop import mean_loss
from clearprop.definitions.layer import Array, Namespace
from clearprop.definitions.penalty import L2
from clearprop.explaining.work.situation import Situation
from clearprop.explaining.work.submitted import Submitted
from clearprop.explaining.work.wrong_losses import WrongLoss
from clearprop.readings import numpy as xp

CELLS = 6
"""So many numbers of each array are computed again."""

MOST_COUNTED = 1e12
"""Beyond this many units in the last place no multiple can be recognised."""

STEPS = tuple(10.0**-power for power in range(3, 11))


def finite_difference(
    situation: Situation, work: Sequence[Submitted]
) -> tuple[str, frozenset[str]] | None:
    """Return how someone's gradients were made by differences of the loss, and which; else None."""
    layout = situation.task.layout
    gradients = {_gradient(path): path for path in layout.paths}
    mine = [one for one in work if one.path in gradients and one.values.size]
    if not mine or sum(one.values.size for one in mine) > 1_000_000:
        return None
    parts = layout.slices()
    without = replace(situation, task=replace(situation.task, l2=L2()))
    losses = [situation, without] if situation.task.l2.strength else [situation]
    for of_loss, epsilon in product(losses, STEPS):
        for words, below in (("central", -1.0), ("one-sided", 0.0)):
            if all(
                _agrees(of_loss, one, parts[gradients[one.path]].start, epsilon, below)
                for one in mine
            ):
                sentence = f"{words} differences of the loss with ε = {epsilon:g}"
                return sentence, frozenset(one.path for one in mine)
    return None


def difference_of_output(
    situation: Situation, work: Sequence[Submitted]
) -> tuple[str, frozenset[str]] | None:
    """Return how gradients were made by differences of the output, not of the loss; else None."""
    divisors = dict.fromkeys((situation.divisor, 1.0))
    for divisor in divisors:
        task = replace(situation.task, loss=OutputAlone(situation.task.loss), l2=L2())
        batch = replace(situation.batch, divisor=divisor)
        found = finite_difference(replace(situation, task=task, batch=batch), work)
        if found is not None:
            return found[0].replace("of the loss", "of the output"), found[1]
    return None


class OutputAlone(WrongLoss):
    """The sum of the outputs in place of a loss."""

    def value(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return the sum of each row's outputs."""
        return xp.sum(o, axis=1)


def _gradient(path: str) -> str:
    layer, dot, name = path.rpartition(".")
    return f"{layer}{dot}d{name}"


def _agrees(situation: Situation, one: Submitted, start: int, epsilon: float, below: float) -> bool:
    flat = np.ravel(one.values)
    vector = np.asarray(situation.position.params, float)
    cells = np.unique(np.linspace(0, flat.size - 1, CELLS).round().astype(int))
    for cell in cells:
        ends = []
        for side in (1.0, below):
            moved = vector.copy()
            moved[start + cell] += side * epsilon
            ends.append(_loss(situation, moved))
        difference = (ends[0] - ends[1]) / ((1.0 - below) * epsilon)
        noise = 64 * 2.3e-16 * max(abs(ends[0]), abs(ends[1]), 1e-3) / epsilon
        value, typed = float(flat[cell]), float(np.ravel(one.typed)[cell])
        if not abs(value - difference) <= noise + 1e-12 * abs(difference) + 1.01 * typed:
            return False
        if not typed and not _is_multiple(value * (1.0 - below) * epsilon, ends):
            return False
    return True


def _is_multiple(difference: float, ends: Sequence[float]) -> bool:
    """Return whether a difference of two losses is a multiple of their last place.

    What two floating-point numbers differ by always is; a gradient that was not made of
    differences is not, but by chance.
    """
    count = difference / (0.5 * np.spacing(min(abs(end) for end in ends)))
    return bool(abs(count) > MOST_COUNTED or abs(count - round(count)) < 0.02)


def _loss(situation: Situation, vector: np.ndarray) -> float:
    task, batch = situation.task, situation.batch
    x, t = np.asarray(batch.x, float), np.asarray(batch.t, float)
    weights: Any = None if batch.weights is None else np.asarray(batch.weights, float)
    with np.errstate(all="ignore"):
        output, _ = task.network.forward(xp, task.layout.unpack(vector), x, batch.given)
        loss = mean_loss(xp, task.loss, output, t, weights, batch.divisor)
        penalty = task.l2.value(xp, vector, task.penalised, batch.divisor)
    return float(loss) + float(penalty)
