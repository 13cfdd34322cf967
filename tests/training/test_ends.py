"""Training, how it ends: early stopping, Ctrl-C, numbers that are not finite, a callback."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.definitions.parameters import Layout
from clearprop.engines.numpy import NumpyEngine
from clearprop.training.stopping import EarlyStoppingState
from tests.spies import Disturbed, linear, train
from tests.trees import arrays_of, same_bits


def scripted(values):
    """Return a metric that gives these values, one an epoch."""
    left = iter(values)
    return {"score": lambda targets, predictions: next(left)}


def stopped(values, **rule):
    """Return the result of training watched by a scripted score, and its weights by epoch."""
    net, params, x, t = linear()
    weights = []
    result = train(
        net, params, x, t, epochs=len(values), validation_data=(x, t), metrics=scripted(values),
        early_stopping=cp.EarlyStopping("score", **rule),
        on_epoch=lambda report: weights.append(report.position.params),
    )  # fmt: skip
    return result, weights


def vector_of(result):
    return np.concatenate([result.params["dense1"]["W"].ravel(), result.params["dense1"]["b"]])


def test_best_weights_are_restored():
    result, weights = stopped([3, 2, 1, 5, 4, 3, 0, 0], patience=2)
    assert result.reason == "stopped improving"
    assert len(result.history) == 6  # the third epoch without improvement is more than two
    assert result.history.best_epoch == 3
    np.testing.assert_array_equal(vector_of(result), weights[2])


def test_last_weights_stay_where_the_best_are_not_wanted():
    result, weights = stopped([3, 2, 1, 5, 5, 5, 0], patience=2, restore_best=False)
    np.testing.assert_array_equal(vector_of(result), weights[5])


def test_best_weights_are_restored_when_all_epochs_are_done():
    result, weights = stopped([3, 1, 2, 2], patience=10)
    assert result.reason == "epochs"
    np.testing.assert_array_equal(vector_of(result), weights[1])


def test_more_can_be_better():
    result, weights = stopped([0.1, 0.9, 0.8, 0.7], patience=1, maximize=True)
    assert len(result.history) == 4
    np.testing.assert_array_equal(vector_of(result), weights[1])


def test_improvement_smaller_than_the_tolerance_does_not_count():
    """But it is the best all the same, as in scikit-learn."""
    result, weights = stopped([1.0, 0.99, 0.98, 0.97, 0.0], patience=2, tolerance=0.1)
    assert len(result.history) == 4
    assert result.history.best_epoch == 4
    np.testing.assert_array_equal(vector_of(result), weights[3])


def test_score_that_is_no_number_is_no_improvement():
    result, _ = stopped([np.nan, 2.0, np.nan, np.nan, np.nan, 0.0], patience=2)
    assert len(result.history) == 5
    assert result.history.best_epoch == 2


def test_infinite_patience_never_stops():
    result, _ = stopped([1.0] * 30, patience=np.inf)
    assert result.reason == "epochs"


def test_patience_counts_as_scikit_learn_does():
    rule = cp.EarlyStopping(patience=2, tolerance=0.5)
    state, waits = EarlyStoppingState(), []
    for value in (4.0, 3.8, 3.4, 3.5, 2.9, np.nan, 2.0):
        state = state.after(value, rule)
        waits.append(state.waited)
    assert waits == [0, 1, 2, 3, 0, 1, 0]  # 3.4 is no half better than 3.8, the best by then
    assert state.best == 2.0


def test_true_watches_the_validation_loss():
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((40, 5)), rng.standard_normal((40, 1))
    net = cp.Chain(cp.Dense(5, 30), cp.Tanh(), cp.Dense(30, 1))
    params = net.init(rng)
    result = train(
        net, params, x, t, optimizer=cp.Adam(0.01), epochs=500, early_stopping=True,
        validation_fraction=0.3,
    )  # fmt: skip
    losses = result.history.metrics["validation_loss"]
    assert result.reason == "stopped improving"
    assert result.history.best_epoch == np.argmin(losses) + 1
    assert len(losses) < 500


def test_training_loss_can_be_watched_without_validation_rows():
    net, params, x, t = linear()
    rule = cp.EarlyStopping("loss", patience=3, tolerance=1e-3)
    result = train(net, params, x, t, epochs=500, early_stopping=rule)
    assert result.reason == "stopped improving"
    assert len(result.history) < 200


def test_callback_sees_each_epoch_and_may_stop():
    net, params, x, t = linear()
    reports = []

    def on_epoch(report):
        reports.append(report)
        return report.epoch == 3

    result = train(net, params, x, t, epochs=9, on_epoch=on_epoch, validation_fraction=0.25)
    assert result.reason == "callback"
    assert [report.epoch for report in reports] == [1, 2, 3]
    assert [report.loss for report in reports] == result.history.loss
    assert [report.metrics["validation_loss"] for report in reports] == (
        result.history.metrics["validation_loss"]
    )
    assert {(report.epochs, report.rows, report.learning_rate) for report in reports} == {
        (9, 9, 0.1)
    }
    np.testing.assert_array_equal(vector_of(result), reports[-1].position.params)


def disturbed(at, output, **options):
    """Return the result of four epochs of three steps, the network disturbed in one pass."""
    _, _, x, t = linear()
    net = cp.Chain(cp.Dense(3, 4), Disturbed(at=at, output=output), cp.Dense(4, 2))
    params = net.init(np.random.default_rng(0))
    return train(net, params, x, t, epochs=4, batch_size=4, **options)


def after_steps(count):
    """Return the parameters after so many undisturbed steps; infinity ends training after them."""
    _, _, x, t = linear()
    net = cp.Chain(cp.Dense(3, 4), Disturbed(at=count + 1, output=np.inf), cp.Dense(4, 2))
    return train(net, net.init(np.random.default_rng(0)), x, t, epochs=5, batch_size=4).params


def undisturbed(epochs):
    _, _, x, t = linear()
    net = cp.Chain(cp.Dense(3, 4), Disturbed(), cp.Dense(4, 2))
    return train(net, net.init(np.random.default_rng(0)), x, t, epochs=epochs, batch_size=4)


@pytest.mark.parametrize("at", [1, 2, 3])
def test_interrupt_before_the_first_epoch_has_ended_is_raised(at):
    """There is nothing to return that is worth more than what the caller had before."""
    with pytest.raises(KeyboardInterrupt, match="before the end of the first epoch"):
        disturbed(at, KeyboardInterrupt)


@pytest.mark.parametrize("where", ["metrics", "on_epoch"])
def test_interrupt_while_the_first_epoch_is_looked_at(where):
    """A metric comes before the epoch is recorded, the callback after that."""
    net, params, x, t = linear()

    def interrupt(*_):
        raise KeyboardInterrupt

    options = {"metrics": {"m": interrupt}} if where == "metrics" else {"on_epoch": interrupt}
    options |= {"epochs": 9, "validation_data": (x, t)}
    if where == "metrics":
        with pytest.raises(KeyboardInterrupt):
            train(net, params, x, t, **options)
    else:
        result = train(net, params, x, t, **options)
        assert (result.reason, len(result.history)) == ("interrupted", 1)


def test_interrupt_while_the_kernels_are_compiled_is_raised(monkeypatch):
    def prepare(self, *_):
        raise KeyboardInterrupt

    monkeypatch.setattr(NumpyEngine, "prepare", prepare)
    with pytest.raises(KeyboardInterrupt, match="before the end of the first epoch"):
        train(*linear(), epochs=3)


@pytest.mark.parametrize("at", [4, 5, 9, 12])
def test_interrupt_within_a_step_keeps_the_steps_before(at):
    result = disturbed(at, KeyboardInterrupt)
    assert result.reason == "interrupted"
    assert len(result.history) == (at - 1) // 3
    assert str(result).endswith("ended: interrupted")
    assert same_bits(result.params, after_steps(at - 1))


def test_interrupt_after_whole_epochs_keeps_these():
    assert same_bits(disturbed(4, KeyboardInterrupt).params, undisturbed(1).params)
    assert same_bits(disturbed(10, KeyboardInterrupt).params, undisturbed(3).params)


@pytest.mark.parametrize("where", ["metric", "callback"])
def test_interrupt_between_epochs_keeps_all_steps(where):
    """After two whole epochs; the one that was being measured has its steps, not its numbers."""
    net, params, x, t = linear()
    calls = []

    def interrupt(*_):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return 0.0

    options = {"metrics": {"m": interrupt}} if where == "metric" else {"on_epoch": interrupt}
    result = train(net, params, x, t, epochs=9, validation_data=(x, t), **options)
    assert result.reason == "interrupted"
    assert len(result.history) == (2 if where == "metric" else 3)
    assert same_bits(result.params, train(net, params, x, t, epochs=3).params)


def test_interrupt_restores_the_best_weights_of_early_stopping():
    """Passes 4, 8 and 12 are the validation rows'; the interrupt comes in a training step."""
    _, _, x, t = linear()
    best = []

    def on_epoch(report):
        best.append(report.position.params)

    net = cp.Chain(cp.Dense(3, 4), Disturbed(at=14, output=KeyboardInterrupt), cp.Dense(4, 2))
    result = train(
        net, net.init(np.random.default_rng(0)), x, t, epochs=9, batch_size=4,
        validation_data=(x, t), metrics=scripted([1.0, 0.0, 2.0]), on_epoch=on_epoch,
        early_stopping=cp.EarlyStopping("score"),
    )  # fmt: skip
    assert result.reason == "interrupted"
    assert result.history.best_epoch == 2
    np.testing.assert_array_equal(Layout.of(result.params).pack(result.params), best[1])


