"""Slips of the loss: its terms, its gradient, what is averaged in it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from clearprop.definitions.losses import (
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    SquaredError,
)
from clearprop.explaining.work.changes import change_after, change_loss
from clearprop.explaining.work.recorded import reading as xp
from clearprop.explaining.work.situation import Situation
from clearprop.explaining.work.slips.regression import HUBER, SQUARED, Formula, Row, of_regression
from clearprop.explaining.work.slips.slip import Slip
from clearprop.explaining.work.wrong_losses import OwnFormulas

MOST_BROADCAST = 256
"""Rows up to which (N, 1) - (N,) is computed."""


def loss_slips(situation: Situation) -> Iterator[Slip]:
    """Yield the slips of the loss and of its gradient."""
    loss, outputs = situation.task.loss, situation.batch.t.shape[1]
    for name, sentence, value, gradient in _table(situation):
        make = change_loss(partial(OwnFormulas, value_of=value, gradient_of=gradient))
        yield Slip(name, sentence, make, "backward" if value is None else "loss")
    yield OF_OUTPUT
    if isinstance(loss, SquaredError):
        for factor in dict.fromkeys((2.0, 2.0 / outputs, 1.0)):
            yield Slip(
                "root taken of the loss",
                "the loss is the squared error itself, not its root (RMSE)",
                change_after(partial(_root_of, factor)),
                "loss",
            )


def _table(situation: Situation) -> Iterator[Row]:
    """Yield the rows of the tables that are for this loss, this many rows and outputs."""
    loss, (rows, outputs) = situation.task.loss, situation.batch.t.shape
    binary, classes = isinstance(loss, BinaryCrossEntropy), isinstance(loss, CrossEntropy)
    squared, several = isinstance(loss, SquaredError), outputs > 1
    for applies, table in (
        (binary, BINARY),
        (classes or (binary and several), LIKELIEST),
        (classes, CLASSES),
        (squared, SQUARED),
        (squared and several, LIKELIEST),
        (binary or classes, LIKELIHOODS),
        (not several and 1 < rows <= MOST_BROADCAST, BROADCAST),
        (isinstance(loss, Huber), HUBER),
        (rows > 1, MEANS),
        (not several, ONE_OUTPUT),
        (True, [*of_regression(loss), *ALL]),
    ):
        if applies:
            yield from table


def _root_of(factor: float, path: str, array: np.ndarray) -> np.ndarray:
    return np.sqrt(factor * array) if path == "E" else array


def _p(loss: Any, o: Any) -> Any:
    return loss.link(xp, o)


def _logs(loss: Any, o: Any) -> tuple[Any, Any]:
    """Return ln p and ln(1 - p) of the logistic function."""
    return -xp.softplus(-o), -xp.softplus(o)


def _first_term_only_negated(loss: Any, o: Any, t: Any) -> Any:
    yes, no = _logs(loss, o)
    return (-t * yes + (1 - t) * no).sum(axis=1)


def _its_gradient(loss: Any, o: Any, t: Any) -> Any:
    p = _p(loss, o)
    return -t * (1 - p) - (1 - t) * p


def _first_term(loss: Any, o: Any, t: Any) -> Any:
    return (-t * _logs(loss, o)[0]).sum(axis=1)


def _first_gradient(loss: Any, o: Any, t: Any) -> Any:
    return -t * (1 - _p(loss, o))


def _first_logarithm_twice(loss: Any, o: Any, t: Any) -> Any:
    return -_logs(loss, o)[0].sum(axis=1)


def _whole_columns(loss: Any, o: Any, t: Any) -> Any:
    return _p(loss, o) - (t > 0).any(axis=0)


def _negated(loss: Any, o: Any, t: Any) -> Any:
    return -loss.value(xp, o, t)


def _binary_of_softmax(loss: Any, o: Any, t: Any) -> Any:
    p = _p(loss, o)
    with np.errstate(all="ignore"):
        return -(t * np.log(p) + (1 - t) * np.log(1 - p)).sum(axis=1)


def _diagonal(loss: Any, o: Any, t: Any) -> Any:
    p = _p(loss, o)
    return p * (1 - p) * (p - t)


def _likeliest(loss: Any, o: Any, t: Any) -> Any:
    hot = np.zeros_like(o)
    hot[np.arange(len(o)), o.argmax(axis=1)] = 1
    return hot - t


def _rounded(loss: Any, o: Any, t: Any) -> Any:
    return (o > 0) - t


def _by_p(loss: Any, o: Any, t: Any) -> Any:
    """Return the gradient with respect to p, before the link's slope."""
    p = _p(loss, o)
    if loss.link_name == "softmax":
        return -t / p
    return (p - t) / (p * (1 - p))


