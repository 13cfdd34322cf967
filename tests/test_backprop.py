"""One forward and one backward pass: published numbers, weights, penalties, bad input."""

import numpy as np
import pytest
import scipy.sparse as sp

import clearprop as cp
from clearprop.backprop import as_inputs
from tests.trees import difference, frozen, random_like, same_bits

# Matt Mazur's "A step by step backpropagation example": two inputs, two hidden sigmoid units, two
# sigmoid outputs, half the squared error, one step with learning rate 0.5.
MAZUR = cp.Chain(cp.Dense(2, 2), cp.Sigmoid(), cp.Dense(2, 2), cp.Sigmoid())
MAZUR_PARAMS = {
    "dense1": {"W": np.array([[0.15, 0.25], [0.20, 0.30]]), "b": np.array([0.35, 0.35])},
    "dense2": {"W": np.array([[0.40, 0.50], [0.45, 0.55]]), "b": np.array([0.60, 0.60])},
}
MAZUR_X, MAZUR_T = [[0.05, 0.10]], [[0.01, 0.99]]


def test_mazurs_example_has_its_published_error_and_gradient():
    value, gradients = cp.backprop(MAZUR, cp.SquaredError(), MAZUR_PARAMS, MAZUR_X, MAZUR_T)
    assert value == pytest.approx(0.298371109, abs=5e-10)
    assert gradients["dense2"]["W"][0, 0] == pytest.approx(0.082167041, abs=5e-10)
    assert gradients["dense1"]["W"][0, 0] == pytest.approx(0.000438568, abs=5e-10)


def test_mazurs_step_leads_to_its_published_weights():
    """All eight weights, whose error went back through the old weights; his biases stay put."""
    _, gradients = cp.backprop(MAZUR, cp.SquaredError(), MAZUR_PARAMS, MAZUR_X, MAZUR_T)
    moved = {name: MAZUR_PARAMS[name]["W"] - 0.5 * gradients[name]["W"] for name in MAZUR_PARAMS}
    np.testing.assert_allclose(
        moved["dense2"].T, [[0.35891648, 0.408666186], [0.511301270, 0.561370121]], atol=5e-10
    )
    np.testing.assert_allclose(
        moved["dense1"].T, [[0.149780716, 0.19956143], [0.24975114, 0.29950229]], atol=5e-9
    )


def test_scikit_learns_worked_example_step_by_step():
    """The numbers that scikit-learn's own test works out on paper for one step of its MLP."""
    net = cp.Chain(cp.Dense(3, 2), cp.Sigmoid(), cp.Dense(2, 1))
    params = {
        "dense1": {
            "W": np.array([[0.1, 0.2], [0.3, 0.1], [0.5, 0.0]]), "b": np.array([0.1, 0.1]),
        },
        "dense2": {"W": np.array([[0.1], [0.2]]), "b": np.array([1.0])},
    }  # fmt: skip
    l2 = cp.L2(0.1, per_row=True)
    _, gradients = cp.backprop(net, cp.BinaryCrossEntropy(), params, [[0.6, 0.8, 0.7]], [0], l2=l2)
    # On paper some digits are dropped: 0.6 is written for an x of 0.7 in one place.
    moved = {
        name: {key: params[name][key] - 0.1 * gradients[name][key] for key in params[name]}
        for name in params
    }
    expected = [[0.098, 0.195756], [0.2956664, 0.096008], [0.4939998, -0.002244]]
    np.testing.assert_allclose(moved["dense1"]["W"], expected, atol=1e-3)
    np.testing.assert_allclose(moved["dense2"]["W"], [[0.04706], [0.154089]], atol=1e-3)
    np.testing.assert_allclose(moved["dense1"]["b"], [0.098333, 0.09626], atol=1e-4)
    np.testing.assert_allclose(moved["dense2"]["b"], [0.9235], atol=1e-4)


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    net = cp.Chain(cp.Dense(3, 4), cp.Tanh(), cp.Dense(4, 2))
    params = random_like(net.init(rng), rng)
    return net, params, rng.standard_normal((6, 3)), rng.standard_normal((6, 2))


def test_two_layers_by_hand(problem):
    """The chain rule in NumPy, line by line."""
    net, params, x, t = problem
    W1, b1, W2, b2 = (params[n][k] for n in ("dense1", "dense2") for k in ("W", "b"))
    a = np.tanh(x @ W1 + b1)
    o = a @ W2 + b2
    delta2 = (o - t) / 6
    delta1 = (delta2 @ W2.T) * (1 - a * a)
    value, gradients = cp.backprop(net, cp.SquaredError(), params, x, t)
    assert value == pytest.approx(0.5 * np.sum((t - o) ** 2) / 6, rel=1e-14)
    expected = {
        "dense1": {"W": x.T @ delta1, "b": delta1.sum(axis=0)},
        "dense2": {"W": a.T @ delta2, "b": delta2.sum(axis=0)},
    }
    assert difference(gradients, expected, 1e-3) <= 1e-13


