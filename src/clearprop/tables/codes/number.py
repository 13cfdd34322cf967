"""A column of numbers: a squashed number, its piecewise-linear code, and whether it is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from clearprop.data.values import numbers_of
from clearprop.files.document import a_count, a_list, a_number, a_positive_number, a_text
from clearprop.files.errors import DataError
from clearprop.tables.codes.kinds import CATEGORY, MISSING, PIECE, VALUE
from clearprop.writing.numbers import shown
from clearprop.writing.sentences import count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from clearprop.files.document import Check

SQUASH = 3.0
"""No value is further from 0 than this after squashing."""

NORMAL_IQR = 1.349
"""The interquartile range of a normal distribution whose standard deviation is 1."""

FEWEST_PIECES = 2
CLOSE = 1e-7
"""A number is a repeated value up to this part of it: float32 keeps numbers to 6e-8 of them."""
COLLAPSED = 0.3
"""Beyond this part of equal quantiles, the pieces left over go to the different values."""


@dataclass(frozen=True)
class NumberCode:
    """Numbers as a squashed value and, where they have pieces, a piecewise-linear code.

    The value is z / √(1 + (z / 3)²) with z = (x - median) / scale, so that no outlier is beyond
    ±3. Piece k of the code is (x - e_k) / (e_(k+1) - e_k), cut to [0, 1]: a network bends at each
    edge without learning where. A missing number has the median's value and 0.5 in every piece;
    where training had missing numbers, one more input is 1 for them.

    Two more kinds of inputs are there where `lack_of_fit.with_more_inputs` says so. A hat is 1 at
    its own knot and falls to 0 on the straight lines to its neighbours: the code of pieces between
    the knots is t, and hat k is t_(k-1) - t_k, with 1 before the first and 0 after the last. A
    repeated value has an input that is 1 for this value alone. All are 0 for a missing number.

    Source: Gorishniy, Rubachev and Babenko 2022, section 3.2 (the code, with edges at quantiles);
    Holzmüller, Grinsztajn and Steinwart 2024, section 3 (the squashed value).

    Attributes
    ----------
    name
        The column's name.
    median, scale
        In the column's unit; the scale is the interquartile range over that of a normal
        distribution whose standard deviation is 1.
    edges
        The edges of the pieces in increasing order, in the column's unit; none without a code.
    missing
        How many training values are missing.
    repeated
        The values that have an input of their own in increasing order, in the column's unit.
    hats
        The knots of the hats in increasing order, in the column's unit.

    Examples
    --------
    >>> code = NumberCode("age", 40.0, 10.0, (20.0, 40.0, 60.0), 0)
    >>> inputs = np.zeros((3, 3))
    >>> code.write(inputs, np.array([20.0, 45.0, 99.0]))
    []
    >>> inputs.round(2)
    array([[-1.66,  0.  ,  0.  ],
           [ 0.49,  1.  ,  0.25],
           [ 2.67,  1.  ,  1.  ]])
    """

    kind: ClassVar[str] = "number"
    checks: ClassVar[Mapping[str, Check]] = {
        "name": a_text,
        "median": a_number,
        "scale": a_positive_number,
        "edges": lambda value, where: _edges(value, where),
        "missing": a_count,
        "repeated": lambda value, where: _repeated(value, where),
        "hats": lambda value, where: _edges(value, where),
    }
    optional: ClassVar[Mapping[str, Any]] = {"repeated": (), "hats": ()}
    read = staticmethod(numbers_of)

    name: str
    median: float
    scale: float
    edges: tuple[float, ...]
    missing: int
    repeated: tuple[float, ...] = ()
    hats: tuple[float, ...] = ()

    @property
    def input_names(self) -> tuple[str, ...]:
        """The column's name; pieces by lower edge; hats by knot; repeated values; "(missing)"."""
        pieces = [f"{self.name} from {shown(edge)}" for edge in self.edges[:-1]]
        hats = [f"{self.name} near {shown(knot)}" for knot in self.hats]
        values = [f"{self.name} = {shown(value)}" for value in self.repeated]
        return (self.name, *pieces, *hats, *values, *[f"{self.name} (missing)"][: self.missing])

    @property
    def input_kinds(self) -> tuple[str, ...]:
        """What each input is."""
        pieces = [PIECE] * (max(len(self.edges) - 1, 0) + len(self.hats))
        return (VALUE, *pieces, *[CATEGORY] * len(self.repeated), *[MISSING][: self.missing])

    def write(self, inputs: NDArray[Any], values: NDArray[np.float64]) -> list[str]:
        """Fill the inputs (N, width) for numbers (N,), and tell what training had not met."""
        unknown = np.isnan(values)
        some_unknown = bool(unknown.any())
        values = np.where(unknown, self.median, values) if some_unknown else values
        with np.errstate(over="ignore"):
            z = _within((values - self.median) / self.scale, -1e150, 1e150)
            inputs[:, 0] = z / np.sqrt(1 + (z / SQUASH) ** 2)
        pieces, hats, repeated = self._places
        if self.edges:
            _write_pieces(inputs[:, pieces], values, self.edges)
            if some_unknown:
                inputs[unknown, pieces] = 0.5
        if self.hats:
            _write_hats(inputs[:, hats], values, self.hats)
        if self.repeated:
            _write_repeated(inputs[:, repeated], values, self.repeated)
        if some_unknown:
            inputs[unknown, hats.start : repeated.stop] = 0
        if self.missing:
            inputs[:, -1] = unknown
            return []
        if not some_unknown:
            return []
        number = count(int(unknown.sum()), "missing value")
        return [f"column {self.name!r}: {number} filled with the training median {self.median:.6g}"]

    def slopes(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the derivative of each input by the number, (N, width), NaN where it is missing.

        Of the squashed value it is (1 + (z / 3)²)^(-3/2) / scale; of the piece that holds the
        number 1 / its length; of the two hats about it 1 / their distance, up and down; 0 of all
        other inputs.
        """
        slopes = np.zeros((len(values), len(self.input_names)))
        with np.errstate(over="ignore"):
            z = _within((values - self.median) / self.scale, -1e150, 1e150)
            slopes[:, 0] = (1 + (z / SQUASH) ** 2) ** -1.5 / self.scale
        pieces, hats, _ = self._places
        if self.edges:
            slopes[:, pieces] = _slopes_of_pieces(values, self.edges)
        if self.hats:
            rises = np.pad(_slopes_of_pieces(values, self.hats), ((0, 0), (1, 1)))
            slopes[:, hats] = rises[:, :-1] - rises[:, 1:]
        slopes[np.isnan(values)] = np.nan
        return slopes

    @property
    def _places(self) -> tuple[slice, slice, slice]:
        """Where the inputs of pieces, of hats and of repeated values are."""
        pieces = 1 + max(len(self.edges) - 1, 0)
        hats = pieces + len(self.hats)
        return slice(1, pieces), slice(pieces, hats), slice(hats, hats + len(self.repeated))


def _write_pieces(
    inputs: NDArray[Any], values: NDArray[np.float64], edges: Sequence[float]
) -> None:
    """Fill the pieces: 1 below the one that holds the value, the fraction in it, 0 above."""
    place, fraction = _placed(values, edges)
    inputs[:] = np.arange(len(edges) - 1) < place[:, None]
    inputs[np.arange(len(values)), place] = fraction


def _write_hats(inputs: NDArray[Any], values: NDArray[np.float64], knots: Sequence[float]) -> None:
    """Fill the hats: two that are not 0, on both sides of the value."""
    place, fraction = _placed(values, knots)
    rows = np.arange(len(values))
    inputs[:] = 0
    inputs[rows, place] = 1 - fraction
    inputs[rows, place + 1] = fraction


def _write_repeated(
    inputs: NDArray[Any], values: NDArray[np.float64], repeated: Sequence[float]
) -> None:
    """Fill the inputs of repeated values: 1 for this value alone."""
    low, high = windows(repeated)
    place = _within(np.searchsorted(high, values), 0, len(high) - 1)
    inputs[:] = 0
    inputs[np.arange(len(values)), place] = (low[place] <= values) & (values <= high[place])


def _placed(
    values: NDArray[np.float64], edges: Sequence[float]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the piece that holds each value, and which fraction of it lies below the value."""
    halves, ends = values / 2, np.array(edges) / 2  # halves: the span of all numbers overflows
    place = _within(np.searchsorted(ends, halves, side="right") - 1, 0, len(ends) - 2)
    fraction = (halves - ends[place]) / (ends[place + 1] - ends[place])
    return place, _within(fraction, 0, 1)


def _slopes_of_pieces(values: NDArray[np.float64], edges: Sequence[float]) -> NDArray[np.float64]:
    """Return the derivative of each piece by the number."""
    ends = np.array(edges)
    pieces = len(ends) - 1
    slopes = np.zeros((len(values), pieces))
    place = np.searchsorted(ends, values, side="right") - 1
    inside = np.flatnonzero((place >= 0) & (place < pieces))
    slopes[inside, place[inside]] = 1 / np.diff(ends)[place[inside]]
    return slopes


def windows(
    repeated: Sequence[float] | NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return between which numbers each repeated value lies: those that float32 makes of it."""
    value = np.array(repeated, dtype=np.float64)
    slack = np.abs(value) * CLOSE
    return value - slack, value + slack


def _within(values: NDArray[Any], low: float, high: float) -> NDArray[Any]:
    """Return the values clipped; of one row `np.clip` takes four times as long."""
    return np.minimum(np.maximum(values, low), high)


def fit_numbers(values: NDArray[np.float64], name: str, pieces: int) -> NumberCode:
    """Learn the code of a training column, of which two values or more are different.

    Parameters
    ----------
    values
        Numbers (N,), NaN where one is missing.
    name
        The column's name.
    pieces
        The most pieces that the code may have; 0 for no code.
    """
    present = values[~np.isnan(values)]
    with np.errstate(over="ignore"):
        median = float(np.median(present))
        low, high = np.quantile(present, [0.25, 0.75])
        # Where half of the values are equal, half of the range; where even that overflows, 1.
        spreads = ((high - low) / NORMAL_IQR, present.max() / 2 - present.min() / 2, 1.0)
    scale = next(float(spread) for spread in spreads if 0 < spread < np.inf)
    return NumberCode(
        name, median, scale, edges_of(present, pieces), int(values.size - present.size)
    )


def edges_of(present: NDArray[np.float64], pieces: int) -> tuple[float, ...]:
    """Return the edges of at most `pieces` pieces: quantiles, or the different values themselves.

    Where many values are equal, quantiles fall together; the edges left over then go to quantiles
    of the different values.
    """
    different = np.unique(present)
    if pieces < FEWEST_PIECES or len(different) <= FEWEST_PIECES:
        return ()
    if len(different) <= pieces + 1:
        edges = different
    else:
        edges = np.unique(np.quantile(present, np.linspace(0, 1, pieces + 1), method="nearest"))
        left = pieces + 1 - len(edges)
        if left > COLLAPSED * pieces:
            parts = np.linspace(0, 1, left + 2)[1:-1]
            more = np.quantile(different, parts, method="nearest")
            edges = np.unique(np.concatenate([edges, more]))
    halves = edges / 2
    usable = len(edges) > FEWEST_PIECES and bool((np.diff(halves) > 0).all())
    return tuple(edges.tolist()) if usable else ()


def _repeated(value: object, where: str) -> tuple[float, ...]:
    repeated = tuple(a_number(number, where) for number in a_list(value, where))
    low, high = windows(repeated)
    if (low[1:] <= high[:-1]).any():
        raise DataError(f"{where} must be numbers in increasing order, and not too close")
    return repeated


def _edges(value: object, where: str) -> tuple[float, ...]:
    edges = tuple(a_number(edge, where) for edge in a_list(value, where))
    if edges and (len(edges) <= FEWEST_PIECES or (np.diff(edges) <= 0).any()):
        raise DataError(f"{where} must be three numbers or more in increasing order")
    return edges
