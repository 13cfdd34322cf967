"""Who predicts tables: ours, scikit-learn's, and other packages where they are installed.

Everybody has its defaults, and the raw table in the form that its documentation asks for. Dates
become the same numbers for all who cannot take them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

MOST_LEVELS = 255
"""HistGradientBoosting takes no more categories in a column."""


def dates_as_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the parts of each date in place of it."""
    parts = {}
    for name in table:
        column = table[name]
        if column.dtype.kind != "M":
            parts[name] = column
            continue
        for part in ("year", "month", "day", "dayofweek", "hour"):
            parts[f"{name} {part}"] = getattr(column.dt, part)
        parts[f"{name} days"] = (column - pd.Timestamp(0)).dt.total_seconds() / 86_400
    return pd.DataFrame(parts, index=table.index)


def with_categories(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with texts as categories, which boosting takes as they are."""
    table = dates_as_numbers(table)
    for name in table:
        if not pd.api.types.is_numeric_dtype(table[name]):
            column = table[name].astype(object).where(table[name].notna(), None)
            table[name] = column.astype("category")
    return table


def texts(table: pd.DataFrame) -> list[str]:
    """Return the columns that hold no numbers."""
    return [name for name in table if isinstance(table[name].dtype, pd.CategoricalDtype)]


class Prepared:
    """A model behind a function of the table."""

    def __init__(self, model: Any, prepare: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        self.model, self.prepare = model, prepare

    def fit(self, X: pd.DataFrame, y: np.ndarray) -> Prepared:
        self.levels = {}
        table = self.prepare(X)
        for name in texts(table):
            self.levels[name] = table[name].cat.categories
        self.model.fit(table, y)
        return self

    def _again(self, X: pd.DataFrame) -> pd.DataFrame:
        table = self.prepare(X)
        for name, levels in self.levels.items():
            table[name] = table[name].cat.set_categories(levels)
        return table

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        return self.model.predict(self._again(X))

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        return self.model.predict_proba(self._again(X))


def _scaled_one_hot(model: Any, X: pd.DataFrame) -> Any:
    names = texts(with_categories(X))
    one_hot = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=3)
    imputed = make_pipeline(SimpleImputer(strategy="constant", fill_value="missing"), one_hot)
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    others = [name for name in with_categories(X) if name not in names]
    columns = make_column_transformer((imputed, names), (numbers, others))
    return Prepared(make_pipeline(columns, model), _as_objects)


def _ordinal(model: Any, X: pd.DataFrame) -> Any:
    names = texts(with_categories(X))
    codes = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
    )
    others = [name for name in with_categories(X) if name not in names]
    columns = make_column_transformer((codes, names), (SimpleImputer(strategy="median"), others))
    return Prepared(make_pipeline(columns, model), _as_objects)


def _as_objects(table: pd.DataFrame) -> pd.DataFrame:
    table = with_categories(table)
    for name in texts(table):
        table[name] = table[name].astype(object)
    return table


def _boosting(classifies: bool, X: pd.DataFrame, seed: int) -> Any:
    kind = HistGradientBoostingClassifier if classifies else HistGradientBoostingRegressor
    wide = [name for name in texts(with_categories(X)) if X[name].nunique() > MOST_LEVELS]

    def prepare(table: pd.DataFrame) -> pd.DataFrame:
        return with_categories(table).drop(columns=wide)

    return Prepared(kind(random_state=seed), prepare)


def _forest(classifies: bool, X: pd.DataFrame, seed: int) -> Any:
    kind = RandomForestClassifier if classifies else RandomForestRegressor
    return _ordinal(kind(random_state=seed, n_jobs=-1), X)


def _mlp(classifies: bool, X: pd.DataFrame, seed: int) -> Any:
    kind = MLPClassifier if classifies else MLPRegressor
    return _scaled_one_hot(kind(random_state=seed), X)


def _ours(preset: str) -> Callable[[bool, pd.DataFrame, int], Any]:
    def make(classifies: bool, X: pd.DataFrame, seed: int) -> Any:
        import clearprop as cp

        kind = cp.TableClassifier if classifies else cp.TableRegressor
        return kind(preset, random_state=seed)

    return make


def _lightgbm(classifies: bool, X: pd.DataFrame, seed: int) -> Any:
    import lightgbm

    kind = lightgbm.LGBMClassifier if classifies else lightgbm.LGBMRegressor
    return Prepared(kind(random_state=seed, verbose=-1), _plain_names)


def _plain_names(table: pd.DataFrame) -> pd.DataFrame:
    table = with_categories(table)
    return table.set_axis([f"c{k}" for k in range(table.shape[1])], axis=1)


def _xgboost(classifies: bool, X: pd.DataFrame, seed: int) -> Any:
    import xgboost

    kind = xgboost.XGBClassifier if classifies else xgboost.XGBRegressor
    return Prepared(kind(random_state=seed, enable_categorical=True), with_categories)


def _catboost(classifies: bool, X: pd.DataFrame, seed: int) -> Any:
    import catboost

    kind = catboost.CatBoostClassifier if classifies else catboost.CatBoostRegressor
    names = texts(with_categories(X))

    def prepare(table: pd.DataFrame) -> pd.DataFrame:
        table = with_categories(table)
        for name in names:
            table[name] = table[name].astype(object).where(table[name].notna(), "missing")
        return table

    quiet = {"verbose": False, "allow_writing_files": False}
    return Prepared(kind(random_seed=seed, cat_features=names, **quiet), prepare)


def _realmlp(classifies: bool, X: pd.DataFrame, seed: int) -> Any:
    import torch
    from pytabkit import RealMLP_TD_S_Classifier, RealMLP_TD_S_Regressor

    torch.set_flush_denormal(True)
    kind = RealMLP_TD_S_Classifier if classifies else RealMLP_TD_S_Regressor
    return Prepared(kind(random_state=seed, device="cpu"), _filled)


def _filled(table: pd.DataFrame) -> pd.DataFrame:
    """RealMLP refuses missing numbers: the median of the rows at hand is put there."""
    table = with_categories(table)
    for name in table:
        if pd.api.types.is_numeric_dtype(table[name]):
            column = table[name].astype(float)
            table[name] = column.fillna(column.median())
    return table


CONTENDERS: dict[str, Callable[[bool, pd.DataFrame, int], Any]] = {
    "clearprop": _ours("default"),
    "clearprop fast": _ours("fast"),
    "clearprop strong": _ours("strong"),
    "HistGradientBoosting": _boosting,
    "random forest": _forest,
    "scikit-learn MLP": _mlp,
    "LightGBM": _lightgbm,
    "XGBoost": _xgboost,
    "CatBoost": _catboost,
    "RealMLP (TD-S)": _realmlp,
}
