"""Item 6: the course's ``NeuralNetwork`` class, and its two slips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.backprop import backprop
from clearprop.chapter.fruit import fruit
from clearprop.chapter.page import Item, Words, shown, table
from clearprop.credit import CreditRun, TransposedWeights, course_network, course_step, train
from clearprop.credit.comparison import angle
from clearprop.definitions.losses import SquaredError
from clearprop.definitions.optimizers import SGD
from clearprop.explaining import CheckReport, check_work
from clearprop.readings import numpy as xp
from clearprop.writing.numbers import fixed
from clearprop.writing.numbers import shown as num

TITLE = "The course's NeuralNetwork class, exactly"

OPTIONS = ((True, True), (False, True), (True, False), (False, False))
"""Raw error sent back, and through weights already updated: the class, and its slips mended."""

NAMES = ("as in the class", "slope put back", "old weights used", "both mended")
LONGER = 4
"""The slope of a sigmoid is at most a quarter; a step without it is some four times as long."""

RATE, EPOCHS, SHOWN_EPOCHS = 0.5, 40, (0, 1, 2, 5, 10, 40)


@dataclass(frozen=True)
class CourseNumbers:
    """One call of the class's ``train``, four ways, and training four ways.

    Attributes
    ----------
    who : array (1, 3)
        Before the step; `new_who` after it, the same four times.
    error, delta : float
        e = t - o, and e o (1 - o).
    hidden_error, hidden_delta_error : array (3,)
        What the class sends to the hidden units, and what the derivative asks for.
    changes : tuple of array (3, 2)
        What each of the four options adds to ``wih``.
    downhill : array (3, 2)
        -η dE/dwih, from backprop.
    angles, lengths : tuple of float
        Of the changes, beside `downhill`.
    runs : tuple of CreditRun
        Training on fruit, one row a step; the fifth mended, with a learning rate `LONGER` times
        as large.
    accuracies : tuple of float
        On a thousand other fruits.
    check : CheckReport
        What ``check_work`` says of the class's step.
    """

    who: np.ndarray
    new_who: np.ndarray
    output: float
    error: float
    delta: float
    hidden_error: np.ndarray
    hidden_delta_error: np.ndarray
    changes: tuple[np.ndarray, ...]
    downhill: np.ndarray
    angles: tuple[float, ...]
    lengths: tuple[float, ...]
    runs: tuple[CreditRun, ...]
    accuracies: tuple[float, ...]
    check: CheckReport


def compute() -> CourseNumbers:
    """Return one step and a whole training, four ways."""
    network = course_network(2, 3, 2)
    params = network.init(np.random.default_rng(3))
    wih, who = params["dense1"]["W"].T, params["dense2"]["W"].T
    x, t = np.array([0.7, 0.3]), np.array([1.0, 0.0])
    o = network.forward(xp, params, x[None, :])[0][0]
    error = t - o
    delta = error * network.layers[-1].pullback(xp, {}, (None, o), np.ones(2))[0]
    steps = [
        course_step(wih, who, x, t, RATE, raw_error=raw, after_update=after)
        for raw, after in OPTIONS
    ]
    _, gradients = backprop(network, SquaredError(), params, x[None, :], t[None, :])
    downhill = -RATE * gradients["dense1"]["W"].T
    changes = tuple(step[0] - wih for step in steps)
    new_who = steps[0][1]
    inputs, kind = fruit()
    test_inputs, test_kind = fruit(1000, seed=1)
    settings = [(*slips, RATE) for slips in OPTIONS]
    settings.append((False, False, LONGER * RATE))
    runs = tuple(
        train(
            network, SquaredError(), params, inputs, np.eye(2)[kind],
            TransposedWeights(raw_error=raw, after_update=after),
            rate=rate, epochs=EPOCHS, batch_size=1, seed=0,
        )
        for raw, after, rate in settings
    )  # fmt: skip
    return CourseNumbers(
        who, new_who, float(o[0]), float(error[0]), float(delta[0]),
        new_who.T @ error, who.T @ delta,
        changes, downhill,
        tuple(angle(change.ravel(), downhill.ravel()) for change in changes),
        tuple(float(np.linalg.norm(c) / np.linalg.norm(downhill)) for c in changes),
        runs,
        tuple(float((run.predict(test_inputs).argmax(axis=1) == test_kind).mean()) for run in runs),
        check_work(
            _as_in_the_class, network, SquaredError(), params, x[None, :], t[None, :],
            optimizer=SGD(RATE),
        ),
    )  # fmt: skip


def _as_in_the_class(params: Any, x: np.ndarray, t: np.ndarray) -> dict[str, np.ndarray]:
    """Return the weights after one call of the class, matrices as the class keeps them."""
    wih, who = params["dense1"]["W"].T, params["dense2"]["W"].T
    new_wih, new_who = course_step(wih, who, x[0], t[0], RATE)[:2]
    return {"dense1.W.new": new_wih, "dense2.W.new": new_who}


def item() -> Item:
    """Return the item."""
    found = compute()
    step_rows = [["", "angle", "length", "largest difference"]]
    for i, name in enumerate(NAMES):
        gap = float(np.abs(found.changes[i] - found.downhill).max())
        step_rows.append(
            [name, f"{found.angles[i]:.2f}°", fixed(found.lengths[i], 2), f"{gap:.1e}"]
        )
    loss_rows = [["loss after epoch", *map(str, SHOWN_EPOCHS), "right"]]
    names = (*NAMES, f"both, η = {num(LONGER * RATE)}")
    for name, run, accuracy in zip(names, found.runs, found.accuracies, strict=True):
        losses = [fixed(run.losses[epoch]) for epoch in SHOWN_EPOCHS]
        loss_rows.append([name, *losses, f"{100 * accuracy:.1f} %"])
    return Item(
        "6",
        TITLE,
        (
            Words(
                "The course puts all this into a class: two layers of sigmoids, no bias, weights "
                "that start small (normally distributed, cut at ±1/sqrt of the number of values "
                "coming in). One call of its train method takes one example and does four things:"
            ),
            shown(
                "1  h = σ(wih x),  o = σ(who h)\n"
                "2  e = t − o,     who += η (e o (1 − o)) hᵀ\n"
                "3  e_hidden = whoᵀ e\n"
                "4  wih += η (e_hidden h (1 − h)) xᵀ"
            ),
            Words(
                "credit.course_step does just this, to the last digit. The derivative of item 5 "
                "asks for something else in line 3, in two respects. What should go back is not "
                "the error e but e o (1 − o), the error times the output's slope. And it should go "
                "back through who as it was when the output was computed; line 2 has just changed "
                "it."
            ),
            shown(
                f"first output: o = {fixed(found.output)}, e = {fixed(found.error)}, "
                f"e o (1 − o) = {fixed(found.delta)}\n"
                f"to the hidden units, the class    {_row(found.hidden_error)}\n"
                f"to the hidden units, derivative   {_row(found.hidden_delta_error)}"
            ),
            Words(
                "Both slips are options, so each can be mended alone. What one step then adds to "
                "wih, beside the true direction downhill, −η dE/dwih:"
            ),
            table(step_rows),
            Words(
                "With both mended the step is gradient descent, to rounding. As it stands in the "
                f"class it is {num(found.lengths[0])} times too long: the slope o (1 − o) that "
                "was left out is never more than a quarter. With one hidden layer its direction is "
                "nearly right, so the class learns. Sweet plums from sour limes, one fruit a step, "
                f"η = {RATE}, and how many of 1,000 other fruits each gets right:"
            ),
            table(loss_rows),
            Words(
                "The class even seems to learn faster. It only takes longer steps: given a "
                "learning rate four times as large, the derivative does as well (the last line). "
                "In deeper networks, too, small learning rates hide the difference; at large ones "
                "the class's rule fails: item 7."
            ),
            Words(
                "Have you written such a class yourself? cp.check_work runs your step beside the "
                "true one and says what is wrong first, and which slip gives exactly your "
                "numbers. Of the class's new weights, columns and rows as the class has them:"
            ),
            shown(str(found.check)),
        ),
        found,
    )


def _row(values: np.ndarray) -> str:
    return "  ".join(fixed(value).rjust(7) for value in values)
