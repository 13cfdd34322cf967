"""Item 3: one output's error spread over the weights that led to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clearprop.chapter.example import HIDDEN, TARGET, WHO
from clearprop.chapter.nudge import slopes
from clearprop.chapter.page import Item, Words, shown, table
from clearprop.credit import CancellingWeightsError, Even, Proportional
from clearprop.definitions.layers import Dense
from clearprop.readings import numpy as xp
from clearprop.writing.numbers import NONE, fixed
from clearprop.writing.numbers import shown as num

TITLE = "One error, spread over four weights"

PAIRS = ((0.6, 0.4), (0.6, -0.5), (0.6, -0.59), (0.6, -0.61), (0.6, -0.6))


@dataclass(frozen=True)
class Shares:
    """One output's error and what each rule charges each weight; shapes (4,).

    `influence` is that of the hidden values, measured: by how much the output moves for each unit
    that one of them is nudged.
    `pairs` are two weights, their sum, and the first one's proportional share, NaN where there is
    none.
    """

    weights: np.ndarray
    output: float
    error: float
    even: np.ndarray
    proportional: np.ndarray
    influence: np.ndarray
    pairs: tuple[tuple[float, float, float, float], ...]
    complaint: str


def compute() -> Shares:
    """Return the shares of the chapter's four weights."""
    W = WHO[:1].T  # (inputs, outputs): the chapter's `who` on its side
    layer = Dense(4, 1, bias=False)

    def output(hidden: np.ndarray) -> float:
        return float(layer.forward(xp, {"W": W}, hidden[None, :])[0][0, 0])

    error = TARGET[0] - output(HIDDEN)
    pairs, complaint = [], ""
    for a, b in PAIRS:
        try:
            share = float(Proportional().shares(np.array([[a], [b]]))[0, 0])
        except CancellingWeightsError as told:
            share, complaint = float("nan"), str(told)
        pairs.append((a, b, a + b, share))
    return Shares(
        W[:, 0],
        output(HIDDEN),
        error,
        error * Even().shares(W)[:, 0],
        error * Proportional().shares(W)[:, 0],
        slopes(output, HIDDEN),
        tuple(pairs),
        complaint,
    )


def item() -> Item:
    """Return the item."""
    found = compute()
    rows = [["weight", "", "even", "proportional", "influence of h_i"]]
    for i, weight in enumerate(found.weights):
        cells = (found.even[i], found.proportional[i], found.influence[i])
        rows.append([f"w_{i + 1}1", num(weight), *(fixed(value) for value in cells)])
    sums = (found.even.sum(), found.proportional.sum())
    rows.append(["sum", num(found.weights.sum()), *(fixed(value) for value in sums), ""])
    pairs = [["two weights", "their sum", "share of the first"]]
    pairs += [
        [f"{num(a)}, {num(b)}", num(round(total, 12)), NONE if share != share else num(share)]
        for a, b, total, share in found.pairs
    ]
    return Item(
        "3",
        TITLE,
        (
            Words(
                "Begin with a network without activation functions: an output is nothing but a "
                "weighted sum of hidden values. One output, four weights:"
            ),
            shown(
                "o_1 = w_11 h_1 + w_21 h_2 + w_31 h_3 + w_41 h_4\n"
                f"    = {' + '.join(f'{w} · {h}' for w, h in zip(WHO[0], HIDDEN, strict=True))}"
                f" = {num(found.output)}"
            ),
            Words(
                f"It should have been {num(TARGET[0])}, so the error is e_1 = "
                f"{num(found.error)}. Each weight brings one hidden value to the output: how much "
                "of the error is due to each of them? Two answers come to mind. Even: a quarter "
                "each. Proportional: each by its weight's part of the sum of weights, since the "
                "larger a weight, the louder its hidden value was heard: "
                f"{num(found.error)} · 0.6 / {num(found.weights.sum())} = "
                f"{num(found.proportional[0])} for the first."
            ),
            table(rows, left=1),
            Words(
                "Both spread the error and lose nothing of it: each column sums to "
                f"{num(found.error)}. The last column is no opinion but a measurement, of the "
                "hidden values and not of the weights: how far the output moves for each unit that "
                "h_i is nudged. It is w_i1. So for telling the hidden values what part of the "
                "error is theirs, which the layers before them need, proportional shares have the "
                "right proportions, and even ones have not. How far the output moves when the "
                "weight w_i1 is nudged is another number, h_i: item 5."
            ),
            Words(
                "There is a catch in the proportional rule. Weights have signs, and the sum it "
                "divides by may come out small, or below zero, or zero:"
            ),
            table(pairs, left=1),
            Words(
                "A weight charged with sixty times the whole error, or with minus sixty times; one "
                "small step in training turns the one into the other. And at a sum of zero there "
                "is no answer. clearprop then stops and says so: "
            ),
            shown(f"CancellingWeightsError: {_first_sentence(found.complaint)}"),
        ),
        found,
    )


def _first_sentence(text: str) -> str:
    """Return what comes before the first semicolon, folded in two."""
    sentence = text.partition(";")[0]
    head, _, tail = sentence.partition(", and ")
    return f"{head},\nand {tail}"
