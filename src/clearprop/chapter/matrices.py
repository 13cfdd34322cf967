"""Item 4: a whole layer's errors at once, as a matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clearprop.chapter.equations import equations_of
from clearprop.chapter.example import HIDDEN, TARGET, WHO
from clearprop.chapter.page import Item, Product, Words, shown, table
from clearprop.credit import Proportional, TransposedWeights
from clearprop.credit.comparison import angle
from clearprop.definitions.layers import Chain, Dense
from clearprop.definitions.losses import SquaredError
from clearprop.explaining.opened import Step, explain
from clearprop.readings import numpy as xp
from clearprop.writing.numbers import fixed
from clearprop.writing.numbers import shown as num

TITLE = "A whole layer at once: matrices"


@dataclass(frozen=True)
class LayerErrors:
    """The errors of two outputs brought to four hidden units.

    `proportional` and `transposed` are the two 4 x 2 matrices; `by_shares` and `by_weights` what
    they make of the errors; `by_rows` the latter by a Dense layer's own pullback, rows throughout.
    `step` is that layer's training step, opened.
    """

    errors: np.ndarray
    sums: np.ndarray
    proportional: np.ndarray
    transposed: np.ndarray
    by_shares: np.ndarray
    by_weights: np.ndarray
    by_rows: np.ndarray
    angle: float
    step: Step


def compute() -> LayerErrors:
    """Return both matrices and what they do."""
    W = WHO.T
    errors = TARGET - WHO @ HIDDEN
    shares, weights = Proportional().shares(W), TransposedWeights().shares(W)
    by_shares, by_weights = shares @ errors, WHO.T @ errors
    layer = Dense(4, 2, bias=False)
    by_rows = layer.pullback(xp, {"W": W}, HIDDEN[None, :], errors[None, :])[0][0]
    return LayerErrors(
        errors, W.sum(axis=0), shares, weights, by_shares, by_weights, by_rows,
        angle(by_shares, by_weights),
        explain(
            Chain(layer), SquaredError(), {"dense1": {"W": W}}, HIDDEN[None, :], TARGET[None, :]
        ),
    )  # fmt: skip


def item() -> Item:
    """Return the item."""
    found = compute()
    errors = found.errors[:, None], 2
    symbols = [
        f"| w_{i}1 / (w_11 + w_21 + w_31 + w_41)   w_{i}2 / (w_12 + w_22 + w_32 + w_42) |"
        for i in (1, 2, 3, 4)
    ]
    rows = [["", "proportional", "transposed", "their ratio"]]
    ratios = found.by_weights / found.by_shares
    rows += [
        [
            f"hidden {i + 1}",
            *(fixed(v) for v in (found.by_shares[i], found.by_weights[i], ratios[i])),
        ]
        for i in range(4)
    ]
    return Item(
        "4",
        TITLE,
        (
            Words(
                "Now two outputs, wrong by "
                f"{num(found.errors[0])} and {num(found.errors[1])}. A hidden unit feeds both, so "
                "it answers for a part of each error, and the parts are added. w_ij is the weight "
                "from hidden unit i to output j; a table of all shares has a row for each hidden "
                "unit and a column for each output:"
            ),
            shown("\n".join(symbols)),
            Words("With numbers, times the two errors, it gives the error of every hidden unit:"),
            Product(((found.proportional, 4), errors, "=", (found.by_shares[:, None], 4))),
            Words(
                "Leave the denominators out, and what remains are the weights. The course keeps "
                "them in a matrix it calls who, a row for each output; here it stands on its side, "
                "transposed, and the rule has become a single product:"
            ),
            shown("e_hidden = who.T @ e"),
            Product(((found.transposed, 1), errors, "=", (found.by_weights[:, None], 4))),
            Words(
                'Are the denominators "only a scaling", as the chapter says? Each output has its '
                f"own: {num(found.sums[0])} for the first, {num(found.sums[1])} for the second. So "
                "leaving them out is not the same for everybody:"
            ),
            table(rows),
            Words(
                "Were it only a scaling, the last column would be one number four times. The two "
                f"answers point {found.angle:.1f}° apart: without denominators the first output's "
                "error weighs more than it did. That is no loss, on the contrary. The rule without "
                "denominators is the better one: in a network without activation functions it is "
                "exactly −dE/dh, the derivative of the loss for each hidden value with its sign "
                "turned, and it never divides by zero."
            ),
            Words(
                "The course writes examples as columns. clearprop writes them as rows, as data "
                "tables are: its W is who.T, and the same product reads e @ W.T. Through a Dense "
                f"layer's own backward step: {', '.join(fixed(v) for v in found.by_rows)}. Its "
                "equations, read off the definition; δ_1 is the error with its sign turned:"
            ),
            equations_of(found.step, ("dense1.dx", "dense1.dx[0,0]")),
        ),
        found,
    )
