"""Item 5: with an activation function, the derivative."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from clearprop.backprop import backprop, mean_loss
from clearprop.chapter.equations import equations_of
from clearprop.chapter.example import HIDDEN, TARGET, WHO
from clearprop.chapter.nudge import slopes
from clearprop.chapter.page import Item, Words, shown, table
from clearprop.definitions.layers import Chain, Dense, Sigmoid
from clearprop.definitions.losses import SquaredError
from clearprop.explaining.opened import Step, explain
from clearprop.readings import numpy as xp
from clearprop.writing.numbers import fixed
from clearprop.writing.numbers import shown as num

TITLE = "With an activation function: the slope"

GENERATED = ("o", "sigmoid1.dy", "dense1.dy", "dense1.dW", "dense1.dW[0,0]")
"""The equations of the layer's step that are shown."""

POINTS = np.array([-6.0, -2.0, 0.0, 2.0, 6.0])


@dataclass(frozen=True)
class Slopes:
    """The derivative of the loss for every weight, by the chain rule and measured.

    `outputs` are σ(z); `factors` the three factors for output 1: dE/do, do/dz and, for each weight,
    dz/dw; `formula` their products for every weight, (4, 2); `by_backprop` and `measured` the
    same from :func:`~clearprop.backprop` and from nudging. `moved` is by how much each output moves
    when w_11 is nudged. `sigmoid` holds, for some z: σ(z), σ'(z), and σ'(z) measured. `step` is
    the same layer's training step, opened.
    """

    outputs: np.ndarray
    loss: float
    error_slope: float
    sigmoid_slope: float
    formula: np.ndarray
    by_backprop: np.ndarray
    measured: np.ndarray
    moved: np.ndarray
    sigmoid: np.ndarray
    step: Step


def network() -> Chain:
    """Return the output layer alone: four values in, two sigmoids out."""
    return Chain(Dense(4, 2, bias=False), Sigmoid())


def outputs_of(W: np.ndarray) -> np.ndarray:
    """Return o for weights (4, 2)."""
    return network().forward(xp, {"dense1": {"W": W}}, HIDDEN[None, :])[0][0]


def _output(j: int, W: np.ndarray) -> float:
    return float(outputs_of(W)[j])


def loss_of(W: np.ndarray) -> float:
    """Return E for weights (4, 2)."""
    return float(mean_loss(xp, SquaredError(), outputs_of(W)[None, :], TARGET[None, :]))


def compute() -> Slopes:
    """Return the slopes of the shared example."""
    W, sigmoid = WHO.T, Sigmoid()
    o = outputs_of(W)
    to_z = sigmoid.slope(xp, W.T @ HIDDEN, o)
    to_o = SquaredError().gradient(xp, o, TARGET)
    rows = {"dense1": {"W": W}}, HIDDEN[None, :], TARGET[None, :]
    _, gradients = backprop(network(), SquaredError(), *rows)
    nudged = [slopes(partial(_output, j), W)[0, 0] for j in (0, 1)]
    values = sigmoid.value(xp, POINTS)
    measured = slopes(lambda z: float(sigmoid.value(xp, z).sum()), POINTS)
    return Slopes(
        outputs=o,
        loss=loss_of(W),
        error_slope=float(to_o[0]),
        sigmoid_slope=float(to_z[0]),
        formula=HIDDEN[:, None] * (to_o * to_z),
        by_backprop=gradients["dense1"]["W"],
        measured=slopes(loss_of, W),
        moved=np.array(nudged),
        sigmoid=np.stack([POINTS, values, sigmoid.slope(xp, POINTS, values), measured]),
        step=explain(network(), SquaredError(), *rows),
    )


def item() -> Item:
    """Return the item."""
    found = compute()
    curve = [["z", *(fixed(z, 0) for z in found.sigmoid[0])]]
    for name, values in zip(("σ(z)", "slope", "measured"), found.sigmoid[1:], strict=True):
        curve.append([name, *(fixed(value) for value in values)])
    gap = np.abs(found.formula - found.measured).max()
    own_gap = np.abs(found.formula - found.by_backprop).max()
    rows = [["", "h_i", "formula", "measured", "", "", "formula", "measured"]]
    for i in range(4):
        cells = [f"w_{i + 1}1", num(HIDDEN[i])]
        cells += [fixed(found.formula[i, 0], 6), fixed(found.measured[i, 0], 6), " "]
        cells += [f"w_{i + 1}2", fixed(found.formula[i, 1], 6), fixed(found.measured[i, 1], 6)]
        rows.append(cells)
    return Item(
        "5",
        TITLE,
        (
            Words(
                "Most networks bend each weighted sum z by an activation function, here the "
                "sigmoid σ, which squeezes any number into the range from 0 to 1. What it does to "
                "a small change depends on where you are: most in the middle, next to nothing far "
                "out. That is its slope, σ(z) (1 − σ(z)), and nudging z agrees:"
            ),
            table(curve),
            Words(
                "What is wanted is the slope of the loss for one weight, dE/dw_ij: how much E "
                "changes for each unit w_ij is nudged. First, a weight concerns its own output "
                f"only: nudge w_11, and o_1 moves by {num(found.moved[0])} for each unit, o_2 by "
                f"{num(found.moved[1])}. So of the sum over outputs a single term is left."
            ),
            Words(
                "Then go from the weight to the loss in three steps, and multiply what each does. "
                "That is all the chain rule says."
            ),
            shown(
                "the weight moves the sum   dz/dw_i1 = h_i\n"
                "the sum moves the output   do/dz = o_1 (1 − o_1) = "
                f"{fixed(found.outputs[0])} · {fixed(1 - found.outputs[0])} = "
                f"{fixed(found.sigmoid_slope)}\n"
                "the output moves the loss  dE/do = −(t_1 − o_1)  = "
                f"−({num(TARGET[0])} − {fixed(found.outputs[0])})  = {fixed(found.error_slope)}\n"
                "\n"
                "dE/dw_ij = −(t_j − o_j) · o_j (1 − o_j) · h_i"
            ),
            Words("For all eight weights, beside what nudging each of them says:"),
            table(rows, left=1),
            Words(
                f"The largest difference is {gap:.0e}, from backprop's own gradient "
                f"{num(own_gap)}. The minus sign is no slip: o_1 was too low, and raising a weight "
                "into it lowers the loss. Training steps against the slope, and the two minus "
                "signs make a plus:"
            ),
            shown("w_ij grows by  η (t_j − o_j) · o_j (1 − o_j) · h_i"),
            Words(
                "clearprop's layers say the same for all weights at once. These equations are read "
                "off the definitions that train your networks, on one row, N = 1:"
            ),
            equations_of(found.step, GENERATED),
            Words(
                "The hidden layer is sent the same −(t_j − o_j) · o_j (1 − o_j) through the "
                "weights, the slope included. Item 6 shows what happens without it."
            ),
        ),
        found,
    )
