"""Finite inputs near the largest that a dtype holds give our sentences, never NumPy's warnings."""

import warnings

import numpy as np
import pytest
import scipy.sparse
from sklearn.exceptions import ConvergenceWarning

from clearprop import MLPClassifier, MLPRegressor
from clearprop.estimators.scaling import BadScalingWarning

rng = np.random.default_rng(0)
Y = rng.integers(0, 3, 60)
LARGE = [(np.float32, 3e38), (np.float32, 1e38), (np.float32, 1e20), (np.float64, 1e308),
         (np.float64, 1e160)]  # fmt: skip
FITS = {
    "adam": {},
    "sgd": {"solver": "sgd"},
    "lbfgs": {"solver": "lbfgs"},
    "numpy": {"engine": "numpy"},
    "early stopping": {"early_stopping": True},
    "by validation loss": {"early_stopping": "validation_loss"},
    "numpy, early stopping": {"engine": "numpy", "early_stopping": True},
}


def rows(dtype, large):
    X = rng.normal(size=(60, 4)).astype(dtype)
    X[3], X[4] = large, -large
    return X


@pytest.mark.parametrize("settings", FITS.values(), ids=FITS)
@pytest.mark.parametrize(("dtype", "large"), LARGE)
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_a_fit_says_what_is_wrong_in_its_own_words(kind, dtype, large, settings):
    X = rows(dtype, large)
    model = kind(hidden_layer_sizes=(3,), max_iter=3, random_state=0, **settings)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            model.fit(X, Y, validation_data=None if "early_stopping" in settings else (X, Y))
        except ValueError as error:
            assert "non-finite parameter weights" in str(error)
    kinds = {warning.category for warning in said}
    assert BadScalingWarning in kinds
    assert kinds <= {BadScalingWarning, ConvergenceWarning}


@pytest.mark.filterwarnings("ignore::clearprop.estimators.scaling.BadScalingWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("engine", ["auto", "numpy"])
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_predictions_that_overflow_are_said_once_with_their_row(kind, sparse, engine):
    X = rng.normal(size=(60, 4)).astype(np.float32)
    model = kind(hidden_layer_sizes=(3,), max_iter=2, random_state=0, engine=engine).fit(X, Y)
    model.coefs_ = [coef * np.float32(1e4) for coef in model.coefs_]
    new = X.copy()
    new[7] = 3e38
    with pytest.warns(RuntimeWarning, match="outputs for row 7 .1 such row. are not") as said:
        model.predict(scipy.sparse.csr_matrix(new) if sparse else new)
    assert len(said) == 1
