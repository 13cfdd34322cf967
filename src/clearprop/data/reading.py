"""Options for reading a table of text, and a record of how it was read, stored with a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from clearprop.data.content import MOST_BYTES
from clearprop.data.dates import FORMATS, ISO
from clearprop.data.numerals import PLAIN, Numerals
from clearprop.data.quotes import QUOTES
from clearprop.files.document import a_list, a_text, checked
from clearprop.files.errors import DataError
from clearprop.writing.sentences import quoted

if TYPE_CHECKING:
    from clearprop.files.document import Check

Kind = Literal["number", "text", "date", "duration"]

MOST_WORDS = 1000
"""The most words of one kind that a reading remembers, and the most characters of each."""


@dataclass(frozen=True)
class TextOptions:
    """Options for reading a table; the reader decides those that are None.

    Attributes
    ----------
    header
        Whether the first row names the columns; None looks at its cells.
    columns
        The names of the columns. With them the first row is one of values, unless it holds these
        very names or `header` is true.
    encoding
        How the characters are written; None is UTF-8.
    separator
        What stands between cells.
    quote
        "double" where double quotes enclose cells, "none" where they are part of them.
    decimal
        The decimal mark, "." or ",".
    missing
        Words that are missing values wherever they stand, beside those that are recognised.
    ignore
        Columns to leave out.
    text
        Columns whose cells are texts, whatever they look like.
    day_first
        Whether 1/2/2024 is the first of February.
    max_bytes
        The most bytes that a packed file may unpack to.
    """

    header: bool | None = None
    columns: Sequence[str] | None = None
    encoding: str | None = None
    separator: str | None = None
    quote: str | None = None
    decimal: str | None = None
    missing: Sequence[str] = ()
    ignore: Sequence[str] = ()
    text: Sequence[str] = ()
    day_first: bool | None = None
    max_bytes: int = MOST_BYTES

    def of_text(self) -> list[str]:
        """Return the names of the given options that only tables of text have."""
        return [
            option.name
            for option in fields(self)
            if option.name not in ("ignore", "max_bytes")
            and getattr(self, option.name) not in (None, ())
        ]

    def over(self, earlier: TextOptions) -> TextOptions:
        """Return these options, with those not given taken from others."""
        given = {option.name: getattr(self, option.name) for option in fields(self)}
        return replace(
            earlier, **{name: value for name, value in given.items() if value not in (None, ())}
        )


@dataclass(frozen=True)
class ColumnReading:
    """How the cells of one column are read.

    Attributes
    ----------
    kind
        What they are; durations are read as seconds.
    numerals
        How its numbers are written.
    missing
        Words that are missing values in this column, beside those that are recognised.
    date
        The format of dates, see :mod:`clearprop.data.dates`.
    """

    kind: Kind = "number"
    numerals: Numerals = PLAIN
    missing: tuple[str, ...] = ()
    date: str = ISO

    @property
    def plain(self) -> bool:
        """Whether pandas reads the column in this way by default."""
        return self.kind == "number" and self.numerals == PLAIN and not self.missing

    @classmethod
    def from_document(cls, document: object, where: str) -> ColumnReading:
        """Return what a document describes, or raise a DataError."""
        return cls(
            **checked(
                document,
                where,
                {
                    "kind": lambda value, where: _one_of(get_args(Kind), value, where),
                    "numerals": Numerals.from_document,
                    "missing": _words,
                    "date": lambda value, where: _one_of(FORMATS, value, where),
                },
            )
        )


@dataclass(frozen=True)
class Reading:
    """How a table was read: the options, what was recognised, and the target's column.

    Attributes
    ----------
    options
        The options that were given.
    names
        The names of the file's columns if the file itself has none; else empty.
    columns
        How each column was read.
    target
        The name of the target's column; None in a table without one.
    separator
        What stood between the cells.
    quote
        "none" where quotes were recognised as part of the cells.
    """

    options: TextOptions = TextOptions()
    names: tuple[str, ...] = ()
    separator: str | None = None
    columns: Mapping[str, ColumnReading] = field(default_factory=dict)
    target: str | None = None
    quote: str | None = None

    def with_decimal(self, decimal: str) -> Reading:
        """Return this reading with another decimal mark."""
        columns = {}
        for name, column in self.columns.items():
            group = "" if column.numerals.group == decimal else column.numerals.group
            numerals = replace(column.numerals, decimal=decimal, group=group)
            columns[name] = replace(column, numerals=numerals)
        return replace(self, columns=columns)

    def to_document(self) -> dict[str, Any]:
        """Return the reading as strict JSON."""
        options = {name: getattr(self.options, name) for name in _OPTION_CHECKS}
        return {
            "options": {
                name: list(value) if isinstance(value, (tuple, list)) else value
                for name, value in options.items()
            },
            "names": list(self.names),
            "separator": self.separator,
            "quote": self.quote,
            "columns": {
                name: {**asdict(column), "missing": list(column.missing)}
                for name, column in self.columns.items()
            },
            "target": self.target,
        }

    @classmethod
    def from_document(cls, document: object, where: str) -> Reading:
        """Return the reading that a document describes.

        Raises
        ------
        DataError
            When the document is not one of :meth:`to_document`.
        """
        found = checked(
            document,
            where,
            {
                "options": lambda value, where: TextOptions(
                    **checked(value, where, _OPTION_CHECKS)
                ),
                "names": lambda value, where: tuple(
                    a_text(name, where) for name in a_list(value, where)
                ),
                "separator": _text_or_none,
                "quote": _quote_or_none,
                "columns": _columns,
                "target": _text_or_none,
            },
        )
        return cls(**found)


def _columns(value: object, where: str) -> dict[str, ColumnReading]:
    if not isinstance(value, dict):
        raise DataError(f"{where} must be an object, not {value!r:.40}")
    return {
        a_text(name, where): ColumnReading.from_document(column, f"{where}: {name!r:.40}")
        for name, column in value.items()
    }


def _one_of(known: Sequence[str] | frozenset[str], value: object, where: str) -> str:
    text = a_text(value, where)
    if text not in known:
        raise DataError(f"{where} must be one of {quoted(sorted(known))}, not {text!r:.40}")
    return text


def _words(value: object, where: str) -> tuple[str, ...]:
    words = tuple(a_text(word, where) for word in a_list(value, where))
    if len(words) > MOST_WORDS or any(len(word) > MOST_WORDS for word in words):
        raise DataError(f"{where} holds more than {MOST_WORDS} words, or one that is longer")
    return words


def _text_or_none(value: object, where: str) -> str | None:
    return None if value is None else a_text(value, where)


def _quote_or_none(value: object, where: str) -> str | None:
    return None if value is None else _one_of(QUOTES, value, where)


def _truth_or_none(value: object, where: str) -> bool | None:
    if value is not None and type(value) is not bool:
        raise DataError(f"{where} must be true, false or null, not {value!r:.40}")
    return value


_OPTION_CHECKS: dict[str, Check] = {
    "header": _truth_or_none,
    "columns": lambda value, where: (
        None if value is None else tuple(a_text(name, where) for name in a_list(value, where))
    ),
    "encoding": _text_or_none,
    "separator": _text_or_none,
    "quote": _quote_or_none,
    "decimal": lambda value, where: None if value is None else _one_of((".", ","), value, where),
    "missing": _words,
    "ignore": lambda value, where: tuple(a_text(name, where) for name in a_list(value, where)),
    "text": lambda value, where: tuple(a_text(name, where) for name in a_list(value, where)),
    "day_first": _truth_or_none,
}
