"""The errata: where the chapter is wrong or loose, each shown by numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clearprop.backprop import backprop
from clearprop.chapter import course, matrices, slope
from clearprop.chapter.example import HIDDEN, WHO
from clearprop.chapter.fruit import fruit
from clearprop.chapter.nudge import slopes
from clearprop.chapter.page import Item, Product, Words, table
from clearprop.chapter.rules import digits_task
from clearprop.credit import Proportional, TransposedWeights, course_network, gradients, train
from clearprop.credit.comparison import angle
from clearprop.definitions.layer import Tree
from clearprop.definitions.layers import Chain
from clearprop.definitions.losses import SquaredError
from clearprop.writing.numbers import fixed
from clearprop.writing.numbers import shown as num

TITLE = "Where the chapter is wrong, by computation"


@dataclass(frozen=True)
class Angles:
    """Degrees between two changes of ``wih``: for each of 200 rows, and for all rows together."""

    each: np.ndarray
    together: float


@dataclass(frozen=True)
class Errata:
    """What each of the five corrections rests on.

    Attributes
    ----------
    influence : array (4,)
        Measured: how far output 2 moves for each unit of each hidden value.
    column_sums : (float, float)
        Of the second column of shares, with w_42 and with w_22 printed in its place.
    sums : array (2,)
        Each output's denominator.
    one_denominator : float
        What the second column of shares sums to when divided by the first output's sum.
    angle_own, angle_one : float
        Degrees between the errors with denominators and without: each output's own; one for both.
    measured, formula : array (4,)
        dE/dw_i1 by nudging, and with the minus sign and h_i.
    chapter_sign, chapter_factor : array (4,)
        The chapter's: without the minus sign; with o_j for h_i.
    losses : (float, float, float)
        Before a step, after one against the slope, after one against the chapter's.
    fruit_angles, digit_angles : tuple of Angles
        With the class's slips as in :data:`course.OPTIONS`.
    shares_near_zero : tuple
        Pairs of a sum of weights and the first weight's share.
    """

    influence: np.ndarray
    column_sums: tuple[float, float]
    sums: np.ndarray
    one_denominator: float
    angle_own: float
    angle_one: float
    measured: np.ndarray
    formula: np.ndarray
    chapter_sign: np.ndarray
    chapter_factor: np.ndarray
    losses: tuple[float, float, float]
    fruit_angles: tuple[Angles, ...]
    digit_angles: tuple[Angles, ...]
    shares_near_zero: tuple[tuple[float, float], ...]


def compute() -> Errata:
    """Return the numbers of all five."""
    W = WHO.T
    shares = Proportional().shares(W)
    printed = shares[:, 1].copy()
    printed[3] = printed[1]
    layer = matrices.compute()
    divided_by_first = W / W[:, 0].sum()
    found = slope.compute()
    wrong_sign = -found.formula
    rate = 1.0
    losses = tuple(
        slope.loss_of(W - rate * change) for change in (0 * W, found.formula, wrong_sign)
    )
    fruit_angles, digit_angles = angles_on_fruit(), angles_on_digits()
    near = [np.array([[0.6], [other]]) for other in (-0.59, -0.61)]
    return Errata(
        influence=slopes(lambda h: float((WHO @ h)[1]), HIDDEN),
        column_sums=(float(shares[:, 1].sum()), float(printed.sum())),
        sums=layer.sums,
        one_denominator=float(divided_by_first[:, 1].sum()),
        angle_own=layer.angle,
        angle_one=angle(divided_by_first @ layer.errors, layer.by_weights),
        measured=found.measured[:, 0],
        formula=found.formula[:, 0],
        chapter_sign=wrong_sign[:, 0],
        chapter_factor=found.formula[:, 0] / HIDDEN * found.outputs[0],
        losses=(losses[0], losses[1], losses[2]),
        fruit_angles=fruit_angles,
        digit_angles=digit_angles,
        shares_near_zero=tuple(
            (float(pair.sum()), float(Proportional().shares(pair)[0, 0])) for pair in near
        ),
    )


def angles_on_fruit() -> tuple[Angles, ...]:
    """Return the angles of the class's steps on 200 fruits, weights as they start, η = 0.5."""
    network = course_network(2, 3, 2)
    x, kind = fruit()
    params = network.init(np.random.default_rng(3))
    return tuple(angles_of(network, params, x, np.eye(2)[kind], *slips) for slips in course.OPTIONS)


def angles_on_digits() -> tuple[Angles, ...]:
    """Return those on the digits, after the class has trained for an epoch, η = 0.1."""
    task = digits_task()
    network = course_network(64, 30, 10)
    start = network.init(np.random.default_rng(3))
    rule = TransposedWeights(raw_error=True, after_update=True)
    rows = task.x, task.targets
    run = train(
        network, SquaredError(), start, *rows, rule, rate=0.1, epochs=1, batch_size=1, seed=0
    )
    return tuple(
        angles_of(network, run.params, *rows, *slips, rate=0.1) for slips in course.OPTIONS
    )


