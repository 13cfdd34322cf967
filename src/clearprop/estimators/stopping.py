"""When an estimator stops training, and the epoch whose weights it keeps."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from clearprop.estimators.options import STOCHASTIC_SOLVERS
from clearprop.training.stopping import EarlyStopping

VALIDATION_LOSS = "validation_loss"
"""The value of `early_stopping` that monitors the loss instead of a score."""


def stopping_rule(estimator: Any) -> EarlyStopping:
    """Return the rule for early stopping by score, validation loss or training loss."""
    stopping = estimator.early_stopping
    by_score = _by_score(estimator)
    return EarlyStopping(
        monitor="validation_score" if by_score else VALIDATION_LOSS if stopping else "loss",
        patience=estimator.n_iter_no_change,
        tolerance=estimator.tol,
        maximize=by_score,
        restore_best=bool(stopping),
    )


def warn_if_ignored(estimator: Any) -> None:
    """Warn if an estimator that trains by L-BFGS asks for early stopping, which it ignores."""
    if estimator.early_stopping:
        warnings.warn(
            "solver='lbfgs' ignores early_stopping, as in scikit-learn: it trains on all rows "
            "until it converges. Use solver='adam' or 'sgd' to stop early.",
            stacklevel=3,
        )


def note_best(estimator: Any, best: float | None) -> None:
    """Set the best loss or the best score seen, and the other to None, as scikit-learn does."""
    if estimator.solver not in STOCHASTIC_SOLVERS:
        return
    by_score = _by_score(estimator)
    if best is None:  # nothing has been seen yet
        best = -np.inf if by_score else np.inf
    estimator.best_validation_score_ = best if by_score else None
    estimator.best_loss_ = None if by_score else best


def kept_epoch(estimator: Any) -> int | None:
    """Return the epoch, from 1, whose weights early stopping kept; None if it was not used."""
    if not estimator.early_stopping or estimator.solver not in STOCHASTIC_SOLVERS:
        return None
    by_score = _by_score(estimator)
    curve = estimator.validation_scores_ if by_score else estimator.validation_loss_curve_
    watched = np.asarray(curve or [], float)
    if np.isnan(watched).all():
        return None
    return int(np.nanargmax(watched) if by_score else np.nanargmin(watched)) + 1


def _by_score(estimator: Any) -> bool:
    return bool(estimator.early_stopping) and estimator.early_stopping != VALIDATION_LOSS