@pytest.mark.parametrize(("at", "epoch"), [(1, 1), (5, 2), (12, 4)])
@pytest.mark.parametrize("output", [np.inf, np.nan])
def test_output_that_is_not_finite_stops_before_the_update_and_is_named(at, epoch, output):
    result = disturbed(at, output)
    failure = result.failure
    assert result.reason == "not finite"
    assert (failure.quantity, failure.step, failure.epoch) == ("loss", at, epoch)
    assert same_bits(result.params, after_steps(at - 1))
    assert f"not finite at step {at:,} (epoch {epoch})" in str(result)
    assert "keeps the last finite weights" in str(result)


@pytest.mark.parametrize(("rate", "dtype"), [(10.0, np.float32), (1e3, np.float64)])
def test_training_that_diverges_ends_with_finite_weights(rate, dtype):
    net, params, x, t = linear(dtype=dtype)
    result = train(net, params, x, t, optimizer=cp.SGD(rate), epochs=2000)
    assert result.reason == "not finite"
    assert all(np.isfinite(array).all() for array in arrays_of(result.params))
    assert all(np.isfinite(result.history.loss))
    assert 5 < result.failure.step < 2000
    assert result.failure.epoch == len(result.history) + 1


def test_layer_that_is_not_finite_first_is_named_with_row_and_unit():
    class Root(cp.Identity):
        def value(self, xp, z):
            return z / (z != 7.0)

    inner = cp.Chain(cp.Dense(2, 2), Root())
    net = cp.Chain(cp.Identity(), inner, cp.Dense(2, 1))
    params = net.init(np.random.default_rng(0))
    params["chain1"]["dense1"] = {"W": np.eye(2), "b": np.zeros(2)}
    x = np.array([[1.0, 2.0], [3.0, 7.0], [4.0, 5.0]])
    failure = train(net, params, x, np.zeros(3), shuffle=False).failure
    expected = "the first such value is chain1.root1's output, inf at row 1 of the batch, unit 1"
    assert failure.where == expected


