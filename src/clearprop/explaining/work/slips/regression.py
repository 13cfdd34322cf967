"""Slips of the losses of numbers: squared, absolute, Huber's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from clearprop.definitions.losses import AbsoluteError, Huber, SquaredError
from clearprop.explaining.work.recorded import reading as xp

Formula = Callable[..., Any]
Row = tuple[str, str, Formula | None, Formula | None]
"""A slip's name and sentence, the loss of each row and its gradient; None where it is right."""


def of_regression(loss: Any) -> Iterator[Row]:
    """Yield the other losses of numbers in place of this one."""
    own = type(loss)
    if own not in REGRESSION or own is SquaredError:
        return
    for kind, word in REGRESSION.items():
        if kind is own:
            continue
        other = kind()
        sentence = f"the loss is {own.__name__}; the numbers are {word}'s"
        value, gradient = partial(_of_other, other.value), partial(_of_other, other.gradient)
        name = f"{word} in place of {REGRESSION[own]}"
        yield name, sentence, value, None
        yield f"{name}, in the gradient too", sentence, value, gradient
        yield f"{name}, in the gradient alone", sentence, None, gradient


REGRESSION: dict[Any, str] = {
    SquaredError: "squared error", AbsoluteError: "absolute error", Huber: "Huber's loss",
}  # fmt: skip
"""Losses of numbers, and what they are called."""


def _of_other(formula: Formula, loss: Any, o: Any, t: Any) -> Any:
    return formula(xp, o, t)


def _square_of_mean(factor: float) -> Formula:
    def value(loss: Any, o: Any, t: Any) -> Any:
        return np.full(len(o), factor * ((o - t).mean(axis=0) ** 2).sum())

    return value


SQUARED: list[Row] = [
    ("absolute error in place of squared", "the numbers are those of |t − o|",
     lambda loss, o, t: np.abs(t - o).sum(axis=1), None),
    ("mean absolute error in place of squared", "the numbers are those of the mean of |t − o|",
     lambda loss, o, t: np.abs(t - o).mean(axis=1), None),
    ("absolute error in place of squared, in the gradient too", "the numbers are those of |t − o|",
     lambda loss, o, t: np.abs(t - o).sum(axis=1), lambda loss, o, t: np.sign(o - t)),
    ("the error in place of the output", "o −= t changed the output itself: the loss took o − t",
     lambda loss, o, t: loss.value(xp, o - t, t), None),
    ("target subtracted twice", "o −= t changed the output itself: the error is o − t",
     None, lambda loss, o, t: o - 2 * t),
    ("|o − t| in place of o − t", "the error lost its sign", None,
     lambda loss, o, t: np.abs(o - t)),
    ("rounded prediction in place of o", "the error took 0 or 1 for o; it is o − t", None,
     lambda loss, o, t: (o > 0.5) - t),
    ("square of the mean error in the loss", "the loss is the mean of the squares",
     _square_of_mean(0.5), None),
    ("square of the mean error in the loss, without 1/2", "the loss is the mean of the squares",
     _square_of_mean(1.0), None),
    ("square missing in the loss", "½ Σ (t − o), without the square",
     lambda loss, o, t: 0.5 * (t - o).sum(axis=1), None),
]  # fmt: skip


def _huber(near: Formula, far: Formula) -> Formula:
    """Return Huber's loss of two formulas of the error's size and the threshold."""

    def value(loss: Any, o: Any, t: Any) -> Any:
        e, d = abs(o - t), loss.threshold
        each: Any = np.where(e > d, far(e, d), near(e, d))
        return each.sum(axis=1)

    return value


def _half_square(e: Any, d: float) -> Any:
    return 0.5 * e * e


HUBER: list[Row] = [
    ("½ d² missing far from the target", "far from the target the loss is d |e| − ½ d²",
     _huber(_half_square, lambda e, d: d * e), None),
    ("d missing far from the target", "far from the target the loss is d |e| − ½ d²",
     _huber(_half_square, lambda e, d: e - 0.5 * d), None),
    ("|e| − ½ far from the target", "far from the target the loss is d |e| − ½ d²",
     _huber(_half_square, lambda e, d: e - 0.5), None),
    ("d |e| − ½ far from the target", "far from the target the loss is d |e| − ½ d²",
     _huber(_half_square, lambda e, d: d * e - 0.5), None),
    ("½ missing near the target", "near the target the loss is ½ e²",
     _huber(lambda e, d: e * e, lambda e, d: d * e - 0.5 * d * d), None),
    ("d missing in the gradient", "far from the target the gradient is d times the error's sign",
     None, lambda loss, o, t: np.where(abs(o - t) > loss.threshold, np.sign(o - t), o - t)),
    ("0 far from the target in the gradient", "far from the target the gradient is d times a sign",
     None, lambda loss, o, t: np.where(abs(o - t) > loss.threshold, 0.0, o - t)),
]  # fmt: skip
