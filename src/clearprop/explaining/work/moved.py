"""Exact statements on numbers that are ours, rounded, moved to other places or multiplied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product as pairs_of

import numpy as np

from clearprop.explaining.work.compared import Statement, Wrong, is_small

MOST_DECIMALS = 2
"""So many decimals are looked for; more are taken for numbers typed with so many digits."""

MOST_ROWS = 64
"""Rows or columns up to which another order is looked for."""


def moved(wrong: Wrong) -> Statement:
    """Ours rounded, or in other places."""
    yours, right = wrong.given.values, wrong.right
    if right.size < 2 or yours.shape != right.shape or not np.isfinite(yours).all():
        return None
    for ways in (_rounded(right), _reshaped(right), _another_order(yours, right)):
        for value, words in ways:
            if wrong.equals(value):
                return f"yours is ours {words}"
    return None


def product(wrong: Wrong) -> Statement:
    """The matrix product of two other quantities."""
    if not is_small(wrong.situation) or not np.any(wrong.given.values):
        return None
    before = {
        quantity.path: np.asarray(quantity.value, float)
        for quantity in wrong.record.quantities.values()
        if quantity.phase != "update"
    }
    for value, words in _products(wrong.right.shape, before):
        if wrong.equals(value):
            return f"yours is {words}"
    return None


def _rounded(right: np.ndarray) -> Iterator[tuple[np.ndarray, str]]:
    """Yield the right numbers cut and rounded, with the words for it."""
    yield np.trunc(right), "cut to whole numbers (an array of integers?)"
    yield np.rint(right), "rounded to whole numbers"
    for decimals in range(1, MOST_DECIMALS + 1):
        word = "decimal" if decimals == 1 else "decimals"
        yield np.round(right, decimals), f"rounded to {decimals} {word}"


def _reshaped(right: np.ndarray) -> Iterator[tuple[np.ndarray, str]]:
    """Yield the right numbers of a matrix in other places, with the words for it."""
    if right.ndim != 2 or 1 in right.shape:
        return
    yield right.T.reshape(right.shape), "read column by column and written row by row"
    yield right.ravel().reshape(right.shape[::-1]).T, "read row by row and written column by column"
    for axis, word in enumerate(("rows", "columns")):
        if right.shape[axis] > 2:
            yield np.flip(right, axis), f"with its {word} in the reverse order"


def _another_order(yours: np.ndarray, right: np.ndarray) -> Iterator[tuple[np.ndarray, str]]:
    """Yield the right numbers with their rows, or their columns, in the order that yours have."""
    for axis, word in enumerate(("rows", "columns")[: right.ndim]):
        size = right.shape[axis]
        if not 1 < size <= MOST_ROWS:
            continue
        ours, theirs = np.moveaxis(right, axis, 0), np.moveaxis(yours, axis, 0)
        order = [int(np.argmin(np.abs(ours - one).reshape(size, -1).sum(axis=1))) for one in theirs]
        if sorted(order) == list(range(size)):
            where = ", ".join(map(str, order))
            yield np.take(right, order, axis), f"with its {word} in the order {where}"


def _products(
    shape: tuple[int, ...], quantities: Mapping[str, np.ndarray]
) -> Iterator[tuple[np.ndarray, str]]:
    """Yield the matrix products of two quantities that have a shape, with the words for them."""
    if len(shape) != 2:
        return
    matrices = {path: value for path, value in quantities.items() if value.ndim == 2}
    for (one, a), (other, b) in pairs_of(matrices.items(), repeat=2):
        for left, called in ((a, one), (a.T, f"{one}ᵀ")):
            for right, also in ((b, other), (b.T, f"{other}ᵀ")):
                if left.shape[1] == right.shape[0] > 1 and shape == (len(left), right.shape[1]):
                    yield left @ right, f"{called} @ {also}"
