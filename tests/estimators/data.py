"""Small data sets the estimator tests share."""

import numpy as np
from sklearn.datasets import make_classification, make_regression
from sklearn.preprocessing import scale


def classes(n_classes=3, rows=150):
    """Return rows of two, three ... noisy classes."""
    return make_classification(
        rows, 8, n_informative=5, n_classes=n_classes, flip_y=0.1, random_state=0
    )


def numbers(outputs=1, rows=150):
    """Return rows with standardised numbers to predict."""
    X, y = make_regression(rows, 8, n_targets=outputs, noise=20.0, random_state=0)
    return X, scale(y)


def two_far_groups():
    """Return four rows whose two groups pull a single weight in opposite directions."""
    return np.array([[1.0], [1.0], [1.0], [1.0]]), np.array([1.0, 1.0, -1.0, -1.0])