def angles_of(
    network: Chain,
    params: Tree,
    x: np.ndarray,
    t: np.ndarray,
    raw_error: bool,
    after_update: bool,
    rate: float = 0.5,
) -> Angles:
    """Return the angles between the class's change of ``wih`` and the gradient's."""
    rule = TransposedWeights(raw_error=raw_error, after_update=after_update)

    def between(x: np.ndarray, t: np.ndarray) -> float:
        rows = network, SquaredError(), params, x, t
        ours, true = gradients(*rows, rule, rate=rate)[1], backprop(*rows)[1]
        return angle(ours["dense1"]["W"].ravel(), true["dense1"]["W"].ravel())

    each = [between(x[i : i + 1], t[i : i + 1]) for i in range(200)]
    return Angles(np.array(each), between(x, t))


def item() -> Item:
    """Return the item."""
    found = compute()
    loss = found.losses
    signs = [["", "measured", "with the minus", "without"]]
    factors = [["", "measured", "last factor h_i", "last factor o_j"]]
    for i in range(4):
        name, measured = f"dE/dw_{i + 1}1", fixed(found.measured[i], 6)
        right = fixed(found.formula[i], 6)
        signs.append([name, measured, right, fixed(found.chapter_sign[i], 6)])
        factors.append([name, measured, right, fixed(found.chapter_factor[i], 6)])
    class_rows = [["", "fruit", "at most", "digits", "at most", "all at once"]]
    for name, easy, hard in zip(course.NAMES, found.fruit_angles, found.digit_angles, strict=True):
        degrees = (
            np.median(easy.each), easy.each.max(), np.median(hard.each), hard.each.max(),
            hard.together,
        )  # fmt: skip
        class_rows.append([name, *(f"{value:.2f}°" for value in degrees)])
    (small, share), (below, flipped) = found.shares_near_zero
    return Item(
        "errata",
        TITLE,
        (
            Words(
                "Whoever follows a derivation index by index deserves to be told which of them are "
                "misprints. Five corrections, each by numbers. The example is item 4's, with four "
                "hidden units and two outputs."
            ),
            Words(
                "1. The last row of both matrices must have w_42, not w_22. Output 2 moves by "
                f"{num(found.influence[3])} for each unit hidden unit 4 is nudged: that is w_42 = "
                f"{num(WHO[1, 3])}; w_22 is {num(WHO[1, 1])}. And shares must sum to one: with "
                f"w_42 the second column does, with w_22 in its place it sums to "
                f"{num(found.column_sums[1])}."
            ),
            Words(
                "2. The second column divides by its own sum, w_12 + w_22 + w_32 + w_42 = "
                f"{num(found.sums[1])}, not by the first column's {num(found.sums[0])}. With the "
                f"first's, its shares sum to {num(found.one_denominator)}: the rest of the error "
                "is lost. So each column has a denominator of its own, and leaving them out is no "
                f"scaling: here it turns the layer's errors by {found.angle_own:.1f}°. With one "
                f"denominator for both it would be {found.angle_one:.1f}°; the chapter's argument "
                "rests on that slip."
            ),
            Product(
                (
                    "own denominators:",
                    (WHO.T / WHO.sum(axis=1), 4),
                    "one for both:",
                    (WHO.T / WHO[0].sum(), 4),
                )
            ),
            Words(
                "3. The derivative has a minus sign: dE/dw_ij = −(t_j − o_j) … The plus belongs to "
                "the step, which goes against the derivative."
            ),
            table(signs),
            Words(
                f"A step of learning rate 1 against the right one takes E from {fixed(loss[0], 6)} "
                f"down to {fixed(loss[1], 6)}; against the chapter's, up to {fixed(loss[2], 6)}."
            ),
            Words(
                "4. The last factor is h_i, what came in through that weight, not o_j, what came "
                f"out ({fixed(slope.outputs_of(WHO.T)[0])}, for all four the same):"
            ),
            table(factors),
            Words(
                "5. The class is not gradient descent on E: it sends the error back without the "
                "output's slope, and through weights already changed (item 6). The angle between "
                "what it does to wih and the true direction downhill: for 200 fruits at the start, "
                "and for 200 digits after an epoch of its own training (median and largest), and "
                "for all 1,400 digits at once:"
            ),
            table(class_rows),
            Words(
                "On easy data its steps do lead downhill, which is why the slips are so widely "
                "copied. The missing slope is the serious one: it gives the rows another say in "
                "the sum. The changed weights matter little while steps are small."
            ),
            Words(
                "And the proportional rule divides by a sum that may be near zero or "
                f"change sign: weights summing to {num(small)} charge the first "
                f"{num(share)} times the error, to {num(below)}, {num(flipped)} times (item 3)."
            ),
        ),
        found,
    )
