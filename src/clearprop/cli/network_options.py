"""The options of `clearprop train` that shape one network, and when one network is trained."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from clearprop.cli.engines import OF_JAX
from clearprop.data.embedded import is_folder
from clearprop.writing.sentences import listed

Hidden = Annotated[
    str, typer.Option(metavar="SIZES", help="One network: units of each hidden layer, or none.")
]
Activation = Annotated[
    Literal[
        "relu", "tanh", "logistic", "identity", "leaky_relu", "elu", "selu", "gelu", "silu",
        "softplus", "mish",
    ],
    typer.Option(help="One network: of the hidden layers."),
]  # fmt: skip
Solver = Annotated[Literal["adam", "sgd", "lbfgs"], typer.Option(help="One network: optimizer.")]
Epochs = Annotated[int, typer.Option(metavar="N", help="One network: most epochs.")]
BatchSize = Annotated[
    str,
    typer.Option(metavar="N|auto", help="One network: rows of a step; auto is a tenth, 16 to 200."),
]
LearningRate = Annotated[
    float | None,
    typer.Option(
        metavar="F",
        help="One network: size of a step.  [default: 0.003 for adam, 0.05 for sgd, a third of "
        "it for more than 10,000 rows]",
    ),
]
Alpha = Annotated[float, typer.Option(metavar="F", help="One network: strength of the L2 penalty.")]
WeightDecay = Annotated[
    float, typer.Option(metavar="F", help="One network: decoupled, as in AdamW.")
]
Dropout = Annotated[
    float, typer.Option(metavar="F", help="One network: part of the units dropped.")
]
EarlyStopping = Annotated[
    bool | None,
    typer.Option(
        "--early-stopping/--no-early-stopping",
        help="One network: stop when the loss on a tenth of the rows has stopped falling, and "
        "keep the best weights.  [default: yes, but not for lbfgs]",
    ),
]

OF_ONE_NETWORK = (
    "hidden", "activation", "solver", "epochs", "batch_size", "learning_rate", "alpha",
    "weight_decay", "dropout", "early_stopping",
)  # fmt: skip
"""The options that shape one network; with any of them one is trained."""

OF_ENGINES = ("engine", *OF_JAX)
"""The options that say what computes: of one network, or of those of a folder."""

OF_SEVERAL = ("preset", "keep")
"""The options of a table estimator; with one of them one is trained."""


def why_one_network(context: typer.Context, source: str) -> str | None:
    """Return why one network is trained, "" for a table estimator, None where the data decide.

    The networks of a folder are trained by any engine.
    """
    names = OF_ONE_NETWORK if is_folder(source) else (*OF_ONE_NETWORK, *OF_ENGINES)
    shaping = [flag(name) for name in names if _is_given(context, name)]
    of_several = [flag(name) for name in OF_SEVERAL if _is_given(context, name)]
    if not of_several:
        return f"because of {listed(shaping)}" if shaping else None
    if shaping:
        raise typer.BadParameter(
            f"is for several networks, and {listed(shaping)} for one: leave one of them out",
            param_hint=of_several[0],
        )
    return ""


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name not in ("DEFAULT", "DEFAULT_MAP")


def sizes_in(hidden: str) -> tuple[int, ...]:
    """Return the units of each hidden layer, such as (128, 64) for "128,64"."""
    if hidden.strip().lower() in ("none", "0", ""):
        return ()
    parts = [part.strip() for part in hidden.split(",")]
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise typer.BadParameter(
            f"{hidden!r} is not of the form 128,64 (or none)", param_hint="--hidden"
        )
    return tuple(int(part) for part in parts)


def batch_size_in(text: str) -> int | None:
    """Return the rows of a step, None for auto."""
    if text == "auto":
        return None
    if not text.isdecimal() or int(text) < 1:
        raise typer.BadParameter(f"{text!r} is neither auto nor a number from 1",
                                 param_hint="--batch-size")  # fmt: skip
    return int(text)


def flag(name: str) -> str:
    """Return the option of a parameter, as a user types it."""
    return f"--{name.replace('_', '-')}"
