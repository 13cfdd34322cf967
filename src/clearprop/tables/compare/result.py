"""What a comparison found, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clearprop.files.atomic import write_atomically
from clearprop.tables.compare.document import document_of, fields_of, frame_of
from clearprop.tables.compare.page import framed, page_of
from clearprop.tables.compare.scores import SCORES, ScoreKind
from clearprop.tables.compare.splits import told
from clearprop.tables.compare.text import text_of
from clearprop.tables.compare.verdict import verdict_of

if TYPE_CHECKING:
    import os

    import pandas as pd

    from clearprop.data.dataset import Task
    from clearprop.tables.compare.row import ContenderResult


@dataclass(frozen=True)
class Comparison:
    """Models compared on the same splits of one table; :func:`clearprop.compare` makes it.

    Attributes
    ----------
    source, target
        The names of the table and of what is predicted.
    task
        "classification" or "regression".
    rows, columns
        Of the table.
    classes
        The names of the classes; empty for quantities.
    folds, repeats, seed
        How the rows were split.
    test_to_train
        n_test / n_train, see :mod:`clearprop.tables.compare.statistics`.
    table : tuple of ContenderResult
        The contenders: those that are done, the best first, and then the others.
    notes
        Sentences on what was left out or decided.
    seconds
        How long all of it took.
    time_limit
        How long it was to take at most, in seconds; None without a limit.
    interrupted
        Whether the user ended it early.
    versions
        Of Python, clearprop and the packages that compute.
    """

    source: str
    target: str
    task: Task
    rows: int
    columns: int
    classes: tuple[str, ...]
    folds: int
    repeats: int
    seed: int
    test_to_train: float
    table: tuple[ContenderResult, ...]
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    time_limit: float | None = None
    interrupted: bool = False
    versions: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def kinds(self) -> tuple[ScoreKind, ...]:
        """The scores; the first decides which contender is best."""
        return SCORES[self.task]

    @property
    def done(self) -> tuple[ContenderResult, ...]:
        """The contenders that were scored on all splits, the best first."""
        return tuple(row for row in self.table if row.done)

    @property
    def best(self) -> ContenderResult | None:
        """The contender with the best mean of the deciding score; None if none is done."""
        return next(iter(self.done), None)

    @property
    def splits(self) -> str:
        """How the rows were split, in words."""
        return told(self.folds, self.repeats)

    @property
    def verdict(self) -> str:
        """Who is best, and where clearprop stands, in a sentence."""
        return verdict_of(self)

    def __getitem__(self, name: str) -> ContenderResult:
        """Return the row of a contender, by the name it is asked for by."""
        for row in self.table:
            if row.name == name:
                return row
        raise KeyError(f"{name!r} was not compared; {', '.join(row.name for row in self.table)}")

    def to_frame(self) -> pd.DataFrame:
        """Return the table as a pandas table, a row a contender."""
        return frame_of(self)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data for strict JSON."""
        return document_of(self)

    @classmethod
    def from_dict(cls, document: object) -> Comparison:
        """Return the comparison that :meth:`to_dict` wrote.

        Raises
        ------
        DataError
            If it is not the data of a comparison.
        """
        return cls(**fields_of(document))

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the comparison as one self-contained page, and write it if a path is given.

        Parameters
        ----------
        path : path-like, optional
            The file to create or to replace. A failed write leaves the old file as it was.
        """
        page = page_of(self)
        if path is not None:
            write_atomically(path, [page.encode()])
        return page

    def _repr_html_(self) -> str:
        return framed(self)

    def __str__(self) -> str:
        return text_of(self)

    def __repr__(self) -> str:
        return f"<Comparison of {self.source}: {self.verdict}>"
