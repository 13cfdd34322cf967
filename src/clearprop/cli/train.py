"""`clearprop train`: train networks on a table, test the model and save it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from clearprop.cli.engines import (
    OF_JAX,
    Devices,
    EngineName,
    Hosts,
    LostAfter,
    Process,
    Shards,
    engine_of,
)
from clearprop.cli.errors import UNEXPECTED, say_error
from clearprop.cli.interrupts import exit_code_of, said_of
from clearprop.cli.keeping import Keeping
from clearprop.cli.overwriting import refuse_overwriting
from clearprop.cli.reading import (
    Columns,
    DayFirst,
    Decimal,
    Encoding,
    Header,
    Ignore,
    MaxSize,
    Missing,
    Quote,
    Separator,
    Text,
    reading_options,
)
from clearprop.data.embedded import is_folder
from clearprop.engines.choice import Jax
from clearprop.files.container import ModelFileError, read_model
from clearprop.tables.settings import LEARNING_RATES, TrainSettings
from clearprop.writing.sentences import count, listed

Activation = Literal[
    "relu", "tanh", "logistic", "identity", "leaky_relu", "elu", "selu", "gelu", "silu",
    "softplus", "mish",
]  # fmt: skip

OF_ONE_NETWORK = (
    "hidden", "activation", "solver", "epochs", "batch_size", "learning_rate", "alpha",
    "weight_decay", "dropout", "early_stopping",
)  # fmt: skip
"""The options that shape one network; with any of them one is trained."""

OF_ENGINES = ("engine", *OF_JAX)
"""The options that say what computes: of one network, or of those of a folder."""

OF_SEVERAL = ("preset", "keep")
"""The options of a table estimator; with one of them one is trained."""

_LOWEST = {"epochs": 1, "alpha": 0, "weight_decay": 0, "dropout": 0, "test_fraction": 0, "seed": 0}


def train(
    context: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="digits, iris, wine, breast-cancer, diabetes; a file (CSV, TSV, Parquet, NPZ, "
            "IDX; text and IDX also .gz); a folder of CSV, Parquet or NPY files, which need not "
            "fit into memory; - for standard input; or openml:NAME.",
        ),
    ],
    target: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Column to predict: its name, or its number from 0.  [default: last]",
        ),
    ] = None,
    task: Annotated[
        Literal["classification", "regression"] | None,
        typer.Option(help="What the target asks for.  [default: judged by its values]"),
    ] = None,
    preset: Annotated[
        Literal["fast", "default", "strong"],
        typer.Option(
            help="Several small networks, averaged: fast takes half the time, strong twice. Tables "
            "are trained so unless an option for one network is given."
        ),
    ] = "default",
    keep: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="Several networks: keep a column that would be left out, an identifier or a copy; "
            "may be given again.",
            show_default=False,
        ),
    ] = None,
    time_limit: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="End training after so many seconds, and keep what it has reached.",
            show_default=False,
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Save the training there while it runs.  [default: past a minute, in a hidden "
            "folder beside --out, which goes when the model is saved]",
            show_default=False,
        ),
    ] = None,
    checkpoint_every: Annotated[
        str | None,
        typer.Option(
            metavar="INTERVAL",
            help='How often: "10 epochs", "5 min", "30 s"; or never.  [default: 30 s with '
            "--checkpoint, 1 min without]",
            show_default=False,
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with a training that was cut off, to the same bits."),
    ] = False,
    hidden: Annotated[
        str, typer.Option(metavar="SIZES", help="One network: units of each hidden layer, or none.")
    ] = "64",
    activation: Annotated[
        Activation, typer.Option(help="One network: of the hidden layers.")
    ] = "relu",
    solver: Annotated[
        Literal["adam", "sgd", "lbfgs"], typer.Option(help="One network: optimizer.")
    ] = "adam",
    epochs: Annotated[int, typer.Option(metavar="N", help="One network: most epochs.")] = 200,
    batch_size: Annotated[
        str,
        typer.Option(
            metavar="N|auto", help="One network: rows of a step; auto is a tenth, 16 to 200."
        ),
    ] = "auto",
    learning_rate: Annotated[
        float | None,
        typer.Option(
            metavar="F",
            help="One network: size of a step.  [default: 0.003 for adam, 0.05 for sgd, a third of "
            "it for more than 10,000 rows]",
        ),
    ] = None,
    alpha: Annotated[
        float, typer.Option(metavar="F", help="One network: strength of the L2 penalty.")
    ] = 0.0001,
    weight_decay: Annotated[
        float, typer.Option(metavar="F", help="One network: decoupled, as in AdamW.")
    ] = 0.0,
    dropout: Annotated[
        float, typer.Option(metavar="F", help="One network: part of the units dropped.")
    ] = 0.0,
    class_weight: Annotated[
        Literal["balanced"] | None, typer.Option(help="Give every class the same weight.")
    ] = None,
    early_stopping: Annotated[
        bool | None,
        typer.Option(
            "--early-stopping/--no-early-stopping",
            help="One network: stop when the loss on a tenth of the rows has stopped falling, and "
            "keep the best weights.  [default: yes, but not for lbfgs]",
        ),
    ] = None,
    engine: EngineName = "auto",
    devices: Devices = None,
    shards: Shards = None,
    hosts: Hosts = None,
    process: Process = None,
    lost_after: LostAfter = None,
    test: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Rows to test on.", show_default=False)
    ] = None,
    test_fraction: Annotated[
        float, typer.Option(metavar="F", help="Or the part of the rows to hold out for it.")
    ] = 0.2,
    seed: Annotated[int, typer.Option(metavar="N", help="For splits, weights and batches.")] = 0,
    encoding: Encoding = None,
    separator: Separator = None,
    quote: Quote = None,
    decimal: Decimal = None,
    header: Header = None,
    columns: Columns = None,
    ignore: Ignore = None,
    missing: Missing = None,
    text: Text = None,
    day_first: DayFirst = None,
    max_size: MaxSize = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to save the model.  [default: SOURCE.clearprop]"),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write a page on this training: curves, confusion matrix, worst mistakes.",
            show_default=False,
        ),
    ] = None,
    live: Annotated[
        Path | None,
        typer.Option(
            metavar="[FOLDER]",
            help="Follow the training on a page in that folder, or on one that ends in .html, with "
            "buttons to pause and to steer it.  [default: live]",
            show_default=False,
        ),
    ] = None,
    check_gradients: Annotated[
        bool, typer.Option(help="Check the trained network's gradients on a few rows.")
    ] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the essential lines.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Train networks on a table, test the model and save it.

    On a table several small networks are trained, and their predictions averaged. Pictures, and
    iris, are for one network, as is any table with an option for one network.

    Numbers, categories, dates, texts and missing values are coded; the model file keeps how, so
    that `clearprop predict` takes the raw table. The gradients of a trained network are checked.
    Ctrl-C, SIGTERM and SIGHUP end training, save what it has reached, and
    exit with 130, 143 and 129; before the end of the first epoch no model is saved.

    A training that takes more than a minute saves itself every minute: if it is cut off, by
    whatever, the same command with --resume goes on.
    """
    settings = TrainSettings(
        source=source,
        target=target,
        task=task,
        hidden=_sizes(hidden),
        activation=activation,
        solver=solver,
        epochs=epochs,
        batch_size=_batch_size(batch_size),
        learning_rate=learning_rate,
        alpha=alpha,
        weight_decay=weight_decay,
        dropout=dropout,
        class_weight=class_weight,
        early_stopping=solver != "lbfgs" if early_stopping is None else early_stopping,
        engine=engine_of(engine, devices, shards, hosts, process, lost_after),
        test=test,
        test_fraction=test_fraction,
        seed=seed,
        one_network=_one_network(context, source),
        preset=preset,
        keep=tuple(keep or ()),
        time_limit=time_limit,
        resume=resume,
        reading=reading_options(
            encoding=encoding,
            separator=separator,
            quote=quote,
            decimal=decimal,
            header=header,
            columns=columns,
            ignore=ignore,
            missing=missing,
            text=text,
            day_first=day_first,
            max_size=max_size,
        ),
    )
    _check(settings)
    path = out or _default_path(source)
    refuse_overwriting(
        {"source": source, "test": test, "out": path, "report": report, "live": live}
    )
    _check_out(path)
    keeping = Keeping.of(checkpoint, checkpoint_every, resume, path, quiet or as_json)
    if report is not None:
        _check_report(report)
    if live is not None:
        from clearprop.cli.following import check_live

        check_live(live)
    # scikit-learn, pandas and rich take a second to import, which --help and --version need not.
    if hosts is not None:
        from clearprop.cli.supervised import is_watched, train_beside

        if not is_watched():
            raise typer.Exit(train_beside())
        from clearprop.cli.training import run_beside, trains_first

        if not trains_first(settings):
            signals = run_beside(settings, keeping)
            raise typer.Exit(exit_code_of(signals) if signals else 0)
    from clearprop.cli.training import run

    result = run(settings, path, check_gradients, quiet, as_json, report, keeping, live)
    if result.gradients is not None and not result.gradients:
        raise typer.Exit(UNEXPECTED)
    if signals := result.trained.signals:
        code = exit_code_of(signals)
        goes_on = "; --resume goes on with the training" if keeping.goes_on else ""
        say_error(
            f"{said_of(signals)} after {count(result.trained.epochs, 'epoch')}; "
            f"what they reached is saved in {path}{goes_on}.",
            code,
        )
        raise typer.Exit(code)


