"""Predictions written to a file or to standard output, alone or beside the rows they are for."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clearprop.data.content import STANDARD_INPUT
from clearprop.data.optional import require
from clearprop.files.atomic import write_atomically

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from clearprop.cli.models import Source
    from clearprop.cli.predictions import Predicted

_PARQUET = (".parquet", ".pq")
_TABS = (".tsv", ".tab")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def rows_of_source(source: Source, rows: np.ndarray[Any, Any]) -> dict[str, Sequence[Any]]:
    """Return the columns of some rows of a source; those of a text as they stand there."""
    require("pandas", "writing the columns of the rows")
    import pandas as pd

    table = source.X if source.verbatim is None else source.verbatim()
    frame = pd.DataFrame(table) if not isinstance(table, pd.DataFrame) else table
    if not isinstance(table, pd.DataFrame):
        frame.columns = pd.Index([f"x{number}" for number in range(1, frame.shape[1] + 1)])
    chosen = frame.iloc[rows]
    return {str(name): column.tolist() for name, column in chosen.items()}


def write_predictions(
    predicted: Predicted,
    path: Path,
    proba: bool,
    table: dict[str, Sequence[Any]] | None,
    no_formulas: bool,
) -> None:
    """Write all predictions, to a file as a whole or not at all.

    Parameters
    ----------
    predicted
        What is predicted for which rows.
    path
        A file whose ending says what it is to be; "-" is standard output.
    proba
        Whether to write the probability of each class, too.
    table
        The columns to write before them; None writes the number of each row.
    no_formulas
        Whether texts that a spreadsheet takes for formulas get an apostrophe before them.
    """
    columns = _columns(predicted, proba, table)
    suffix = path.suffix.lower()
    if suffix in _PARQUET:
        write_atomically(path, [_parquet(columns)])
        return
    text = _delimited(columns, "\t" if suffix in _TABS else ",", no_formulas)
    if str(path) == STANDARD_INPUT:
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        write_atomically(path, [text.encode()])


def _columns(
    predicted: Predicted, proba: bool, table: dict[str, Sequence[Any]] | None
) -> dict[str, Sequence[Any]]:
    first = {"row": (predicted.rows + 1).tolist()} if table is None else table
    found: dict[str, Sequence[Any]] = {"prediction": predicted.values.tolist()}
    if proba and predicted.probabilities is not None:
        for name, each in zip(predicted.names, predicted.probabilities.T, strict=True):
            found[f"probability of {name}"] = each.tolist()
    columns = dict(first)
    for name, values in found.items():
        number, free = 1, name
        while free in columns:
            free, number = f"{name}.{number}", number + 1
        columns[free] = values
    return columns


def _delimited(columns: dict[str, Sequence[Any]], separator: str, no_formulas: bool) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    shown = _harmless if no_formulas else lambda cell: cell
    writer.writerow(map(shown, columns))
    writer.writerows(map(shown, row) for row in zip(*columns.values(), strict=True))
    return text.getvalue()


def _harmless(cell: object) -> object:
    """Return a cell that no spreadsheet calculates; numbers as they are.

    >>> _harmless("=1+1"), _harmless(-1.5), _harmless("-1.5")
    ("'=1+1", -1.5, '-1.5')
    """
    if not isinstance(cell, str) or not cell.lstrip().startswith(_FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def _parquet(columns: dict[str, Sequence[Any]]) -> bytes:
    require("pyarrow", "writing a Parquet file")
    import pyarrow
    import pyarrow.parquet

    stream = io.BytesIO()
    table = pyarrow.table({name: _array(values) for name, values in columns.items()})
    pyarrow.parquet.write_table(table, stream)
    return stream.getvalue()


def _array(values: Sequence[Any]) -> Any:
    import pyarrow

    try:
        return pyarrow.array(values, from_pandas=True)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError):  # values of several types
        return pyarrow.array([None if value is None else str(value) for value in values])
