"""`clearprop compare`: the usual models for tables and clearprop's, on the same splits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clearprop.cli.errors import say_error
from clearprop.cli.interrupts import exit_code_of, said_of
from clearprop.cli.options import AsJson, Target, Task
from clearprop.cli.overwriting import refuse_overwriting
from clearprop.cli.reading import ReadingOptions, with_reading_options

_LOWEST = {"folds": 2, "repeats": 1, "seed": 0}


@with_reading_options
def compare(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="digits, iris, wine, breast-cancer, diabetes; a file (CSV, TSV, Parquet, NPZ, "
            "IDX; text and IDX also .gz); - for standard input; or openml:NAME.",
        ),
    ],
    target: Target = None,
    task: Task = None,
    models: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,...",
            help="Which models: dummy, bayes, tree, lda, logistic, ridge, pca, knn, mixture, "
            "clearprop-fast, boosting, clearprop, forest, svm, mlp, clearprop-strong, lightgbm, "
            "xgboost, catboost, realmlp.  "
            "[default: all that are installed and suit the table]",
            show_default=False,
        ),
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option(metavar="N", help="Parts of the rows.  [default: 5; 3 above 100,000 rows]"),
    ] = None,
    repeats: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="How often the rows are divided anew.  [default: 4; 2 above 2,000 rows, 1 above "
            "10,000]",
        ),
    ] = None,
    time_limit: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="For all models; one that would go past it is left out, and named.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="For splits and models.")] = 0,
    *,
    reading: ReadingOptions,
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write a page with dots and intervals.", show_default=False
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the verdict.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare the usual models for tables on the same splits.

    From a constant prediction to boosting, and clearprop's, each with its defaults in the pipeline
    that suits it and in a process of its own. Shown with standard errors, seconds and memory, and
    with how often chance alone gives a difference as large. Ctrl-C shows what is done so far and
    exits with 130.
    """
    for name, value in (("folds", folds), ("repeats", repeats), ("seed", seed)):
        if value is not None and value < _LOWEST[name]:
            raise typer.BadParameter(f"must be at least {_LOWEST[name]}", param_hint=f"--{name}")
    if time_limit is not None and not time_limit > 0:
        raise typer.BadParameter("must be above 0 seconds", param_hint="--time-limit")
    refuse_overwriting({"source": source, "html": html})
    if html is not None:
        _check_page(html)
    # scikit-learn, pandas and rich take a second to import, which --help and --version need not.
    from clearprop.cli.comparing import CompareSettings, run

    settings = CompareSettings(
        source=source,
        target=target,
        task=task,
        models=None if models is None else tuple(filter(None, map(str.strip, models.split(",")))),
        folds=folds,
        repeats=repeats,
        seed=seed,
        time_limit=time_limit,
        reading=reading,
    )
    signals = run(settings, html, quiet, as_json)
    if signals is not None:
        code = exit_code_of(signals)
        say_error(f"{said_of(signals)}; what was done by then is shown.", code)
        raise typer.Exit(code)


def _check_page(path: Path) -> None:
    """Refuse a page that cannot be written, before the comparison."""
    if not path.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {path.parent}", param_hint="--html")
    if path.suffix.lower() not in (".html", ".htm"):
        raise typer.BadParameter(
            f"{path} must be a page: give it a name that ends in .html", param_hint="--html"
        )
    if path.is_dir():
        raise typer.BadParameter(f"{path} cannot be a page", param_hint="--html")