def test_weights_are_divided_by_their_sum(problem):
    net, params, x, t = problem
    weights = [3.0, 0.0, 1.0, 0.5, 2.0, 1.5]
    value, gradients = cp.backprop(net, cp.SquaredError(), params, x, t, sample_weight=weights)
    scaled = cp.backprop(
        net, cp.SquaredError(), params, x, t, sample_weight=np.array(weights) * 1000
    )
    assert value == pytest.approx(scaled[0], rel=1e-14)
    assert difference(gradients, scaled[1], 1e-3) <= 1e-13

    rows = [
        cp.backprop(net, cp.SquaredError(), params, x[n : n + 1], t[n : n + 1]) for n in range(6)
    ]
    assert value == pytest.approx(np.average([row[0] for row in rows], weights=weights))
    mean = np.average([row[1]["dense1"]["W"] for row in rows], axis=0, weights=weights)
    np.testing.assert_allclose(gradients["dense1"]["W"], mean, rtol=1e-12, atol=1e-14)


def test_row_of_weight_zero_might_as_well_not_be_there(problem):
    net, params, x, t = problem
    wild = np.vstack([x, 1e6 * np.ones((1, 3))]), np.vstack([t, np.ones((1, 2))])
    value, gradients = cp.backprop(
        net, cp.SquaredError(), params, *wild, sample_weight=[1, 1, 1, 1, 1, 1, 0]
    )
    without = cp.backprop(net, cp.SquaredError(), params, x, t)
    assert value == pytest.approx(without[0], rel=1e-14)
    assert difference(gradients, without[1], 1e-3) <= 1e-13


@pytest.mark.parametrize("weights", [None, [2.0, 1.0, 1.0, 3.0, 0.5, 0.5]])
@pytest.mark.parametrize("per_row", [False, True])
def test_l2_adds_half_the_squared_weights(problem, per_row, weights):
    net, params, x, t = problem
    plain = cp.backprop(net, cp.SquaredError(), params, x, t, sample_weight=weights)
    value, gradients = cp.backprop(
        net, cp.SquaredError(), params, x, t, sample_weight=weights, l2=cp.L2(0.3, per_row)
    )
    strength = 0.3 / (6 if weights is None else 8) if per_row else 0.3
    squares = sum(np.sum(params[name]["W"] ** 2) for name in params)
    assert value == pytest.approx(plain[0] + 0.5 * strength * squares, rel=1e-14)
    for name in params:
        expected = plain[1][name]["W"] + strength * params[name]["W"]
        np.testing.assert_allclose(gradients[name]["W"], expected, rtol=1e-13, atol=1e-15)
        np.testing.assert_array_equal(gradients[name]["b"], plain[1][name]["b"])


def test_number_for_l2_is_not_per_row(problem):
    net, params, x, t = problem
    number = cp.backprop(net, cp.SquaredError(), params, x, t, l2=0.2)
    assert number[0] == cp.backprop(net, cp.SquaredError(), params, x, t, l2=cp.L2(0.2))[0]
    for wrong in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="L2: strength must be a number of at least 0"):
            cp.backprop(net, cp.SquaredError(), params, x, t, l2=wrong)


@pytest.mark.parametrize("kind", [sp.csr_array, sp.csr_matrix, sp.csc_array, sp.coo_matrix])
def test_sparse_rows_give_what_dense_rows_give(problem, kind):
    net, params, _, t = problem
    x = np.random.default_rng(1).standard_normal((6, 3)) * np.tile([[1, 0, 1], [0, 0, 0]], (3, 1))
    value, gradients = cp.backprop(net, cp.SquaredError(), params, x, t, l2=0.1)
    sparse_value, sparse = cp.backprop(net, cp.SquaredError(), params, kind(x), t, l2=0.1)
    assert sparse_value == pytest.approx(value, rel=1e-14)
    assert difference(sparse, gradients, 1e-3) <= 1e-13


def test_sparse_rows_need_a_dense_layer_first():
    for first in (cp.Tanh(), cp.LayerNorm(3), cp.Residual(cp.Dense(3, 3)), cp.Chain(cp.Mish())):
        net = cp.Chain(first, cp.Dense(3, 1))
        params = net.init(np.random.default_rng(0))
        with pytest.raises(TypeError, match="sparse x needs a Dense layer first, not"):
            cp.backprop(net, cp.SquaredError(), params, sp.csr_array(np.eye(3)), np.ones(3))


def test_nothing_given_is_changed(problem):
    net, *arrays = problem
    params, x, t, weights = (frozen(a) for a in (*arrays, np.arange(1.0, 7.0)))
    first = cp.backprop(net, cp.SquaredError(), params, x, t, sample_weight=weights, l2=0.1)
    again = cp.backprop(net, cp.SquaredError(), params, x, t, sample_weight=weights, l2=0.1)
    assert first[0] == again[0]
    assert same_bits(first[1], again[1])
    assert same_bits((params, x, t), tuple(arrays))


