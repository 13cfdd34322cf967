"""`clearprop worksheet`: a page for pupils, of one training step of a saved model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clearprop.cli.options import ROWS_WITH_TARGET, ModelFile, RowNumbers
from clearprop.cli.reading import ReadingOptions, with_reading_options


@with_reading_options
def worksheet(
    model: ModelFile,
    source: Annotated[str, ROWS_WITH_TARGET],
    row: RowNumbers = None,
    seed: Annotated[
        str | None,
        typer.Option(
            metavar="SEED",
            help="Draw the rows by lot: 17, or 1-30 for a sheet and a key for each of 30 pupils, "
            "sheet-1.md ... sheet-30.md.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Save the sheet: .md, .tex or .ipynb; without it Markdown is printed.",
        ),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Save the answer key too: .md, .tex or .ipynb."),
    ] = None,
    blank: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH",
            help="A number to compute, dense1.dW[3,2], or an array, dense1.dW; give it again for "
            "several. Without it the sheet goes once through the step.",
        ),
    ] = None,
    *,
    reading: ReadingOptions,
) -> None:
    """Make a worksheet of a training step, and its answer key.

    It is the step that `clearprop explain` shows. In Python its `mark` marks the answers.
    """
    for path, option in ((out, "--out"), (key, "--key")):
        if path is not None and not path.parent.is_dir():
            raise typer.BadParameter(f"there is no folder {path.parent}", param_hint=option)
    # scikit-learn, pandas and rich take a second to import, which --help and --version need not.
    from clearprop.cli.worksheets import WorksheetOptions, run, seeds_of

    wanted = WorksheetOptions(tuple(row or ()), seeds_of(seed), tuple(blank or ()), out, key)
    run(model, source, reading, wanted)
