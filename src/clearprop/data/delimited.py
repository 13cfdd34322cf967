"""Tables of text: CSV, TSV and their relatives, plain or packed by gzip."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clearprop.data.cells import MISSING_WORDS
from clearprop.data.content import content, decode
from clearprop.data.dataset import Table, numbered_names
from clearprop.data.optional import require
from clearprop.data.records import scan
from clearprop.data.sniff import SEPARATORS, Header, find_header, find_separator
from clearprop.files.errors import DataError
from clearprop.writing.sentences import count, listed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

_USUAL_SEPARATORS = {".tsv": "\t", ".tab": "\t"}

# A number with or without a decimal comma, and one whose comma does not separate thousands.
_DECIMAL_COMMA = r"[+-]?(?:\d+(?:,\d+)?|,\d+)(?:[eE][+-]?\d+)?"
_NOT_THOUSANDS = r"[+-]?\d*,(?:\d{1,2}|\d{4,})(?:[eE][+-]?\d+)?"

# Of so small a share of words in a column of numbers, people will want to know.
_FEW = 0.1


class TextOptions(NamedTuple):
    """What only a table of text must be told.

    Attributes
    ----------
    header
        Whether the first row names the columns; None looks at its cells.
    columns
        The names of the columns. With them the first row is one of values, unless it holds these
        very names or `header` is true.
    encoding
        How its characters are written.
    """

    header: bool | None = None
    columns: Sequence[str] | None = None
    encoding: str = "utf-8"


def read_text(path: Path, options: TextOptions) -> Table:
    """The table in a file of text.

    Separators, a missing header and decimal commas are recognised, and the notes say so. Blanks
    around cells do not count. Empty cells, question marks and the words for "not available" that
    pandas knows are missing values.

    Parameters
    ----------
    path
        The file, plain or packed by gzip.
    options
        What is not left to be recognised.

    Raises
    ------
    DataError
        When the file is empty, not text, not a table, or its columns have no proper names.
    ModuleNotFoundError
        Without pandas.
    """
    require("pandas", "reading a table of text")
    name = path.name
    text = decode(content(path), options.encoding, name)
    if not text.strip():
        raise DataError(f"{name} is empty.")
    separator = find_separator(text)
    head, lines = scan(text, separator, name)
    header = _header(head, options)
    names = _names(head[0], header, options, name)
    if header.present and len(lines) == 1:
        told = "" if options.header else " (header=False reads its only line as values)"
        raise DataError(f"{name} has a header and no rows{told}.")
    frame = _convert(text, separator, header, names, name)
    lines = lines[1:] if header.present else lines
    if len(frame) != len(lines):
        raise DataError(
            f"{name}: {count(len(lines), 'line')} make {count(len(frame), 'row')}; "
            "a quote is opened in one line and closed in another."
        )
    frame, column_notes = _tidy(frame, lines, decimal_comma=separator != ",")
    frame, unnamed_notes = _leave_out_unnamed(frame, name)
    notes = [
        _separator_note(path, separator) if len(names) > 1 else None,
        header.note,
        *unnamed_notes,
        *column_notes,
        _missing_note(frame),
    ]
    return Table(
        name=name,
        X=frame,
        feature_names=tuple(frame.columns),
        notes=tuple(note for note in notes if note),
        lines=lines,
    )


def _header(head: Sequence[Sequence[str]], options: TextOptions) -> Header:
    if options.header is not None:
        return Header(options.header)
    if options.columns is not None:
        return Header([cell.strip() for cell in head[0]] == list(options.columns))
    return find_header(head)


def _names(
    first: Sequence[str], header: Header, options: TextOptions, name: str
) -> tuple[str, ...]:
    """A name for each column; an empty one is seen to once its values are known."""
    if options.columns is not None:
        names = tuple(options.columns)
        if len(names) != len(first):
            given = count(len(names), "name")
            has = count(len(first), "column")
            raise DataError(f"{name} has {has}, and columns= gives {given}.")
    elif header.present:
        names = tuple(cell.strip() for cell in first)
    else:
        names = numbered_names(len(first))
    positions: dict[str, int] = {}
    for position, column in enumerate(names, start=1):
        if column and column in positions:
            raise DataError(
                f"{name}: columns {positions[column]} and {position} are both called {column!r}; "
                "give each a name of its own."
            )
        positions[column] = position
    return names


def _convert(
    text: str, separator: str, header: Header, names: Sequence[str], name: str
) -> pd.DataFrame:
    import pandas as pd

    try:
        frame = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            header=0 if header.present else None,
            names=range(len(names)),
            index_col=False,
            skipinitialspace=True,
            na_values=sorted(MISSING_WORDS),
            keep_default_na=False,
            low_memory=False,
        )
    except pd.errors.ParserError as error:
        raise DataError(f"{name}: {error}".strip()) from error
    frame.columns = pd.Index(names)
    return frame


def _tidy(
    frame: pd.DataFrame, lines: NDArray[np.int64], decimal_comma: bool
) -> tuple[pd.DataFrame, list[str]]:
    """Take the blanks off words, which pandas leaves at their ends, and look again what they are.

    A column of numbers is one of words to pandas as soon as a single "NA " is among them.
    """
    import pandas as pd

    notes = []
    for position in range(frame.shape[1]):
        column = frame.iloc[:, position]
        if pd.api.types.is_numeric_dtype(column.dtype):
            continue
        words = column.astype("str").str.strip()
        words = words.mask(words.isin(MISSING_WORDS))
        if decimal_comma and _has_decimal_commas(words):
            words = words.str.replace(",", ".")
            notes.append(
                f"The commas in the column {frame.columns[position]!r} were read as decimal points."
            )
        numbers = pd.to_numeric(words, errors="coerce")
        others = np.flatnonzero(numbers.isna() & words.notna())
        if 0 < len(others) < _FEW * words.count():
            notes.append(
                f"The column {frame.columns[position]!r} was read as texts, though nearly all its "
                f"cells are numbers: line {lines[others[0]]} has {words[others[0]]!r}."
            )
        frame.isetitem(position, (words if len(others) else numbers).array)
    return frame, notes


def _has_decimal_commas(words: pd.Series[str]) -> bool:
    present = words.dropna()
    return bool(
        present.str.fullmatch(_DECIMAL_COMMA).all() and present.str.fullmatch(_NOT_THOUSANDS).any()
    )


def _leave_out_unnamed(frame: pd.DataFrame, name: str) -> tuple[pd.DataFrame, list[str]]:
    """Leave out the columns that programs write without a name: row names and trailing commas."""
    notes, unnamed = [], []
    for position, column in enumerate(frame.columns):
        if column:
            continue
        if frame.iloc[:, position].isna().all():
            notes.append(f"Column {position + 1} has no name and no values and was left out.")
        elif position == 0:
            notes.append("The first column has no name, so it was taken to name rows and left out.")
        else:
            raise DataError(f"{name}: column {position + 1} has values and no name.")
        unnamed.append(position)
    kept = [position for position in range(frame.shape[1]) if position not in unnamed]
    return frame.iloc[:, kept], notes


def _separator_note(path: Path, separator: str) -> str | None:
    suffix = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    if separator == _USUAL_SEPARATORS.get(suffix.lower(), ","):
        return None
    return f"The columns were taken to be separated by {SEPARATORS[separator]}."


def _missing_note(frame: pd.DataFrame) -> str | None:
    missing = frame.isna().sum()
    counts = [f"{column} ({number})" for column, number in missing.items() if number]
    if not counts:
        return None
    total = count(int(missing.sum()), "cell")
    return f"Read {total} as missing (empty, '?' or a word such as NA): {listed(counts)}."
