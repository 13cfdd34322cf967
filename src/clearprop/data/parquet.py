"""Tables in Parquet files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearprop.data.dataset import Table
from clearprop.data.optional import require
from clearprop.files.errors import DataError
from clearprop.writing.sentences import count, quoted

if TYPE_CHECKING:
    from pathlib import Path


def read_parquet(path: Path) -> Table:
    """The table in a Parquet file.

    Parameters
    ----------
    path
        The file. An index that a pandas table was written with names rows, so it is left out.

    Raises
    ------
    DataError
        When the file is damaged, has no rows, or two columns of one name.
    ModuleNotFoundError
        Without pandas or pyarrow.
    """
    require("pandas", "reading a Parquet file")
    require("pyarrow", "reading a Parquet file")
    import pandas as pd
    import pyarrow.parquet

    try:
        names = pyarrow.parquet.read_schema(path).names
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise DataError(f"{path.name} has several columns of one name: {quoted(repeated)}.")
        frame = pd.read_parquet(path, engine="pyarrow")
    except (pyarrow.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{path.name} is not a complete Parquet file ({reason}).") from error
    frame.columns = pd.Index([str(column) for column in frame.columns])
    if frame.empty:
        size = f"{count(len(frame), 'row')} and {count(frame.shape[1], 'column')}"
        raise DataError(f"{path.name} has {size}.")
    notes = []
    if not isinstance(frame.index, pd.RangeIndex):
        name = f" {frame.index.name!r}" if frame.index.name else ""
        notes.append(f"The table's index{name} was taken to name rows and left out.")
    return Table(path.name, frame.reset_index(drop=True), tuple(frame.columns), tuple(notes))
