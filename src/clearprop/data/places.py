"""Name the place of an invalid value: the file, the line or row, the column, the cell."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clearprop.files.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray


class CellError(DataError):
    """A cell has a value that cannot be used.

    Attributes
    ----------
    column
        The name of its column; None for the target of arrays.
    row
        Its row, counted from 0.
    cell
        The value as shown in the message.
    reason
        The rest of the sentence, which begins with the cell.
    """

    def __init__(self, column: str, row: int, cell: str, reason: str) -> None:
        super().__init__(f"column {column!r}, row {row + 1}: {cell} {reason}")
        self.column, self.row, self.cell, self.reason = column, row, cell, reason


@dataclass(frozen=True)
class Origin:
    """The names of a table's rows at their source.

    Attributes
    ----------
    name
        The file's name, or an embedded set's.
    lines
        The line on which each row starts, in a table of text.
    written
        Cells as they stand in the file, by column and row, where the values differ from them.
    """

    name: str
    lines: NDArray[Any] | None = field(default=None, repr=False)
    written: Mapping[str, Mapping[int, str]] = field(default_factory=dict, repr=False)

    def place(self, row: int) -> str:
        """Return the place of a row, such as "line 12"."""
        return f"row {row + 1}" if self.lines is None else f"line {self.lines[row]}"

    def located(self, error: CellError) -> DataError:
        """Return a cell's error as an error that names the place in the file."""
        written = self.written.get(error.column, {}).get(error.row)
        cell = error.cell if written is None else repr(written)
        return DataError(
            f"{self.name}, {self.place(error.row)}, column {error.column!r}: {cell} {error.reason}"
        )

    @contextmanager
    def locating(self) -> Iterator[None]:
        """Add the file to each error raised within, and to a cell's error its place in the file."""
        try:
            yield
        except CellError as error:
            raise self.located(error) from error
        except DataError as error:
            if self.name in str(error):
                raise
            raise DataError(f"{self.name}: {error}") from error
