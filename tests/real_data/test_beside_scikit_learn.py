"""Same rows, same settings, same random_state: what scikit-learn's network predicts, ours does."""

import numpy as np
import pytest
import sklearn.neural_network

import clearprop
from benchmarks import real_sets
from benchmarks.real_sets import SETTINGS

# A few epochs are enough to compare; neither library reaches its end.
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.slow,
]

LIBRARIES = (clearprop, sklearn.neural_network)


def both(kind, split, **settings):
    """Our estimator and scikit-learn's, fitted to the same rows."""
    return [
        getattr(library, kind)(**settings, random_state=0).fit(split.X, split.y)
        for library in LIBRARIES
    ]


@pytest.mark.parametrize("name", ["letter", "adult"])
def test_the_same_classes(name):
    split = getattr(real_sets, name)()
    ours, theirs = both("MLPClassifier", split, **SETTINGS[name] | {"max_iter": 8})
    assert (ours.predict(split.X_test) == theirs.predict(split.X_test)).all()
    np.testing.assert_allclose(
        ours.predict_proba(split.X_test), theirs.predict_proba(split.X_test), atol=1e-8
    )
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)


def test_the_same_strength_of_concrete():
    (split,) = real_sets.concrete(splits=1)
    ours, theirs = both("MLPRegressor", split, **SETTINGS["concrete"])
    found, expected = ours.predict(split.X_test), theirs.predict(split.X_test)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert split.rmse(found) == pytest.approx(split.rmse(expected), rel=1e-6)
