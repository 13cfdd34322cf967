"""Inputs and targets with their names, in one form for all sources."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from clearprop.data.places import Origin
from clearprop.writing.sentences import count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from clearprop.data.reading import Reading

Task = Literal["classification", "regression"]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Inputs `X` with one target `y` for each row.

    Attributes
    ----------
    name
        What to call it: an embedded set's name, or the name of its file.
    X
        One row an example: a pandas table where it was read from one, otherwise an array (N, I).
    y
        The targets, an array (N,).
    feature_names
        The names of the columns of `X`.
    target_name
        What `y` holds.
    target_names
        For classes numbered from 0: what each number stands for.
    task
        What the target asks for, see :func:`clearprop.data.infer_task`; None when unknown.
    description
        Where it comes from, as its publisher tells it.
    image
        Height and width, where each row of `X` is a picture, row by row.
    notes
        Sentences on decisions that were made while reading it.
    origin
        Where its rows come from.
    reading
        For text: how it was read, to read other files in the same way.
    stray_target
        Where a target that is numbers nearly throughout has a word, as the row and the word.
    """

    name: str
    X: pd.DataFrame | NDArray[Any] = field(repr=False)
    y: NDArray[Any] = field(repr=False)
    feature_names: tuple[str, ...]
    target_name: str
    target_names: tuple[str, ...] | None = None
    task: Task | None = None
    description: str | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()
    image: tuple[int, int] | None = None
    origin: Origin = field(default=Origin(""), repr=False)
    reading: Reading | None = field(default=None, repr=False)
    stray_target: tuple[int, str] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.origin.name:
            object.__setattr__(self, "origin", Origin(self.name))

    def __str__(self) -> str:
        rows, columns = self.X.shape
        task = f" ({self.task})" if self.task else ""
        size = f"{count(rows, 'row')}, {count(columns, 'column')}"
        return f"{self.name}: {size}, target {self.target_name}{task}"


@dataclass(frozen=True, eq=False)
class Table:
    """Rows without a target: one is chosen among their columns later, or there is none.

    Attributes
    ----------
    name
        The name of the file.
    X
        A pandas table, or an array (N, I).
    feature_names
        The names of the columns of `X`.
    notes
        Sentences on decisions that were made while reading it.
    lines
        For text: the number of the line on which each row starts, counted from 1.
    image
        Height and width, where each row of `X` is a picture, row by row.
    written
        For text: cells as they stand in the file, by column and row, where values differ.
    stray
        For text: by column, the row and the word that make texts of a column of numbers.
    reading
        For text: how it was read.
    verbatim
        For text: returns the table as it stands in the file, every cell a text.
    """

    name: str
    X: pd.DataFrame | NDArray[Any] = field(repr=False)
    feature_names: tuple[str, ...]
    notes: tuple[str, ...] = ()
    lines: NDArray[Any] | None = field(default=None, repr=False)
    image: tuple[int, int] | None = None
    written: Mapping[str, Mapping[int, str]] = field(default_factory=dict, repr=False)
    stray: Mapping[str, tuple[int, str]] = field(default_factory=dict, repr=False)
    reading: Reading | None = field(default=None, repr=False)
    verbatim: Callable[[], pd.DataFrame] | None = field(default=None, repr=False)

    @property
    def origin(self) -> Origin:
        """The names of its rows at their source."""
        return Origin(self.name, self.lines, self.written)


def image_of(shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Height and width of the pictures in an array (N, height, width), None for another.

    >>> image_of((60000, 28, 28)), image_of((150, 4))
    ((28, 28), None)
    """
    return (shape[1], shape[2]) if len(shape) == 3 else None


def numbered_names(width: int) -> tuple[str, ...]:
    """Return names for columns without names.

    >>> numbered_names(3)
    ('x1', 'x2', 'x3')
    """
    return tuple(f"x{number}" for number in range(1, width + 1))
