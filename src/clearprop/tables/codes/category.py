"""A column of categories: one input each, and means of the target where there are many."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from clearprop.data.values import categories_of
from clearprop.files.document import a_count, a_list, a_number, a_text
from clearprop.files.errors import DataError
from clearprop.tables.codes.kinds import CATEGORY, MEAN
from clearprop.writing.sentences import count, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from clearprop.data.values import Categories
    from clearprop.files.document import Check


@dataclass(frozen=True)
class CategoryCode:
    """Categories, one input for each common one, and one for all rare ones together.

    Missing is a category of its own where training met it. Two categories need one input. Where
    more are common than may have an input, each of the others gives the smoothed mean of each
    target, (sum of its targets + m · overall mean) / (its rows + m), standardised. Those with an
    input give none: a network that sees the category could tell a training row's own target from
    the mean that leaves it out.

    Source of the smoothed means: Micci-Barreca 2001, with a constant weight m.

    Attributes
    ----------
    name
        The column's name.
    categories
        Those with an input of their own, the most frequent first; None stands for missing.
    others
        Whether training had more than these, which share one input.
    known
        The categories with means of the target, if any.
    means
        For each of these its standardised means, K of them.
    missing
        How many training values are missing.
    """

    kind: ClassVar[str] = "category"
    checks: ClassVar[Mapping[str, Check]] = {
        "name": a_text,
        "categories": lambda value, where: _names(value, where),
        "others": lambda value, where: _a_bool(value, where),
        "known": lambda value, where: _names(value, where),
        "means": lambda value, where: _means(value, where),
        "missing": a_count,
    }
    read = staticmethod(categories_of)

    name: str
    categories: tuple[str | None, ...]
    others: bool
    known: tuple[str | None, ...] = ()
    means: tuple[tuple[float, ...], ...] = ()
    missing: int = 0

    @property
    def width(self) -> int:
        """The number of inputs of categories: one for two of them."""
        if len(self.categories) == 2 and not self.others:
            return 1
        return len(self.categories) + self.others

    @property
    def input_names(self) -> tuple[str, ...]:
        """The column's name with each category, "(other)" and "(mean of the target)"."""
        words = ["(missing)" if text is None else text for text in self.categories]
        words = [*words, *["(other)"][: self.others]][: self.width]
        outputs = len(self.means[0]) if self.means else 0
        means = (
            ["(mean of the target)"]
            if outputs == 1
            else [f"(mean of target {k + 1})" for k in range(outputs)]
        )
        return tuple(f"{self.name}={word}" for word in [*words, *means])

    @property
    def input_kinds(self) -> tuple[str, ...]:
        """What each input is."""
        return (CATEGORY,) * self.width + (MEAN,) * (len(self.means[0]) if self.means else 0)

    def write(self, inputs: NDArray[Any], found: Categories) -> list[str]:
        """Fill the inputs (N, width), zero so far, and tell what training had not met."""
        places = _places(found, self.categories)[found.codes]
        if self.others:
            places = np.where(places < 0, len(self.categories), places)
        shown = np.flatnonzero((places >= 0) & (places < self.width))
        inputs[shown, places[shown]] = 1
        if self.means:
            place = _places(found, self.known)[found.codes]
            # The last row is what all others find: the overall mean, which is 0.
            means = np.vstack([np.array(self.means), np.zeros(len(self.means[0]))])
            inputs[:, self.width :] = means[place]
        return self._notes(found, places)

    def _notes(self, found: Categories, places: NDArray[np.intp]) -> list[str]:
        known = {*self.categories, *self.known}
        if self.others and not self.known:
            return []
        unmet = [text for text in found.texts if text not in known]
        notes = []
        if unmet:
            of_unmet = np.isin(found.codes, [found.texts.index(text) for text in unmet])
            rows = count(int(of_unmet.sum()), "row")
            notes.append(
                f"column {self.name!r}: {rows} with a category that training had not "
                f"({quoted(unmet)})"
            )
        missing = int((found.codes < 0).sum())
        if missing and None not in known:
            notes.append(
                f"column {self.name!r}: {count(missing, 'missing value')}, where training had none"
            )
        return notes


