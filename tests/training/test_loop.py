"""The loop: many epochs asked of an engine at once come to what one after another does."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.engines.numpy import NumpyEngine
from clearprop.training.loop import Orders
from tests.spies import Disturbed, linear, train
from tests.trees import same_bits

NOT_ENOUGH = {"patience": 2, "tolerance": 0.05, "restore_best": False}
CASES = {
    "all epochs": {"epochs": 20},
    "stopped on the loss": {"epochs": 90, "early_stopping": cp.EarlyStopping("loss", **NOT_ENOUGH)},
    "adaptive": {
        "epochs": 300,
        "early_stopping": cp.EarlyStopping("loss", **NOT_ENOUGH),
        "schedule": cp.Adaptive(divisor=10.0, smallest=1e-3),
    },
    "by steps": {"epochs": 13, "schedule": cp.WarmUp(20, cp.Cosine())},
    "by epochs": {"epochs": 13, "schedule": cp.StepDecay(2)},
    "by rows": {"epochs": 13, "schedule": cp.InverseScaling()},
    "not finite": {"epochs": 1000, "optimizer": cp.SGD(1e3)},
}


def run(case):
    rng = np.random.default_rng(0)
    net = cp.Chain(cp.Dense(3, 5), cp.BatchNorm(5), cp.LeakyReLU(), cp.Dropout(0.2), cp.Dense(5, 2))
    params = net.init(rng)
    _, _, x, t = linear(rows=14)
    return train(net, params, x, t, batch_size=4, **{"optimizer": cp.Adam(0.05), **CASES[case]})


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("together", [2, 7, 1000])
def test_epochs_in_one_call_are_the_same_epochs(monkeypatch, case, together):
    one_by_one = run(case)
    monkeypatch.setattr(NumpyEngine, "epochs_at_once", lambda self, steps: together)
    at_once = run(case)
    assert at_once.reason == one_by_one.reason
    assert same_bits((at_once.params, at_once.state), (one_by_one.params, one_by_one.state))
    assert at_once.history.loss == one_by_one.history.loss
    assert at_once.history.learning_rate == one_by_one.history.learning_rate
    assert at_once.failure == one_by_one.failure


def test_cases_end_as_they_are_called():
    reasons = {case: run(case).reason for case in CASES}
    assert reasons.pop("not finite") == "not finite"
    assert reasons.pop("stopped on the loss") == reasons.pop("adaptive") == "stopped improving"
    assert set(reasons.values()) == {"epochs"}
    assert len(set(run("adaptive").history.learning_rate)) > 1


@pytest.mark.parametrize("at", [1, 3, 4, 11])
def test_interrupt_within_many_epochs_keeps_the_steps_before(monkeypatch, at):
    def interrupted():
        _, _, x, t = linear()
        net = cp.Chain(cp.Dense(3, 4), Disturbed(at=at, output=KeyboardInterrupt), cp.Dense(4, 2))
        return train(net, net.init(np.random.default_rng(0)), x, t, epochs=9, batch_size=4)

    one_by_one = interrupted()
    monkeypatch.setattr(NumpyEngine, "epochs_at_once", lambda self, steps: 5)
    at_once = interrupted()
    assert at_once.reason == one_by_one.reason == "interrupted"
    assert same_bits(at_once.params, one_by_one.params)
    assert at_once.history.loss == one_by_one.history.loss


def test_weights_that_someone_looks_at_are_those_of_each_epoch(monkeypatch):
    monkeypatch.setattr(NumpyEngine, "epochs_at_once", lambda self, steps: 5)
    net, params, x, t = linear()
    seen = []
    train(net, params, x, t, epochs=4, on_epoch=lambda report: seen.append(report.position.epochs))
    assert seen == [1, 2, 3, 4]


def test_orders_put_back_come_again():
    orders, other = (Orders(6, True, np.random.default_rng(0)) for _ in range(2))
    first = orders.draw(4)
    orders.put_back(first[1:])
    again = np.concatenate([first[:1], orders.draw(2), orders.draw(3)])
    np.testing.assert_array_equal(again, other.draw(6))
    assert all(sorted(order) == list(range(6)) for order in again.tolist())
