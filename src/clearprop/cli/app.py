"""The program: its commands, its version, and how errors and signals end it."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from clearprop.cli import encoding
from clearprop.cli.chapter import chapter
from clearprop.cli.check import check
from clearprop.cli.compare import compare
from clearprop.cli.descend import descend
from clearprop.cli.errors import (
    EXIT_CODES,
    UNEXPECTED,
    choose_form,
    exit_code,
    say_error,
    say_unexpected,
    say_warning,
)
from clearprop.cli.explain import explain
from clearprop.cli.export import export
from clearprop.cli.interrupts import exit_code_of, handled, noted_signals, said_of
from clearprop.cli.learn import learn
from clearprop.cli.overwriting import Command
from clearprop.cli.predict import predict
from clearprop.cli.streams import guard_output, lost_output
from clearprop.cli.surface import surface
from clearprop.cli.train import train
from clearprop.cli.worksheet import worksheet
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
        """Run the command that the context names; a signal ends it with one line."""
        with noted_signals() as signals:
            try:
                return super().invoke(ctx)
            except KeyboardInterrupt as interrupt:
                where = str(interrupt).removeprefix("interrupted")
                code = exit_code_of(signals)
                say_error(f"{said_of(signals)}{where}.", code)
                raise typer.Exit(code) from None


app = typer.Typer(
    cls=Commands,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command(cls=Command)(train)
app.command(cls=Command)(predict)
app.command(cls=Command)(compare)
app.command(cls=Command)(explain)
app.command(cls=Command)(check)
app.command(cls=Command)(worksheet)
app.command(cls=Command)(learn)
app.command(cls=Command)(chapter)
app.command(cls=Command)(descend)
app.command(cls=Command)(surface)
app.command(cls=Command)(export)


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
    """Run the program on the arguments it was called with, and exit.

    Where the reader of the output has left, it ends as if all had been read. Where output could
    not be written for another reason, it says so, and exits with 1.
    """
    guarded = guard_output()
    encoding.prepare()
    sys.excepthook = say_unexpected
    warnings.showwarning = say_warning
    code = typer.main.get_command(app)(prog_name="clearprop", standalone_mode=False)
    if lost := lost_output(guarded):
        code = code or UNEXPECTED
        say_error(f"not all output could be written: {lost}.", code)
    handled()
    sys.exit(code)
