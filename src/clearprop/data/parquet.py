"""Tables in Parquet files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from clearprop.data.content import MOST_BYTES, room, too_large
from clearprop.data.dataset import Table
from clearprop.data.optional import require
from clearprop.files.errors import DataError
from clearprop.writing.sentences import count, quoted

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

# What pyarrow and pandas raise, beside errors of their own, over bytes that make no sense.
_REFUSALS = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError,
             NotImplementedError, AssertionError, SyntaxError, RecursionError)  # fmt: skip


def read_parquet(source: Path | io.BytesIO, limit: int = MOST_BYTES) -> Table:
    """Return the table in a Parquet file.

    Parameters
    ----------
    source
        The file, or its content. An index that a pandas table was written with names rows, so it
        is left out.
    limit
        The most bytes that the table may take.

    Raises
    ------
    DataError
        When the file is damaged, too large, has no rows, or two columns of one name.
    ModuleNotFoundError
        Without pandas or pyarrow.
    """
    require("pandas", "reading a Parquet file")
    require("pyarrow", "reading a Parquet file")
    import pandas as pd

    name = "standard input" if isinstance(source, io.BytesIO) else source.name
    frame = _frame(source, name, limit)
    frame.columns = pd.Index([str(column) for column in frame.columns])
    if frame.empty:
        size = f"{count(len(frame), 'row')} and {count(frame.shape[1], 'column')}"
        raise DataError(f"{name} has {size}.")
    notes = []
    if not isinstance(frame.index, pd.RangeIndex):
        index = f" {frame.index.name!r}" if frame.index.name else ""
        notes.append(f"The table's index{index} was taken to name rows and left out.")
    return Table(name, frame.reset_index(drop=True), tuple(frame.columns), tuple(notes))


def _frame(source: Path | io.BytesIO, name: str, limit: int) -> pd.DataFrame:
    import pyarrow
    import pyarrow.parquet

    damaged = (pyarrow.ArrowException, OSError, *_REFUSALS)
    try:
        with pyarrow.parquet.ParquetFile(source) as file:
            names = file.schema_arrow.names
            if repeated := sorted({name for name in names if names.count(name) > 1}):
                raise RepeatedNamesError(repeated)
            _require_room(file, name, room(limit, _size(source)))
            table = file.read()
    except DataError:
        raise
    except RepeatedNamesError as error:
        what = quoted(error.names)
        raise DataError(f"{name} has several columns of one name: {what}.") from error
    except damaged as error:
        raise DataError(f"{name} is not a complete Parquet file ({_reason(error)}).") from error
    try:
        return table.to_pandas()
    except damaged as error:
        raise DataError(
            f"{name} cannot be made a table ({_reason(error)}): what pandas noted in it about its "
            "columns does not fit them. Write the file again."
        ) from error


class RepeatedNamesError(Exception):
    """Columns of one name."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(*names)
        self.names = names


def _require_room(file: Any, name: str, limit: int) -> None:
    """Refuse a table that takes more memory than its bound, before any of it is unpacked.

    Bytes that repeat take little room in the file, so each value is counted as eight bytes, and
    each column as what it is said to unpack to where that is more.
    """
    metadata = file.metadata
    packed = sum(
        metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups)
    )
    if max(metadata.num_rows * max(1, metadata.num_columns) * 8, packed) > limit:
        raise too_large(name, limit)


def _size(source: Path | io.BytesIO) -> int:
    return source.getbuffer().nbytes if isinstance(source, io.BytesIO) else source.stat().st_size


def _reason(error: BaseException) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
