"""`clearprop predict`: a saved model and a raw table give predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def predict(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A file that `clearprop train` saved.")
    ],
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="The rows: whatever `clearprop train` takes, with the target's column or without.",
        ),
    ],
    rows: Annotated[
        Literal["all", "held-out"],
        typer.Option(help="Of the data the model was trained on: the rows held out to test it."),
    ] = "all",
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write all predictions to this CSV file.")
    ] = None,
    proba: Annotated[bool, typer.Option("--proba", help="The probability of each class.")] = False,
    head: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Show the first N predictions.  [default: 20; none with --out, all with --json]",
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the essential lines.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Predict the rows of a table with a saved model.

    The table is as raw as the one that was trained on. Where it has the target, the predictions
    are scored.
    """
    if head is not None and head < 0:
        raise typer.BadParameter("must be at least 0", param_hint="--head")
    if out is not None:
        _check_out(out)
    # scikit-learn, pandas and rich take a second to import, which --help and --version need not.
    from clearprop.cli.predicting import Wanted, run

    run(model, source, Wanted(rows == "held-out", out, proba, head, quiet, as_json))


def _check_out(out: Path) -> None:
    """Refuse to write where there is no folder."""
    if not out.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {out.parent}", param_hint="--out")
