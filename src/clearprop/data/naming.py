"""Find the names of the columns of a table of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearprop.data.dataset import numbered_names
from clearprop.data.sniff import Header, find_header
from clearprop.files.errors import DataError
from clearprop.writing.sentences import count, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clearprop.data.reading import Reading, TextOptions


def names_of(
    first: Sequence[str],
    head: Sequence[Sequence[str]],
    options: TextOptions,
    known: Reading | None,
    name: str,
) -> tuple[Header, tuple[str, ...]]:
    """Return whether the first record holds names, and the name of each column."""
    # A name of two lines, as spreadsheets write them, is one that an option can name.
    titles = tuple(" ".join(cell.split()) if "\n" in cell else cell.strip() for cell in first)
    told = options.columns
    if told is None and known is not None and known.names and not options.header:
        told = known.names
    if told is not None:
        names = _fitting(tuple(told), len(first), known, name)
        present = titles == names if options.header is None else options.header
        return Header(present), names
    header = Header(options.header) if options.header is not None else None
    if header is None and known is not None and not set(titles).isdisjoint(known.columns):
        header = Header(True)
    header = header or find_header(head)
    return header, titles if header.present else numbered_names(len(first))


def _fitting(
    names: tuple[str, ...], width: int, known: Reading | None, name: str
) -> tuple[str, ...]:
    """Return the given names, without the target's if a table for a model has no such column."""
    if known is not None and width == len(names) - 1 and known.target in names:
        return tuple(column for column in names if column != known.target)
    if len(names) != width:
        given, has = count(len(names), "name"), count(width, "column")
        raise DataError(f"{name} has {has}, and --columns (columns= in Python) gives {given}.")
    return names


def numbered_apart(
    names: tuple[str, ...], options: TextOptions, name: str
) -> tuple[tuple[str, ...], str | None]:
    """Return unique names: repeated ones get .1, .2 as in pandas."""
    if len(set(names)) == len(names):
        return names, None
    positions: dict[str, int] = {}
    taken, result, notes = set(names), list[str](), []
    for position, column in enumerate(names, start=1):
        if not column or column not in positions:
            positions[column] = position
            result.append(column)
            continue
        if options.columns is not None:
            raise DataError(
                f"{name}: columns {positions[column]} and {position} are both called {column!r}; "
                "give each a name of its own."
            )
        number = 1
        while f"{column}.{number}" in taken:
            number += 1
        result.append(f"{column}.{number}")
        taken.add(result[-1])
        notes.append(f"{column!r} (column {position}, now {result[-1]!r})")
    note = f"More than one column is called {listed(notes, 5)}." if notes else None
    return tuple(result), note
