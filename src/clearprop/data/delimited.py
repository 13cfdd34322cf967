"""Tables of text: CSV, TSV and their relatives, plain or packed by gzip."""

from __future__ import annotations

import csv
import io
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from clearprop.data.cells import MISSING_WORDS
from clearprop.data.content import as_utf8
from clearprop.data.dataset import Table
from clearprop.data.doubtful_numbers import doubts_of_numbers
from clearprop.data.interpret import Interpreted, interpret
from clearprop.data.layout import Layout, lay_out
from clearprop.data.optional import require
from clearprop.data.reading import Reading, TextOptions
from clearprop.data.target_column import read_target
from clearprop.data.totals import without_total
from clearprop.files.errors import DataError
from clearprop.writing.sentences import count, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

_USUAL_SEPARATORS = {".tsv": "\t", ".tab": "\t"}


def read_text(
    data: bytes,
    name: str,
    options: TextOptions,
    known: Reading | None = None,
    target: str | int | None = None,
    has_target: bool = False,
) -> Table:
    """Return the table in a text.

    Separators, a missing header, decimal commas, currencies, units and dates are recognised, and
    the notes say so. Blanks around cells do not count. Empty cells, question marks and the words
    for "not available" that pandas knows are missing values; among numbers others are, too.

    Parameters
    ----------
    data
        The content of the file, unpacked.
    name
        The file's name, for messages and to judge by its ending.
    options
        What is not left to be recognised.
    known
        How the table of a model was read; its columns are read in the same way.
    target
        The target's column, in which words for "not available" may be classes; None is the last.
    has_target
        Whether there is a target. Without it, only the column that `known` says is one.

    Raises
    ------
    DataError
        When the text is empty, not a table, or its columns have no proper names.
    ModuleNotFoundError
        Without pandas.
    """
    require("pandas", "reading a table of text")
    if known is not None:
        known = known if options.decimal is None else known.with_decimal(options.decimal)
        options = options.over(known.options)
    text, encoding_note = as_utf8(data, options.encoding, name)
    del data
    layout = lay_out(text, name, _usual_separator(name), options, known)
    del text
    frame = _convert(layout, options, name)
    if len(frame) != len(layout.lines):
        raise DataError(
            f"{name}: {count(len(layout.lines), 'line')} make {count(len(frame), 'row')}; "
            "a quote is opened in one line and closed in another. If quotes are part of the "
            "cells, --quote none (quote='none' in Python) reads them as they stand."
        )
    layout, frame, total_note = without_total(layout, frame, name)
    frame, unnamed_notes = _leave_out_unnamed(frame, layout, name)

    def raw(names: list[str]) -> Mapping[str, pd.Series[Any]]:
        with _as_data_errors(name):
            return as_written(layout, names)

    usual = "," if layout.separator == ";" else "."
    found = interpret(frame, raw, layout.lines, options, known, usual)
    target_name = read_target(frame, found, raw, known, options, target, has_target, name)
    frame = _with(frame, found)
    notes = (
        encoding_note,
        *layout.notes,
        total_note,
        *unnamed_notes,
        *found.notes,
        *([] if known else doubts_of_numbers(frame, layout, raw, found)),
        _missing_note(frame) if known is None else None,
    )
    return Table(
        name=name,
        X=frame,
        feature_names=tuple(frame.columns),
        notes=tuple(note for note in notes if note),
        lines=layout.lines,
        written=found.written,
        stray=found.stray,
        reading=Reading(
            options=TextOptions(**_remembered(options)),
            names=() if layout.named else layout.names,
            columns=found.readings,
            target=target_name,
            separator=layout.separator,
            quote="none" if layout.literal and options.quote is None else None,
        ),
        verbatim=lambda: _verbatim(layout),
    )


def _remembered(options: TextOptions) -> dict[str, Any]:
    """Return the options that a model stores: all except the limit on the unpacked size."""
    found = {**options.__dict__}
    del found["max_bytes"]
    return found


def _usual_separator(name: str) -> str:
    path = Path(name)
    suffix = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    return _USUAL_SEPARATORS.get(suffix.lower(), ",")