def _one_network(context: typer.Context, source: str) -> str | None:
    """Return why one network is trained, "" for a table estimator, None where the data decide.

    The networks of a folder are trained by any engine.
    """
    names = OF_ONE_NETWORK if is_folder(source) else (*OF_ONE_NETWORK, *OF_ENGINES)
    shaping = [_option(name) for name in names if _is_given(context, name)]
    of_several = [_option(name) for name in OF_SEVERAL if _is_given(context, name)]
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


def _sizes(hidden: str) -> tuple[int, ...]:
    if hidden.strip().lower() in ("none", "0", ""):
        return ()
    parts = [part.strip() for part in hidden.split(",")]
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise typer.BadParameter(
            f"{hidden!r} is not of the form 128,64 (or none)", param_hint="--hidden"
        )
    return tuple(int(part) for part in parts)


def _batch_size(text: str) -> int | None:
    if text == "auto":
        return None
    if not text.isdecimal() or int(text) < 1:
        raise typer.BadParameter(f"{text!r} is neither auto nor a number from 1",
                                 param_hint="--batch-size")  # fmt: skip
    return int(text)


def _check(settings: TrainSettings) -> None:
    """Refuse impossible settings, before anything is read."""
    for name, lowest in _LOWEST.items():
        if not getattr(settings, name) >= lowest:
            raise typer.BadParameter(f"must be at least {lowest}", param_hint=_option(name))
    for name in ("dropout", "test_fraction"):
        if not getattr(settings, name) < 1:
            raise typer.BadParameter("must be below 1", param_hint=_option(name))
    if settings.learning_rate is not None and not settings.learning_rate > 0:
        raise typer.BadParameter("must be above 0", param_hint=_option("learning_rate"))
    if settings.time_limit is not None and not settings.time_limit > 0:
        raise typer.BadParameter("must be above 0", param_hint=_option("time_limit"))
    if settings.solver in LEARNING_RATES:
        return
    if isinstance(settings.engine, Jax) and settings.engine.hosts is not None:
        raise typer.BadParameter("lbfgs trains in one process", param_hint="--hosts")
    for name in ("learning_rate", "batch_size", "weight_decay", "dropout", "early_stopping"):
        if getattr(settings, name):
            raise typer.BadParameter("lbfgs has none; use adam or sgd", param_hint=_option(name))


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _default_path(source: str) -> Path:
    """Return the source's name without folder and endings, in the current folder."""
    name = "" if source == "-" else Path(source.removeprefix("openml:")).name.removesuffix(".gz")
    return Path(f"{Path(name).stem or 'model'}.clearprop")


def _check_out(path: Path) -> None:
    """Refuse a path that cannot be written, or whose file is no model, before the training."""
    _check_folder(path.parent, "--out")
    if path.exists():
        try:
            read_model(path)
        except ModelFileError as error:
            raise typer.BadParameter(
                f"{path} is there and is no model: name another file, or remove it",
                param_hint="--out",
            ) from error


def _check_report(report: Path) -> None:
    """Refuse a report that cannot be written, or whose name is not that of a page."""
    _check_folder(report.parent, "--report")
    if report.suffix.lower() not in (".html", ".htm"):
        raise typer.BadParameter(
            f"{report} must be a page: give it a name that ends in .html", param_hint="--report"
        )
    if report.is_dir():
        raise typer.BadParameter(f"{report} cannot be a page", param_hint="--report")


def _check_folder(folder: Path, option: str) -> None:
    if not folder.is_dir():
        raise typer.BadParameter(f"there is no folder {folder}", param_hint=option)
    if not os.access(folder, os.W_OK):
        raise typer.BadParameter(f"the folder {folder} is write-protected", param_hint=option)
