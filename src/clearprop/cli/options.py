"""Arguments and options that several commands have, with one wording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

ModelFile = Annotated[
    Path, typer.Argument(metavar="MODEL", help="A file that `clearprop train` saved.")
]
ROWS_WITH_TARGET = typer.Argument(
    metavar="SOURCE",
    help="The rows, with the target's column: whatever `clearprop train` takes.",
)
RowNumbers = Annotated[
    list[int] | None,
    typer.Option(metavar="N", help="The row, counted from 1; give it again for several."),
]
Target = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Column to predict: its name, or its number from 0.  [default: last]",
    ),
]
Task = Annotated[
    Literal["classification", "regression"] | None,
    typer.Option(help="What the target asks for.  [default: judged by its values]"),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only the essential lines.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