def _convert(layout: Layout, options: TextOptions, name: str) -> pd.DataFrame:
    import pandas as pd

    with _as_data_errors(name):
        frame = _read_csv(layout, options)
    frame.columns = pd.Index(layout.names, dtype=object)
    return frame


@contextmanager
def _as_data_errors(name: str) -> Iterator[None]:
    """Raise a DataError where pandas finds other cells than were counted, and never drop any."""
    import pandas as pd

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            yield
    except (pd.errors.ParserError, pd.errors.EmptyDataError, pd.errors.ParserWarning) as error:
        raise DataError(f"{name}: {error}".strip()) from error


def _read_csv(layout: Layout, options: TextOptions) -> pd.DataFrame:
    import pandas as pd

    return pd.read_csv(
        io.BytesIO(layout.data),
        sep=layout.separator,
        header=None,
        names=range(len(layout.names)),
        index_col=False,
        skipinitialspace=True,
        quoting=_quoting(layout),
        na_values=sorted({*MISSING_WORDS, *options.missing}),
        keep_default_na=False,
        low_memory=False,
    )


def _quoting(layout: Layout) -> Literal[0, 3]:
    return csv.QUOTE_NONE if layout.literal else csv.QUOTE_MINIMAL


def as_written(layout: Layout, names: list[str]) -> dict[str, pd.Series[Any]]:
    """Return columns of a table as text from the file, with no cell read as missing."""
    import pandas as pd

    positions = [layout.names.index(name) for name in names]
    frame = pd.read_csv(
        io.BytesIO(layout.data),
        sep=layout.separator,
        header=None,
        names=range(len(layout.names)),
        usecols=positions,
        index_col=False,
        skipinitialspace=True,
        quoting=_quoting(layout),
        dtype=str,
        keep_default_na=False,
    )
    return {name: frame[position] for name, position in zip(names, positions, strict=True)}


def _verbatim(layout: Layout) -> pd.DataFrame:
    import pandas as pd

    names = list(dict.fromkeys(layout.names))
    columns = as_written(layout, names)
    return pd.DataFrame({name: columns[name] for name in names})


def _with(frame: pd.DataFrame, found: Interpreted) -> pd.DataFrame:
    """Return the table with some columns replaced: those that pandas alone reads differently."""
    import pandas as pd

    if not found.columns:
        return frame
    columns = {name: found.columns.get(name, frame[name]) for name in map(str, frame)}
    table = pd.DataFrame(columns)
    table.columns = frame.columns
    return table


def _leave_out_unnamed(
    frame: pd.DataFrame, layout: Layout, name: str
) -> tuple[pd.DataFrame, list[str]]:
    """Remove columns without a name, which programs write for row names and trailing commas."""
    if all(layout.names):
        return frame, []
    notes, unnamed, empty = [], [], []
    for position, column in enumerate(layout.names):
        if column:
            continue
        values = frame.iloc[:, position]
        if values.isna().all():
            empty.append(position + 1)
        elif position == 0:
            notes.append("The first column has no name, so it was taken to name rows and left out.")
        else:
            row = int(values.notna().to_numpy().argmax())
            raise DataError(
                f"{name}, line {layout.lines[row]}: {str(values.iloc[row])!r:.60} stands in column "
                f"{position + 1}, which has no name: take it away, or name the column."
            )
        unnamed.append(position)
    if empty:
        which = f"Column {empty[0]} has" if len(empty) == 1 else f"Columns {listed(empty)} have"
        was = "was" if len(empty) == 1 else "were"
        notes.append(f"{which} no name and no values and {was} left out.")
    kept = [position for position in range(frame.shape[1]) if position not in set(unnamed)]
    return frame.iloc[:, kept], notes


def _missing_note(frame: pd.DataFrame) -> str | None:
    missing = frame.isna().to_numpy().sum(axis=0)
    pairs = zip(frame.columns, missing.tolist(), strict=True)
    counts = [f"{column} ({number})" for column, number in pairs if number]
    if not counts:
        return None
    total = count(int(missing.sum()), "cell")
    return f"Read {total} as missing (empty, '?' or a word such as NA): {listed(counts)}."
