"""Errors and warnings as one line on stderr, and exit codes.

With ``--json`` the line is one JSON object, ``{"error": ..., "exit_code": ...}`` or
``{"warning": ...}``, and stdout stays as it is: empty, or the command's own object.
"""

from __future__ import annotations

import os
import sys
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from clearprop.cli.encoding import say, say_json
from clearprop.files.container import ModelFileError
from clearprop.files.errors import DataError
from clearprop.tables.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

UNEXPECTED, WRONG_USAGE, WRONG_DATA, WRONG_MODEL = 1, 2, 3, 4


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
"""The first matching class gives the exit code; any other error is a fault of clearprop."""

JSON = "--json"


@dataclass
class _Form:
    """How messages are written: as sentences, or as JSON objects."""

    as_json: bool = False


_FORM = _Form()


def choose_form(arguments: Sequence[str]) -> None:
    """Write messages as JSON from now on if the arguments ask for it, as sentences if not."""
    before_end = list(arguments)[: arguments.index("--")] if "--" in arguments else arguments
    _FORM.as_json = JSON in before_end


def say_error(message: str, code: int) -> None:
    """Print an error as one line on stderr; in JSON with the program's exit code."""
    _say({"error": message, "exit_code": code})


def say_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    """Print a warning as one line, where Python would also print the code that gives it."""
    _say({"warning": str(message)})


def _say(content: dict[str, str | int]) -> None:
    kind, message = next(iter(content.items()))
    line = " ".join(str(message).split())
    if _FORM.as_json:
        say_json({**content, kind: line}, err=True)
    else:
        say(f"clearprop: {line}", err=True)


def exit_code(error: Exception) -> int:
    """Print what an error says, and return the exit code for it."""
    if os.environ.get("CLEARPROP_DEBUG"):
        traceback.print_exception(error)
    code = next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))
    say_error(_usage(error) if isinstance(error, typer.TyperException) else str(error), code)
    return code


def _usage(error: typer.TyperException) -> str:
    """Return what is wrong with the arguments, and where to read how they are used."""
    message = error.format_message().replace("Value error, ", "").rstrip(".")
    context = getattr(error, "ctx", None)
    return f"{message}. See {context.command_path} --help." if context else f"{message}."


def say_unexpected(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Print one line where Python would print a traceback; Python then exits with code 1."""
    if os.environ.get("CLEARPROP_DEBUG"):
        sys.__excepthook__(kind, error, trace)
    say_error(
        f"unexpected {kind.__name__}: {error}. This is a fault of clearprop; "
        "CLEARPROP_DEBUG=1 shows where it happened.",
        UNEXPECTED,
    )
