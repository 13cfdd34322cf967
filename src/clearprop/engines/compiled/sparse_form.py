"""Rows that are sparse about the common value of each column: x = m + s, and s is mostly 0.

m_j is the value that column j has most often: 0 for pixels, -mean / sd for pixels that were
standardised, 0 for indicators. Whoever multiplies by s W and adds m W multiplies fewer numbers and
gets x W, but for rounding. Whether that pays is decided by the rows and the shape of W alone: the
same fit has the same bits, however busy the machine is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.kernels.common import count_uncommon, fill_uncommon
from clearprop.engines.compiled.plan import KernelPlan

MOST_DENSITY = 0.3
"""The largest part of numbers that are not common where sparse products pay for certain."""

FEWEST_UNITS = 16
"""Narrower matrices have products that cost little either way."""

FEWEST_WEIGHTS = 2048
"""Products with smaller matrices cost less than finding the numbers to leave out."""

SAMPLE = 256
"""So many rows, evenly spaced, say what is common."""

CANDIDATES = 8
"""A value of one row in eight, or more, stands at one of so many places of a sorted column."""


@dataclass(frozen=True)
class SparseRows:
    """Rows in compressed sparse form, about a common value of each column.

    Attributes
    ----------
    values, columns, starts : (nonzeros,), (nonzeros,) int32, (N + 1,) int64
        Differences from the common values, their columns, and where each row begins.
    common : (I,) or (0,)
        The common values; (0,) where all are 0.
    """

    values: np.ndarray
    columns: np.ndarray
    starts: np.ndarray
    common: np.ndarray


def may_be_sparse(plan: KernelPlan) -> bool:
    """Return whether rows go into one Dense layer alone, and that is large enough."""
    reads = plan.ops[plan.ops[:, c.IN] == 0]
    shortcut = (plan.ops[:, c.KIND] == c.ADD) & (plan.ops[:, c.SCALES] == 0)
    if len(reads) != 1 or shortcut.any() or reads[0, c.KIND] != c.DENSE:
        return False
    width, units = reads[0, c.IN_WIDTH], reads[0, c.OUT_WIDTH]
    return bool(units >= FEWEST_UNITS and width * units >= FEWEST_WEIGHTS)


def sparse_about_common(x: np.ndarray) -> SparseRows | None:
    """Return dense rows (N, I) in sparse form, None where too many numbers are not common."""
    rows = x.shape[0]
    if not x.size:
        return None
    sample = x[:: max(1, rows // SAMPLE)][:SAMPLE]
    common, density = common_values(sample)
    if density > MOST_DENSITY:
        return None
    starts = np.zeros(rows + 1, np.int64)
    count_uncommon(x, common, starts)
    if starts[-1] > MOST_DENSITY * x.size:
        return None
    values, columns = np.empty(starts[-1] + 1, x.dtype), np.empty(starts[-1] + 1, np.int32)
    fill_uncommon(x, common, starts, values, columns)
    return SparseRows(values[:-1], columns[:-1], starts, common if common.any() else common[:0])


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
    """Return a sparse matrix in this form, its common values 0."""
    x = x.tocsr()
    return SparseRows(
        np.asarray(x.data, dtype), np.asarray(x.indices, np.int32),
        np.asarray(x.indptr, np.int64), np.empty(0, dtype),
    )  # fmt: skip


def most_numbers(starts: np.ndarray, rows: int) -> int:
    """Return how many numbers a batch of so many rows may have."""
    counts = np.diff(starts)
    if not len(counts):
        return 0
    rows = min(rows, len(counts))
    return int(np.partition(counts, len(counts) - rows)[len(counts) - rows :].sum())
