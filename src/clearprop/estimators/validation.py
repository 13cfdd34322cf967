"""Training and validation rows of a fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils import check_consistent_length


@dataclass(frozen=True)
class LabelledRows:
    """Rows X (N, I) with targets: `t` (N, K) for the network, `y` as the user gave them."""

    X: Any
    t: np.ndarray
    weights: np.ndarray | None
    y: Any = None


def split_off(
    rows: LabelledRows, fraction: float, random_state: Any, stratify: Any
) -> tuple[LabelledRows, LabelledRows]:
    """Return training and validation rows, drawn as scikit-learn's MLP draws them."""
    arrays = [rows.X, rows.t] + ([] if rows.weights is None else [rows.weights])
    parts = train_test_split(
        *arrays, random_state=random_state, test_size=fraction, stratify=stratify
    )
    train = LabelledRows(parts[0], parts[2], None if rows.weights is None else parts[4])
    held_out = LabelledRows(parts[1], parts[3], None if rows.weights is None else parts[5])
    if held_out.X.shape[0] < 2:
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' "
            "or the size of your dataset."
        )
    return train, held_out


def parts_of(validation_data: Any) -> tuple[Any, Any, Any]:
    """Return X, y and weights (or None) from the argument `validation_data`."""
    if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
        raise ValueError(
            "validation_data must be (X, y) or (X, y, sample_weight), "
            f"got {type(validation_data).__name__}"
            + (f" of {len(validation_data)}" if isinstance(validation_data, (tuple, list)) else "")
        )
    X, y, weights = (*validation_data, None)[:3]
    check_consistent_length(X, y, weights)
    return X, y, weights
