"""Every kernel bound to its definition: an epoch compiled is the same epoch read with NumPy."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

import clearprop as cp
from clearprop.definitions.parameters import leaves_of

ACTIVATIONS = [
    cp.Identity(), cp.Sigmoid(), cp.Tanh(), cp.ReLU(), cp.LeakyReLU(0.2), cp.ELU(0.7), cp.SELU(),
    cp.GELU(), cp.SiLU(), cp.Softplus(), cp.Mish(),
]  # fmt: skip

NETWORKS = {
    **{
        f"dense and {a}": lambda a=a: cp.Chain(cp.Dense(5, 6), a, cp.Dense(6, 3))
        for a in ACTIVATIONS
    },
    **{f"{a} alone": lambda a=a: cp.Chain(a, cp.Dense(5, 3)) for a in ACTIVATIONS},
    **{f"{a} last": lambda a=a: cp.Chain(cp.Dense(5, 3), cp.LayerNorm(3), a) for a in ACTIVATIONS},
    "one dense layer": lambda: cp.Dense(5, 3),
    "no bias": lambda: cp.Chain(cp.Dense(5, 6, bias=False), cp.Tanh(), cp.Dense(6, 3, bias=False)),
    "layer norm": lambda: cp.Chain(cp.Dense(5, 6), cp.LayerNorm(6), cp.Tanh(), cp.Dense(6, 3)),
    "norm first": lambda: cp.Chain(cp.LayerNorm(5), cp.Dense(5, 3)),
    "batch norm": lambda: cp.Chain(
        cp.Dense(5, 6, bias=False), cp.BatchNorm(6), cp.Tanh(), cp.Dense(6, 3)
    ),
    "two batch norms": lambda: cp.Chain(
        cp.BatchNorm(5, momentum=0.3), cp.Dense(5, 6, bias=False), cp.BatchNorm(6), cp.SiLU(),
        cp.Dense(6, 3),
    ),
    "dropout": lambda: cp.Chain(cp.Dense(5, 6), cp.Tanh(), cp.Dropout(0.3), cp.Dense(6, 3)),
    "dropout of inputs": lambda: cp.Chain(cp.Dropout(0.2), cp.Dense(5, 3)),
    "dropout inside": lambda: cp.Chain(
        cp.Dense(5, 6), cp.Residual(cp.Chain(cp.Tanh(), cp.Dropout(0.5), cp.Dense(6, 6))),
        cp.Dense(6, 3),
    ),
    "no dropout": lambda: cp.Chain(cp.Dense(5, 6), cp.Dropout(0.0), cp.Dense(6, 3)),
    "residual": lambda: cp.Chain(
        cp.Dense(5, 6), cp.Residual(cp.Chain(cp.Dense(6, 6), cp.Tanh())), cp.Dense(6, 3)
    ),
    "residual in residual": lambda: cp.Chain(
        cp.Residual(cp.Chain(cp.Residual(cp.Dense(5, 5)), cp.Tanh(), cp.Dense(5, 5))),
        cp.Residual(cp.Residual(cp.GELU())),
        cp.Dense(5, 3),
    ),
    "nothing inside": lambda: cp.Chain(
        cp.Dense(5, 6), cp.Residual(cp.Identity()), cp.Residual(cp.Chain()), cp.Dense(6, 3)
    ),
    "chains in chains": lambda: cp.Chain(
        cp.Chain(cp.Dense(5, 6), cp.Chain(cp.Tanh())), cp.Chain(cp.Chain(cp.Dense(6, 3)))
    ),
}  # fmt: skip

LOSSES = [
    cp.SquaredError(), cp.AbsoluteError(), cp.Huber(0.5), cp.Quantile(0.3), cp.Poisson(),
    cp.BinaryCrossEntropy(), cp.CrossEntropy(), cp.CrossEntropy(label_smoothing=0.2),
]  # fmt: skip

OPTIMIZERS = [
    cp.SGD(0.1), cp.SGD(0.1, momentum=0.9), cp.SGD(0.1, momentum=0.9, nesterov=True),
    cp.RMSProp(0.01), cp.Adam(0.01), cp.Adam(0.01, epsilon_hat=True), cp.AdamW(0.01, 0.1),
    cp.WeightDecay(cp.SGD(0.1), 0.1), cp.WeightDecay(cp.SGD(0.1, momentum=0.5), 0.1),
    cp.WeightDecay(cp.RMSProp(0.01), 0.1),
]  # fmt: skip

TOLERANCE = {np.float64: 1e-12, np.float32: 3e-5}
"""Largest difference after two epochs of four steps, relative to the array's largest value.

