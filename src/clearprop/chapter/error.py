"""Item 2: the error of an output, and why it is squared and halved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clearprop.chapter.equations import equations_of
from clearprop.chapter.nudge import slopes
from clearprop.chapter.page import Item, Words, shown, table
from clearprop.definitions.layers import Chain, Dense
from clearprop.definitions.losses import SquaredError
from clearprop.explaining.opened import Step, explain
from clearprop.readings import numpy as xp
from clearprop.writing.numbers import fixed
from clearprop.writing.numbers import shown as num

TITLE = "How wrong is an output?"

TARGETS = np.array([1.0, 1.0, 0.0, 1.0])
OUTPUTS = np.array([0.92, 0.84, 0.5, 0.5])


@dataclass(frozen=True)
class Errors:
    """For each output: its plain error, its loss, the loss's slope by formula and measured.

    `step` is a training step of these outputs, opened.
    """

    targets: np.ndarray
    outputs: np.ndarray
    errors: np.ndarray
    losses: np.ndarray
    slopes: np.ndarray
    measured: np.ndarray
    step: Step


def compute(targets: np.ndarray = TARGETS, outputs: np.ndarray = OUTPUTS) -> Errors:
    """Return the errors of single outputs."""
    loss = SquaredError()
    t, o = targets[:, None], outputs[:, None]

    def total(outputs: np.ndarray) -> float:
        return float(loss.value(xp, outputs, t).sum())

    return Errors(
        targets,
        outputs,
        targets - outputs,
        loss.value(xp, o, t),
        loss.gradient(xp, o, t)[:, 0],
        slopes(total, o)[:, 0],
        explain(Chain(Dense(1, 1, bias=False)), loss, {"dense1": {"W": np.eye(1)}}, o, t),
    )


def item() -> Item:
    """Return the item."""
    found = compute()
    rows = [["target t", "output o", "e = t − o", "E = ½ e²", "slope −e", "measured"]]
    columns = (
        (found.targets, 1), (found.outputs, 2), (found.errors, 2), (found.losses, 4),
        (found.slopes, 4), (found.measured, 4),
    )  # fmt: skip
    rows += [
        [fixed(values[i], decimals) for values, decimals in columns]
        for i in range(len(found.outputs))
    ]
    high, low = found.errors[2], found.errors[3]
    return Item(
        "2",
        TITLE,
        (
            Words(
                "An output o was meant to be t. How wrong it is, is simply the difference, the "
                "error e = t − o: above zero when the output is too low, below zero when it is "
                "too high. For learning, half its square is used instead:"
            ),
            shown("e = t − o          E = ½ e²"),
            table(rows, left=0),
            Words("Three things are better about the square."),
            Words(
                f"Errors cannot hide each other. The last two outputs are wrong by {num(high)} and "
                f"by {num(low)}: added up that is {num(high + low)}, as if all were well. Their "
                f"squares, halved, add up to {num(found.losses[2] + found.losses[3])}."
            ),
            Words(
                f"Large errors count for more. The second output is twice as wrong as the first, "
                f"and costs {num(found.losses[1] / found.losses[0])} times as much."
            ),
            Words(
                "It says which way to go. Nudge an output up and down by 0.00001 and watch E: how "
                "much E changes for each unit of nudging is its slope, the last column. It is −e, "
                "just the error with its sign turned: the further off, the steeper. That it is "
                "−e and not −2e is the only reason for the ½."
            ),
            Words(
                "In clearprop this is SquaredError. With several outputs their losses are added, "
                "with several rows averaged:"
            ),
            shown(SquaredError().convention),
            Words("Read off its definition, for the outputs above as four rows, N = 4:"),
            equations_of(found.step, ("row_loss", "E", "dense1.dy", "row_loss[1]")),
        ),
        found,
    )
