"""Plain arrays pass without scikit-learn's validation; all else has its results and messages."""

import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.utils.validation import validate_data

from clearprop import MLPClassifier, MLPRegressor
from clearprop.estimators import base
from clearprop.estimators.plain_inputs import are_valid

RNG = np.random.default_rng(0)
X = RNG.standard_normal((30, 3))
Y = np.arange(30) % 3


def fitted(X=X):
    return MLPClassifier((4,), solver="lbfgs", max_iter=5, random_state=0).fit(X, Y)


@pytest.fixture(scope="module")
def clf():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fitted()


PLAIN = {
    "float64": X,
    "float32": X.astype(np.float32),
    "one row": X[:1],
    "every other row": X[::2],
    "columns first": np.asfortranarray(X),
    "read-only": np.broadcast_to(X[:1], (5, 3)),
    "tiny": X * 1e-300,
    "huge": X * 1e307,
}
OTHER = {
    "list": X.tolist(),
    "ints": (10 * X).astype(int),
    "bools": X > 0,
    "texts": X.astype(str),
    "objects": X.astype(object),
    "float16": X.astype(np.float16),
    "long double": X.astype(np.longdouble),
    "complex": X.astype(complex),
    "other byte order": X.astype(X.dtype.newbyteorder()),
    "subclass": np.ma.masked_array(X),
    "frame": pd.DataFrame(X, columns=list("abc")),
    "sparse": scipy.sparse.csr_matrix(X),
    "sparse by columns": scipy.sparse.csc_array(X),
    "NaN": np.where(X > 2, np.nan, X),
    "infinite": np.where(X > 1, np.inf, X),
    "no rows": X[:0],
    "too few columns": X[:, :2],
    "too many columns": np.hstack([X, X]),
    "one dimension": X[0],
    "three dimensions": X[None],
    "nothing": None,
}


def outcome(call):
    """Return what a call returns and warns, or its error."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            return call(), [str(one.message) for one in told]
        except (TypeError, ValueError) as error:
            return f"{type(error).__name__}: {error}", []


def validated(estimator, X):
    with np.errstate(invalid="ignore"):  # it sums the values
        found = validate_data(
            estimator, X, accept_sparse=["csr", "csc"], dtype=(np.float64, np.float32), reset=False
        )
    return found.tocsr() if scipy.sparse.issparse(found) else found


@pytest.mark.parametrize("case", [*PLAIN, *OTHER])
def test_inputs_are_what_scikit_learn_makes_of_them(clf, case):
    given = PLAIN[case] if case in PLAIN else OTHER[case]
    assert are_valid(clf, given) == (case in PLAIN)
    found, told = outcome(lambda: clf._check_inputs(given))
    expected, expected_told = outcome(lambda: validated(clf, given))
    assert told == expected_told
    if isinstance(expected, str):
        assert found == expected
    elif scipy.sparse.issparse(expected):
        assert (found != expected).nnz == 0
    else:
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
        assert (found is given) == (expected is given)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_an_estimator_that_knows_names_says_that_they_are_missing():
    clf = fitted(pd.DataFrame(X, columns=list("abc")))
    assert not are_valid(clf, X)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        clf.predict(X)


def test_plain_arrays_are_predicted_without_validating_them_again(clf, monkeypatch):
    expected = clf.predict_proba(X.tolist())
    monkeypatch.setattr(base, "validated", None)
    np.testing.assert_array_equal(clf.predict_proba(X), expected)
    with pytest.raises(TypeError, match="not callable"):
        clf.predict(X.tolist())


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_networks_of_equal_settings_are_built_once_and_others_apart():
    def network(**options):
        plain = {"hidden_layer_sizes": (4,), "solver": "lbfgs", "max_iter": 2, "random_state": 0}
        return MLPRegressor(**{**plain, **options}).fit(X, Y)._network()

    assert network() is network()
    assert network() is network(hidden_layer_sizes=[4])
    assert network() is not network(activation="tanh")
    # 4 and 4.0 are one key of a dict: what is refused stays so once the other is known.
    with pytest.raises((TypeError, ValueError), match="hidden_layer_sizes must be whole numbers"):
        network(hidden_layer_sizes=(4.0,))
