"""Compare models on one table: `cp.compare`."""

from __future__ import annotations

import platform
import time
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data import DataError
from clearprop.data.files import left_out_as_told
from clearprop.tables.compare.contenders import choose
from clearprop.tables.compare.inputs import table_of, target_of, without
from clearprop.tables.compare.measuring import Job
from clearprop.tables.compare.ranking import ranked
from clearprop.tables.compare.recipe import TableColumns
from clearprop.tables.compare.result import Comparison
from clearprop.tables.compare.runners import can_start_processes, runner_of
from clearprop.tables.compare.running import run_all
from clearprop.tables.compare.splits import split
from clearprop.tables.findings import find
from clearprop.tables.fit_inputs import read_columns
from clearprop.version import __version__
from clearprop.writing.sentences import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clearprop.data.dataset import Task
    from clearprop.tables.compare.running import Hear

PACKAGES = ("numpy", "scipy", "scikit-learn", "numba")


def compare(
    X: Any,
    y: Any,
    *,
    models: Sequence[str] | None = None,
    also: Mapping[str, Any] | None = None,
    task: Task | None = None,
    folds: int | None = None,
    repeats: int | None = None,
    seed: int = 0,
    time_limit: float | None = None,
    processes: bool | None = None,
    progress: Hear | None = None,
    names: Sequence[str] | None = None,
    ignore: Sequence[str] | None = None,
    source: str = "a table",
    target: str = "y",
) -> Comparison:
    """Compare the usual models for tables with clearprop's, all on the same splits.

    From a constant prediction to boosting, each with its package's defaults, in the pipeline that
    suits it: numbers filled and standardised, levels one-hot or numbered, or as they are. LightGBM,
    XGBoost, CatBoost and RealMLP take part where they are installed.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n_rows, n_columns)
        A raw table: numbers, texts, booleans and dates, with missing values.
    y : array-like of shape (n_rows,)
        Classes, or quantities.
    models : sequence of str, optional
        Which models, by name: "forest", "boosting", ... By default all that can do the task and
        are not too slow for the rows.
    also : mapping of str to estimator, optional
        Estimators of your own, by name. They get the raw table, and classes as numbers from 0.
    task : {"classification", "regression"}, optional
        What the target asks for; by default it is judged by its values.
    folds, repeats : int, optional
        The rows are divided into so many folds, so many times. By default 5 folds, 4 times up to
        2,000 rows, twice up to 10,000 and once above; 3 folds above 100,000.
    seed : int
        For splits and models.
    time_limit : float, optional
        Seconds for all of it. Cheap models come first; one that would go past is left out, and its
        row says so.
    processes : bool, optional
        Whether each model runs in a process of its own, which measures its memory and can be
        stopped at any time. By default where the system can start them.
    progress : callable, optional
        Told of each split with a :class:`~clearprop.tables.compare.running.Progress`.
    names : sequence of str, optional
        The names of an array's columns; x1, x2 and so on without them.
    ignore : sequence of str, optional
        Columns to leave out, for all models: those that give the target away, for instance.
    source, target : str
        What to call the table and the target.

    Returns
    -------
    comparison : Comparison
        ``print`` it; ``best``, ``to_frame()``, ``to_html(path)``, ``to_dict()``. A model that fails
        has the reason in its row. Ctrl-C ends the comparison and returns what is done.

    Raises
    ------
    DataError
        If the table, the target or a model's name cannot be used.
    KeyboardInterrupt
        If Ctrl-C came before any model was scored on all splits.

    Notes
    -----
    Standard errors and the p values of differences are those of the corrected resampled t-test of
    Nadeau and Bengio, "Inference for the generalization error", Machine Learning 52 (2003): the
    variance of a mean over J splits is ``(1 / J + n_test / n_train) var``. The p values of all
    contenders against the best are corrected by Holm's method. The best one is chosen by the same
    scores, which favours it a little.

    Examples
    --------
    >>> import clearprop as cp
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> found = cp.compare(X, y, models=["dummy", "tree", "lda"], processes=False)
    >>> found.best.name, [row.name for row in found.table]
    ('lda', ['lda', 'tree', 'dummy'])
    >>> print(found.verdict)
    Linear discriminant is best: error 2.00 % ± 1.38.
    """
    began = time.monotonic()
    _check(folds, repeats, seed, time_limit)
    table = table_of(X)
    if isinstance(ignore, str):
        raise TypeError(f'ignore is a list of names, ["{ignore}"], not one text')
    ignored = list(map(str, ignore or ()))
    if ignored:
        table, names = without(table, names, ignored)
    goal = target_of(y, len(table), task, target)
    chosen = choose(goal.task, len(table), models, also)
    columns = TableColumns.of(table, names)
    splits = split(goal.y, goal.task, folds, repeats, seed)
    job = Job(table, goal.y, goal.task, len(goal.classes), columns, splits, seed)
    if any(contender.ours for contender in chosen.contenders):
        _make_kernels()
    with runner_of(job, _processes(processes)) as runner:
        ran = run_all(chosen.contenders, runner, time_limit, progress)
    if ran.interrupted and not any(row.done for row in ran.rows):
        raise KeyboardInterrupt("interrupted before any model was scored on all splits")
    return Comparison(
        source=source,
        target=target,
        task=goal.task,
        rows=len(table),
        columns=len(columns.names),
        classes=goal.classes,
        folds=splits.folds,
        repeats=splits.repeats,
        seed=seed,
        test_to_train=splits.test_to_train,
        table=ranked(ran.rows, goal.task, splits.test_to_train),
        notes=(
            *([left_out_as_told(ignored)] if ignored else []),
            *_findings(table, columns.names, goal.y, goal.classes),
            *columns.left_out,
            *_rare(goal.y, goal.classes, splits.folds),
            *chosen.notes,
        ),
        seconds=time.monotonic() - began,
        time_limit=time_limit,
        interrupted=ran.interrupted,
        versions=_versions(),
    )


