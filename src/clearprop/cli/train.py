"""`clearprop train`: train networks on a table, test the model and save it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from clearprop.cli.engines import (
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
from clearprop.cli.network_options import (
    Activation,
    Alpha,
    BatchSize,
    Dropout,
    EarlyStopping,
    Epochs,
    Hidden,
    LearningRate,
    Solver,
    WeightDecay,
    batch_size_in,
    sizes_in,
    why_one_network,
)
from clearprop.cli.options import AsJson, Quiet, Target, Task
from clearprop.cli.overwriting import refuse_overwriting
from clearprop.cli.reading import ReadingOptions, with_reading_options
from clearprop.cli.train_checks import (
    check_model_path,
    check_report_path,
    check_settings,
)
from clearprop.tables.settings import TrainSettings
from clearprop.writing.sentences import count


@with_reading_options
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
    target: Target = None,
    task: Task = None,
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
    hidden: Hidden = "64",
    activation: Activation = "relu",
    solver: Solver = "adam",
    epochs: Epochs = 200,
    batch_size: BatchSize = "auto",
    learning_rate: LearningRate = None,
    alpha: Alpha = 0.0001,
    weight_decay: WeightDecay = 0.0,
    dropout: Dropout = 0.0,
    class_weight: Annotated[
        Literal["balanced"] | None, typer.Option(help="Give every class the same weight.")
    ] = None,
    early_stopping: EarlyStopping = None,
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
    *,
    reading: ReadingOptions,
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
    quiet: Quiet = False,
    as_json: AsJson = False,
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
        hidden=sizes_in(hidden),
        activation=activation,
        solver=solver,
        epochs=epochs,
        batch_size=batch_size_in(batch_size),
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
        one_network=why_one_network(context, source),
        preset=preset,
        keep=tuple(keep or ()),
        time_limit=time_limit,
        resume=resume,
        reading=reading,
    )
    check_settings(settings)
    path = out or _default_path(source)
    refuse_overwriting(
        {"source": source, "test": test, "out": path, "report": report, "live": live}
    )
    check_model_path(path)
    keeping = Keeping.of(checkpoint, checkpoint_every, resume, path, quiet or as_json)
    if report is not None:
        check_report_path(report)
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


def _default_path(source: str) -> Path:
    """Return the source's name without folder and endings, in the current folder."""
    name = "" if source == "-" else Path(source.removeprefix("openml:")).name.removesuffix(".gz")
    return Path(f"{Path(name).stem or 'model'}.clearprop")
