"""`clearprop descend`: gradient descent as a walk down a landscape."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from clearprop.cli.options import AsJson

# Named here, for --help and completion need not import NumPy; a test compares them.
LANDSCAPES = (
    "island", "double-well", "bowl", "rosenbrock", "himmelblau", "rastrigin", "ackley", "beale",
    "saddle", "plateau",
)  # fmt: skip
_NAMES = ", ".join(LANDSCAPES)


def descend(
    landscape: Annotated[
        str,
        typer.Argument(
            metavar="LANDSCAPE",
            autocompletion=lambda: list(LANDSCAPES),
            help=_NAMES + '; or a formula in x, or in x and y: "x**4 - 3*x**2 + x".',
        ),
    ],
    start: Annotated[
        str | None,
        typer.Option(metavar="X", help="Where to begin: 0.5, or -1,2.  [default: at random]"),
    ] = None,
    starts: Annotated[
        int | None, typer.Option(metavar="N", help="Start N walkers at random positions.")
    ] = None,
    optimizer: Annotated[
        Literal["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"],
        typer.Option(help="The rule that makes a step of a slope."),
    ] = "sgd",
    learning_rate: Annotated[
        float | None,
        typer.Option(
            metavar="F", help="Length of a step for a slope of 1.  [default: suits the landscape]"
        ),
    ] = None,
    steps: Annotated[int, typer.Option(metavar="N", help="Largest number of steps.")] = 200,
    noise: Annotated[
        float,
        typer.Option(metavar="F", help="Standard deviation of noise added to each slope."),
    ] = 0.0,
    box: Annotated[
        str | None,
        typer.Option(metavar="LOW,HIGH", help="Range shown of each coordinate of a formula."),
    ] = None,
    race: Annotated[
        bool, typer.Option("--race", help="Walk with all optimizers from the same start.")
    ] = False,
    reach: Annotated[
        bool,
        typer.Option(
            "--reach",
            help="Share of the starts that each optimizer and rate brings to a lowest minimum.",
        ),
    ] = False,
    seed: Annotated[int, typer.Option(metavar="N", help="Random seed of starts and noise.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Save the walk: a page (.html), a movie (.gif .webp), a picture (.png .svg .pdf).",
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only how the walks end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Walk down a landscape: feel the slope, take a step, repeat.

    The optimizers that train networks take the steps. Where a walk ends, every direction leads
    up; even so, another start may end lower.
    """
    for name, value, lowest in (("steps", steps, 1), ("starts", starts, 1), ("seed", seed, 0)):
        if value is not None and value < lowest:
            raise typer.BadParameter(f"must be at least {lowest}", param_hint=f"--{name}")
    if not noise >= 0:
        raise typer.BadParameter("must be at least 0", param_hint="--noise")
    if learning_rate is not None and not learning_rate > 0:
        raise typer.BadParameter("must be above 0", param_hint="--learning-rate")
    if start is not None and starts is not None:
        raise typer.BadParameter("give a start, or how many starts; not both", param_hint="--start")
    if (race and reach) or (race and starts is not None) or (reach and start is not None):
        raise typer.BadParameter("--race has one start, --reach many, and they are two commands")
    if reach and out is not None:
        raise typer.BadParameter("there is no picture of --reach", param_hint="--out")
    # rich, NumPy and SymPy take a while to import, which --help need not.
    from clearprop.cli.descending import DescendOptions, run

    run(
        DescendOptions(
            landscape=landscape,
            start=None if start is None else numbers_in(start, "--start"),
            starts=starts,
            optimizer=optimizer,
            rate=learning_rate,
            steps=steps,
            noise=noise,
            box=None if box is None else numbers_in(box, "--box"),
            race=race,
            reach=reach,
            seed=seed,
            out=out,
            quiet=quiet,
            as_json=as_json,
        )
    )


def numbers_in(text: str, option: str) -> tuple[float, ...]:
    """Return numbers with commas between them, or raise what is wrong with them."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not of the form 0.5 or -1,2", param_hint=option
        ) from None