def fit_categories(
    found: Categories,
    name: str,
    targets: NDArray[np.floating],
    *,
    most: int,
    fewest_rows: int,
    smoothing: float,
) -> tuple[CategoryCode, NDArray[np.floating] | None]:
    """Learn the code of a training column of two categories or more.

    Parameters
    ----------
    found
        The categories of the rows (N,).
    name
        The column's name.
    targets
        The targets (N, K), for the means.
    most
        The most categories that have an input of their own.
    fewest_rows
        Categories of fewer rows share one input.
    smoothing
        m: the rows that the overall mean counts as.

    Returns
    -------
    code : CategoryCode
        The code.
    means : ndarray of shape (N, K) or None
        The means of the target for these very rows, each without the row's own target, so that
        no row sees its answer; 0 where the category has an input; None for a code without means.
    """
    codes = _with_missing(found)
    counts = np.bincount(codes, minlength=len(found.texts) + 1)
    sums: Any = None
    if np.count_nonzero(counts) > most:
        sums = np.stack([np.bincount(codes, t, len(counts)) for t in targets.T], axis=1)
    counted = CountedCategories(
        found.texts, counts, sums, targets.mean(0), targets.std(0) + 1e-9, smoothing, most,
        fewest_rows,
    )  # fmt: skip
    code = counted.code(name)
    return code, counted.without_own(found, targets) if code.means else None


@dataclass(frozen=True, eq=False)
class CountedCategories:
    """What the code of a column of categories is made from.

    Attributes
    ----------
    texts
        The categories (T,), in sorted order.
    counts
        The rows of each, and last of missing values (T + 1,).
    sums
        The sums of their targets (T + 1, K); None where there are no means.
    overall, spread
        Mean and standard deviation of all targets (K,).
    smoothing
        m: the rows that the overall mean counts as.
    most, fewest_rows
        The most categories with an input of their own, and the fewest rows of one.
    """

    texts: list[str]
    counts: NDArray[np.integer]
    sums: NDArray[Any] | None
    overall: NDArray[np.floating]
    spread: NDArray[np.floating]
    smoothing: float
    most: int
    fewest_rows: int

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """The places of the categories that training met, the most frequent first."""
        met = np.flatnonzero(self.counts)
        return met[np.argsort(-self.counts[met], kind="stable")]

    @cached_property
    def common(self) -> int:
        """How many of these have an input of their own."""
        enough = int(np.count_nonzero(self.counts >= self.fewest_rows))
        return max(min(enough, self.most), 1)

    def code(self, name: str) -> CategoryCode:
        """Return the code; see :func:`fit_categories`."""
        texts: list[str | None] = [*self.texts, None]
        counts, common, others = self.counts, self.order[: self.common], self.order[self.common :]
        categories, missing = tuple(texts[place] for place in common), int(counts[-1])
        if len(self.order) <= self.most:
            return CategoryCode(name, categories, bool(len(others)), missing=missing)
        assert self.sums is not None
        smoothed = (self.sums + self.smoothing * self.overall) / (counts[:, None] + self.smoothing)
        return CategoryCode(
            name,
            categories,
            True,
            tuple(texts[place] for place in others),
            tuple(map(tuple, ((smoothed - self.overall) / self.spread)[others].tolist())),
            missing,
        )

    def without_own(self, found: Categories, targets: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the means (N, K) for rows that were counted, each without its own target.

        They are 0, the overall mean, for categories with an input.
        """
        assert self.sums is not None
        codes = _with_missing(found)
        if found.texts is not self.texts:
            codes = np.array([*(self._place[text] for text in found.texts), -1])[codes]
        sums = self.sums[codes] - targets + self.smoothing * self.overall
        own = sums / (self.counts[:, None][codes] - 1 + self.smoothing)
        has_input = np.isin(codes, self.order[: self.common])
        return np.where(has_input[:, None], 0.0, (own - self.overall) / self.spread)

    @cached_property
    def _place(self) -> dict[str, int]:
        return {text: place for place, text in enumerate(self.texts)}


def _with_missing(found: Categories) -> NDArray[np.intp]:
    """Return the codes of rows, with the number after the last for a missing value."""
    return np.where(found.codes < 0, len(found.texts), found.codes)


def _places(found: Categories, names: tuple[str | None, ...]) -> NDArray[np.intp]:
    """Return for each text found, and last for a missing one, its place in `names`, or -1."""
    place = {name: k for k, name in enumerate(names)}
    return np.array([place.get(text, -1) for text in [*found.texts, None]], dtype=np.intp)


def _names(value: object, where: str) -> tuple[str | None, ...]:
    names = tuple(text if text is None else a_text(text, where) for text in a_list(value, where))
    if len(set(names)) != len(names):
        raise DataError(f"{where} must be different texts")
    return names


def _a_bool(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise DataError(f"{where} must be true or false, not {value!r:.40}")
    return value


def _means(value: object, where: str) -> tuple[tuple[float, ...], ...]:
    means = tuple(
        tuple(a_number(mean, where) for mean in a_list(row, where)) for row in a_list(value, where)
    )
    if len({len(row) for row in means}) > 1:
        raise DataError(f"{where} must be rows of one length")
    return means
