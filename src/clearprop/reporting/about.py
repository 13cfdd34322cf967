"""Data, settings and versions in a report."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from clearprop.estimators.kept import KEEPING
from clearprop.tables.trained_table import TrainedTable
from clearprop.version import __version__
from clearprop.writing.json_safe import json_safe

PACKAGES = ("numpy", "scipy", "scikit-learn", "numba")


def versions() -> dict[str, str]:
    """Return the versions of Python, clearprop and the packages that compute."""
    found = {"clearprop": __version__, "Python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # numba is not installed in browsers
            continue
    return found


def settings_of(model: Any) -> list[dict[str, Any]]:
    """Return the estimator's settings, and for each whether it equals the default."""
    estimator = model.estimator if isinstance(model, TrainedTable) else model
    usual = type(estimator)().get_params(deep=False)
    found = [
        {"name": name, "value": _word(value), "usual": _word(usual[name]) == _word(value)}
        for name, value in estimator.get_params(deep=False).items()
        if name not in KEEPING
    ]
    return sorted(found, key=lambda setting: setting["usual"])


def data_of(model: Any, source: str | None, rows: Mapping[str, int]) -> dict[str, Any]:
    """Return the data set's name, rows and columns, and how the columns are encoded."""
    if not isinstance(model, TrainedTable):
        return {
            "source": source,
            "target": None,
            "rows": dict(rows),
            "columns": model.n_features_in_,
            "inputs": model.n_features_in_,
            "preparation": [],
        }
    return {
        "source": source or model.source,
        "target": model.target_name,
        "rows": dict(rows),
        "columns": len(model.columns),
        "inputs": model.width,
        "preparation": model.describe(),
    }


def _word(value: Any) -> Any:
    """Return a plain value unchanged, and any other as text."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return json_safe(value)
    if isinstance(value, Sequence):
        return ", ".join(map(str, value)) or "none"
    return str(value)