def test_numbers_of_other_kinds_are_taken_in_the_dtype_of_the_parameters(problem):
    net, params, _, t = problem
    whole = np.arange(18).reshape(6, 3)
    for x in (whole.tolist(), whole.astype(np.uint8), whole.astype(np.float32), whole > 3):
        expected = cp.backprop(net, cp.SquaredError(), params, np.asarray(x, float), t)
        assert cp.backprop(net, cp.SquaredError(), params, x, t)[0] == expected[0]


def test_network_without_parameters_has_a_loss_and_no_gradient():
    for net in (cp.Chain(cp.Tanh()), cp.Chain()):
        value, gradients = cp.backprop(net, cp.SquaredError(), {}, [[0.0, 0.0]], [[3.0, 4.0]])
        assert (value, gradients) == (12.5, {})


BAD = [
    ({"x": [1.0, 2.0]}, ValueError, r"x must have rows and columns, got shape \(2,\); one row is"),
    ({"x": np.ones((0, 3))}, ValueError, r"x must have rows and columns, got shape \(0, 3\)"),
    ({"x": np.ones((6, 0))}, ValueError, r"x must have rows and columns, got shape \(6, 0\)"),
    ({"x": [["a", "b", "c"]] * 6}, TypeError, "x must hold numbers, got an array of <U1"),
    ({"x": np.ones((6, 3), complex)}, TypeError, "x must hold numbers, got an array of complex128"),
    ({"x": np.ones((6, 4))}, ValueError, "dense1: Dense takes 3 values a row, gets 4"),
    ({"t": np.ones((5, 2))}, ValueError, "x has 6 rows, but t has 5"),
    ({"t": np.ones(6)}, ValueError, "the network has 2 outputs, but the targets have shape 6"),
    ({"sample_weight": np.ones(5)}, ValueError, r"must have shape \(6,\), got \(5,\)"),
    ({"sample_weight": np.ones((6, 1))}, ValueError, r"must have shape \(6,\), got \(6, 1\)"),
    ({"sample_weight": [1, 1, -2, 1, 1, 1]}, ValueError, "not negative; row 2 is -2.0"),
    ({"sample_weight": [1, np.nan, 1, 1, 1, 1]}, ValueError, "finite and not negative; row 1 is n"),
    ({"sample_weight": np.zeros(6)}, ValueError, "sample_weight must not be zero for every row"),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "error", "message"), BAD)
def test_bad_input_is_refused_by_name(problem, bad, error, message):
    net, params, x, t = problem
    given = {"x": x, "t": t, **bad}
    with pytest.raises(error, match=message):
        cp.backprop(net, cp.SquaredError(), params, **given)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_input_that_is_not_finite_is_named_by_row_and_column(problem, value):
    net, params, x, t = problem
    x[4, 1] = value
    with pytest.raises(ValueError, match="holds NaN or infinity at row 4, column 1"):
        cp.backprop(net, cp.SquaredError(), params, x, t)
    with pytest.raises(ValueError, match="x must be finite, but holds NaN or infinity"):
        cp.backprop(net, cp.SquaredError(), params, sp.csr_array(x), t)


def test_input_too_large_for_float32_is_refused_without_a_warning():
    for x in (np.array([[1.0, 1e300]]), sp.csr_array([[1.0, 1e300]])):
        with pytest.raises(ValueError, match="x must be finite"):
            as_inputs(x, np.float32)


def test_parameters_of_whole_numbers_are_refused(problem):
    """They would have made whole numbers of the inputs, without a word."""
    net = cp.Chain(cp.Dense(1, 1))
    params = {"dense1": {"W": np.array([[2]]), "b": np.array([0])}}
    with pytest.raises(TypeError, match=r"parameter dense1.W must hold floats, got int64"):
        cp.backprop(net, cp.SquaredError(), params, [[0.5]], [[1.0]])


ONE = np.ones
MISFITS = {
    "missing": ({"dense1": {"W": ONE((3, 2))}}, r"do not fit the network: missing \['dense1.b'\]"),
    "unknown": (
        {"dense1": {"W": ONE((3, 2)), "b": ONE(2), "c": ONE(1)}},
        r"missing none, unknown \['dense1.c'\]",
    ),
    "of another network": ({"dense2": {"W": ONE((3, 2)), "b": ONE(2)}}, "missing .* unknown"),
    "none": ({}, "missing .*, unknown none"),
    "transposed": (
        {"dense1": {"W": ONE((2, 3)), "b": ONE(2)}},
        r"dense1.W must have shape \(3, 2\), got \(2, 3\)",
    ),
    "stretched": (
        {"dense1": {"W": ONE((3, 2)), "b": ONE(1)}},
        r"dense1.b must have shape \(2,\), got \(1,\)",
    ),
}


@pytest.mark.parametrize("case", MISFITS)
def test_parameters_of_another_network_are_refused_by_name(case):
    """One bias for two units among them, which NumPy would stretch without a word."""
    params, message = MISFITS[case]
    net, x, t = cp.Chain(cp.Dense(3, 2)), np.ones((4, 3)), np.ones((4, 2))
    for function in (cp.backprop, cp.check_gradients, cp.train):
        with pytest.raises(ValueError, match=message):
            function(net, cp.SquaredError(), params, x, t)