def _base(number: float) -> Formula:
    return lambda loss, o, t: loss.value(xp, o, t) / np.log(number)


def _broadcast_value(loss: Any, o: Any, t: Any) -> Any:
    rows = len(o)
    each = loss.value(xp, np.repeat(o, rows, axis=0), np.tile(t, (rows, 1)))
    return each.reshape(rows, rows).mean(axis=1)


def _broadcast_gradient(loss: Any, o: Any, t: Any) -> Any:
    rows = len(o)
    each = loss.gradient(xp, np.repeat(o, rows, axis=0), np.tile(t, (rows, 1)))
    return each.reshape(rows, rows).mean(axis=1)[:, None]


def _times_rows(formula: Formula) -> Formula:
    return lambda loss, o, t: len(o) * formula(loss, o, t)


def _last_row(loss: Any, o: Any, t: Any) -> Any:
    return np.broadcast_to(loss.value(xp, o[-1:], t[-1:]), loss.value(xp, o, t).shape)


BINARY: list[Row] = [
    ("t and 1 − t exchanged", "the loss is −t ln p − (1 − t) ln(1 − p)",
     lambda loss, o, t: loss.value(xp, o, 1 - t), None),
    ("t and 1 − t exchanged, in the gradient too", "the loss is −t ln p − (1 − t) ln(1 − p)",
     lambda loss, o, t: loss.value(xp, o, 1 - t), lambda loss, o, t: loss.gradient(xp, o, 1 - t)),
    ("minus reaches the first term of the loss only",
     "−t ln p + (1 − t) ln(1 − p): the minus belongs before both terms",
     _first_term_only_negated, None),
    ("minus reaches the first term of the loss only, in the gradient too",
     "−t ln p + (1 − t) ln(1 − p): the minus belongs before both terms",
     _first_term_only_negated, _its_gradient),
    ("second term of the loss missing",
     "−t ln p alone: (1 − t) ln(1 − p) belongs to it", _first_term, None),
    ("second term of the loss missing, in the gradient too",
     "−t ln p alone: (1 − t) ln(1 − p) belongs to it", _first_term, _first_gradient),
    ("sign of the second term turned in the gradient alone",
     "dE/dp is −t / p + (1 − t) / (1 − p); both terms had the same sign", None, _its_gradient),
    ("ln p in both terms of the loss", "the second term has ln(1 − p)",
     _first_logarithm_twice, None),
    ("error of the wrong rows alone", "rows that are on the right side have an error too", None,
     lambda loss, o, t: (abs((o > 0) - t) > 0.5) * (_p(loss, o) - t)),
    ("rounded prediction in place of p", "the error took 0 or 1 for p; it is p − t", None,
     _rounded),
]  # fmt: skip
LIKELIEST: list[Row] = [
    (
        "the likeliest class in place of the output",
        "argmax − t was sent back; the error is the output − t",
        None,
        _likeliest,
    ),
    (
        "error of the wrong rows alone",
        "rows whose likeliest class is the right one have an error too",
        None,
        lambda loss, o, t: (
            (o.argmax(axis=1) != t.argmax(axis=1))[:, None] * loss.gradient(xp, o, t)
        ),
    ),
]
ONE_OUTPUT: list[Row] = [
    ("1 in place of the output", "argmax over one output is always that one", None,
     lambda loss, o, t: 1.0 - t),
]  # fmt: skip
CLASSES: list[Row] = [
    ("diagonal of the softmax Jacobian only",
     "the error has s (1 − s) alone; every output depends on all, and p − t is the whole of it",
     None, _diagonal),
    ("diagonal of the softmax Jacobian only, on dE/dp",
     "dE/dp was multiplied by s (1 − s) alone; every output depends on all",
     None, lambda loss, o, t: _p(loss, o) * (1 - _p(loss, o)) * _by_p(loss, o, t)),
    ("binary cross-entropy of a softmax",
     "(1 − t) ln(1 − p) was added; with softmax the loss is −Σ t ln p", _binary_of_softmax, None),
    ("class numbers in place of one-hot rows",
     "the number of the class was subtracted from every probability; t has a 1 for it alone",
     None, lambda loss, o, t: _p(loss, o) - t.argmax(axis=1)[:, None]),
    ("1 subtracted from whole columns",
     "p[:, classes] −= 1 changes every row; p[rows, classes] −= 1 changes one number a row",
     None, _whole_columns),
    ("error of the true class alone",
     "the other classes' probabilities are part of p − t", None,
     lambda loss, o, t: t * (_p(loss, o) - t)),
]  # fmt: skip
LIKELIHOODS: list[Row] = [
    ("mean squared error in place of cross-entropy",
     "the numbers are those of the mean of (t − p)²",
     lambda loss, o, t: ((_p(loss, o) - t) ** 2).mean(axis=1), None),
    ("|p − t| in place of p − t", "the error lost its sign", None,
     lambda loss, o, t: np.abs(_p(loss, o) - t)),
    ("logarithm of the mean probability", "the loss is the mean of the rows' logarithms",
     lambda loss, o, t: np.full(len(o), -np.log((_p(loss, o) * t).sum(axis=1).mean())), None),
    ("minus forgotten in the loss", "cross-entropy is minus the logarithm", _negated, None),
    ("logarithm to the base 2", "the loss takes the natural logarithm", _base(2.0), None),
    ("logarithm to the base 10", "the loss takes the natural logarithm", _base(10.0), None),
    ("gradient at p, not at the raw output",
     "dE/dp went back without the link's slope; together they are p − t", None, _by_p),
    ("squared error in place of cross-entropy",
     "the numbers are those of ½ (t − p)²",
     lambda loss, o, t: 0.5 * ((_p(loss, o) - t) ** 2).sum(axis=1), None),
]  # fmt: skip
BROADCAST: list[Row] = [
    ("(N, 1) − (N,) broadcast",
     "outputs (N, 1) minus targets (N,) give N × N differences; reshape the targets to (N, 1)",
     _broadcast_value, None),
    ("(N, 1) − (N,) broadcast, in the gradient too",
     "outputs (N, 1) minus targets (N,) give N × N differences; reshape the targets to (N, 1)",
     _broadcast_value, _broadcast_gradient),
    ("(N, 1) − (N,) broadcast and summed",
     "outputs (N, 1) minus targets (N,) give N × N differences; reshape the targets to (N, 1)",
     _times_rows(_broadcast_value), None),
    ("(N, 1) − (N,) broadcast and summed, in the gradient too",
     "outputs (N, 1) minus targets (N,) give N × N differences; reshape the targets to (N, 1)",
     _times_rows(_broadcast_value), _times_rows(_broadcast_gradient)),
]  # fmt: skip
MEANS: list[Row] = [
    ("loss of the last row alone", "the rows' losses were overwritten; they are to be added",
     _last_row, None),
    ("loss of the last row alone, divided by N",
     "the rows' losses were overwritten; they are to be added",
     lambda loss, o, t: _last_row(loss, o, t) / len(o), None),
    ("error averaged over the rows before it went back",
     "each row has its own error; only the gradients are averaged", None,
     lambda loss, o, t: np.broadcast_to(loss.gradient(xp, o, t).mean(axis=0), o.shape)),
]  # fmt: skip
ALL: list[Row] = [
    ("loss in place of its gradient",
     "the loss itself was sent back; its gradient is", None,
     lambda loss, o, t: np.broadcast_to(loss.value(xp, o, t)[:, None], o.shape)),
    ("squared error in place of the error", "(o − t)² was sent back; the error is o − t", None,
     lambda loss, o, t: (_p(loss, o) - t) ** 2),
    ("output in place of the error", "o itself was sent back, without the target", None,
     lambda loss, o, t: _p(loss, o)),
    ("error of the outputs summed",
     "each output has its own error; their sum went back", None,
     lambda loss, o, t: np.broadcast_to(
         loss.gradient(xp, o, t).sum(axis=1, keepdims=True), o.shape)),
]  # fmt: skip
OF_OUTPUT = Slip(
    "gradient of the output, not of the loss",
    "these are derivatives of Σ o; the loss's have the error p − t in them",
    change_loss(partial(OwnFormulas, gradient_of=lambda loss, o, t: np.ones_like(o))),
)
