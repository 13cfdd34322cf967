"""The contenders of a comparison: one row of a table each, the cheapest first."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from clearprop.data import DataError
from clearprop.tables.compare.factories import (
    Factory,
    Given,
    Preset,
    Usual,
    boosting,
    components,
    discriminant,
    dummy,
    linear,
    mixture,
    vectors,
)
from clearprop.tables.compare.recipe import ordinal, scaled
from clearprop.writing.sentences import listed, suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clearprop.data.dataset import Task

BOTH: tuple[Task, ...] = ("classification", "regression")
CLASSES: tuple[Task, ...] = ("classification",)
NUMBERS: tuple[Task, ...] = ("regression",)


@dataclass(frozen=True)
class Contender:
    """A model that takes part in comparisons.

    Attributes
    ----------
    name
        What it is asked for by.
    title
        What tables call it.
    make
        Returns the estimator, not fitted, for a task, columns and a seed. It takes the raw table,
        and classes as numbers from 0.
    tasks
        What it can do.
    needs
        The package it needs, by the name it is imported by; None where clearprop needs it too.
    most_rows
        In tables with more rows it takes part only if it is asked for by name.
    ours
        Whether it is clearprop's.
    """

    name: str
    title: str
    make: Factory
    tasks: tuple[Task, ...] = BOTH
    needs: str | None = None
    most_rows: int | None = None
    ours: bool = False

    @property
    def installed(self) -> bool:
        """Whether the package that it needs is installed."""
        return self.needs is None or find_spec(self.needs) is not None


CONTENDERS: tuple[Contender, ...] = (
    Contender("dummy", "always the same", dummy),
    Contender("bayes", "naive Bayes", Usual(scaled, GaussianNB, seeded=False), CLASSES),
    Contender(
        "tree", "decision tree", Usual(ordinal, DecisionTreeClassifier, DecisionTreeRegressor)
    ),
    Contender("lda", "linear discriminant", discriminant, CLASSES),
    Contender("logistic", "logistic regression", linear, CLASSES),
    Contender("ridge", "ridge regression", linear, NUMBERS),
    Contender("pca", "PCA + logistic", components, CLASSES),
    Contender("pca", "PCA + ridge", components, NUMBERS),
    Contender(
        "knn",
        "k-nearest neighbors",
        Usual(scaled, KNeighborsClassifier, KNeighborsRegressor, seeded=False, jobs=True),
    ),
    Contender("mixture", "Gaussian mixture", mixture, CLASSES),
    Contender("clearprop-fast", "clearprop (fast)", Preset("fast"), ours=True),
    Contender("boosting", "gradient boosting", boosting),
    Contender("clearprop", "clearprop", Preset("default"), ours=True),
    Contender(
        "forest",
        "random forest",
        Usual(ordinal, RandomForestClassifier, RandomForestRegressor, jobs=True),
    ),
    Contender("svm", "SVM, RBF kernel", vectors, most_rows=10_000),
    Contender(
        "mlp",
        "scikit-learn's MLP",
        Usual(scaled, MLPClassifier, MLPRegressor, standardised=True),
    ),
    Contender("clearprop-strong", "clearprop (strong)", Preset("strong"), ours=True),
    Contender(
        "lightgbm",
        "LightGBM",
        Usual(
            ordinal,
            "lightgbm:LGBMClassifier",
            "lightgbm:LGBMRegressor",
            arguments=(("verbose", -1),),
        ),
        needs="lightgbm",
    ),
    Contender(
        "xgboost",
        "XGBoost",
        Usual(ordinal, "xgboost:XGBClassifier", "xgboost:XGBRegressor"),
        needs="xgboost",
    ),
    Contender(
        "catboost",
        "CatBoost",
        Usual(
            ordinal,
            "catboost:CatBoostClassifier",
            "catboost:CatBoostRegressor",
            arguments=(("verbose", False), ("allow_writing_files", False)),
        ),
        needs="catboost",
    ),
    Contender(
        "realmlp",
        "RealMLP",
        Usual(ordinal, "pytabkit:RealMLP_TD_S_Classifier", "pytabkit:RealMLP_TD_S_Regressor"),
        needs="pytabkit",
    ),
)
"""All of them; those of packages that are not installed take no part."""

NAMES = tuple(dict.fromkeys(contender.name for contender in CONTENDERS))


@dataclass(frozen=True)
class Chosen:
    """The contenders of one comparison, the cheapest first, and sentences on those left out."""

    contenders: tuple[Contender, ...]
    notes: tuple[str, ...]


def choose(
    task: Task, rows: int, models: Sequence[str] | None, also: Mapping[str, Any] | None = None
) -> Chosen:
    """Return the contenders for a task and a number of rows.

    Parameters
    ----------
    task
        What the target asks for.
    rows
        Of the table.
    models
        Names; None is all that can do the task, are installed and are not too slow for the rows.
    also
        A user's own estimators, by name.

    Raises
    ------
    DataError
        If a name is unknown, cannot do the task or is not installed.
    """
    own = [Contender(name, name, Given(estimator)) for name, estimator in (also or {}).items()]
    if taken := [one.name for one in own if one.name in NAMES]:
        raise DataError(f"{taken[0]} is the name of a model that is compared already: rename yours")
    if models is not None:
        return Chosen((*(_asked_for(task, models)), *own), ())
    able = [one for one in CONTENDERS if task in one.tasks]
    there = [one for one in able if one.installed]
    slow = [one for one in there if one.most_rows is not None and rows > one.most_rows]
    notes = [
        f"left out {one.title}: slow for more than {one.most_rows:,} rows, and asked for by "
        f"the name {one.name}"
        for one in slow
    ]
    if absent := [one.title for one in able if not one.installed]:
        notes.append(f"not installed, and so not compared: {listed(absent)}")
    return Chosen((*(one for one in there if one not in slow), *own), tuple(notes))


def _asked_for(task: Task, models: Sequence[str]) -> list[Contender]:
    if isinstance(models, str):
        raise TypeError(f'models is a list of names, ["{models}"], not one text')
    for name in models:
        rows = [one for one in CONTENDERS if one.name == name]
        if not rows:
            raise DataError(
                f"there is no model {name!r}.{suggestion(name, NAMES)} "
                f"The models are {listed(NAMES, 30)}."
            )
        able = [one for one in rows if task in one.tasks]
        if not able:
            raise DataError(f"{name} is for {rows[0].tasks[0]}, and this is a {task}.")
        if not able[0].installed:
            raise DataError(f"{name} needs {able[0].needs}: pip install {able[0].needs}")
    if not models:
        raise DataError(f"no models are named. The models are {listed(NAMES, 30)}.")
    return [one for one in CONTENDERS if one.name in models and task in one.tasks]
