"""What stands between a row of numbers and the network: missing ones filled, each one scaled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from clearprop.data.columns import NumberColumn
    from clearprop.definitions.layer import Array, Namespace


@dataclass(frozen=True, eq=False)
class Scaling:
    """(x - shift) / scale for each number of a row, after a missing one is filled.

    Attributes
    ----------
    fill : ndarray (I,) or None
        What stands for NaN; None where none is missing.
    shift, scale : ndarray (I,)
        As in the equation.
    """

    fill: np.ndarray | None
    shift: np.ndarray
    scale: np.ndarray

    def __call__(self, xp: Namespace, x: Array) -> Array:
        """Return the scaled rows (N, I)."""
        known = x if self.fill is None else xp.where(x > -np.inf, x, self.fill)
        return (known - self.shift) / self.scale

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """Its arrays by name."""
        fill = {} if self.fill is None else {"fill": self.fill}
        return {**fill, "shift": self.shift, "scale": self.scale}


def of_columns(columns: Sequence[NumberColumn]) -> Scaling:
    """Return the scaling of a table's columns of numbers, as `TableEncoder.encode` has it."""
    median, mean, sd = (
        np.array([getattr(column, name) for column in columns]) for name in ("median", "mean", "sd")
    )
    return Scaling(median, mean, sd)


def of_transformer(step: str, transformer: Any) -> Scaling | None:
    """Return the scaling that a fitted transformer of scikit-learn does; None for none.

    Raises
    ------
    TypeError
        If it is not known, or set to something else; the message names its step.
    """
    kind = type(transformer).__name__
    if transformer in ("passthrough", None):
        return None
    if not type(transformer).__module__.startswith("sklearn.") or kind not in TRANSFORMERS:
        raise TypeError(
            f"step {step!r}, {kind}, does not go out: of a pipeline the steps "
            f"{', '.join(TRANSFORMERS)} do, before one of clearprop's networks"
        )
    return TRANSFORMERS[kind](step, transformer)


def _filled(width: int, value: Any, default: float) -> np.ndarray:
    return np.full(width, default) if value is None else np.asarray(value, float)


def _refuse(step: str, transformer: Any, *settings: str) -> None:
    for name in settings:
        if getattr(transformer, name):
            kind = type(transformer).__name__
            raise TypeError(f"step {step!r}: {kind} with {name}={getattr(transformer, name)!r} "
                            "does not go out")  # fmt: skip


def _standard(step: str, transformer: Any) -> Scaling:
    with_mean, with_sd = transformer.with_mean, transformer.with_std
    return _centred(transformer, transformer.mean_ if with_mean else None, with_sd)


def _robust(step: str, transformer: Any) -> Scaling:
    with_median, with_range = transformer.with_centering, transformer.with_scaling
    return _centred(transformer, transformer.center_ if with_median else None, with_range)


def _centred(transformer: Any, centre: Any, scales: bool) -> Scaling:
    width = transformer.n_features_in_
    scale = transformer.scale_ if scales else None
    return Scaling(None, _filled(width, centre, 0.0), _filled(width, scale, 1.0))


def _min_max(step: str, transformer: Any) -> Scaling:
    _refuse(step, transformer, "clip")
    scale = 1.0 / np.asarray(transformer.scale_, float)
    return Scaling(None, -np.asarray(transformer.min_, float) * scale, scale)


def _max_abs(step: str, transformer: Any) -> Scaling:
    _refuse(step, transformer, *(["clip"] if hasattr(transformer, "clip") else []))
    width = transformer.n_features_in_
    return Scaling(None, np.zeros(width), np.asarray(transformer.scale_, float))


def _imputer(step: str, transformer: Any) -> Scaling:
    _refuse(step, transformer, "add_indicator")
    fill = np.asarray(transformer.statistics_)
    if fill.dtype.kind != "f" or np.isnan(fill).any() or not _is_nan(transformer.missing_values):
        raise TypeError(
            f"step {step!r}: SimpleImputer goes out where it fills NaN, in columns of numbers that "
            "have some"
        )
    return Scaling(fill, np.zeros(len(fill)), np.ones(len(fill)))


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and np.isnan(value)


TRANSFORMERS: Mapping[str, Callable[[str, Any], Scaling]] = {
    "StandardScaler": _standard,
    "MinMaxScaler": _min_max,
    "MaxAbsScaler": _max_abs,
    "RobustScaler": _robust,
    "SimpleImputer": _imputer,
}
"""The transformers of scikit-learn that fill and scale numbers, one by one."""
