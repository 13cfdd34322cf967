"""Each check finds the training that is ill in its way, and nothing else in it."""

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

import clearprop as cp
from clearprop.definitions.losses import CrossEntropy
from clearprop.health import curves
from clearprop.health.checks import CHECKS, Health, examined
from clearprop.health.of_rows import FAR_APART
from clearprop.health.of_steps import stable_limit
from clearprop.health.of_units import MANY
from clearprop.health.vitals import SELDOM
from clearprop.learning.exported import THRESHOLDS, known_definitions
from clearprop.training.flight import KEPT
from tests.health.ill import ILL, digits, mislabelled

LEARN = Path(__file__).parents[2] / "view" / "src" / "learn" / "diagnosis.ts"


def test_every_check_has_its_ill_training():
    assert list(ILL) == [check.name for check in CHECKS]
    assert {name for check in CHECKS for name in check.hides} <= set(ILL)


@pytest.mark.parametrize("name", ILL)
def test_ill_in_one_way_is_told_in_one_way(name):
    ill = ILL[name]
    result = ill.train()
    (finding,) = result.health
    assert finding.check == name
    assert finding.where.startswith(ill.where)
    assert finding.norm and finding.source and finding.advice and finding.what
    assert str(finding).startswith(f"{name}: {finding.what}")
    assert finding.to_dict()["check"] == name
    assert result.health is result.health
    if result.incident is not None:  # it began in one of the last epochs before it was seen
        assert 0 <= result.incident.epoch - 1 - result.incident.began.position.epochs <= KEPT
    if name == "overfitting":
        with pytest.raises(ValueError, match="no single step"):
            finding.open()
    else:
        step = finding.open()
        assert step["E"] >= 0 or name == "not finite"


def test_open_shows_the_number_that_was_measured():
    step = ILL["first loss"].train().health[0].open()
    assert step.loss_before == pytest.approx(
        ILL["first loss"].train().health[0].measured * math.log(10)
    )
    dead = ILL["dead units"].train().health[0]
    silent = (dead.open()["relu1.y"] == 0).mean(axis=0) > 0.99
    assert silent.mean() == dead.measured == 0.75


def test_the_first_step_is_the_real_first_step():
    ill = ILL["vanishing signal"]
    step = ill.train().health[0].open()
    params = ill.network.init(np.random.default_rng(1))
    np.testing.assert_array_equal(step["dense1.W"], params["dense1"]["W"])


def test_an_overfitted_training_that_kept_its_best_weights_is_not_told():
    ill = ILL["overfitting"]
    settings = {**ill.settings, "early_stopping": cp.EarlyStopping(patience=20)}
    assert not replace(ill, settings=settings).train().health


def test_wrong_labels_are_those_that_were_changed():
    result = ILL["wrong labels"].train()
    found = [int(row) for row in re.findall(r"\d+", result.health[0].where)]
    X, y = mislabelled()
    assert found and all(row < 60 for row in found)  # the first sixty were given another class
    step = result.health[0].open()
    np.testing.assert_array_equal(step["x"], X[found])
    np.testing.assert_array_equal(step["t"].argmax(axis=1), y[found])


def test_what_a_step_behind_an_incident_shows_is_the_step_that_made_the_loss_jump():
    result = ILL["learning rate"].train()
    step = result.health[0].open()
    moment = result.incident.began
    X, y = digits()
    np.testing.assert_array_equal(step["x"], X[moment.rows])
    places = ("dense1", "dense2")
    before, after = (
        cp.backprop(
            ILL["learning rate"].network, CrossEntropy(),
            {one: {part: step[f"{one}.{part}{end}"] for part in "Wb"} for one in places}, X, y,
        )[0]
        for end in ("", ".new")
    )  # fmt: skip
    assert after > before


def test_the_page_that_learns_has_the_numbers_of_the_checks():
    """They come with the definitions: the page has no number of its own beside them."""
    kept = known_definitions()["thresholds"]
    assert kept == THRESHOLDS
    assert (kept["many"], kept["seldom"], kept["turned"]) == (MANY, SELDOM, curves.TURNED)
    text = LEARN.read_text(encoding="utf-8")
    assert not set(re.findall(r"^const [A-Z_]+ = (.+);$", text, re.M)) & {"0.5", "0.25", "1.15"}


def test_standing_still_growing_and_jumping():
    falling = [2.0 * 0.9**epoch for epoch in range(30)]
    assert not curves.stands_still(falling)
    assert curves.stands_still([2.0] + [1.5] * 25)
    assert not curves.stands_still([2.0] + [0.1] * 25)  # done
    assert not curves.stands_still([1.0] * 19)  # too short to say
    assert curves.grown_from([1.0, 0.5, 0.8]) == 2
    assert curves.grown_from([1.0, 0.01, 0.05]) is None  # too small a rise to be seen
    assert curves.grown_from([1.0, float("nan")]) is None
    assert curves.jumps([1.0, 0.5] * 10) == 9
    assert curves.jumps([1.0, 0.96] * 10) == 0


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("nesterov", [False, True])
def test_the_stable_limit_is_where_descent_on_a_quadratic_begins_to_grow(momentum, nesterov):
    if nesterov and not momentum:
        pytest.skip("Nesterov's look-ahead needs momentum")

    def ends(rate):
        optimizer = cp.SGD(rate, momentum, nesterov)
        point = np.array([1.0])
        state = optimizer.init(point)
        for _ in range(4000):  # E = ½ w²: curvature 1
            point, state = optimizer.update(cp.readings.numpy, point, state, point, rate)
        return abs(point[0])

    limit = stable_limit(cp.SGD(1.0, momentum, nesterov))
    assert ends(0.99 * limit) < 1e-3 < 1e3 < ends(1.01 * limit)


def test_what_follows_from_a_cause_is_not_told_beside_it():
    record = ILL["equal units"].train().record
    alone = [check for check in CHECKS if check.name == "vanishing signal"]
    assert [finding.check for finding in examined(record, alone)] == ["vanishing signal"]
    assert [finding.check for finding in examined(record)] == ["equal units"]


def test_lbfgs_restarts_and_sparse_rows_have_their_health_too():
    X, y = load_digits(return_X_y=True)
    net = cp.Chain(cp.Dense(64, 10))
    params = net.init(np.random.default_rng(0))
    result = cp.train(net, CrossEntropy(), params, X / 16, y, optimizer=cp.LBFGS(), epochs=20)
    assert isinstance(result.health, Health) and not result.health
    assert result.incident is None
    several = cp.train(net, CrossEntropy(), params, X / 16, y, epochs=3, seed=0, restarts=2)
    assert all(not run.health for run in several.restarts)
    from scipy.sparse import csr_matrix

    sparse = cp.train(net, CrossEntropy(), params, csr_matrix(X / 16), y, epochs=3, seed=0)
    assert not sparse.health
    assert FAR_APART == 3.0