def test_loss_that_alone_is_not_finite_is_named():
    net, params, x, t = linear()
    failure = train(net, params, x, np.full_like(t, 1e200)).failure
    assert failure.quantity == "loss"
    assert failure.where == "every layer's output is finite, the loss computed from them is not"


def test_gradient_that_is_not_finite_is_named_by_parameter():
    class BadWay(cp.Identity):
        def slope(self, xp, z, a):
            return np.where(np.arange(4) == 2, np.nan, 1.0)

    _, _, x, t = linear()
    net = cp.Chain(cp.Dense(3, 4), BadWay(), cp.Dense(4, 2))
    failure = train(net, net.init(np.random.default_rng(0)), x, t).failure
    assert failure.quantity == "gradient"
    assert failure.where == "first in dense1.W[0,2], which is nan"


def test_new_weight_that_is_not_finite_is_named():
    net, params, x, t = linear()
    params["dense1"]["W"][:] = 0.0
    x[:, :2], x[:, 2] = 0.0, 1e3
    result = train(net, params, x, np.ones_like(t), optimizer=cp.SGD(1e307))
    assert result.failure.quantity == "new weight"
    assert result.failure.where.startswith("first in dense1.W[2,0], which is ")
    assert not result.params["dense1"]["W"].any()


def test_best_weights_survive_numbers_that_are_not_finite():
    _, _, x, t = linear()
    net = cp.Chain(cp.Dense(3, 4), Disturbed(at=14), cp.Dense(4, 2))
    result = train(
        net, net.init(np.random.default_rng(0)), x, t, epochs=9, batch_size=4,
        validation_data=(x, t), metrics=scripted([0.0, 1.0, 2.0]),
        early_stopping=cp.EarlyStopping("score"),
    )  # fmt: skip
    assert result.reason == "not finite"
    assert same_bits(result.params, undisturbed(1).params)
