"""How each contender is made: scikit-learn's models in the pipeline that suits them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from clearprop.tables.classifier import TableClassifier
from clearprop.tables.compare.mixture import GaussianMixtureClassifier
from clearprop.tables.compare.recipe import TableColumns, native, native_categories, scaled
from clearprop.tables.regressor import TableRegressor

if TYPE_CHECKING:
    from sklearn.compose import ColumnTransformer

    from clearprop.data.dataset import Task

Factory = Callable[["Task", TableColumns, int], Any]
"""From the task, the columns and a seed to an estimator of the raw table, not fitted."""

PART_OF_VARIANCE = 0.95
"""What the principal components keep."""


@dataclass(frozen=True)
class Usual:
    """The factory of a model with its package's defaults.

    Attributes
    ----------
    recipe
        What prepares the columns.
    classifier, regressor
        Classes, or "package.module:Name" of packages that need not be installed.
    seeded
        Whether the model takes `random_state`.
    jobs
        Whether the model takes `n_jobs`: it gets all processors.
    arguments
        More of the model's arguments.
    standardised
        Whether a regression's targets are standardised for it.
    """

    recipe: Callable[[TableColumns], ColumnTransformer]
    classifier: Any
    regressor: Any = None
    seeded: bool = True
    jobs: bool = False
    arguments: tuple[tuple[str, Any], ...] = ()
    standardised: bool = False

    def __call__(self, task: Task, columns: TableColumns, seed: int) -> Any:
        """Return the pipeline of recipe and model."""
        kind = _class_of(self.classifier if task == "classification" else self.regressor)
        arguments = dict(self.arguments)
        arguments |= {"random_state": seed} if self.seeded else {}
        arguments |= {"n_jobs": -1} if self.jobs else {}
        pipeline = make_pipeline(self.recipe(columns), kind(**arguments))
        return _standardised(pipeline) if self.standardised and task == "regression" else pipeline


@dataclass(frozen=True)
class Given:
    """The factory of a user's own estimator, which takes the raw table."""

    estimator: Any

    def __call__(self, task: Task, columns: TableColumns, seed: int) -> Any:
        """Return an estimator with the same settings, not fitted."""
        return clone(self.estimator)


@dataclass(frozen=True)
class Preset:
    """The factory of clearprop's model of raw tables, by its preset: fast, default or strong."""

    preset: str

    def __call__(self, task: Task, columns: TableColumns, seed: int) -> Any:
        """Return a TableClassifier or a TableRegressor, which prepares the columns itself."""
        kind = TableClassifier if task == "classification" else TableRegressor
        return kind(preset=self.preset, random_state=seed)


def dummy(task: Task, columns: TableColumns, seed: int) -> Any:
    """Return what says the same of every row: the commonest class, or the mean."""
    return DummyClassifier(strategy="prior") if task == "classification" else DummyRegressor()


def discriminant(task: Task, columns: TableColumns, seed: int) -> Any:
    """Return linear discriminant analysis; shrunken, since one-hot inputs depend on each other."""
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    return make_pipeline(scaled(columns), model)


def linear(task: Task, columns: TableColumns, seed: int) -> Any:
    """Return logistic regression, or ridge regression with its penalty chosen among 13."""
    return make_pipeline(scaled(columns), _line(task, seed))


def components(task: Task, columns: TableColumns, seed: int) -> Any:
    """Return the linear model on the principal components that keep 95 % of the variance."""
    return make_pipeline(
        scaled(columns), PCA(PART_OF_VARIANCE, random_state=seed), _line(task, seed)
    )


def mixture(task: Task, columns: TableColumns, seed: int) -> Any:
    """Return a Gaussian mixture for each class, on the same principal components."""
    return make_pipeline(
        scaled(columns),
        PCA(PART_OF_VARIANCE, random_state=seed),
        GaussianMixtureClassifier(random_state=seed),
    )


def boosting(task: Task, columns: TableColumns, seed: int) -> Any:
    """Return HistGradientBoosting, which splits by categories and missing values as they are."""
    classes = task == "classification"
    kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    model = kind(categorical_features=native_categories(columns), random_state=seed)
    return make_pipeline(native(columns), model)


def vectors(task: Task, columns: TableColumns, seed: int) -> Any:
    """Return a support vector machine; of classes with probabilities by Platt's sigmoid."""
    if task == "regression":
        return _standardised(make_pipeline(scaled(columns), SVR()))
    model = CalibratedClassifierCV(SVC(random_state=seed), ensemble=False, cv=3)
    return make_pipeline(scaled(columns), model)


def _line(task: Task, seed: int) -> Any:
    if task == "classification":
        return LogisticRegression(max_iter=1000, random_state=seed)
    return RidgeCV(alphas=np.logspace(-3, 3, 13))


def _standardised(regressor: Any) -> Any:
    return TransformedTargetRegressor(regressor, transformer=StandardScaler())


def _class_of(kind: Any) -> Any:
    if not isinstance(kind, str):
        return kind
    module, _, name = kind.partition(":")
    return getattr(import_module(module), name)
