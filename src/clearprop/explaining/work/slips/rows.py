"""Slips of the rows: some of them alone, several steps in place of one, wrong divisors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property, partial

import numpy as np

from clearprop.definitions.layers import Dense
from clearprop.explaining.work.changes import (
    Make,
    change_after,
    change_layers,
    change_loss,
    in_order,
    rows_of,
)
from clearprop.explaining.work.compared import FEW_NUMBERS, FEW_ROWS
from clearprop.explaining.work.several import after_steps
from clearprop.explaining.work.situation import Outcome, Situation
from clearprop.explaining.work.slips.slip import Slip, dense_layers
from clearprop.explaining.work.wrong_layers import BiasAgain
from clearprop.explaining.work.wrong_losses import ScaledGradient, ScaledValue


def scale_slips(situation: Situation) -> Iterator[Slip]:
    """Yield factors of the loss and its gradient, of both or of one alone."""
    outputs, rows = situation.task.network.output_width(None) or 1, situation.divisor
    if rows != 1:
        yield Slip(
            "1/N missing",
            "summed over the rows; the step takes their mean",
            lambda s: replace(s, batch=replace(s.batch, divisor=1.0)),
            "loss",
            common=1,
        )
    factors = (
        (2.0, "1/2 missing", "the loss was taken without its factor 1/2, or a 2 slipped in"),
        (0.5, "a factor 1/2 too many", "the loss was halved once too often"),
        (1.0 / outputs, "mean over outputs", "the loss sums over outputs; their mean was taken"),
    )
    for factor, name, sentence in factors:
        if factor != 1.0:
            yield Slip(name, sentence, scaled(factor, factor), "loss", common=int(factor == 2.0))
            alone = f"{sentence}; the gradient is right"
            yield Slip(f"{name}, in the loss alone", alone, scaled(factor, 1.0), "loss")
    yield Slip(
        "gradients of the step before kept",
        "every gradient is twice ours: last step's was not cleared, or a 2 is in it alone",
        scaled(1.0, 2.0),
    )


def rarer_scale_slips(situation: Situation) -> Iterator[Slip]:
    """Yield factors of the gradient alone, of the loss alone, and wrong divisors."""
    outputs, rows = situation.task.network.output_width(None) or 1, situation.divisor
    yield Slip(
        "a factor 1/2 in the gradient alone",
        "every gradient is half of ours; the loss is right",
        scaled(1.0, 0.5),
    )
    yield Slip(
        "every gradient left at 0",
        "nothing came into the gradients: 1 // N is 0, or they were not added up",
        scaled(1.0, 0.0),
    )
    table: list[tuple[float, float, str, str]] = []
    if rows != 1:
        table += [
            (
                rows,
                1.0,
                "1/N missing, in the loss alone",
                "the loss is the sum over the rows, the gradient right",
            ),
            (
                2 * rows,
                1.0,
                "1/N and 1/2 missing, in the loss alone",
                "the loss is the sum of (t − o)² over the rows, the gradient right",
            ),
            (1.0, rows, "1/N missing in the gradient alone",
             "the loss is the mean over the rows, the gradient their sum"),
            (1 / rows, 1 / rows, "averaged twice", "divided by N once more"),
            (1.0, 1 / rows, "averaged twice in the gradient alone",
             "the gradient was divided by N once more"),
            (1.0, 2 * rows, "1/N and 1/2 missing in the gradient alone",
             "the gradient is that of the sum of (t − o)²"),
        ]  # fmt: skip
    if outputs != 1:
        table += [
            (
                2 / outputs,
                1.0,
                "mean over outputs without the 1/2, in the loss alone",
                "the loss is the mean of (t − o)² over rows and outputs, the gradient right",
            ),
            (1.0, 1 / outputs, "mean over outputs, in the gradient alone",
             "the gradient was divided by K, the number of outputs"),
            (1.0, 2 / outputs, "mean over outputs without the 1/2, in the gradient alone",
             "the gradient is that of the mean of (t − o)² over the outputs"),
        ]  # fmt: skip
    if outputs not in (1, rows) and rows != 1:
        table += [
            (rows / outputs, rows / outputs, "divided by K, not N",
             "divided by the number of outputs; the step divides by the number of rows"),
            (1.0, rows / outputs, "divided by K, not N, in the gradient alone",
             "divided by the number of outputs; the step divides by the number of rows"),
        ]  # fmt: skip
    inputs = situation.batch.x.shape[1]
    if rows != 1 and inputs not in (1, rows, outputs):
        table.append(
            (rows / inputs, rows / inputs, "divided by the number of inputs, not N",
             "divided by the number of inputs; the step divides by the number of rows")
        )  # fmt: skip
    if inputs > 1:
        table.append(
            (1 / inputs, 1 / inputs, "divided by all numbers of x, N times the inputs",
             "x.size has the rows times the inputs; the mean is over the rows")
        )  # fmt: skip
    count = len(situation.batch.x)
    if situation.batch.weights is not None and rows != count:
        table += [
            (rows / count, rows / count, "weighted rows divided by N",
             "the weighted rows' sum is divided by the sum of their weights, not by N"),
            (1.0, rows / count, "weighted rows divided by N in the gradient alone",
             "the weighted rows' sum is divided by the sum of their weights, not by N"),
        ]  # fmt: skip
    if rows > 2:
        less = rows / (rows - 1)
        table.append((less, less, "divided by N − 1, not N", "the mean over the rows divides by N"))
    for value, gradient, name, sentence in table:
        phase = "backward" if value == 1.0 else "loss"
        yield Slip(name, sentence, scaled(value, gradient), phase)


def scaled(value: float, gradient: float) -> Make:
    """Return the change of the loss and of its gradient by factors."""
    return change_loss(lambda loss: ScaledValue(ScaledGradient(loss, gradient), value))


def bias_slips(situation: Situation) -> Iterator[Slip]:
    """Yield the slips of biases counted too often."""
    rows = situation.divisor
    biased = [path for path, layer in dense_layers(situation) if layer.bias]
    if not biased:
        return
    each = [("", ""), *((path, f" in {path}") for path in biased if len(biased) > 1)]
    for path, where in each:
        yield Slip(
            f"bias stepped once per weight{where}",
            "the bias was moved in the loop over the inputs, once for each of them",
            change_layers(Dense, lambda layer: BiasAgain(layer, float(layer.inputs)), path),
        )
        if rows > 1:
            yield Slip(
                f"bias summed, not averaged{where}",
                "the bias's gradient is without the 1/N that the weights' has",
                change_layers(Dense, partial(BiasAgain, times=rows), path),
            )


def row_slips(situation: Situation) -> Iterator[Slip]:
    """Yield steps on some of the rows, and several steps in place of one."""
    rows = len(situation.batch.x)
    if situation.batch.weights is not None:
        yield Slip(
            "weights of the rows left out",
            "each row counts by its weight, and the sum is divided by the sum of the weights",
            lambda s: replace(s, batch=replace(s.batch, weights=None, divisor=float(rows))),
            "loss",
        )
    if rows > 1:
        some = [(rows - 1, "last row only"), (0, "first row only")]
        for row, name in some:
            for divisor, words in ((1.0, ""), (situation.divisor, ", divided by N")):
                yield Slip(
                    name + words,
                    "the other rows do not count; each row's gradient is to be added",
                    partial(rows_of, rows=np.array([row]), divisor=divisor),
                    "loss",
                )
        for name, left in (
            ("last row left out", slice(0, -1)),
            ("first row left out", slice(1, None)),
        ):
            divisors = [(situation.divisor, "")]
            divisors += [(situation.divisor - 1, ", divided by N − 1")] if rows > 2 else []
            for divisor, words in divisors:
                yield Slip(
                    name + words,
                    "the loop over the rows ends too early or begins too late",
                    partial(rows_of, rows=left, divisor=divisor),
                    "loss",
                )
    if situation.rate is None or len(situation.position.params) > FEW_NUMBERS:
        return
    if 1 < rows <= FEW_ROWS:
        each = [np.array([row]) for row in range(rows)]
        yield Slip(
            "N updates of one row",
            f"the parameters moved after every row, {rows} times; this is one step on all rows",
            in_order(change_after(After(situation, each))),
            "update",
        )
    for times, word in ((2, "two"), (3, "three")):
        yield Slip(
            f"{word} steps, not one",
            f"the parameters moved {word} times; this is one step",
            change_after(After(situation, [np.arange(rows)] * times)),
            "update",
        )


class After:
    """New parameters after several steps, computed when first asked for."""

    def __init__(self, situation: Situation, steps: list[np.ndarray]) -> None:
        self._situation, self._steps = situation, steps

    @cached_property
    def _outcome(self) -> Outcome:
        return after_steps(self._situation, self._steps)

    def __call__(self, path: str, array: np.ndarray) -> np.ndarray:
        """Return a new parameter after the last step; other quantities as they are."""
        if not path.endswith(".new"):
            return array
        return self._outcome[path]
