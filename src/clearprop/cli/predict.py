"""`clearprop predict`: a saved model and a raw table give predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from clearprop.cli.options import AsJson, ModelFile, Quiet
from clearprop.cli.reading import ReadingOptions, with_reading_options

WRITTEN = ("", ".csv", ".txt", ".tsv", ".tab", ".parquet", ".pq")
"""The suffixes of files that predictions are written to; without a suffix it is CSV."""


@with_reading_options
def predict(
    model: ModelFile,
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="The rows: whatever `clearprop train` takes, with the target's column or without; "
            "- for standard input.",
        ),
    ],
    rows: Annotated[
        Literal["all", "held-out"],
        typer.Option(help="Of the data the model was trained on: the rows held out to test it."),
    ] = "all",
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write all predictions to this file: CSV, TSV or Parquet by its ending; - is CSV "
            "on standard output.",
        ),
    ] = None,
    append: Annotated[
        bool,
        typer.Option(
            "--append", help="With --out: the columns of SOURCE, too, before the predictions."
        ),
    ] = False,
    no_formulas: Annotated[
        bool,
        typer.Option(
            "--no-formulas",
            help="Put ' before texts that a spreadsheet takes for formulas (=, +, -, @).",
        ),
    ] = False,
    proba: Annotated[bool, typer.Option("--proba", help="The probability of each class.")] = False,
    head: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Show the first N predictions.  [default: 20; none with --out, all with --json]",
        ),
    ] = None,
    *,
    reading: ReadingOptions,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Predict the rows of a table with a saved model.

    The table is as raw as the one that was trained on. Where it has the target, the predictions
    are scored.
    """
    if head is not None and head < 0:
        raise typer.BadParameter("must be at least 0", param_hint="--head")
    if out is None and (append or no_formulas):
        option = "--append" if append else "--no-formulas"
        raise typer.BadParameter("says what --out writes, which is lacking", param_hint=option)
    if out is not None:
        _check_out(out)
        if str(out) == "-" and as_json:
            raise typer.BadParameter("has no room beside --json", param_hint="--out -")
    # scikit-learn, pandas and rich take a second to import, which --help and --version need not.
    from clearprop.cli.predicting import PredictOptions, run

    wanted = PredictOptions(
        held_out=rows == "held-out",
        out=out,
        proba=proba,
        head=head,
        quiet=quiet,
        as_json=as_json,
        append=append,
        no_formulas=no_formulas,
    )
    run(model, source, reading, wanted)


def _check_out(out: Path) -> None:
    """Refuse to write where there is no folder, or what cannot be written."""
    if str(out) == "-":
        return
    if out.suffix.lower() not in WRITTEN:
        raise typer.BadParameter(
            f"{out}: predictions are written as CSV (.csv), TSV (.tsv) or Parquet (.parquet)",
            param_hint="--out",
        )
    if not out.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {out.parent}", param_hint="--out")