def _check(folds: int | None, repeats: int | None, seed: int, time_limit: float | None) -> None:
    for name, value, lowest in (("folds", folds, 2), ("repeats", repeats, 1), ("seed", seed, 0)):
        if value is not None and value < lowest:
            raise DataError(f"{name} must be at least {lowest}, not {value}")
    if time_limit is not None and not time_limit > 0:
        raise DataError(f"time_limit must be above 0 seconds, not {time_limit}")


def _processes(wanted: bool | None) -> bool:
    can = can_start_processes()
    if wanted and not can:
        raise DataError("this system cannot start the processes: processes=False runs models here")
    return can if wanted is None else wanted


def _make_kernels() -> None:
    """Compile clearprop's kernels, if this machine has none: that is no part of any fit."""
    if find_spec("numba") is None:
        return
    from clearprop.engines.compiled.compiling import make_sure_compiled

    make_sure_compiled(np.float32)


def _findings(table: Any, names: Sequence[str], y: Any, classes: tuple[str, ...]) -> list[str]:
    """Return sentences on columns that may give the target away."""
    framed = hasattr(table, "iloc")
    columns = {
        name: table.iloc[:, place] if framed else table[:, place]
        for place, name in enumerate(names)
    }
    return list(map(str, find(read_columns(columns, len(table)), y, classes or None)))


def _rare(y: Any, classes: tuple[str, ...], folds: int) -> list[str]:
    """Return a sentence on classes with fewer rows than there are folds."""
    if not classes:
        return []
    counts = np.bincount(y, minlength=len(classes))
    rare = [f"{classes[k]} ({counts[k]})" for k in np.flatnonzero(counts < folds)]
    if not rare:
        return []
    return [f"fewer rows than folds, so that not every fold tests on them: {listed(rare)}"]


def _versions() -> dict[str, str]:
    found = {"clearprop": __version__, "Python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # numba is not installed in browsers
            continue
    return found
