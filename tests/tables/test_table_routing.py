"""Table estimators under scikit-learn's metadata routing: weights arrive where they are asked for.

What arrives is seen by the model: it has the bits of one that was fitted with those weights by
hand, and not those of one without.
"""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.ensemble import StackingClassifier
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import clearprop as cp

QUICK = {"preset": "fast", "max_epochs": 3, "members": 1, "random_state": 0}
KINDS = pytest.mark.parametrize("kind", [cp.TableClassifier, cp.TableRegressor])

RNG = np.random.default_rng(0)
X = pd.DataFrame({"size": RNG.normal(size=120), "shop": RNG.choice(["north", "south"], 120)})
WEIGHTS = RNG.integers(1, 4, 120).astype(float)
TARGETS = {
    cp.TableClassifier: np.where(X["size"] + (X["shop"] == "north") > 0.5, "yes", "no"),
    cp.TableRegressor: np.where(X["shop"] == "north", X["size"] ** 2, -X["size"]),
}


@pytest.fixture(autouse=True)
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def weighted(kind, **more):
    return kind(**{**QUICK, **more}).set_fit_request(sample_weight=True)


def outputs(model, table=X):
    """The raw outputs of the networks, which no rounding to a class hides."""
    return np.stack(model._member_outputs(model.encode(table)))


def by_hand(kind, rows=slice(None), **more):
    y = TARGETS[kind]
    return kind(**{**QUICK, **more}).fit(X.iloc[rows], y[rows], WEIGHTS[rows])


def assert_has_weights(model, kind, rows=slice(None), **more):
    np.testing.assert_array_equal(outputs(model), outputs(by_hand(kind, rows, **more)))
    plain = kind(**{**QUICK, **more}).fit(X.iloc[rows], TARGETS[kind][rows])
    assert (outputs(model) != outputs(plain)).any()


@KINDS
def test_what_is_asked_for_is_told(kind):
    model = weighted(kind).set_score_request(sample_weight="importance")
    assert str(model.get_metadata_routing()) == str(
        {"fit": {"sample_weight": True}, "score": {"sample_weight": "importance"}}
    )


@KINDS
def test_weights_pass_through_a_pipeline(kind):
    pipe = make_pipeline(FunctionTransformer(), weighted(kind))
    pipe.fit(X, TARGETS[kind], sample_weight=WEIGHTS)
    assert_has_weights(pipe[-1], kind)


@KINDS
def test_weights_pass_through_a_search(kind):
    model = weighted(kind).set_score_request(sample_weight=True)
    search = GridSearchCV(model, {"bins": [0, 8]}, cv=GroupKFold(2))
    search.fit(X, TARGETS[kind], sample_weight=WEIGHTS, groups=np.arange(120) % 5)
    assert_has_weights(search.best_estimator_, kind, bins=search.best_params_["bins"])


@KINDS
def test_a_cross_validation_cuts_the_weights_as_it_cuts_the_rows(kind):
    model = weighted(kind).set_score_request(sample_weight=True)
    y = TARGETS[kind]
    found = cross_validate(
        model, X, y, cv=2, params={"sample_weight": WEIGHTS},
        return_estimator=True, return_indices=True,
    )  # fmt: skip
    for k, half in enumerate(found["estimator"]):
        seen, unseen = found["indices"]["train"][k], found["indices"]["test"][k]
        assert_has_weights(half, kind, seen)
        wanted = half.score(X.iloc[unseen], y[unseen], WEIGHTS[unseen])
        assert found["test_score"][k] == wanted


def test_weights_reach_each_model_of_a_stack():
    stack = StackingClassifier(
        [("first", weighted(cp.TableClassifier)), ("second", weighted(cp.TableClassifier, bins=0))],
        final_estimator=LogisticRegression().set_fit_request(sample_weight=False), cv=2,
    )  # fmt: skip
    stack.fit(X, TARGETS[cp.TableClassifier], sample_weight=WEIGHTS)
    assert_has_weights(stack.named_estimators_["first"], cp.TableClassifier)
    assert_has_weights(stack.named_estimators_["second"], cp.TableClassifier, bins=0)


@KINDS
def test_weights_that_nobody_asked_for_are_an_error_and_not_lost(kind):
    pipe = make_pipeline(FunctionTransformer(), kind(**QUICK))
    with pytest.raises(UnsetMetadataPassedError, match="set_fit_request"):
        pipe.fit(X, TARGETS[kind], sample_weight=WEIGHTS)
