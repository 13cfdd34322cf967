"""L-BFGS: what SciPy finds, watched like any training, and what it cannot do."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue

import numpy as np
import pytest
from scipy.optimize import minimize

import clearprop as cp
from clearprop.engines.processes import Processes
from clearprop.training.minimum import minimum_of
from tests.spies import Disturbed, linear, train
from tests.trees import same_bits

LBFGS = cp.LBFGS(tolerance=1e-10)


def test_least_squares_are_the_exact_ones():
    net, params, x, t = linear()
    result = train(net, params, x, t, optimizer=LBFGS, epochs=200)
    exact = np.linalg.lstsq(np.column_stack([x, np.ones(12)]), t, rcond=None)[0]
    assert result.reason == "converged"
    np.testing.assert_allclose(result.params["dense1"]["W"], exact[:3], atol=1e-5)
    np.testing.assert_allclose(result.params["dense1"]["b"], exact[3], atol=1e-5)


def logistic_problem():
    rng = np.random.default_rng(0)
    x, weights = rng.standard_normal((60, 4)), rng.uniform(0.2, 3.0, 60)
    labels = (x @ [1.0, -2.0, 0.5, 0.0] + rng.standard_normal(60) > 0).astype(float)
    net = cp.Chain(cp.Dense(4, 1))
    return net, net.init(rng), x, labels, weights


def test_convex_problem_is_solved_as_scipy_solves_it():
    """Logistic regression with row weights and a penalty, its objective written anew."""
    net, params, x, labels, weights = logistic_problem()
    result = train(
        net, params, x, labels, cp.BinaryCrossEntropy(), optimizer=LBFGS, epochs=500,
        sample_weight=weights, l2=0.05,
    )  # fmt: skip
    signs = 2 * labels - 1

    def objective(theta):
        margin = signs * (x @ theta[:4] + theta[4])
        loss = weights @ np.logaddexp(0.0, -margin) / weights.sum()
        slopes = -weights * signs / (1 + np.exp(margin)) / weights.sum()
        gradient = np.append(x.T @ slopes + 0.05 * theta[:4], slopes.sum())
        return loss + 0.025 * theta[:4] @ theta[:4], gradient

    start = np.append(params["dense1"]["W"], params["dense1"]["b"])
    path = []
    theirs = minimize(
        objective, start, jac=True, method="L-BFGS-B", callback=path.append,
        options={"gtol": 1e-10, "maxiter": 500},
    )  # fmt: skip
    ours = np.append(result.params["dense1"]["W"], result.params["dense1"]["b"])
    np.testing.assert_allclose(ours, theirs.x, atol=1e-9)
    # The history holds the rows' loss and the penalty, as for every other optimizer.
    np.testing.assert_allclose(result.history.loss, [objective(p)[0] for p in path], rtol=1e-10)
    value, gradients = cp.backprop(
        net, cp.BinaryCrossEntropy(), result.params, x, labels, sample_weight=weights, l2=0.05
    )
    assert value == pytest.approx(result.history.loss[-1], rel=1e-12)
    assert max(np.abs(one).max() for one in gradients["dense1"].values()) < 1e-4


def test_history_has_one_number_an_iteration():
    net, params, x, labels, _ = logistic_problem()
    seen = []
    result = train(
        net, params, x, labels, cp.BinaryCrossEntropy(), optimizer=LBFGS, epochs=4,
        validation_data=(x, labels), on_epoch=lambda report: seen.append(report.epoch),
    )  # fmt: skip
    assert seen == [1, 2, 3, 4]
    assert len(result.history) == 4
    assert result.history.loss == sorted(result.history.loss, reverse=True)
    np.testing.assert_allclose(result.history.loss, result.history.metrics["validation_loss"])
    assert result.reason == "epochs"


def test_fewer_evaluations_end_it_sooner():
    net, params, x, labels, _ = logistic_problem()
    few = cp.LBFGS(tolerance=1e-12, max_evaluations=5)
    result = train(net, params, x, labels, cp.BinaryCrossEntropy(), optimizer=few, epochs=100)
    assert len(result.history) <= 5
    assert result.reason == "evaluations"


def test_early_stopping_is_heeded():
    net, params, x, labels, _ = logistic_problem()
    scores, weights = iter([3.0, 1.0, 2.0, 2.0, 2.0, 0.0]), []
    result = train(
        net, params, x, labels, cp.BinaryCrossEntropy(), optimizer=LBFGS, epochs=100,
        validation_data=(x, labels), metrics={"score": lambda *_: next(scores)},
        early_stopping=cp.EarlyStopping("score", patience=2),
        on_epoch=lambda report: weights.append(report.position.params),
    )  # fmt: skip
    assert result.reason == "stopped improving"
    assert result.history.best_epoch == 2
    np.testing.assert_array_equal(result.params["dense1"]["W"].ravel(), weights[1][:4])


def test_callback_may_stop():
    result = train(*linear(), optimizer=LBFGS, epochs=50, on_epoch=lambda report: report.epoch == 2)
    assert result.reason == "callback"
    assert len(result.history) == 2


def test_a_derivative_that_is_wrong_ends_in_no_descent():
    @dataclass(frozen=True)
    class Uphill(cp.Identity):
        def slope(self, xp, z, a):
            return -xp.ones_like(z)

    _, _, x, t = linear()
    net = cp.Chain(cp.Dense(3, 4), Uphill(), cp.Dense(4, 2, bias=False))
    result = train(net, net.init(np.random.default_rng(0)), x, t, optimizer=LBFGS, epochs=50)
    assert result.reason == "no descent"
    assert "ended: no descent" in str(result)


@pytest.mark.parametrize("at", [1, 2])
def test_interrupt_before_the_first_iteration_has_ended_is_raised(at):
    _, _, x, t = linear()
    net = cp.Chain(cp.Dense(3, 4), Disturbed(at=at, output=KeyboardInterrupt), cp.Dense(4, 2))
    with pytest.raises(KeyboardInterrupt, match="before the end of the first epoch"):
        train(net, net.init(np.random.default_rng(0)), x, t, optimizer=LBFGS, epochs=50)


@pytest.mark.parametrize("at", [5, 9])
def test_interrupt_keeps_the_last_iteration(at):
    _, _, x, t = linear()
    net = cp.Chain(cp.Dense(3, 4), Disturbed(at=at, output=KeyboardInterrupt), cp.Dense(4, 2))
    params = net.init(np.random.default_rng(0))
    weights = [params]
    result = train(
        net, params, x, t, optimizer=LBFGS, epochs=50,
        on_epoch=lambda report: weights.append(report.position.params),
    )  # fmt: skip
    assert result.reason == "interrupted"
    assert len(result.history) == len(weights) - 1
    assert len(weights) > 2
    np.testing.assert_array_equal(result.params["dense1"]["W"].ravel(), weights[-1][:12])


def test_start_that_is_not_finite_is_refused():
    _, _, x, t = linear()
    net = cp.Chain(cp.Dense(3, 4), Disturbed(at=1), cp.Dense(4, 2))
    params = net.init(np.random.default_rng(0))
    result = train(net, params, x, t, optimizer=LBFGS)
    assert result.reason == "not finite"
    assert "at the starting weights" in str(result.failure)
    assert same_bits(result.params, params)


@pytest.mark.parametrize("at", [3, 8])
def test_number_that_is_not_finite_on_the_way_leaves_finite_weights(at):
    _, _, x, t = linear()
    net = cp.Chain(cp.Dense(3, 4), Disturbed(at=at, output=np.nan), cp.Dense(4, 2))
    result = train(net, net.init(np.random.default_rng(0)), x, t, optimizer=LBFGS, epochs=30)
    assert all(np.isfinite(one).all() for one in result.params["dense1"].values())
    assert np.isfinite(result.history.loss).all()


def test_float32_parameters_stay_float32_and_learn():
    net, params, x, t = linear(dtype=np.float32)
    result = train(net, params, x, t, optimizer=cp.LBFGS(), epochs=100)
    exact = np.linalg.lstsq(np.column_stack([x, np.ones(12)]), t, rcond=None)[0]
    assert result.params["dense1"]["W"].dtype == np.float32
    np.testing.assert_allclose(result.params["dense1"]["W"], exact[:3], atol=2e-3)


def test_layers_that_change_from_batch_to_batch_are_refused():
    _, _, x, t = linear()
    for layer, message in [
        (cp.Dropout(0.1), "L-BFGS needs a loss that is the same function each time, which dropout"),
        (cp.Residual(cp.Dropout(0.1)), "which dropout makes impossible; use SGD or Adam"),
        (cp.BatchNorm(3), "BatchNorm predicts with averages over batches; use LayerNorm, or"),
    ]:
        net = cp.Chain(layer, cp.Dense(3, 2))
        with pytest.raises(ValueError, match=message):
            train(net, net.init(np.random.default_rng(0)), x, t, optimizer=LBFGS)


@pytest.mark.parametrize("option", [{"clip_norm": 1.0}, {"schedule": cp.Cosine()}])
def test_settings_of_steps_are_refused(option):
    with pytest.raises(ValueError, match=r"L-BFGS has no learning rate .*: leave out"):
        train(*linear(), optimizer=LBFGS, **option)


class Joined(Processes):
    """One of two processes, which are threads here; the first one's vectors come in a queue."""

    def __init__(self, place, vectors):
        self.count, self.place, self.vectors = 2, place, vectors

    def vector_of_first(self, vector):
        if self.is_first:
            self.vectors.put(vector.copy())
            return vector
        return self.vectors.get(timeout=60)


@pytest.mark.parametrize("iterations", [4, 100])
def test_other_processes_follow_the_first_though_they_round_otherwise(iterations):
    def take_part(place, vectors, off):
        told = []

        def bowl(x):
            told.append(x.copy())
            return float((x**4).sum() + x.sum()) + off, 4 * x**3 + 1 + off

        def after_iteration(x, value):
            told.append((x.copy(), value))
            if sum(isinstance(one, tuple) for one in told) == iterations:
                raise StopIteration

        found = minimum_of(
            bowl, np.linspace(-1.0, 2.0, 5), after_iteration, Joined(place, vectors), {}
        )
        return found, told

    vectors = SimpleQueue()
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(take_part, 1, vectors, 1e-3)
        first, told = take_part(0, vectors, 0.0)
        second, heard = other.result(timeout=60)
    assert len(told) == len(heard)
    for one, its in zip(told, heard, strict=True):
        np.testing.assert_equal(one, its)
    np.testing.assert_array_equal(first.x, second.x)
    assert first[1:] == second[1:]
    assert first.iterations == (4 if iterations == 4 else first.iterations)
