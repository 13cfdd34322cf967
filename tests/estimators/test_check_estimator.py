"""scikit-learn's estimator checks: no failure, no expected failure."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

import clearprop

# The checks fit a hundred epochs to noise and to columns far apart; that is not what they check.
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::clearprop.estimators.scaling.BadScalingWarning"),
]


@parametrize_with_checks(
    [
        clearprop.MLPClassifier(max_iter=100),
        clearprop.MLPRegressor(max_iter=100),
        clearprop.MLPClassifier(max_iter=100, solver="lbfgs"),
        clearprop.MLPRegressor(max_iter=100, solver="lbfgs"),
    ],
    xfail_strict=True,
)
def test_scikit_learn_check(estimator, check):
    check(estimator)
