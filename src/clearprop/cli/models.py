"""What commands that use a saved model read: the model, and rows with or without their target."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.cli.predictions import Truth
from clearprop.data import DataError, open_dataset, open_inputs
from clearprop.data.cells import is_number
from clearprop.data.embedded import embedded_name
from clearprop.data.labels import named
from clearprop.data.places import CellError, Origin
from clearprop.data.split import target_array
from clearprop.files.container import ModelFileError
from clearprop.saving import load
from clearprop.tables.trained_table import TrainedTable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from clearprop.data import Table


@dataclass(frozen=True)
class Source:
    """Rows to use a model on.

    Attributes
    ----------
    X
        The rows as they were read.
    truth, no_truth
        The target where it is known; and why it is not, in a sentence, though there is one.
    name, origin, notes
        Where they come from, and how they were read.
    image
        Their height and width where they are pictures.
    verbatim
        Returns the rows as they stand in a table of text.
    """

    X: Any
    truth: Truth | None
    name: str
    notes: list[str] = field(default_factory=list)
    image: tuple[int, int] | None = None
    origin: Origin = field(default=Origin("the rows"), repr=False)
    no_truth: str | None = None
    verbatim: Callable[[], Any] | None = field(default=None, repr=False)


def load_model(path: Path) -> TrainedTable:
    """Return the model in a file.

    Raises
    ------
    ModelFileError
        When there is none, or it holds an estimator that knows no table.
    """
    try:
        model = load(path)
    except OSError as error:
        raise ModelFileError(f"cannot read the model {path}: {error.strerror}.") from error
    if not isinstance(model, TrainedTable):
        raise ModelFileError(
            f"{path} holds an estimator, saved from Python, that knows nothing of tables and "
            "their columns; use it there: clearprop.load(path).predict(X)."
        )
    return model


def read_rows(model: TrainedTable, source: str, reading: Mapping[str, Any] | None = None) -> Source:
    """Return the rows of a source, and their target if it stands in the table or beside it.

    Parameters
    ----------
    model
        Which remembers how its training table was read.
    source
        Whatever `clearprop train` takes.
    reading
        Options of reading that go before what the model remembers.
    """
    options = dict(reading or {})
    known = model.as_read()
    table = open_inputs(source, **options, **({} if _embedded(source) else {"known": known}))
    X: Any = table.X
    truth, reason = None, None
    if isinstance(X, np.ndarray) or source.startswith("openml:"):
        truth = _truth_beside(source, options)
    elif model.target_name in table.feature_names:
        truth, reason = _truth_in(table, model)
    return Source(
        X, truth, table.name, list(table.notes), table.image, table.origin, reason, table.verbatim
    )


def _embedded(source: str) -> bool:
    return embedded_name(source) is not None or source.startswith("openml:")


def _truth_in(table: Table, model: TrainedTable) -> tuple[Truth | None, str | None]:
    """Return the target of those rows that have one, or why it cannot be used."""
    X: Any = table.X
    column = X[model.target_name]
    present = np.flatnonzero(column.notna())
    if not present.size:
        return None, None
    try:
        with table.origin.locating():
            values = target_array(column) if present.size == len(column) else _some(column, present)
            if model.task == "regression" and values.dtype.kind not in "iuf":
                row = next(row for row, cell in enumerate(values) if not is_number(str(cell)))
                raise CellError(
                    model.target_name, int(present[row]), repr(str(values[row])), "is not a number."
                )
    except DataError as error:
        return None, str(error)
    return Truth(present, values), None


def _some(column: Any, present: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the values of the rows that have one; an error names its row of the whole column."""
    try:
        return target_array(column.iloc[present])
    except CellError as error:
        row = int(present[error.row])
        raise CellError(error.column, row, error.cell, error.reason) from error


def _truth_beside(source: str, options: Mapping[str, Any]) -> Truth | None:
    """Return the target that is kept apart from the inputs, as in embedded sets and NPZ files."""
    try:
        y = named(open_dataset(source, **options))
    except DataError:  # inputs alone
        return None
    return Truth(np.arange(len(y)), y)
