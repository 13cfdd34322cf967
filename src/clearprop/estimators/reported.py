"""What a fit reports: the score of validation rows, the loss, and sentences."""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.metrics import check_scoring

from clearprop.definitions.losses import Loss, SquaredError
from clearprop.estimators.validation import LabelledRows

UNCONVERGED = {
    "epochs": "the iterations reached max_iter",
    "evaluations": "the evaluations of the loss reached max_fun",
    "no descent": "rounding prevents any further decrease of the loss",
}
"""Reasons of L-BFGS to end, in the words of its warning."""


def scorer_of(estimator: Any, held_out: LabelledRows) -> Callable[[np.ndarray], float]:
    """Return a function from raw outputs for the validation rows to the estimator's score."""
    if estimator.scoring is None:
        return lambda outputs: float(estimator._score(outputs, held_out.y, held_out.weights))
    scorer = check_scoring(estimator, estimator.scoring)
    extra = {} if held_out.weights is None else {"sample_weight": held_out.weights}

    def score(outputs: np.ndarray) -> float:
        # Validated rows have no feature names; a copy without them accepts such rows silently.
        nameless = copy.copy(estimator)
        nameless.__dict__.pop("feature_names_in_", None)
        return float(scorer(nameless, held_out.X, held_out.y, **extra))

    return score


def reported_loss(loss: Loss, outputs: int) -> Callable[[float, float], float]:
    """Return a function from loss and penalty to the number that is reported.

    scikit-learn reports the squared error as a mean over outputs but follows the gradient of the
    sum. So do we: only the reported number is divided.
    """
    if isinstance(loss, SquaredError) and outputs > 1:
        return lambda value, penalty: value / outputs + penalty
    return operator.add


def lbfgs_message(estimator: Any, reason: str) -> str:
    """Return the warning of a fit by L-BFGS that did not converge."""
    n_iter = estimator.n_iter_
    message = f"lbfgs failed to converge after {n_iter} iteration(s): {UNCONVERGED[reason]}."
    if n_iter == estimator.max_iter:
        message += (
            f"\nIncrease the number of iterations to improve the convergence (max_iter={n_iter})."
        )
    return message + "\nYou might also want to scale the data: StandardScaler() before the network."


def say(estimator: Any, sentence: str) -> None:
    """Print a sentence if the estimator is verbose."""
    if estimator.verbose:
        print(sentence)  # noqa: T201 - scikit-learn's `verbose` prints