float32: 250 units in the last place, since rounding passes through the optimizer's division.
"""


def _rows(n=50, width=5, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, width)), rng.random((n, 3))


def assert_same_training(
    make, loss, optimizer, dtype, x=None, t=None, engine="compiled", tolerance=TOLERANCE, **options
):
    network = make()
    default_x, default_t = _rows()
    x = default_x if x is None else x
    t = default_t if t is None else t
    if isinstance(loss, cp.CrossEntropy):
        t = t / t.sum(axis=1, keepdims=True)
    params = network.init(np.random.default_rng(1), dtype)
    options = {"epochs": 2, "batch_size": 15, "seed": 3, "optimizer": optimizer, **options}
    numpy, compiled = (
        cp.train(network, loss, params, x, t, engine=one, **options) for one in ("numpy", engine)
    )
    tolerance = tolerance[dtype]
    np.testing.assert_allclose(compiled.history.loss, numpy.history.loss, rtol=tolerance)
    for trees in ((numpy.params, compiled.params), (numpy.state or {}, compiled.state or {})):
        for (path, theirs), (other, ours) in zip(*map(leaves_of, trees), strict=True):
            assert path == other
            assert ours.dtype == theirs.dtype == dtype
            assert abs(ours - theirs).max() <= tolerance * max(abs(theirs).max(), 1), path
    moved = [
        (before != after).any()
        for (_, before), (_, after) in zip(
            leaves_of(params), leaves_of(compiled.params), strict=True
        )
    ]
    assert all(moved)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer(name, dtype):
    assert_same_training(NETWORKS[name], cp.SquaredError(), cp.SGD(0.01, 0.9), dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("weighted", [False, True])
def test_every_loss(loss, weighted, dtype):
    weights = np.random.default_rng(2).uniform(0, 2, 50) if weighted else None
    make = NETWORKS["dense and Tanh()"]
    assert_same_training(make, loss, cp.SGD(0.05), dtype, sample_weight=weights)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"l2": 0.1},
        {"l2": cp.L2(2.0, per_row=True)},
        {"clip_norm": 0.05},
        {"l2": 0.1, "clip_norm": 0.1},
    ],
    ids=repr,
)
def test_every_optimizer(optimizer, extra, dtype):
    make = NETWORKS["dense and Tanh()"]
    assert_same_training(make, cp.SquaredError(), optimizer, dtype, **extra)


@pytest.mark.parametrize(
    "schedule",
    [
        cp.InverseScaling(),
        cp.StepDecay(1, 0.5),
        cp.Cosine(),
        cp.OneCycle(),
        cp.WarmUp(3, cp.Cosine()),
    ],
    ids=repr,
)
def test_every_schedule(schedule):
    make = NETWORKS["dense and Tanh()"]
    assert_same_training(make, cp.SquaredError(), cp.SGD(0.1), np.float64, schedule=schedule)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("form", [scipy.sparse.csr_array, scipy.sparse.csc_matrix])
def test_sparse_rows(form, dtype):
    x, _ = _rows()
    x = np.where(abs(x) > 0.8, x, 0)
    make = NETWORKS["dense and ReLU()"]
    assert_same_training(make, cp.SquaredError(), cp.Adam(0.01), dtype, x=form(x))


@pytest.mark.parametrize("layout", [np.asfortranarray, lambda x: np.repeat(x, 2, 1)[:, ::2]])
def test_any_layout_of_rows(layout):
    x, t = _rows()
    x.flags.writeable = t.flags.writeable = False
    make = NETWORKS["dense and ReLU()"]
    assert_same_training(make, cp.SquaredError(), cp.SGD(0.1), np.float64, x=layout(x), t=layout(t))


@settings(deadline=None, max_examples=60)
@given(
    rows=st.integers(1, 40),
    batch_size=st.integers(1, 50),
    widths=st.lists(st.integers(1, 20), min_size=1, max_size=4),
    dtype=st.sampled_from([np.float64, np.float32]),
    scale=st.sampled_from([1e-3, 1.0, 3.0]),
    activation=st.sampled_from([a for a in ACTIVATIONS if not isinstance(a, cp.Identity)]),
)
def test_any_shape(rows, batch_size, widths, dtype, scale, activation):
    layers = [layer for pair in pairwise(widths) for layer in (cp.Dense(*pair), activation)]
    network = cp.Chain(*layers, cp.Dense(widths[-1], 3))
    rng = np.random.default_rng(rows)
    x, t = scale * rng.standard_normal((rows, widths[0])), rng.random((rows, 3))
    params = network.init(rng, dtype)
    numpy, compiled = (
        cp.train(
            network, cp.SquaredError(), params, x, t, engine=engine, epochs=1, seed=0,
            batch_size=batch_size, optimizer=cp.SGD(1e-4),
        )
        for engine in ("numpy", "compiled")
    )  # fmt: skip
    tolerance = TOLERANCE[dtype]
    np.testing.assert_allclose(compiled.history.loss, numpy.history.loss, rtol=tolerance)
    for (_, theirs), (_, ours) in zip(
        leaves_of(numpy.params), leaves_of(compiled.params), strict=True
    ):
        assert abs(ours - theirs).max() <= tolerance * max(abs(theirs).max(), 1)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_raw_outputs_of_ten_thousand(loss, dtype):
    """The definitions are exact there; so are the kernels, or they stop where it overflows."""
    network = cp.Dense(2, 3, bias=False)
    params = {"W": np.array([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4]], dtype)}
    x, t = np.eye(2), np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    results = [
        cp.train(network, loss, params, x, t, engine=engine, epochs=1, optimizer=cp.SGD(1e-3))
        for engine in ("numpy", "compiled")
    ]
    assert results[0].reason == results[1].reason
    if results[0].reason == "epochs":
        np.testing.assert_allclose(*(result.history.loss for result in results), rtol=1e-6)
        np.testing.assert_allclose(*(result.params["W"] for result in results), rtol=1e-6)
    else:
        assert isinstance(loss, cp.Poisson)
