"""How the fit of an estimator is saved while it runs, and gone on with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.training.identity import fingerprints
from clearprop.training.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from clearprop.engines.base import TrainingRows
    from clearprop.estimators.validation import LabelledRows
    from clearprop.training.keeper import Keeper

KEEPING = ("checkpoint", "resume")
"""Parameters that are no part of a model: they say where its training is saved."""

TRAINING_ALONE = (*KEEPING, "engine")
"""Parameters of a table estimator that are no part of a model: it is predicted with by any engine.
"""

IGNORED = (*KEEPING, "verbose", "random_state", "warm_start")
"""Parameters that may differ where a fit goes on. What `random_state` draws is compared itself."""


def kept_fit(estimator: Any) -> Kept:
    """Return what is kept of the fit, or will be.

    Raises
    ------
    ResumeError
        If there is a fit and `resume` is false, or the file is damaged.
    """
    return Kept.of(estimator.checkpoint, estimator.resume, 0)


def keeper_of(
    kept: Kept,
    estimator: Any,
    rows: TrainingRows | Callable[[], dict[str, str]],
    validation: LabelledRows | None,
    first: np.ndarray,
    engine: str,
) -> Keeper:
    """Return what keeps the fit; of a stream `rows` is what returns its fingerprints."""
    held_out = None if validation is None else (validation.X, validation.t)
    settings = {
        name: value
        for name, value in estimator.get_params(deep=False).items()
        if name not in IGNORED
    }

    def told() -> dict[str, str]:
        beside = fingerprints({"validation rows": held_out})
        if callable(rows):
            return {**rows(), **beside}
        return {**fingerprints({"x": rows.x, "t": rows.t, "weights": rows.weights}), **beside}

    return kept.keeper(
        told,
        {"first parameters (random_state)": first},
        **{**settings, "engine": engine, "dtype": str(first.dtype)},
    )


def without_keeping(estimator: Any, left_out: tuple[str, ...] = KEEPING) -> dict[str, Any]:
    """Return the parameters that belong to a model."""
    parameters = estimator.get_params(deep=False).items()
    return {name: value for name, value in parameters if name not in left_out}
