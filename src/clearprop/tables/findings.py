"""Columns that may give the target away, named when a table estimator is fitted."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from shlex import quote
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.doubts import counts_rows
from clearprop.estimators.deciding import FEWEST_ROWS, measure_of, sample_of
from clearprop.files.document import a_list, a_text, checked
from clearprop.files.errors import DataError
from clearprop.tables.fit_inputs import read_columns
from clearprop.tables.sums import exact_sum
from clearprop.writing.sentences import count, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clearprop.data.dataset import Task
    from clearprop.data.values import Column
    from clearprop.tables.fit_inputs import ReadColumn

FEWEST_EXPECTED = 20.0
"""Values stand beside one class only if so many of them were expected beside other classes."""

ALMOST_NEVER = 0.05
"""And if at most this part of these stand there."""

KINDS = ("decides", "sum", "given", "missing", "counts")


class LeakWarning(UserWarning):
    """A column may hold what is known only once the target is known."""


@dataclass(frozen=True)
class Finding:
    """Something about a column that its user should look at before a model is trusted.

    Attributes
    ----------
    column
        The column's name.
    kind
        "decides": it decides the target alone. "sum": the target is the sum of it and `others`.
        "given", "missing": it has values, or none, almost only beside one class. "counts": it
        numbers the rows.
    measure
        What was measured, in words; "" for a column that numbers the rows.
    others
        The names of the other columns of a sum.
    """

    column: str
    kind: str
    measure: str = ""
    others: tuple[str, ...] = ()

    @property
    def is_leak(self) -> bool:
        """Whether it speaks of the target."""
        return self.kind != "counts"

    def __str__(self) -> str:
        """Return the sentence, with the option that leaves the column out."""
        names = [self.column, *self.others]
        leave_out = (
            f"({' '.join(f'--ignore {quote(name)}' for name in names)}, or ignore={names!r} in "
            f"Python, leaves {'them' if self.others else 'it'} out)."
        )
        if self.kind == "counts":
            return (
                f"{self.column} counts the rows, and is used; where the rows are sorted it can "
                f"give the target away {leave_out}"
            )
        if self.kind == "sum":
            return (
                f"the target is {self.measure}. Are these columns known when you predict? "
                f"{leave_out}"
            )
        what = {
            "decides": "alone decides the target",
            "given": "has values almost only beside one class",
            "missing": "is missing almost only beside one class",
        }[self.kind]
        return (
            f"{self.column} {what}: {self.measure}. Is it known when you predict? {leave_out}"
        )  # fmt: skip

    def to_document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {**asdict(self), "others": list(self.others)}

    @classmethod
    def from_document(cls, document: object, where: str) -> Finding:
        """Return what a document describes, or raise a DataError."""
        found = cls(
            **checked(
                document,
                where,
                {"column": a_text, "kind": a_text, "measure": a_text, "others": _texts},
            )
        )
        if found.kind not in KINDS:
            raise DataError(f"{where}: kind must be one of {quoted(KINDS)}, not {found.kind!r:.40}")
        return found


def _texts(value: object, where: str) -> tuple[str, ...]:
    return tuple(a_text(item, where) for item in a_list(value, where))


def findings_from(value: object, where: str) -> tuple[Finding, ...]:
    """Return the findings that a list in a document describes, or raise a DataError."""
    return tuple(Finding.from_document(item, where) for item in a_list(value, where))


def warn_of_leaks(findings: Sequence[Finding]) -> None:
    """Warn of each column that may give the target away."""
    for finding in findings:
        if finding.is_leak:
            warnings.warn(str(finding), LeakWarning, stacklevel=2)


def find(
    read: Mapping[str, ReadColumn],
    target: NDArray[Any],
    names: Sequence[object] | None,
    order: NDArray[np.intp] | None = None,
) -> tuple[Finding, ...]:
    """Return what should be looked at, judged by training rows alone.

    Each half of a sample of the rows judges what the other half says. Dates are not looked at: a
    date is known, whatever it decides.

    Parameters
    ----------
    read
        The columns of the training table.
    target
        The class of each row (N,), counted from 0; or quantities (N,) or (N, K).
    names
        The names of the classes; None for quantities.
    order
        Which row of the user's table each row is, where they were put in another order.
    """
    back = slice(None) if order is None else np.argsort(order)
    found = [
        Finding(name, "counts")
        for name, column in read.items()
        if column.kind == "number" and counts_rows(column.values[back])
    ]
    rows = sample_of(len(target))
    usable = {name: column for name, column in read.items() if column.values is not None}
    if len(rows) < FEWEST_ROWS or len(usable) < 2:
        return tuple(found)
    target = target[rows]
    for name, column in usable.items():
        if column.kind == "date":
            continue
        values, groups = _sampled(column, rows)
        measure, _ = measure_of(values, target, groups, classifies=names is not None)
        if measure:
            found.append(Finding(name, "decides", measure))
        elif names is not None:
            found += _beside_one_class(name, values, target, groups, names)
    if names is None:
        alone = {finding.column for finding in found if finding.kind == "decides"}
        numbers = {
            name: column.values[rows]
            for name, column in usable.items()
            if column.kind == "number" and name not in alone
        }
        found += _sums(numbers, target)
    return tuple(found)


def _sums(numbers: Mapping[str, NDArray[Any]], target: NDArray[np.floating]) -> list[Finding]:
    """Return the sums of columns that are a target; of several targets each has its own."""
    found = {exact_sum(numbers, one) for one in target.reshape(len(target), -1).T} - {None}
    return [
        Finding(
            each.columns[0], "sum", f"{each.formula}: in held-out rows its R² is {each.r2:.6f}",
            each.columns[1:],
        )
        for each in sorted(filter(None, found))
    ]  # fmt: skip


def _sampled(column: ReadColumn, rows: NDArray[np.intp]) -> tuple[NDArray[Any], bool]:
    """Return numbers, or the group of each row from 1 with 0 for missing, and whether groups."""
    if column.kind == "number":
        return column.values[rows], False
    if column.kind == "category":
        return column.values.codes[rows] + 1, True
    # Of texts, and of identifiers, only whether there is one.
    return np.array([bool(column.values[row]) for row in rows], np.intp), True


def _beside_one_class(
    name: str,
    values: NDArray[Any],
    classes: NDArray[np.intp],
    groups: bool,
    names: Sequence[object],
) -> list[Finding]:
    """Return whether values, or missing ones, stand almost only beside one class.

    That is so if of n values all but a few stand beside class c, though (1 - p_c) n others are
    expected, with p_c the part of all rows that are of class c.
    """
    missing = values == 0 if groups else np.isnan(values)
    if not 0 < missing.sum() < len(missing):
        return []
    part = np.bincount(classes) / len(classes)
    for kind, rows in (("given", ~missing), ("missing", missing)):
        counts = np.bincount(classes[rows], minlength=len(part))
        total, first = int(rows.sum()), int(counts.argmax())
        expected = (1 - float(part[first])) * total
        if expected >= FEWEST_EXPECTED and total - counts[first] <= ALMOST_NEVER * expected:
            of = f"{counts[first]} of {count(total, 'row')}"
            return [
                Finding(name, kind, f"{names[first]} in {of}, {100 * part[first]:.0f} % overall")
            ]
    return []


def findings_in(columns: Mapping[str, Column], y: NDArray[Any], task: Task) -> tuple[Finding, ...]:
    """Return what should be looked at in a table with one target (N,), classes or quantities."""
    read = read_columns(columns, len(y))
    if task == "regression":
        return find(read, np.asarray(y), None)
    names, classes = np.unique(y, return_inverse=True)
    return find(read, classes, list(names))
