"""`clearprop check`: the training step of one's own program, compared with the true one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def check(
    program: Annotated[
        Path,
        typer.Argument(metavar="FILE.py", help="Your program. Its code is run in this process."),
    ],
    data: Annotated[
        str,
        typer.Option(
            metavar="SOURCE",
            help="The rows to train on: xor, or whatever `clearprop train` takes.",
        ),
    ],
    use: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The class, object or function to check.  [default: the only one with a training "
            "step]",
            show_default=False,
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="The target's column, for files.", show_default=False),
    ] = None,
    rows: Annotated[
        int, typer.Option(min=1, max=1000, metavar="N", help="How many rows of SOURCE to use.")
    ] = 4,
    raw: Annotated[
        bool, typer.Option("--raw", help="Leave the columns as they are, not standardised.")
    ] = False,
    net: Annotated[
        str | None,
        typer.Option(
            metavar="SIZES",
            help="The network's layers, such as 2-3-1.  [default: read from your weights]",
            show_default=False,
        ),
    ] = None,
    activation: Annotated[
        Literal["sigmoid", "tanh", "relu"] | None,
        typer.Option(
            help="The activation; with a squared loss also the output's, except relu.  "
            "[default: guessed, else sigmoid]",
            show_default=False,
        ),
    ] = None,
    loss: Annotated[
        Literal["squared", "cross-entropy", "binary"] | None,
        typer.Option(help="The loss.  [default: guessed, else squared]", show_default=False),
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(
            help="The learning rate of your step.  [default: read from your program]",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Check your own network's training step against the true one.

    The exit code is 0 if it is right and 1 if it is wrong. Only check a program that you trust: it
    is run with your rights.
    """
    # NumPy and the readers take a second to import, which --help and --version need not.
    from clearprop.cli.checking import CheckOptions, run

    run(
        program,
        CheckOptions(data, use, target, rows, raw, net, activation, loss, learning_rate, as_json),
    )
