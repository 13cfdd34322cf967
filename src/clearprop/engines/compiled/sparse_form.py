"""Rows that are sparse about the common value of each column: x = m + s, and s is mostly 0.

m_j is the value that column j has most often: 0 for pixels, -mean / sd for pixels that were
standardised, 0 for indicators. Whoever multiplies by s W and adds m W multiplies fewer numbers and
gets x W, but for rounding. Which values are common is decided by the rows alone: the same fit has
the same bits, however busy the machine is.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.kernels.masks import MOST_IN_TEN
from clearprop.engines.compiled.plan import KernelPlan

LEAST_GAIN = 0.1
"""So many more numbers must be common than are 0: m W and its way back take time, too."""

SAMPLE = 256
"""So many rows, evenly spaced, say what is common."""

CANDIDATES = 8
"""A value of one row in eight, or more, stands at one of so many places of a sorted column."""


class SparseRows(NamedTuple):
    """Rows in compressed sparse form.

    Attributes
    ----------
    values, columns, starts : (nonzeros,), (nonzeros,) int32, (N + 1,) int64
        The numbers, their columns, and where each row begins.
    """

    values: np.ndarray
    columns: np.ndarray
    starts: np.ndarray


def may_have_common(plan: KernelPlan) -> bool:
    """Return whether rows go into one Dense layer alone, and that is large enough."""
    reads = plan.ops[plan.ops[:, c.IN] == 0]
    shortcut = (plan.ops[:, c.KIND] == c.ADD) & (plan.ops[:, c.SCALES] == 0)
    alone = len(reads) == 1 and not shortcut.any() and reads[0, c.KIND] == c.DENSE
    return bool(alone and reads[0, c.ZEROS_IN])


def common_of(x: np.ndarray) -> np.ndarray:
    """Return the common value of each column of dense rows (N, I), (0,) where it brings nothing."""
    if not x.size:
        return x[0:0].ravel()
    sample = x[:: max(1, x.shape[0] // SAMPLE)][:SAMPLE]
    common, density = common_values(sample)
    not_zero = np.count_nonzero(sample) / sample.size
    pays = 10 * density <= MOST_IN_TEN and density <= not_zero - LEAST_GAIN
    return common if pays else common[:0]


def common_values(sample: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the value that each column has most often, and the part of numbers that differ.

    Values that fewer than one row in eight has may be missed: their column is dense anyway.

    Parameters
    ----------
    sample
        Some rows (n, I).
    """
    in_order = np.sort(sample, axis=0)
    best, common = np.zeros(sample.shape[1], np.int64), np.zeros(sample.shape[1], sample.dtype)
    for k in range(CANDIDATES + 1):
        candidate = in_order[min(k * len(sample) // CANDIDATES, len(sample) - 1)]
        times = np.count_nonzero(sample == candidate, axis=0)
        better = times > best
        common[better], best[better] = candidate[better], times[better]
    return common, 1.0 - float(best.sum()) / sample.size


def of_csr(x: Any, dtype: Any) -> SparseRows:
    """Return a sparse matrix in this form."""
    x = x.tocsr()
    return SparseRows(
        np.asarray(x.data, dtype), np.asarray(x.indices, np.int32), np.asarray(x.indptr, np.int64)
    )


def most_numbers(starts: np.ndarray, rows: int) -> int:
    """Return how many numbers a batch of so many rows may have."""
    counts = np.diff(starts)
    if not len(counts):
        return 0
    rows = min(rows, len(counts))
    return int(np.partition(counts, len(counts) - rows)[len(counts) - rows :].sum())
