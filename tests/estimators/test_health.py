"""Estimators say what is wrong with their fit; a saved, copied or loaded one knows no fit."""

import copy
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits
from sklearn.exceptions import ConvergenceWarning

import clearprop as cp
from clearprop.estimators.diagnosis import course_of, diagnosed
from clearprop.health.checks import Health

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def digits():
    X, y = load_digits(return_X_y=True)
    return X / 16, y


def test_a_healthy_fit_has_nothing_to_say():
    X, y = digits()
    for fitted in (
        cp.MLPClassifier(max_iter=15, random_state=0).fit(X, y),
        cp.MLPClassifier(max_iter=15, random_state=0, solver="lbfgs").fit(X, y),
        cp.MLPClassifier(random_state=0).partial_fit(X, y, classes=np.unique(y)),
    ):
        assert fitted.health_ == Health(()) and fitted.incident_ is None
        assert str(fitted.health_) == "nothing looks wrong"


def dead():
    X, y = digits()
    ill = cp.MLPClassifier((30,), solver="sgd", learning_rate_init=5.0, momentum=0.0, max_iter=20,
                           random_state=0)  # fmt: skip
    return ill.fit(X, y)


def test_an_ill_fit_says_so_and_its_diagnosis_too():
    ill = dead()
    (finding,) = ill.health_
    assert finding.check == "dead units"
    assert (finding.open()["relu1.y"] == 0).mean(axis=0).max() == 1.0
    (said,) = (one for one in diagnosed(course_of(ill)) if one.kind == "health")
    assert finding.norm in said.sentence and finding.advice in said.sentence


def test_an_input_that_decides_alone_is_named():
    rng = np.random.default_rng(0)
    X, y = digits()
    leak = (y > 4) + 0.05 * rng.normal(size=len(y))
    frame = pd.DataFrame(X[:, 10:14], columns=list("abcd")).assign(leak=leak)
    fitted = cp.MLPClassifier(max_iter=3, random_state=0).fit(frame, y > 4)
    (finding,) = (one for one in fitted.health_ if one.check == "deciding column")
    assert finding.where == "leak" and finding.measured > 0.95
    X, y = load_diabetes(return_X_y=True)
    scaled = (y - y.mean()) / y.std()
    fitted = cp.MLPRegressor(max_iter=3, random_state=0).fit(np.c_[X, 2 * scaled + 1], scaled)
    assert [one.where for one in fitted.health_ if one.check == "deciding column"] == ["column 10"]
    assert not [one for one in cp.MLPRegressor(max_iter=3).fit(X, scaled).health_
                if one.check == "deciding column"]  # fmt: skip


@pytest.mark.parametrize("passed_on", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_holds_no_rows(passed_on):
    X, y = digits()
    fitted = cp.MLPClassifier((4,), max_iter=2, random_state=0).fit(X, y)
    size = len(pickle.dumps(fitted))
    assert size < X.nbytes / 10
    other = passed_on(fitted)
    np.testing.assert_array_equal(other.predict(X), fitted.predict(X))
    with pytest.raises(AttributeError, match="loaded or copied"):
        _ = other.health_
    assert fitted.health_ is not None
    assert not hasattr(clone(fitted), "health_")


def test_a_loaded_estimator_has_no_health(tmp_path):
    X, y = digits()
    cp.MLPClassifier((4,), max_iter=2, random_state=0).fit(X, y).save(tmp_path / "m.clearprop")
    with pytest.raises(AttributeError, match="loaded or copied"):
        _ = cp.load(tmp_path / "m.clearprop").health_


def test_the_error_of_a_first_step_that_is_not_finite_has_its_step():
    X, y = load_diabetes(return_X_y=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ValueError, match="non-finite parameter weights") as caught:
            cp.MLPRegressor(solver="sgd", learning_rate_init=1e300).fit(X, 1e10 * y)
    step = caught.value.incident.explain()
    assert step.labels.step == 1


def test_numbers_that_are_not_finite_later_have_their_step():
    X, y = digits()
    with pytest.warns(ConvergenceWarning, match="not finite"):
        ill = cp.MLPClassifier(solver="sgd", learning_rate_init=1e120, random_state=0).fit(X, y)
    assert ill.incident_.kind == "not finite"
    assert [one.check for one in ill.health_] == ["not finite"]
    assert ill.health_[0].open().labels.step == ill.incident_.began.position.steps + 1


def test_table_estimators_tell_of_their_networks_and_columns():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=300), "b": rng.normal(size=300)})
    y = np.where(frame["a"] + 0.5 * rng.normal(size=300) > 0, "yes", "no")
    quick = {"preset": "fast", "max_epochs": 4, "random_state": 0}
    fitted = cp.TableClassifier(**quick).fit(frame, y)
    assert fitted.health_ == Health(())
    with pytest.warns(cp.LeakWarning):
        leaky = cp.TableClassifier(**quick).fit(frame.assign(c=(y == "yes") * 1.0), y)
    assert [(one.check, one.where) for one in leaky.health_] == [("deciding column", "c")]
