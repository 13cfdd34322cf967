"""scikit-learn's validation of rows and targets, and a warning where outputs overflow."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data


def validated(estimator: Any, X: Any, *, reset: bool, **y_and_checks: Any) -> Any:
    """Return X, or X and y, as scikit-learn validates them: float32 or float64, or CSR, CSC.

    Parameters
    ----------
    estimator
        Whose `n_features_in_` and feature names X must have.
    X
        Inputs.
    reset
        Whether to set these attributes from X instead.
    y_and_checks
        `y`, and more arguments of `sklearn.utils.validation.validate_data`.
    """
    # It sums all values to see whether they are finite: a sum of -1e38 and 1e38 may be NaN.
    with np.errstate(invalid="ignore"):
        return validate_data(
            estimator,
            X,
            accept_sparse=["csr", "csc"],
            dtype=(np.float64, np.float32),
            reset=reset,
            **y_and_checks,
        )


def warn_of_overflow(outputs: np.ndarray) -> None:
    """Warn if raw outputs, (N, K), are not finite: predictions made of them mean nothing."""
    finite = np.isfinite(outputs)
    if finite.all():  # almost always: predictions of few rows must stay fast
        return
    wrong = np.flatnonzero(~finite.all(axis=1))
    such = "1 such row" if wrong.size == 1 else f"{wrong.size} such rows"
    warnings.warn(
        f"the outputs for row {wrong[0]} ({such}) are not finite: the inputs or the weights are "
        f"too large for {outputs.dtype}. Scale the inputs (StandardScaler() before the network), "
        "or train in float64",
        RuntimeWarning,
        stacklevel=4,
    )
