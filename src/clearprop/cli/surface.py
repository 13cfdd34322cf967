"""`clearprop surface`: the loss of a saved model, around its weights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clearprop.cli.options import AsJson, ModelFile


def surface(
    model: ModelFile,
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="Rows with the target's column: whatever `clearprop train` takes.",
        ),
    ],
    distance: Annotated[
        float,
        typer.Option(metavar="F", help="How far to look, relative to each unit's own weights."),
    ] = 1.0,
    points: Annotated[int, typer.Option(metavar="N", help="Points along each direction.")] = 31,
    seed: Annotated[int, typer.Option(metavar="N", help="Random seed of the directions.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Save a page (.html) or a picture (.png .svg .pdf) of it."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the loss around a trained network, and its curvature.

    The plane through the weights has two random directions, each unit's part as long as its own
    weights. Only two of a thousand directions or more are seen: a valley may be longer than it
    looks.
    """
    if not distance > 0:
        raise typer.BadParameter("must be above 0", param_hint="--distance")
    if points < 3:
        raise typer.BadParameter("must be at least 3", param_hint="--points")
    # scikit-learn, pandas and rich take a second to import, which --help and --version need not.
    from clearprop.cli.surfacing import SurfaceOptions, run

    run(model, source, SurfaceOptions(distance, points, seed, out, as_json))
