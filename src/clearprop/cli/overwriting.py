"""Refuse to overwrite a file that the command also reads, and to write two outputs to one file."""

from __future__ import annotations

import os
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand

from clearprop.cli.optional_values import with_values
from clearprop.data.content import STANDARD_INPUT

if TYPE_CHECKING:
    from collections.abc import Mapping

READ = {
    "model": "MODEL", "source": "SOURCE", "test": "--test", "program": "FILE.py", "data": "--data",
}  # fmt: skip
"""Parameters that name a file to read, of any command, as their user knows them."""

WRITTEN = {
    "out": "--out", "report": "--report", "html": "--html", "key": "--key",
    "markdown": "--markdown", "checkpoint": "--checkpoint", "live": "--live",
}  # fmt: skip
"""Options that name a file to write, of any command."""


class Command(TyperCommand):
    """A command that is refused before it begins if it would write over a file of its own."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments, and values that were left out."""
        return super().parse_args(ctx, with_values(args))

    def invoke(self, ctx: Any) -> Any:
        """Check the files, and run the command."""
        refuse_overwriting(ctx.params, ctx)
        return super().invoke(ctx)


def refuse_overwriting(params: Mapping[str, Any], ctx: Any = None) -> None:
    """Raise if a file to write is also read, or is written twice, among a command's parameters.

    Two names are one file if they lead to it by links or by another spelling. A source may be the
    name of an embedded data set, which is no file, and - is standard input or output.
    """
    written = {name: Path(params[name]) for name in WRITTEN if _is_file(params.get(name))}
    read = {name: Path(params[name]) for name in READ if _is_file(params.get(name))}
    for name, path in written.items():
        for other, source in read.items():
            if path.exists() and source.exists() and path.samefile(source):
                raise typer.BadParameter(
                    f"{path} is the file that this command reads as {READ[other]}: name another",
                    ctx=ctx,
                    param_hint=WRITTEN[name],
                )
    for one, two in combinations(written, 2):
        if _is_one_file(written[one], written[two]):
            raise typer.BadParameter(
                f"{written[two]} is also what {WRITTEN[one]} writes: name another",
                ctx=ctx,
                param_hint=WRITTEN[two],
            )


def _is_file(value: Any) -> bool:
    return value is not None and str(value) != STANDARD_INPUT


def _is_one_file(one: Path, two: Path) -> bool:
    """Return whether two names are one file, which need not exist."""
    if one.exists() and two.exists():
        return one.samefile(two)
    return os.path.realpath(one) == os.path.realpath(two)
