"""The loop: many epochs asked of an engine at once come to what one after another does."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clearprop as cp
from clearprop.definitions.noise import Noise
from clearprop.definitions.parameters import Layout
from clearprop.engines.base import (
    Burst,
    Losses,
    TrainingRows,
    TrainingState,
    TrainingTask,
    epoch_done,
)
from clearprop.engines.numpy import NumpyEngine
from clearprop.training.loop import MOST_ROW_NUMBERS, Orders, run_epochs
from clearprop.training.watch import Settings
from tests.spies import Disturbed, linear, train
from tests.trees import same_bits

TRAIN = sys.modules["clearprop.training.train"]
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
@pytest.mark.one_in(3)
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


@pytest.mark.parametrize("at", [4, 5, 11])
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


class Bursts(NumpyEngine):
    """Notes the shapes of the orders it is asked for, and computes nothing."""

    def __init__(self, at_once):
        self.at_once, self.shapes = at_once, []

    def epochs_at_once(self, steps):
        return self.at_once

    def epochs(self, request):
        self.shapes.append(request.orders.shape)
        losses = (Losses(1.0),) * len(request.orders)
        return Burst(epoch_done(request.position, request.rows.count, len(losses)), losses)


@given(rows=st.integers(1, 300_000), epochs=st.integers(1, 40), at_once=st.integers(1, 1000))
def test_a_burst_holds_few_row_numbers_however_many_rows_there_are(rows, epochs, at_once):
    """60,000 rows in one batch, 1,000 epochs: the orders of all of them took a gigabyte."""
    net = cp.Chain(cp.Dense(1, 1))
    layout = Layout.of(net.init(np.random.default_rng(0)))
    vector = np.zeros(layout.size)
    task = TrainingTask(net, cp.SquaredError(), cp.SGD(0.1), layout, vector)
    data = TrainingRows.of(np.zeros((rows, 1)), np.zeros((rows, 1)), None)
    engine, order = Bursts(at_once), np.random.default_rng(0)
    settings = Settings(epochs, rows, shuffle=False)
    run_epochs(task, engine, TrainingState(vector, {}), data, settings, order, Noise(0))
    assert sum(shape[0] for shape in engine.shapes) == epochs
    assert all(shape[1] == rows for shape in engine.shapes)
    largest = max(shape[0] for shape in engine.shapes)
    assert largest == 1 or largest * rows <= MOST_ROW_NUMBERS
    # As many as may be: a call for each epoch of few rows costs more than the epoch.
    assert largest == min(epochs, at_once, max(1, MOST_ROW_NUMBERS // rows))


class CutShort(NumpyEngine):
    """Asks for five epochs at once, and tells of Ctrl-C after some calls of `epochs`."""

    def __init__(self, *calls):
        self.calls, self.made = calls, 0

    def epochs_at_once(self, steps):
        return 5

    def epochs(self, request):
        self.made += 1
        burst = super().epochs(request)
        return replace(burst, interrupted=True) if self.made in self.calls else burst


PLATEAU = {
    "early_stopping": cp.EarlyStopping("loss", patience=2, tolerance=10.0, restore_best=False),
    "epochs": 200,
}


@pytest.mark.parametrize("schedule", [cp.Constant(), cp.Adaptive(divisor=10.0, smallest=1e-300)])
@pytest.mark.parametrize("call", [1, 2])
def test_ctrl_c_in_the_burst_in_which_patience_runs_out_ends_training(monkeypatch, schedule, call):
    """The first call makes five epochs, the second those up to where patience ran out."""
    engine = CutShort(call)
    monkeypatch.setattr(TRAIN, "get_engine", lambda *_: engine)
    result = train(*linear(), schedule=schedule, **PLATEAU)
    stopped = call == 1 and isinstance(schedule, cp.Constant)
    assert result.reason == ("stopped improving" if stopped else "interrupted")
    assert engine.made == 2
    epochs = len(result.history)
    assert epochs == (4 if call == 1 else 5)
    again = train(*linear(), epochs=epochs)
    assert result.history.loss == again.history.loss
    assert len(result.history.learning_rate) == len(result.history.seconds) == epochs
    assert same_bits(result.params, again.params)


class Counting:
    """Counts epochs, and ends training after some of them."""

    def __init__(self, last, counts_only):
        self.last, self.counts_only = last, counts_only
        self.losses: list[float] = []
        self.seen: set[int] = set()

    def __call__(self, report):
        self.losses.append(report.loss)
        self.seen.add(report.position.epochs)
        return len(self.losses) == self.last


@pytest.mark.parametrize("last", [3, 8, 99])
def test_a_callback_that_only_counts_is_called_for_each_epoch_of_a_burst(monkeypatch, last):
    monkeypatch.setattr(NumpyEngine, "epochs_at_once", lambda self, steps: 20)
    net, params, x, t = linear()
    each, burst = Counting(last, False), Counting(last, True)
    expected, found = (train(net, params, x, t, epochs=20, on_epoch=c) for c in (each, burst))
    assert burst.losses == each.losses
    assert len(found.history) == min(last, 20)
    assert found.reason == expected.reason
    assert same_bits(found.params, expected.params)
    assert len(each.seen) > len(burst.seen) == 1
