"""Optax as an oracle: optimizers step by step in float64, schedules point by point."""

import jax
import numpy as np
import optax
import pytest

import clearprop as cp
from clearprop.definitions.schedules import Progress
from clearprop.readings import numpy as xp
from tests import jax_reading
from tests.definitions.test_optimizers import gradients

RATE = 0.02
PAIRS = {
    "sgd": (cp.SGD(RATE), optax.sgd(RATE)),
    "momentum": (cp.SGD(RATE, momentum=0.9), optax.sgd(RATE, momentum=0.9)),
    "nesterov": (
        cp.SGD(RATE, momentum=0.9, nesterov=True),
        optax.sgd(RATE, momentum=0.9, nesterov=True),
    ),
    "rmsprop": (
        cp.RMSProp(RATE, decay=0.95, epsilon=1e-6),
        optax.rmsprop(RATE, decay=0.95, eps=1e-6, eps_in_sqrt=False),
    ),
    "adam": (cp.Adam(RATE, 0.8, 0.99, 1e-7), optax.adam(RATE, 0.8, 0.99, 1e-7)),
    "adamw": (
        cp.AdamW(RATE, 0.03, 0.8, 0.99, 1e-7),
        optax.adamw(RATE, 0.8, 0.99, 1e-7, weight_decay=0.03),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_optimizer_takes_optax_steps(name):
    ours, theirs = PAIRS[name]
    params = np.linspace(-1.0, 1.0, 7)
    state, their_state = ours.init(params), theirs.init(jax.numpy.asarray(params))
    their_params, update = jax.numpy.asarray(params), jax.jit(theirs.update)
    assert their_params.dtype == np.float64
    for gradient in gradients():
        params, state = ours.update(xp, gradient, state, params, RATE)
        step, their_state = update(jax.numpy.asarray(gradient), their_state, their_params)
        their_params = optax.apply_updates(their_params, step)
        np.testing.assert_allclose(params, np.asarray(their_params), rtol=1e-12)


@pytest.mark.parametrize("name", PAIRS)
def test_optimizer_reads_the_same_with_jax(name):
    ours, _ = PAIRS[name]
    params = np.linspace(-1.0, 1.0, 7)
    state = jax_state = ours.init(params)
    jax_params = params
    for gradient in gradients(5):
        params, state = ours.update(xp, gradient, state, params, RATE)
        jax_params, jax_state = ours.update(jax_reading.xp, gradient, jax_state, jax_params, RATE)
        np.testing.assert_allclose(params, np.asarray(jax_params), rtol=1e-12)


STEPS = 41


def factors(schedule):
    return [schedule.factor(Progress(step, STEPS)) for step in range(STEPS)]


@pytest.mark.parametrize("final", [0.0, 0.1])
def test_cosine_is_optax_cosine_decay(final):
    theirs = optax.cosine_decay_schedule(1.0, STEPS - 1, alpha=final)
    expected = [float(theirs(step)) for step in range(STEPS)]
    np.testing.assert_allclose(factors(cp.Cosine(final)), expected, atol=1e-12)


@pytest.mark.parametrize("rise", [0.3, 0.5])
def test_one_cycle_is_optax_cosine_onecycle(rise):
    theirs = optax.cosine_onecycle_schedule(
        STEPS - 1, 1.0, pct_start=rise, div_factor=25.0, final_div_factor=1e4
    )
    expected = [float(theirs(step)) for step in range(STEPS)]
    np.testing.assert_allclose(factors(cp.OneCycle(rise)), expected, atol=1e-12)


def test_warm_up_is_optax_linear_schedule():
    theirs = optax.linear_schedule(0.1, 1.0, 9)
    expected = [float(theirs(step)) for step in range(STEPS)]
    np.testing.assert_allclose(factors(cp.WarmUp(10)), expected, atol=1e-12)
