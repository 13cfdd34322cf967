"""`clearprop learn`: a page on which a network trains, and every step can be opened."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from clearprop.cli.reading import ReadingOptions, with_reading_options


@with_reading_options
def learn(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="[SOURCE]",
            help="Your own rows: whatever `clearprop train` takes.  [default: small data sets to "
            "choose from]",
            show_default=False,
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help="The column to learn.  [default: the last]", show_default=False
        ),
    ] = None,
    hidden: Annotated[
        str, typer.Option(metavar="N,N,...", help="Units of the hidden layers, for your own rows.")
    ] = "6",
    activation: Annotated[
        Literal["tanh", "relu", "sigmoid"],
        typer.Option(help="Activation of the hidden layers, for your own rows."),
    ] = "tanh",
    learning_rate: Annotated[
        float | None,
        typer.Option(
            metavar="F",
            help="Learning rate of SGD to begin with.  [default: 0.1; 0.3 for the small data sets]",
            show_default=False,
        ),
    ] = None,
    batch_size: Annotated[int, typer.Option(metavar="N", help="Rows of a step.")] = 10,
    seed: Annotated[
        int, typer.Option(metavar="N", help="Seed of first weights and order of rows.")
    ] = 0,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Save the page here.")] = Path(
        "learn.html"
    ),
    show: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    *,
    reading: ReadingOptions,
) -> None:
    """Make a page on which a network trains while you watch.

    It is one file that needs no network. Press train, pause, open the coming step: its numbers
    and the equations that make them. Drag points and weights, turn the learning rate up until it
    breaks.
    """
    for name, value in (("--batch-size", batch_size), ("--seed", seed + 1)):
        if value < 1:
            raise typer.BadParameter(
                f"must be at least {0 if name == '--seed' else 1}", param_hint=name
            )
    if learning_rate is not None and not learning_rate > 0:
        raise typer.BadParameter("must be above 0", param_hint="--learning-rate")
    if source is None and target is not None:
        raise typer.BadParameter("name the rows that have this column", param_hint="--target")
    if not out.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {out.parent}", param_hint="--out")
    # scikit-learn, pandas and rich take a second to import, which --help and --version need not.
    from clearprop.cli.learning import LearnOptions, run

    wanted = LearnOptions(
        source, target, _widths(hidden), activation, learning_rate, batch_size, seed, out, show
    )
    run(wanted, reading)


def _widths(text: str) -> tuple[int, ...]:
    """Return the widths of layers, such as (8, 8) for "8,8"; () for no hidden layer."""
    try:
        widths = tuple(int(part) for part in text.split(",")) if text.strip() else ()
    except ValueError:
        widths = (0,)
    if any(width < 1 for width in widths):
        raise typer.BadParameter(f"{text!r} is not of the form 8 or 8,8", param_hint="--hidden")
    return widths
