"""The curves of a training: one number per epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clearprop.estimators import MLPClassifier
from clearprop.estimators.options import STOCHASTIC_SOLVERS
from clearprop.estimators.recorder import EpochRecorder
from clearprop.estimators.stopping import kept_epoch
from clearprop.writing.json_safe import json_safe

NO_CURVES: dict[str, Any] = {
    "unit": "epoch", "epochs": 0, "kept_epoch": 0, "best_epoch": None, "best_by": "training loss",
    "penalty": False, "loss": [], "validation_loss": None, "training_metric": None,
    "validation_metric": None, "learning_rate": None, "seconds": None, "gradient_norm": None,
}  # fmt: skip
"""The curves of a model of several networks, which have curves of their own."""

METRICS = {"classification": "accuracy", "regression": "R²"}


def curves_of(estimator: Any, recorder: EpochRecorder | None) -> dict[str, Any]:
    """Return the curves of a training and the epoch that was kept.

    Parameters
    ----------
    estimator
        A fitted estimator.
    recorder
        The recorder that was a callback of the fit, or None.
    """
    epochs = len(estimator.loss_curve_)
    # A training that stopped at a non-finite number has one more score than it has epochs.
    validation = _first(estimator.validation_loss_curve_, epochs)
    found: dict[str, Any] = {
        "unit": "epoch" if estimator.solver in STOCHASTIC_SOLVERS else "iteration",
        "epochs": epochs,
        "kept_epoch": kept_epoch(estimator) or epochs,
        "best_epoch": _lowest(validation or estimator.loss_curve_),
        "best_by": "validation loss" if validation else "training loss",
        "penalty": bool(estimator.alpha),
        "loss": _numbers(estimator.loss_curve_),
        "validation_loss": validation and _numbers(validation),
        "metric": METRICS[_task(estimator)],
        "training_metric": None,
        "validation_metric": None,
        "learning_rate": None,
        "seconds": None,
        "gradient_norm": None,
    }
    scores = estimator.validation_scores_
    if scores and estimator.scoring is None:
        found["validation_metric"] = _numbers(_first(scores, epochs) or [])
    if recorder is not None:
        steps = found["unit"] == "epoch"
        found["training_metric"] = _numbers(recorder.training_scores) or None
        found["learning_rate"] = _numbers(recorder.learning_rates) if steps else None
        found["seconds"] = _numbers(recorder.seconds)
        found["gradient_norm"] = {
            "rows": recorder.measured,
            "layers": [
                {"layer": name, "values": _numbers(norms)}
                for name, norms in recorder.gradient_norms.items()
            ],
        }
    return found


def _task(estimator: Any) -> str:
    return "classification" if isinstance(estimator, MLPClassifier) else "regression"


def _lowest(values: Sequence[float]) -> int | None:
    return int(np.nanargmin(values)) + 1 if np.isfinite(values).any() else None


def _first(values: Sequence[float] | None, count: int) -> list[float] | None:
    return None if values is None else list(values)[:count]


def _numbers(values: Sequence[float]) -> list[Any]:
    return [json_safe(value) for value in values]
