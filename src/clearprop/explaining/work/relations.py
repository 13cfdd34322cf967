"""Exact statements: how wrong numbers are related to the right ones, slip known or not.

Each is one small question with a yes or no, the simplest first. All compare every number of the
array, to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np

from clearprop.explaining.work.changes import rows_of
from clearprop.explaining.work.compared import FEW_ROWS, Statement, Wrong, is_small
from clearprop.explaining.work.implied import implied_gradient
from clearprop.explaining.work.moved import moved, product
from clearprop.explaining.work.several import after_steps
from clearprop.explaining.work.situation import Outcome, Situation
from clearprop.explaining.work.submitted import Submitted
from clearprop.writing.numbers import shown

ENOUGH = 3
"""So many numbers must be given for most statements where they are not in double precision."""


def statement_of(wrong: Wrong) -> str:
    """Return the first exact statement that holds, "" where none does."""
    rough = wrong.given.epsilon > 1e-12 or bool(np.any(wrong.given.typed))
    few = rough and wrong.given.values.size < ENOUGH
    for relation in SAFE if few else RELATIONS:
        found = relation(wrong)
        if found:
            where = f", in {wrong.given.path} alone" if wrong.alone else ""
            return f"{found}{where if relation in (factor, sign) else ''}"
    return ""


def beside(wrong: Wrong) -> str:
    """Return how long an array is beside the right one, and the angle between them.

    Of a new parameter, its change. "" for single numbers, and where one of the two is 0.
    """
    change = _change(wrong)
    if change is None:
        return ""
    yours, right = change
    what = "your update" if wrong.given.path.endswith(".new") else "yours"
    with np.errstate(all="ignore"):
        lengths = float(np.linalg.norm(yours)), float(np.linalg.norm(right))
        cosine = float(np.vdot(yours, right)) / (lengths[0] * lengths[1] or 1.0)
    if right.size < 2 or 0.0 in lengths or not np.isfinite(cosine):
        return ""
    angle = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    times = shown(lengths[0] / lengths[1], 3)
    return f"{what} is {times} times as long as ours and points {angle:.0f}° away from it"


def _change(wrong: Wrong) -> tuple[np.ndarray, np.ndarray] | None:
    """Return yours and ours; of a new parameter the changes, None where the old one is unknown."""
    yours, right = wrong.given.values, wrong.right
    if not wrong.given.path.endswith(".new"):
        return yours, right
    before = wrong.value(wrong.given.path.removesuffix(".new"))
    return None if before is None else (yours - before, right - before)


def unchanged(wrong: Wrong) -> Statement:
    """A new parameter that is the old one."""
    if not wrong.given.path.endswith(".new"):
        return None
    before = wrong.value(wrong.given.path.removesuffix(".new"))
    if before is None or not np.array_equal(before, wrong.given.values):
        return None
    return "unchanged by your function (did it change a copy, or only a local name?)"


def nothing(wrong: Wrong) -> Statement:
    """Zeros."""
    return None if np.any(wrong.given.values) else "all yours are 0"


def sign(wrong: Wrong) -> Statement:
    """The opposite sign."""
    return "yours has the opposite sign" if wrong.equals(-wrong.right) else None


def factor(wrong: Wrong) -> Statement:
    """A constant factor; for a new parameter, of its change."""
    change = _change(wrong)
    if change is None:
        return None
    yours, right = change
    what = "your update is" if wrong.given.path.endswith(".new") else "yours is"
    place = np.unravel_index(int(np.argmax(np.abs(right))), right.shape) if right.size else ()
    if not right.size or right[place] == 0 or not np.isfinite(yours[place]):
        return None
    k = float(yours[place] / right[place])
    base = wrong.given.values - yours
    own = k if right.size > 1 else None  # one number is some multiple of any other
    for tried in (_near(k, wrong.situation), own):
        if tried is not None and abs(tried) > 1e-12 and wrong.equals(base + tried * right):
            return f"{what} exactly {_named(tried, wrong.situation)} ours"
    return None


def _near(k: float, situation: Situation) -> float | None:
    """Return the simple number that a factor is, None where it is none."""
    for known in (situation.divisor, 1 / situation.divisor, situation.rate or 1.0):
        if known and abs(k / known - 1) < 1e-5:
            return float(known)
    near = Fraction(k).limit_denominator(12)
    return float(near) if near and abs(k / float(near) - 1) < 1e-5 else None


def _named(k: float, situation: Situation) -> str:
    words = [name for known, name in factors_of(situation) if abs(k / known - 1) < 1e-9]
    near = Fraction(k).limit_denominator(12)
    simple = abs(float(near) - k) < 1e-9 * abs(k) and near.denominator > 1
    number = str(near).replace("-", "−") if simple else shown(k)
    return f"{number} ×" + (f" ({words[0]})" if words else "")


def factors_of(situation: Situation) -> list[tuple[float, str]]:
    """Return the factors of a step that have a name."""
    rows, outputs, rate = (
        situation.divisor,
        situation.task.network.output_width(None),
        situation.rate,
    )
    names = [(rows, "N, the number of rows"), (1 / rows, "1/N, N the number of rows")]
    names += [(outputs, "K, the number of outputs"), (1 / outputs, "1/K")] if outputs else []
    names += (
        [(rate, "η, the learning rate"), (1 / rate, "1/η: the learning rate is left out")]
        if rate
        else []
    )
    return [(float(value), words) for value, words in names if value != 1.0]


def transposed(wrong: Wrong) -> Statement:
    """Rows and columns exchanged."""
    if wrong.right.ndim != 2 or not wrong.equals(wrong.right.T):
        return None
    return "yours is ours with rows and columns exchanged"


def another(wrong: Wrong) -> Statement:
    """Another quantity of the step."""
    for quantity in wrong.record.quantities.values():
        value = np.asarray(quantity.value, float)
        if quantity.path == wrong.given.path or value.size < 2 or not np.any(value):
            continue
        if wrong.equals(value):
            return f"these are the numbers of {quantity.path}"
        if wrong.equals(-value):
            return f"these are the numbers of {quantity.path} with the opposite sign"
    return None


def summed(wrong: Wrong) -> Statement:
    """One number everywhere: the sum or the mean of ours."""
    yours = wrong.given.values
    if yours.size < 2 or np.ptp(yours) > 1e-12 * np.max(np.abs(yours)):
        return None
    one = float(yours.flat[0])
    for value, words in ((wrong.right.sum(), "sum"), (wrong.right.mean(), "mean")):
        if value and abs(one / value - 1) < 1e-9:
            return f"all yours are one number, the {words} of ours: it was taken over everything"
    return "all yours are one number"


def one_row(wrong: Wrong) -> Statement:
    """One row of the batch alone."""
    rows = len(wrong.situation.batch.x)
    if rows < 2 or rows > FEW_ROWS or wrong.given.path.endswith(".y"):
        return None
    others = range(rows - 1) if is_small(wrong.situation) else range(1)
    for row in (rows - 1, *others):
        for divisor, words in ((1.0, ""), (wrong.situation.divisor, ", divided by N")):
            if (row, divisor) not in wrong.runs:
                some = rows_of(wrong.situation, np.array([row]), divisor)
                wrong.runs[row, divisor] = Outcome(some, ())
            found = wrong.runs[row, divisor].get(wrong.given.path)
            if found is not None and wrong.equals(found):
                which = "last row" if row == rows - 1 else f"row {row}"
                return f"yours is that of the {which} alone{words}"
    return None


def other_rows(wrong: Wrong) -> Statement:
    """A new parameter after several steps: one a row, or two with all rows."""
    situation = wrong.situation
    if not wrong.given.path.endswith(".new") or not is_small(situation):
        return None
    rows = len(situation.batch.x)
    batches: list[tuple[list[np.ndarray], str]] = [
        ([np.arange(rows)] * 2, "yours is the result of two steps, not one"),
        ([np.arange(rows)] * 3, "yours is the result of three steps, not one"),
    ]
    if 1 < rows <= FEW_ROWS:
        each = [np.array([row]) for row in range(rows)]
        batches.insert(0, (each, f"yours is the result of {rows} updates, one for each row"))
    for steps, words in batches:
        if words not in wrong.runs:
            wrong.runs[words] = after_steps(situation, steps)
        if wrong.equals(wrong.runs[words][wrong.given.path]):
            return words
    return None


def times(wrong: Wrong) -> Statement:
    """Ours multiplied or divided, number by number, by another quantity or by a slope."""
    right, yours = wrong.right, wrong.given.values
    if right.ndim != 2 or right.size < 2:
        return None
    for path, value in _same_shape(wrong):
        for factor_, words in _made_of(path, value):
            if not np.any(factor_) or np.allclose(factor_, 1.0):
                continue
            if wrong.equals(right * factor_):
                return f"yours is ours × {words}"
            with np.errstate(over="ignore"):
                divided = np.divide(right, factor_, out=yours.copy(), where=factor_ != 0)
            if np.any(right) and wrong.equals(divided):
                return f"yours is ours without the factor {words}"
    return None


def _made_of(path: str, value: np.ndarray) -> Iterator[tuple[np.ndarray, str]]:
    """Yield a quantity, and what slopes are made of it."""
    yield value, path
    yield 1 - value, f"(1 − {path})"
    yield value * (1 - value), f"{path} (1 − {path})"
    yield 1 - value**2, f"(1 − {path}²)"


def plus(wrong: Wrong) -> Statement:
    """Ours and a multiple of another quantity."""
    difference = wrong.given.values - wrong.right
    for path, value in _same_shape(wrong):
        place = np.unravel_index(int(np.argmax(np.abs(value))), value.shape)
        if value[place] == 0 or not np.isfinite(difference[place]):
            continue
        k = float(difference[place] / value[place])
        near = Fraction(k).limit_denominator(1000)
        if (
            near
            and abs(float(near) - k) < 1e-7 * abs(k)
            and wrong.equals(wrong.right + float(near) * value)
        ):
            signed = "−" if near < 0 else "+"
            return f"yours is ours {signed} {shown(abs(float(near)))} × {path}"
    return None


def _same_shape(wrong: Wrong) -> Iterator[tuple[str, np.ndarray]]:
    """Yield other quantities of the shape, those that exist before the update."""
    for quantity in wrong.record.quantities.values():
        if quantity.phase == "update" or quantity.path == wrong.given.path:
            continue
        value = np.asarray(quantity.value, float)
        if value.shape == wrong.right.shape and value.size > 1:
            yield quantity.path, value


def softmax_axis(wrong: Wrong) -> Statement:
    """Rows of probabilities that do not sum to 1."""
    if wrong.given.path != "p" or wrong.right.shape[1] < 2:
        return None
    yours, right = wrong.given.values, wrong.right
    if not np.allclose(right.sum(axis=1), 1) or np.allclose(yours.sum(axis=1), 1, atol=1e-6):
        return None
    if np.allclose(yours.sum(axis=0), 1, atol=1e-6):
        return "your rows do not sum to 1, your columns do: the softmax was taken over the rows"
    if np.isclose(yours.sum(), 1, atol=1e-6):
        return "your rows do not sum to 1, all together do: the softmax was taken over everything"
    return "your rows do not sum to 1"


def some_cells(wrong: Wrong) -> Statement:
    """Right but for a few rows or columns."""
    near = np.isclose(wrong.given.values, wrong.right, rtol=1e-9, atol=0)
    if near.ndim != 2 or near.all() or not near.any():
        return None
    rows, columns = np.flatnonzero(~near.all(axis=1)), np.flatnonzero(~near.all(axis=0))
    zeros = ": all yours are 0 there" if not np.any(wrong.given.values[~near]) else ""
    if len(columns) == 1 and near.shape[1] > 1 and (~near[:, columns[0]]).sum() > 1:
        return f"only column {columns[0]} differs{zeros}"
    if len(rows) == 1 and near.shape[0] > 1 and (~near[rows[0]]).sum() > 1:
        return f"only row {rows[0]} differs{zeros}"
    if zeros:
        return f"{int((~near).sum()):,} of yours are 0; the others are right"
    return f"{int(near.sum()):,} of {near.size:,} numbers are right"


def no_gradient(wrong: Wrong) -> Statement:
    """A new parameter that no gradient moved."""
    given = wrong.given
    implied = implied_gradient(wrong.situation, given.path, given.values, given.epsilon)
    if implied is None or not implied.is_zero:
        return None
    return f"your update has no gradient {implied.path} in it"


def of_gradient(wrong: Wrong) -> Statement:
    """What holds of the gradient that a new parameter was made with."""
    given = wrong.given
    implied = implied_gradient(wrong.situation, given.path, given.values, given.epsilon)
    if implied is None or given.typed.any():
        return None
    size = float(np.max(np.abs(implied.values), initial=0.0))
    if not size or implied.error > 1e-6 * size:
        return None
    gradient = Submitted(
        implied.path, implied.values, np.zeros_like(implied.values), implied.error / size
    )
    inside = replace(wrong, given=gradient, right=implied.right, alone=False)
    for relation in OF_GRADIENTS:
        found = relation(inside)
        if found:
            return f"of the gradient {implied.path} in your update: {found}"
    return None


OF_GRADIENTS: tuple[Callable[[Wrong], Statement], ...] = (
    sign, factor, transposed, another, summed, moved, one_row, times, plus, product,
)  # fmt: skip
"""The questions that are asked of a gradient taken back from an update."""

RELATIONS: tuple[Callable[[Wrong], Statement], ...] = (
    unchanged, nothing, no_gradient, sign, factor, transposed, another, softmax_axis, summed,
    moved, one_row, other_rows, times, plus, product, of_gradient, some_cells,
)  # fmt: skip
"""The questions, in the order in which they are asked."""

SAFE = (unchanged, nothing, sign)
"""The questions that a few numbers of little precision answer."""
