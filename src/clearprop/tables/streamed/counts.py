"""What is known of all rows of a column, in parts that can be merged: extents and counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from clearprop.data.values import Categories

MOST_CATEGORIES = 100_000
"""Categories of a column beyond so many are not counted one by one."""

SMALLEST = 4096
"""How many hashes tell about how many different texts there are: to 1 / √SMALLEST of it."""


@dataclass(frozen=True)
class Extent:
    """How many numbers or dates of a column are present and missing, and their ends.

    Attributes
    ----------
    present, missing
        Rows.
    least, most
        The smallest and the largest; None where none is present.
    """

    present: int
    missing: int
    least: Any
    most: Any

    @classmethod
    def of(cls, values: Any) -> Extent:
        """Return the extent of numbers (n,), NaN where missing, or of dates."""
        gaps = np.isnan(values) if isinstance(values, np.ndarray) else np.asarray(values.isna())
        missing = int(gaps.sum())
        present = len(values) - missing
        if not present:
            return cls(0, missing, None, None)
        if isinstance(values, np.ndarray):
            return cls(present, missing, float(np.nanmin(values)), float(np.nanmax(values)))
        return cls(present, missing, values.min(), values.max())

    def merge(self, other: Extent) -> Extent:
        """Return the extent of the rows of both."""
        ends = [one for one in (self, other) if one.present]
        return Extent(
            self.present + other.present,
            self.missing + other.missing,
            min((one.least for one in ends), default=None),
            max((one.most for one in ends), default=None),
        )


@dataclass(frozen=True, eq=False)
class Tally:
    """How many rows each category of a column has, and the sums of their targets.

    Beyond ``MOST_CATEGORIES`` only how many there are is known, about: of the hashes of all texts
    the ``SMALLEST`` are kept, and k hashes below h, in units of all, mean (k - 1) / h texts.
    Source: Bar-Yossef, Jayram, Kumar, Sivakumar and Trevisan 2002.

    Attributes
    ----------
    present, missing
        Rows.
    rows
        Of each category, by its text; None beyond ``MOST_CATEGORIES``.
    sums
        For each the sums of its targets, a column a target: of a class the rows that have it.
    gap
        The sums of the rows with a missing value, by target.
    hashes
        The smallest hashes of texts; None where these are counted.
    """

    present: int
    missing: int
    rows: pd.Series[Any] | None
    sums: pd.DataFrame | None
    gap: pd.Series[Any]
    hashes: NDArray[np.uint64] | None = None

    @classmethod
    def of(cls, found: Categories, targets: NDArray[Any], names: Any) -> Tally:
        """Return the tally of some rows.

        Their targets are numbers (n, K), or places of classes (n,); `names` are those of both.
        """
        import pandas as pd

        codes = np.where(found.codes < 0, len(found.texts), found.codes)
        counts = np.bincount(codes, minlength=len(found.texts) + 1)
        if targets.ndim == 1:
            size = (len(counts), len(names))
            sums: NDArray[Any] = np.bincount(codes * size[1] + targets, minlength=size[0] * size[1])
            sums = sums.reshape(size).astype(np.float64)
        else:
            sums = np.stack([np.bincount(codes, t, len(counts)) for t in targets.T], axis=1)
        met = np.flatnonzero(counts[:-1])
        texts = pd.Index([found.texts[place] for place in met.tolist()], dtype=object)
        return cls(
            int(counts[:-1].sum()),
            int(counts[-1]),
            pd.Series(counts[met], texts),
            pd.DataFrame(sums[met], texts, pd.Index(names)),
            pd.Series(sums[-1], pd.Index(names)),
        )._bounded()

    def merge(self, other: Tally) -> Tally:
        """Return the tally of the rows of both."""
        gap = self.gap.add(other.gap, fill_value=0.0)
        present, missing = self.present + other.present, self.missing + other.missing
        if self.rows is None or other.rows is None or self.sums is None or other.sums is None:
            hashes = np.union1d(self._hashes(), other._hashes())[:SMALLEST]
            return Tally(present, missing, None, None, gap, hashes)
        return Tally(
            present,
            missing,
            self.rows.add(other.rows, fill_value=0).astype(np.int64),
            self.sums.add(other.sums, fill_value=0.0).fillna(0.0),
            gap,
        )._bounded()

    @property
    def different(self) -> int:
        """How many categories there are, a missing value not counted; beyond the bound, about."""
        if self.rows is not None:
            return len(self.rows)
        hashes = self._hashes()
        if len(hashes) < SMALLEST:
            return len(hashes)
        return round((SMALLEST - 1) * 2**64 / int(hashes[-1]))

    def _bounded(self) -> Tally:
        if self.rows is None or len(self.rows) <= MOST_CATEGORIES:
            return self
        return Tally(self.present, self.missing, None, None, self.gap, self._hashes())

    def _hashes(self) -> NDArray[np.uint64]:
        if self.hashes is not None:
            return self.hashes
        import pandas as pd

        assert self.rows is not None
        return np.unique(pd.util.hash_array(np.asarray(self.rows.index, object)))[:SMALLEST]
