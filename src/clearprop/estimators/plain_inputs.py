"""Which inputs need none of scikit-learn's validation: the quick answer for plain arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

PLAIN = (np.dtype(np.float64), np.dtype(np.float32))


def are_valid(estimator: Any, X: Any) -> bool:
    """Return whether ``validate_data`` would return `X` itself, for a fitted estimator.

    That is so for a finite array (N, I), N > 0, of float64 or float32, in the machine's byte order,
    of as many columns as in `fit`, where these had no names. Half the time of a small prediction
    would go into finding that out by ``validate_data``, which a partial dependence plot calls
    thousands of times. Whatever else `X` is goes there, and gets its messages.
    """
    return (
        type(X) is np.ndarray
        and X.dtype in PLAIN
        and X.ndim == 2
        and X.shape[0] > 0
        and X.shape[1] == estimator.n_features_in_
        and not hasattr(estimator, "feature_names_in_")
        and bool(np.isfinite(X).all())
    )
