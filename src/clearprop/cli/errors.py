"""What goes wrong, as one line on stderr and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from typing import TYPE_CHECKING, Any

import typer

from clearprop.data.errors import DataError
from clearprop.files.container import ModelFileError

if TYPE_CHECKING:
    from types import TracebackType

UNEXPECTED, WRONG_USAGE, WRONG_DATA, WRONG_MODEL = 1, 2, 3, 4


class TrainingError(Exception):
    """Training that could not even begin; the message says why and what to do."""


EXIT_CODES: dict[type[Exception], int] = {
    typer.TyperException: WRONG_USAGE,
    ModelFileError: WRONG_MODEL,
    DataError: WRONG_DATA,
    FileNotFoundError: WRONG_DATA,
    PermissionError: WRONG_DATA,
    ConnectionError: WRONG_DATA,
    TrainingError: UNEXPECTED,
    ModuleNotFoundError: UNEXPECTED,
    OSError: UNEXPECTED,
}
"""The first that an error is one of decides; whatever is none of them is a fault of clearprop."""


def say_error(message: str) -> None:
    """Print one line on stderr."""
    typer.echo(f"clearprop: {' '.join(message.split())}", err=True)


def exit_code(error: Exception) -> int:
    """Print what an error says, and return the exit code for it."""
    if os.environ.get("CLEARPROP_DEBUG"):
        traceback.print_exception(error)
    say_error(_usage(error) if isinstance(error, typer.TyperException) else str(error))
    return next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))


def _usage(error: typer.TyperException) -> str:
    """Return what is wrong with the arguments, and where to read how they are used."""
    message = error.format_message().replace("Value error, ", "").rstrip(".")
    context = getattr(error, "ctx", None)
    return f"{message}. See {context.command_path} --help." if context else f"{message}."


def say_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    """Print a warning as one line, where Python would also print the code that gives it."""
    say_error(str(message))


def say_unexpected(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Print one line where Python would print a traceback; Python then exits with code 1."""
    if os.environ.get("CLEARPROP_DEBUG"):
        sys.__excepthook__(kind, error, trace)
    say_error(
        f"unexpected {kind.__name__}: {error}. This is a fault of clearprop; "
        "CLEARPROP_DEBUG=1 shows where it happened."
    )
