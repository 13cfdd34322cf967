"""The options of reading, the same in every command that takes a table."""

from __future__ import annotations

import re
from functools import wraps
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}

Encoding = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="For text: how characters are written, such as cp1252.  [default: UTF-8, or what a "
        "byte order mark says]",
        show_default=False,
    ),
]
Separator = Annotated[
    str | None,
    typer.Option(
        metavar="C",
        help="For text: what stands between cells: a character, tab or blanks.",
        show_default=False,
    ),
]
Quote = Annotated[
    Literal["double", "none"] | None,
    typer.Option(
        help="For text: whether double quotes enclose cells, or are part of them.  [default: "
        "double; judged by the text between tabs]",
        show_default=False,
    ),
]
Decimal = Annotated[
    Literal[".", ","] | None,
    typer.Option(help="For text: the decimal mark.", show_default=False),
]
Header = Annotated[
    bool | None,
    typer.Option(
        "--header/--no-header",
        help="For text: whether the first row names the columns.",
        show_default=False,
    ),
]
Columns = Annotated[
    str | None,
    typer.Option(metavar="A,B,...", help="For text: the names of the columns.", show_default=False),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN", help="Leave a column out; may be given again.", show_default=False
    ),
]
Missing = Annotated[
    list[str] | None,
    typer.Option(
        metavar="WORD",
        help="For text: a word or number that is a missing value; may be given again.",
        show_default=False,
    ),
]
Text = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN",
        help="For text: a column whose cells are texts, whatever they look like; may be given "
        "again.",
        show_default=False,
    ),
]
DayFirst = Annotated[
    bool | None,
    typer.Option(
        "--day-first/--month-first",
        help="For text: whether 1/2/2024 is in February.",
        show_default=False,
    ),
]
MaxSize = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE",
        help="The most that a packed file may unpack to, such as 8GB.  [default: 1GB, or twenty "
        "times its size]",
        show_default=False,
    ),
]


OPTIONS: dict[str, Any] = {
    "encoding": Encoding,
    "separator": Separator,
    "quote": Quote,
    "decimal": Decimal,
    "header": Header,
    "columns": Columns,
    "ignore": Ignore,
    "missing": Missing,
    "text": Text,
    "day_first": DayFirst,
    "max_size": MaxSize,
}
"""The options in the order in which a command's help shows them."""

ReadingOptions = dict[str, Any]
"""What a command's argument `reading` holds: options of :func:`clearprop.data.read`."""


def with_reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of reading in the place of its argument `reading`.

    The command itself gets `reading`: those options that were given, as
    :func:`clearprop.data.read` takes them.
    """

    @wraps(command)
    def run(**given: Any) -> None:
        told = {name: given.pop(name) for name in OPTIONS}
        command(**given, reading=_told(**told))

    own = signature(command, eval_str=True)
    parameters: list[Parameter] = []
    for parameter in own.parameters.values():
        if parameter.name == "reading":
            parameters += [
                Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=kind)
                for name, kind in OPTIONS.items()
            ]
        else:
            parameters.append(parameter)
    run.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


def _told(
    *,
    columns: str | None,
    ignore: list[str] | None,
    missing: list[str] | None,
    text: list[str] | None,
    max_size: str | None,
    **others: Any,
) -> ReadingOptions:
    """Return those options of :func:`clearprop.data.read` that the command was given."""
    told = {
        **others,
        "columns": None if columns is None else [name.strip() for name in columns.split(",")],
        "ignore": ignore or None,
        "missing": missing or None,
        "text": text or None,
        "max_bytes": None if max_size is None else _size(max_size),
    }
    return {name: value for name, value in told.items() if value is not None}


def _size(text: str) -> int:
    """Return a number of bytes.

    >>> _size("8GB"), _size("1.5 mb")
    (8000000000, 1500000)
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?b?)\s*", text.lower())
    if found is None or found[2].removesuffix("b") + "b" not in {*_UNITS, "b"}:
        raise typer.BadParameter(f"{text!r} is not a size such as 8GB", param_hint="--max-size")
    unit = found[2] if found[2] in _UNITS else f"{found[2]}b"
    return int(float(found[1]) * _UNITS[unit])
