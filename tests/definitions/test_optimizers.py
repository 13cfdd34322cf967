"""Optimizers: closed forms on a quadratic, scikit-learn's and hand-written steps, purity."""

import numpy as np
import pytest
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

import clearprop as cp
from clearprop.readings import numpy as xp
from tests.trees import frozen, same_bits

CURVATURES = np.array([0.1, 1.0, 3.0, 10.0])
START = np.array([1.0, -2.0, 0.5, 4.0])


def descend(optimizer, steps, gradient=lambda theta: CURVATURES * theta, start=START):
    """Return the parameters after each step, from gradients at where it stands."""
    params, state, path = start, optimizer.init(start), []
    for _ in range(steps):
        params, state = optimizer.update(
            xp, gradient(params), state, params, optimizer.learning_rate
        )
        path.append(params)
    return np.array(path)


def gradients(steps=25, size=7):
    """Return gradients of very different sizes, some of them zero."""
    rng = np.random.default_rng(0)
    scale = 10.0 ** rng.integers(-9, 3, (1, size))
    return rng.standard_normal((steps, size)) * scale * (rng.uniform(size=(steps, size)) > 0.1)


def follow(optimizer, all_gradients, start):
    given = iter(all_gradients)
    return descend(optimizer, len(all_gradients), lambda theta: next(given), start)


def test_gradient_descent_on_a_quadratic_is_a_power():
    rate = 0.15
    path = descend(cp.SGD(rate), 30)
    powers = (1 - rate * CURVATURES) ** np.arange(1, 31)[:, None]
    np.testing.assert_allclose(path, START * powers, rtol=1e-12)


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("momentum", [0.5, 0.9, 1.0])
def test_momentum_on_a_quadratic_is_a_power_of_a_matrix(momentum, nesterov):
    """(θ, v) goes through the same 2 x 2 matrix each step."""
    rate, steps = 0.05, 40
    path = descend(cp.SGD(rate, momentum=momentum, nesterov=nesterov), steps)
    for column, (curvature, start) in enumerate(zip(CURVATURES, START, strict=True)):
        pull = rate * curvature
        moving = np.array([-pull, momentum])
        theta = np.array([1.0, 0.0]) + (momentum * moving - [pull, 0] if nesterov else moving)
        matrix = np.array([theta, moving])
        for t in range(1, steps + 1):
            expected = (np.linalg.matrix_power(matrix, t) @ [start, 0.0])[0]
            assert path[t - 1, column] == pytest.approx(expected, abs=1e-12 * max(1, abs(start)))


@pytest.mark.parametrize(("momentum", "nesterov"), [(0.0, False), (0.9, False), (0.9, True)])
def test_sgd_takes_scikit_learns_steps(momentum, nesterov):
    given, start = gradients(), np.linspace(-1.0, 1.0, 7)
    theirs = [start.copy()]
    oracle = SGDOptimizer(theirs, 0.1, "constant", momentum, nesterov)
    for ours, gradient in zip(
        follow(cp.SGD(0.1, momentum=momentum, nesterov=nesterov), given, start), given, strict=True
    ):
        oracle.update_params(theirs, [gradient])
        np.testing.assert_allclose(ours, theirs[0], rtol=1e-13)


@pytest.mark.parametrize("epsilon", [1e-8, 1e-3])
def test_adam_with_epsilon_hat_takes_scikit_learns_steps(epsilon):
    given, start = gradients(), np.linspace(-1.0, 1.0, 7)
    theirs = [start.copy()]
    oracle = AdamOptimizer(theirs, 0.01, 0.8, 0.99, epsilon)
    adam = cp.Adam(0.01, 0.8, 0.99, epsilon, epsilon_hat=True)
    for ours, gradient in zip(follow(adam, given, start), given, strict=True):
        oracle.update_params(theirs, [gradient])
        np.testing.assert_allclose(ours, theirs[0], rtol=1e-13)


def test_adam_takes_the_published_steps():
    """Kingma and Ba 2015, algorithm 1, line by line."""
    given, start = gradients(), np.linspace(-1.0, 1.0, 7)
    m = v = np.zeros(7)
    theta = start
    for t, (ours, g) in enumerate(zip(follow(cp.Adam(0.01), given, start), given, strict=True), 1):
        m = 0.9 * m + (1 - 0.9) * g
        v = 0.999 * v + (1 - 0.999) * g**2
        m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
        theta = theta - 0.01 * m_hat / (np.sqrt(v_hat) + 1e-8)
        np.testing.assert_allclose(ours, theta, rtol=1e-13)


def test_both_forms_of_adam_differ_where_epsilon_is_not_small():
    given, start = np.full((1, 1), 1e-6), np.zeros(1)
    published = follow(cp.Adam(1.0), given, start)[0, 0]
    scikit_learns = follow(cp.Adam(1.0, epsilon_hat=True), given, start)[0, 0]
    assert published == pytest.approx(-1e-6 / (1e-6 + 1e-8))
    assert scikit_learns == pytest.approx(-1e-6 / (1e-6 + 1e-8 / np.sqrt(0.001)))


