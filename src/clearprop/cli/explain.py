"""`clearprop explain`: one training step of a saved model on rows of a table, opened."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clearprop.cli.options import ROWS_WITH_TARGET, RowNumbers
from clearprop.cli.reading import ReadingOptions, with_reading_options


@with_reading_options
def explain(
    model: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL",
            help="A file that `clearprop train` saved; with --incident a checkpoint or its folder.",
        ),
    ],
    source: Annotated[str | None, ROWS_WITH_TARGET] = None,
    row: RowNumbers = None,
    why: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH",
            help="Show where one number came from: dense1.dW[3,2]; cells are counted from 0.",
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Save the step as an interactive page, to open offline."),
    ] = None,
    member: Annotated[
        int | None,
        typer.Option(
            metavar="K",
            help="Of a model with several networks, the one to open, counted from 0.  [default: 0]",
        ),
    ] = None,
    incident: Annotated[
        bool,
        typer.Option(
            "--incident",
            help="Of a checkpoint, the step in which its training went wrong. It needs no rows.",
        ),
    ] = False,
    latex: Annotated[bool, typer.Option("--latex", help="Print every equation in LaTeX.")] = False,
    *,
    reading: ReadingOptions,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole step as JSON.")] = False,
) -> None:
    """Open one training step: every number with its equation.

    This is the step that the model would take next on these rows. The model does not change.
    """
    if incident == (source is not None):
        raise typer.BadParameter(
            "a checkpoint has its own rows: leave SOURCE out" if incident else
            "name the rows, or the checkpoint's incident by --incident", param_hint="SOURCE",
        )  # fmt: skip
    if incident and row:
        raise typer.BadParameter("the incident has its own rows", param_hint="--row")
    if html is not None and not html.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {html.parent}", param_hint="--html")
    # scikit-learn, pandas and rich take a second to import, which --help and --version need not.
    from clearprop.cli.explaining import ExplainOptions, run, run_incident

    options = ExplainOptions(tuple(row or (1,)), tuple(why or ()), html, latex, as_json, member)
    if source is None:
        run_incident(model, options)
    else:
        run(model, source, reading, options)
