"""Which way round someone's arrays stand: rows or columns, decided by all of them together.

Two things are decided apart, as people mix them: whether an example is a row or a column of the
arrays of values and error signals, and whether a weight matrix is (inputs, units) or (units,
inputs). Shapes decide where they can. Where all are square, the numbers do: an array is more like
the right one the right way round, even with a slip in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from clearprop.explaining.step import StepData
from clearprop.explaining.work.submitted import Submitted, digits_of, submitted

LINE = 2.0
"""What the shape of a single row or column counts, where a likeness counts up to 1."""

NEAR = 1.0
"""Ways whose scores differ by less than this are all tried."""


class ShapeError(ValueError):
    """An array of someone's that cannot be the quantity it is called."""


@dataclass(frozen=True)
class Arrangement:
    """Whether values and weights stand with rows and columns exchanged."""

    values: bool = False
    weights: bool = False


@dataclass(frozen=True)
class Array:
    """An array that was given, the right one, and whether it is a parameter's or a value's."""

    path: str
    given: np.ndarray
    right: np.ndarray
    is_weight: bool

    def fits(self, exchanged: bool) -> bool:
        """Return whether the shape allows this way round."""
        given = self.given.T if exchanged else self.given
        return given.shape == self.right.shape

    @property
    def has_two_ways(self) -> bool:
        """Whether exchanging rows and columns makes another matrix."""
        return self.given.ndim == self.right.ndim == 2 and 1 not in self.right.shape

    @property
    def is_line(self) -> bool:
        """Whether it is a matrix of one row or column: readable either way, it shows its own."""
        return self.given.ndim == self.right.ndim == 2 and set(self.right.shape) > {1}


def read_arrays(step: StepData, work: Mapping[str, np.ndarray]) -> list[Array]:
    """Return the arrays with the right ones; raise ShapeError where one cannot be its quantity."""
    found = []
    parameters = set(step.task.layout.paths)
    for path, given in work.items():
        right = np.asarray(step[path])
        name = path.partition("[")[0]
        base = name.removesuffix(".new")
        layer, dot, last = base.rpartition(".")
        is_weight = base in parameters or f"{layer}{dot}{last[1:]}" in parameters
        array = Array(path, np.asarray(given), right, is_weight)
        _check(array, len(step["x"]))
        found.append(array)
    return found


def _check(array: Array, rows: int) -> None:
    given, right = array.given, array.right
    if given.size == right.size and (1 in (*given.shape, given.ndim) or given.ndim != 2):
        return
    if sorted(given.shape) == sorted(right.shape):
        return
    size, own = (" × ".join(map(str, a.shape)) or "one number" for a in (right, given))
    raise ShapeError(f"{array.path} is {size}, yours is {own}{_why_shape(array, rows)}")


def _why_shape(array: Array, rows: int) -> str:
    """Return what a wrong shape most likely comes from, as the end of a sentence."""
    given, right = array.given.shape, array.right.shape
    if array.is_weight and len(given) == 2 and len(right) == 1 and set(given) == {rows, *right}:
        return ": these are one gradient for each row; sum them over the rows"
    if array.is_weight and array.given.size == 1:
        return ": it was summed over everything; sum over the rows only (axis 0)"
    if len(right) == 2 and given == (rows, rows):
        return f": ({rows}, 1) against ({rows},) broadcasts to {rows} × {rows}; reshape the targets"
    if len(given) == 3:
        return ": there is one matrix for each row; sum them over the rows"
    return ""


def arrangements(arrays: Sequence[Array]) -> list[Arrangement]:
    """Return the ways round that the arrays allow, the likeliest first.

    The score of a way is the sum of the arrays' likeness to the right ones, and -1 for each whose
    shape does not fit; a single row or column shows its way by the shape alone. Columns usually go
    with (units, inputs), so ways that differ score less.
    """
    ranked = []
    kinds = {array.is_weight for array in arrays if array.has_two_ways}
    ways = [(False, True) if kind in kinds else (False,) for kind in (False, True)]
    for values, weights in product(*ways):
        flags = {False: values, True: weights}
        score = sum(_score(a, flags[a.is_weight]) for a in arrays if a.has_two_ways)
        lines = [a for a in arrays if a.is_line and a.is_weight in kinds]
        score += LINE * sum(a.fits(flags[a.is_weight]) for a in lines)
        score -= 0.01 * (values != weights) + 0.001 * (values + weights)
        ranked.append((score, Arrangement(values, weights)))
    ranked.sort(key=lambda one: one[0], reverse=True)
    return [one for score, one in ranked if ranked[0][0] - score <= NEAR]


def _score(array: Array, exchanged: bool) -> float:
    return _likeness(array, exchanged) if array.fits(exchanged) else -1.0


def _likeness(array: Array, exchanged: bool) -> float:
    """Return |cos| of the angle between the numbers and the right ones; 1 is any multiple."""
    given = np.ravel(array.given.T if exchanged else array.given).astype(float)
    right = np.ravel(array.right).astype(float)
    with np.errstate(all="ignore"):
        size = float(np.linalg.norm(given) * np.linalg.norm(right))
        like = abs(float(given @ right)) / size if size > 0 else 0.0
    return like if np.isfinite(like) else 0.0


def arranged(arrays: Sequence[Array], arrangement: Arrangement) -> Iterator[Submitted]:
    """Yield the arrays as quantities of the step, exchanged as the arrangement says."""
    digits = max((digits_of(a.given) for a in arrays), default=0)
    for array in arrays:
        exchanged = arrangement.weights if array.is_weight else arrangement.values
        if array.has_two_ways and not array.fits(exchanged):
            exchanged = not exchanged
        exchanged = exchanged and array.has_two_ways
        yield submitted(array.path, array.given, array.right, digits, exchanged)


def against(arrays: Sequence[Array], arrangement: Arrangement) -> set[str]:
    """Return the paths of arrays that stand the other way round than the rest of their kind."""
    return {
        a.path
        for a in arrays
        if a.has_two_ways and not a.fits(arrangement.weights if a.is_weight else arrangement.values)
    }
