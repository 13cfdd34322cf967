"""Training, what happens within a step: rates, clipping, masks, running statistics."""

from itertools import pairwise

import numpy as np
import pytest

import clearprop as cp
from clearprop.definitions.schedules import Progress
from tests.spies import Recording, Seen, linear, train
from tests.trees import difference


@pytest.mark.parametrize(
    "schedule", [cp.Cosine(0.1), cp.OneCycle(), cp.WarmUp(4, cp.Cosine()), cp.Constant()], ids=repr
)
def test_schedule_by_steps_is_applied_step_by_step(schedule):
    net, params, x, t = linear()
    spy = Recording(0.05)
    result = train(net, params, x, t, optimizer=spy, schedule=schedule, batch_size=5, epochs=4)
    expected = [0.05 * schedule.factor(Progress(step, 12)) for step in range(12)]
    np.testing.assert_allclose(spy.rates, expected, rtol=1e-14)
    np.testing.assert_allclose(result.history.learning_rate, expected[2::3], rtol=1e-14)


def test_schedules_by_epochs_and_rows_are_applied_epoch_by_epoch():
    net, params, x, t = linear()
    spy = Recording(0.05)
    train(net, params, x, t, optimizer=spy, schedule=cp.StepDecay(2, 0.5), batch_size=6, epochs=5)
    np.testing.assert_allclose(spy.rates, 0.05 * np.repeat([1, 1, 0.5, 0.5, 0.25], 2))

    spy = Recording(0.05)
    train(net, params, x, t, optimizer=spy, schedule=cp.InverseScaling(0.5), batch_size=6, epochs=3)
    np.testing.assert_allclose(spy.rates, 0.05 * np.repeat([1, 13**-0.5, 25**-0.5], 2))


def test_adaptive_rate_falls_at_each_plateau_and_then_ends_training():
    net, params, x, t = linear()
    never_enough = cp.EarlyStopping("loss", patience=1, tolerance=np.inf, restore_best=False)
    result = train(
        net, params, x, t, optimizer=cp.SGD(1e-4), schedule=cp.Adaptive(), epochs=100,
        early_stopping=never_enough,
    )  # fmt: skip
    # The first epoch sets the best loss; then each plateau is two epochs without improvement.
    expected = [1e-4] * 3 + [2e-5] * 2 + [4e-6] * 2 + [8e-7] * 2
    np.testing.assert_allclose(result.history.learning_rate, expected, rtol=1e-12)
    assert result.reason == "stopped improving"


def test_clipped_gradient_keeps_its_direction():
    net, params, x, t = linear()
    plain, clipped, loose = Recording(1e-9), Recording(1e-9), Recording(1e-9)
    for spy, norm in ((plain, None), (clipped, 0.125), (loose, 1e6)):
        train(net, params, x, t, optimizer=spy, clip_norm=norm, batch_size=4, shuffle=False)
    for free, short, same in zip(plain.gradients, clipped.gradients, loose.gradients, strict=True):
        assert np.linalg.norm(free) > 0.125
        np.testing.assert_allclose(short, free * 0.125 / np.linalg.norm(free), rtol=1e-6)
        np.testing.assert_array_equal(same, free)


def test_penalty_is_part_of_what_is_clipped():
    net, params, x, t = linear()
    spy = Recording(1e-9)
    train(net, params, x, t, optimizer=spy, clip_norm=0.5, l2=1e6, batch_size=12, shuffle=False)
    assert np.linalg.norm(spy.gradients[0]) == pytest.approx(0.5, rel=1e-12)
    weights = params["dense1"]["W"].ravel()
    np.testing.assert_allclose(
        spy.gradients[0][:6], 0.5 * weights / np.linalg.norm(weights), rtol=1e-4
    )


