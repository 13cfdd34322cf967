"""Estimators that replace scikit-learn's MLPClassifier and MLPRegressor."""

from clearprop.estimators.classifier import MLPClassifier
from clearprop.estimators.regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
