"""scikit-learn's own test_mlp.py, run against our classes.

The module is loaded a second time under another name while the two class names point to ours;
its test functions then run here. The tests that read private attributes cannot apply: each is
listed with the public counterpart of ours that tests the same thing.
"""

import importlib.util
from unittest import mock

import pytest
import sklearn.neural_network

import clearprop

READS_PRIVATE_ATTRIBUTES = {
    # reads _loss_grad_lbfgs: gradients are public here, and checked everywhere
    "test_gradient": "tests/test_conformance.py",
    # reads _optimizer.learning_rate: here learning_rate_
    "test_learning_rate_warmstart": "tests/estimators/test_warm_start.py",
    "test_adaptive_learning_rate": "tests/estimators/test_warm_start.py",
    # read _no_improvement_count: here the epochs after the best one
    "test_n_iter_no_change": "tests/estimators/test_stopping.py",
    "test_n_iter_no_change_inf": "tests/estimators/test_stopping.py",
}

pytestmark = [
    pytest.mark.filterwarnings("ignore::clearprop.estimators.scaling.BadScalingWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


def _with_our_classes():
    original = importlib.util.find_spec("sklearn.neural_network.tests.test_mlp")
    spec = importlib.util.spec_from_file_location("test_mlp_with_our_classes", original.origin)
    module = importlib.util.module_from_spec(spec)
    ours = {"MLPClassifier": clearprop.MLPClassifier, "MLPRegressor": clearprop.MLPRegressor}
    with mock.patch.multiple(sklearn.neural_network, **ours):
        spec.loader.exec_module(module)
    return module


_suite = _with_our_classes()
_tests = {name: test for name, test in vars(_suite).items() if name.startswith("test_")}
globals().update({n: t for n, t in _tests.items() if n not in READS_PRIVATE_ATTRIBUTES})


@pytest.fixture(params=[0, 42])
def global_random_seed(request):
    """The fixture scikit-learn's conftest provides."""
    return request.param


def test_the_suite_runs_against_our_classes():
    assert _suite.MLPClassifier is clearprop.MLPClassifier
    assert len(_tests) >= 40


@pytest.mark.parametrize(("name", "counterpart"), READS_PRIVATE_ATTRIBUTES.items())
def test_what_cannot_apply_exists_and_has_a_counterpart(name, counterpart, request):
    assert name in _tests
    assert (request.config.rootpath / counterpart).exists()