def test_gradient_whose_squares_overflow_float32_is_still_clipped():
    class Steep(cp.SquaredError):
        def value(self, xp, o, t):
            return 1e25 * super().value(xp, o, t)

        def gradient(self, xp, o, t):
            return 1e25 * super().gradient(xp, o, t)

    net, params, x, t = linear(dtype=np.float32)
    spy = Recording(1e-9)
    train(net, params, x, t, Steep(), optimizer=spy, clip_norm=1e-3)
    (gradient,) = spy.gradients
    assert gradient.dtype == np.float32
    assert np.linalg.norm(gradient) == pytest.approx(1e-3, rel=1e-5)


def test_momentum_and_averages_last_from_epoch_to_epoch():
    """One run of four epochs is one sequence of steps, not four fresh starts."""
    net, params, x, t = linear()
    optimizer = cp.SGD(0.01, momentum=0.9)
    result = train(net, params, x, t, optimizer=optimizer, epochs=4, batch_size=12, shuffle=False)
    theta = np.concatenate([params["dense1"]["W"].ravel(), params["dense1"]["b"]])
    velocity = np.zeros(8)
    for _ in range(4):
        error = (x @ theta[:6].reshape(3, 2) + theta[6:] - t) / 12
        gradient = np.concatenate([(x.T @ error).ravel(), error.sum(axis=0)])
        velocity = 0.9 * velocity - 0.01 * gradient
        theta = theta + velocity
    assert difference(result.params["dense1"]["W"], theta[:6].reshape(3, 2), 1e-3) <= 1e-12


def test_dropout_draws_a_new_mask_each_step_and_none_to_predict():
    spy = Seen()
    net = cp.Chain(cp.Dense(3, 40), cp.Dropout(0.5), spy, cp.Dense(40, 2))
    _, _, x, t = linear()
    params = net.init(np.random.default_rng(0))
    result = train(net, params, x, t, batch_size=12, epochs=3, shuffle=False)
    masks = [passed == 0 for passed in spy.passes]
    assert len(masks) == 3
    assert all(0.4 < mask.mean() < 0.6 for mask in masks)
    assert all((one != other).any() for one, other in pairwise(masks))
    np.testing.assert_array_equal(result.predict(x), result.predict(x))
    assert not (spy.passes[-1] == 0).any()


def test_batchnorm_remembers_the_batches_and_predicts_with_them():
    net = cp.Chain(cp.BatchNorm(3, momentum=0.2), cp.Dense(3, 2))
    _, _, x, t = linear()
    params = net.init(np.random.default_rng(0))
    result = train(net, params, x, t, batch_size=5, epochs=2, shuffle=False)
    mean, variance = np.zeros(3), np.ones(3)
    for _ in range(2):
        for batch in (x[:5], x[5:10], x[10:]):
            mean = 0.8 * mean + 0.2 * batch.mean(axis=0)
            variance = 0.8 * variance + 0.2 * batch.var(axis=0, ddof=1)
    state = result.state["batchnorm1"]
    np.testing.assert_allclose(state["mean"], mean, rtol=1e-13)
    np.testing.assert_allclose(state["variance"], variance, rtol=1e-13)

    norm, dense = result.params["batchnorm1"], result.params["dense1"]
    hidden = norm["gamma"] * (x - mean) / np.sqrt(variance + 1e-5) + norm["beta"]
    np.testing.assert_allclose(result.predict(x), hidden @ dense["W"] + dense["b"], rtol=1e-12)
    alone = np.concatenate([result.predict(row[None, :]) for row in x])
    np.testing.assert_allclose(alone, result.predict(x), rtol=1e-12)


@pytest.mark.parametrize(
    "first", [cp.Dense(2, 2), cp.BatchNorm(2), cp.Residual(cp.Dense(2, 2))], ids=repr
)
def test_network_learns_a_curved_surface(first):
    """All parts turn the right way: the loss falls by four fifths."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((64, 2))
    t = np.sin(2 * x[:, :1]) + x[:, 1:] ** 2
    net = cp.Chain(first, cp.Dense(2, 32), cp.Tanh(), cp.Dense(32, 1))
    params = net.init(np.random.default_rng(1))
    history = train(net, params, x, t, optimizer=cp.Adam(0.02), epochs=150).history
    assert history.loss[-1] < 0.2 * history.loss[0]