def test_first_step_of_adam_is_the_learning_rate():
    step = descend(cp.Adam(0.01), 1)[0] - START
    np.testing.assert_allclose(step, -0.01 * np.sign(CURVATURES * START), rtol=1e-7)


def test_rmsprop_steps_by_hand():
    path = descend(cp.RMSProp(0.1, decay=0.5, epsilon=0.25), 2, lambda theta: np.array([2.0]),
                   np.array([0.0]))  # fmt: skip
    first = -0.1 * 2 / (np.sqrt(2.0) + 0.25)
    np.testing.assert_allclose(path[:, 0], [first, first - 0.1 * 2 / (np.sqrt(3.0) + 0.25)])


def test_weight_decay_shrinks_only_what_it_acts_on():
    decayed = np.array([1.0, 0.0, 1.0, 0.0])
    optimizer = cp.WeightDecay(cp.SGD(0.1), 0.5)
    params, state = START, optimizer.init(START, decayed)
    for _ in range(3):
        params, state = optimizer.update(xp, np.zeros(4), state, params, 0.1)
    np.testing.assert_allclose(params, START * np.where(decayed, (1 - 0.05) ** 3, 1.0), rtol=1e-14)


def test_weight_decay_does_not_pass_through_the_averages():
    """AdamW is Adam's step minus η λ θ; an L2 penalty would be divided by its root."""
    adam, decoupled = cp.Adam(0.01), cp.AdamW(0.01, weight_decay=0.1)
    theirs, ours = descend(adam, 1)[0], descend(decoupled, 1)[0]
    np.testing.assert_allclose(ours, theirs - 0.01 * 0.1 * START, rtol=1e-14)


ALL = [
    cp.SGD(0.1),
    cp.SGD(0.1, momentum=0.9),
    cp.SGD(0.1, momentum=0.9, nesterov=True),
    cp.RMSProp(),
    cp.Adam(),
    cp.Adam(epsilon_hat=True),
    cp.AdamW(),
    cp.WeightDecay(cp.SGD(0.1, momentum=0.5)),
]


@pytest.mark.parametrize("optimizer", ALL, ids=repr)
def test_optimizer_is_pure_and_keeps_float32(optimizer):
    params = frozen(START.astype(np.float32))
    grads = frozen((CURVATURES * START).astype(np.float32))
    state = optimizer.init(params)
    for _ in range(3):
        state = frozen(state)
        moved, after = optimizer.update(xp, grads, state, params, 0.1)
        again, after_again = optimizer.update(xp, grads, state, params, 0.1)
        assert moved.dtype == np.float32
        assert same_bits((moved, after), (again, after_again))
        arrays = [value for value in after.values() if isinstance(value, np.ndarray)]
        assert all(array.dtype == np.float32 for array in arrays)
        params, state = frozen(moved), after


@pytest.mark.parametrize("optimizer", ALL, ids=repr)
def test_optimizer_finds_the_lowest_point(optimizer):
    """From any of them, 4,000 steps of a falling rate end at the bottom of a bowl."""
    params, state = START, optimizer.init(START, np.zeros(4))
    for step in range(4000):
        rate = 0.05 * (1 - step / 4000)
        params, state = optimizer.update(xp, CURVATURES * params, state, params, rate)
    np.testing.assert_allclose(params, 0.0, atol=1e-3)


def test_numpy_scalars_do_not_widen_float32():
    """A learning rate out of np.logspace is a float64 scalar, which NumPy does not narrow."""
    half, tiny = np.float64(0.5), np.float64(1e-8)
    for optimizer in (
        cp.SGD(half, momentum=half),
        cp.RMSProp(half, decay=half, epsilon=tiny),
        cp.Adam(half, half, half, tiny),
        cp.AdamW(half, half),
    ):
        params = START.astype(np.float32)
        moved, _ = optimizer.update(
            xp, params, optimizer.init(params), params, optimizer.learning_rate
        )
        assert moved.dtype == np.float32, optimizer


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: cp.SGD(0.0), "SGD: learning_rate must be above 0, got 0.0"),
        (lambda: cp.SGD(float("nan")), "SGD: learning_rate must be above 0, got nan"),
        (
            lambda: cp.SGD(0.1, momentum=1.5),
            "SGD: momentum must be at least 0 and below 1, got 1.5",
        ),
        (lambda: cp.RMSProp(decay=1.0), "RMSProp: decay must be at least 0 and below 1, got 1.0"),
        (lambda: cp.RMSProp(epsilon=0), "RMSProp: epsilon must be above 0, got 0"),
        (lambda: cp.Adam(-1), "Adam: learning_rate must be above 0, got -1"),
        (lambda: cp.Adam(beta_1=-0.1), "Adam: beta_1 must be at least 0 and below 1, got -0.1"),
        (lambda: cp.Adam(beta_2=1), "Adam: beta_2 must be at least 0 and below 1, got 1"),
        (lambda: cp.AdamW(weight_decay=-1), "WeightDecay: decay must not be negative, got -1"),
    ],
)
def test_impossible_settings_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
