"""A training that is followed and steered between its epochs; oracles: other trainings."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.training.checkpoint import read_checkpoint
from clearprop.training.following import Follower
from tests.trees import same_bits

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
T = (X[:, :1] > 0).astype(float)
NET = cp.Chain(cp.Dense(3, 4), cp.Tanh(), cp.Dropout(0.2), cp.Dense(4, 1))


class CutOffError(Exception):
    """Stands for whatever ends a process."""


def run(on_epoch=None, **how):
    settings = {
        "optimizer": cp.Adam(0.02), "epochs": 6, "batch_size": 16, "seed": 3, "engine": "numpy",
        **how,
    }  # fmt: skip
    params = NET.init(np.random.default_rng(1))
    return cp.train(NET, cp.BinaryCrossEntropy(), params, X, T, on_epoch=on_epoch, **settings)


class Told(Follower):
    """Notes what it is told, and answers as it is asked to."""

    def __init__(self, answers=None, look=None):
        self.heard, self.answers, self.look = [], answers or {}, look

    def begins(self, run):
        self.heard.append(("begins", len(run.history)))

    def __call__(self, report):
        self.heard.append(report.epoch)
        if self.look is not None:
            self.look(report)
        return self.answers.get(report.epoch)

    def ends(self, run, reason):
        self.heard.append(reason)


def test_a_follower_is_told_from_begin_to_end():
    told = Told()
    assert same_bits(run(told, epochs=2).params, run(epochs=2).params)
    assert told.heard == [("begins", 0), 1, 2, "epochs"]
    told = Told({1: True})
    assert run(told).reason == "callback"
    assert told.heard == [("begins", 0), 1, "callback"]


def test_a_follower_is_told_of_an_error():
    def die(report):
        raise CutOffError

    told = Told(look=die)
    with pytest.raises(CutOffError):
        run(told)
    assert told.heard == [("begins", 0), 1, "error"]


def test_restarts_are_followed_one_by_one():
    told = Told()
    run(told, epochs=2, restarts=3)
    assert sorted(told.heard, key=str) == sorted([("begins", 0), 1, 2, "epochs"] * 3, key=str)


def test_lbfgs_is_followed_and_has_no_rate():
    told = Told()
    net = cp.Chain(cp.Dense(3, 1))
    params = net.init(np.random.default_rng(0))

    def train(follower):
        return cp.train(
            net, cp.SquaredError(), params, X, T, optimizer=cp.LBFGS(), on_epoch=follower
        )

    assert train(told).reason == told.heard[-1] == "converged"
    with pytest.raises(ValueError, match="L-BFGS has no learning rate"):
        train(Told({1: cp.RateChange(0.5)}))


def test_the_next_step_is_the_one_that_training_takes():
    """With one step an epoch, the weights after the next epoch are those that the step gives."""
    from clearprop.engines.numpy import arithmetic

    foretold, params = [], []

    def look(report):
        step = report.run.next_step(report.position)
        done = arithmetic(report.run.task, report.position, step.batch, step.rate)
        foretold.append(done.params)
        params.append(report.position.params)

    plain = run(batch_size=40, schedule=cp.StepDecay(2))
    looked = run(Told(look=look), batch_size=40, schedule=cp.StepDecay(2))
    assert same_bits(looked.params, plain.params)
    for guess, reached in zip(foretold, params[1:], strict=False):
        np.testing.assert_array_equal(guess, reached)
    assert not np.array_equal(foretold[0], foretold[1])


def test_a_changed_rate_is_that_of_another_optimizer_from_there_on():
    """Plain SGD has no memory: two halves of a training are two trainings."""
    how = {"batch_size": 40, "shuffle": False, "optimizer": cp.SGD(0.5)}
    net = cp.Chain(cp.Dense(3, 1))

    def train(params, rate, epochs, on_epoch=None):
        return cp.train(
            net, cp.BinaryCrossEntropy(), params, X, T, on_epoch=on_epoch, engine="numpy",
            **{**how, "optimizer": cp.SGD(rate), "epochs": epochs},
        )  # fmt: skip

    start = net.init(np.random.default_rng(1))
    steered = train(start, 0.5, 5, Told({2: cp.RateChange(0.25)}))
    apart = train(train(start, 0.5, 2).params, 0.125, 3)
    assert same_bits(steered.params, apart.params)
    assert steered.history.learning_rate == [0.5, 0.5, 0.125, 0.125, 0.125]
    assert steered.history.rate_factors == {3: 0.25}
    assert "× 0.25 from epoch 3 on" in str(steered)


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_a_change_within_a_burst_of_epochs_holds_from_the_next_one(engine):
    def counting(report):
        return cp.RateChange(0.1) if report.epoch == 3 else None

    one_by_one = run(counting, engine=engine)
    counting.counts_only = True
    at_once = run(counting, engine=engine)
    assert at_once.history.learning_rate == one_by_one.history.learning_rate
    assert same_bits(at_once.params, one_by_one.params)


@pytest.mark.parametrize("cut", [3, 4, 5])
def test_a_checkpoint_holds_the_changed_rate(tmp_path, cut):
    def dying(report):
        if report.epoch == cut:
            raise CutOffError

    path = tmp_path / "run.checkpoint"
    kept = {"checkpoint": cp.Checkpoint(path, every=1)}
    whole = run(Told({2: cp.RateChange(0.5), 4: cp.RateChange(0.125)}))
    with pytest.raises(CutOffError):
        run(Told({2: cp.RateChange(0.5)}, dying), **kept)
    saved = read_checkpoint(path)[1]
    assert saved.history.rate_factors == ({3: 0.5} if len(saved.history) >= 2 else {})
    told = Told({4: cp.RateChange(0.125)})
    going_on = run(told, **kept, resume=True)
    assert told.heard[0] == ("begins", cut - 1)
    if cut < 5:
        assert same_bits(going_on.params, whole.params)
        assert going_on.history.rate_factors == whole.history.rate_factors
        assert going_on.history.learning_rate == whole.history.learning_rate


@pytest.mark.parametrize("factor", [0, -1, np.nan, np.inf])
def test_impossible_factors_are_refused(factor):
    with pytest.raises(ValueError, match="factor must be above 0 and finite"):
        cp.RateChange(factor)


def test_a_follower_is_told_where_vitals_are_measured_too():
    told = Told({2: cp.RateChange(0.5), 4: True})
    result = run(told, vitals=2)
    assert told.heard == [("begins", 0), 1, 2, 3, 4, "callback"]
    assert result.history.learning_rate == [0.02, 0.02, 0.01, 0.01]
    assert len(result.vitals) == 2
