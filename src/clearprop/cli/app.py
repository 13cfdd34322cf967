"""The program: its commands, its version, and the handling of errors."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from clearprop.cli import encoding
from clearprop.cli.chapter import chapter
from clearprop.cli.descend import descend
from clearprop.cli.errors import (
    EXIT_CODES,
    INTERRUPTED,
    choose_form,
    exit_code,
    say_error,
    say_unexpected,
    say_warning,
)
from clearprop.cli.explain import explain
from clearprop.cli.predict import predict
from clearprop.cli.surface import surface
from clearprop.cli.train import train
from clearprop.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence


class Commands(TyperGroup):
    """The commands; an error in one is printed as one line and gives the exit code."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command and exit."""
        choose_form(sys.argv[1:] if args is None else args)
        try:
            code = super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        except tuple(EXIT_CODES) as error:
            code = exit_code(error)
        if standalone_mode:
            sys.exit(code)
        return code

    def invoke(self, ctx: Any) -> Any:
        """Run the command that the context names."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            say_error("interrupted.", INTERRUPTED)
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    cls=Commands,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command()(train)
app.command()(predict)
app.command()(explain)
app.command()(chapter)
app.command()(descend)
app.command()(surface)


def _version(wanted: bool) -> None:
    if wanted:
        encoding.say(f"clearprop {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Train neural networks on tables, predict with them, and see how they learn."""
    if context.invoked_subcommand is None:
        encoding.say(context.get_help())


def run() -> None:
    """Run the program on the arguments it was called with."""
    encoding.prepare()
    sys.excepthook = say_unexpected
    warnings.showwarning = say_warning
    typer.main.get_command(app)(prog_name="clearprop")
