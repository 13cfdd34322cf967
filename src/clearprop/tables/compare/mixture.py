"""A classifier that describes each class by a mixture of normal distributions."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.mixture import GaussianMixture
from sklearn.utils.validation import check_is_fitted, validate_data

Array = np.ndarray[Any, Any]


class GaussianMixtureClassifier(ClassifierMixin, BaseEstimator):
    """Bayes' rule with a Gaussian mixture for each class.

    p(class | x) is proportional to p(class) p(x | class), where p(class) is its share of the
    training rows and p(x | class) a mixture fitted to its rows. Source: Hastie, Tibshirani and
    Friedman, The Elements of Statistical Learning, section 6.8.

    Parameters
    ----------
    most_components
        Of each mixture; of 1 up to so many, the number with the lowest BIC is taken.
    reg_covar
        What is added to every variance.
    random_state
        For the start of the fits.

    Attributes
    ----------
    classes_
        (K,)
    priors_
        Each class's share of the training rows, (K,).
    mixtures_
        A fitted GaussianMixture for each class.
    """

    def __init__(
        self, most_components: int = 3, reg_covar: float = 1e-3, random_state: int | None = None
    ) -> None:
        self.most_components = most_components
        self.reg_covar = reg_covar
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> GaussianMixtureClassifier:
        """Fit a mixture to the rows of each class."""
        X, y = validate_data(self, X, y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.priors_ = np.bincount(codes) / len(codes)
        self.mixtures_ = [self._mixture(X[codes == code]) for code in range(len(self.classes_))]
        return self

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class, (N, K)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
        logs = np.stack([mixture.score_samples(X) for mixture in self.mixtures_], axis=1)
        logs = logs + np.log(self.priors_)
        weights = np.exp(logs - logs.max(axis=1, keepdims=True))
        probabilities: Array = weights / weights.sum(axis=1, keepdims=True)
        return probabilities

    def predict(self, X: Any) -> Array:
        """Return the most probable class of each row, (N,)."""
        probabilities = self.predict_proba(X)
        classes: Array = self.classes_[probabilities.argmax(axis=1)]
        return classes

    def _mixture(self, rows: Array) -> GaussianMixture:
        """Return the mixture with the lowest BIC; with whole covariances where rows suffice."""
        if len(rows) == 1:
            # scikit-learn needs two rows; two equal ones are a point with the least variance.
            rows = np.repeat(rows, 2, axis=0)
        kind = "full" if len(rows) >= 5 * rows.shape[1] else "diag"
        most = max(1, min(self.most_components, len(rows) // (5 * (rows.shape[1] + 1))))
        fits = [
            GaussianMixture(
                components,
                covariance_type=kind,
                reg_covar=self.reg_covar,
                random_state=self.random_state,
            ).fit(rows)
            for components in range(1, most + 1)
        ]
        return min(fits, key=lambda fit: fit.bic(rows))
