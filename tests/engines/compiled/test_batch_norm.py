"""BatchNorm of rows that several threads have: the reference's numbers, whoever has which rows."""

import numpy as np
import pytest
import scipy.sparse

import clearprop as cp
from clearprop.definitions.parameters import leaves_of
from clearprop.engines.compiled.division import Division
from tests.engines.compiled.test_same_as_reference import OPTIMIZERS, assert_same_training
from tests.engines.compiled.test_threads import assert_same_bits

NETWORKS = {
    "first": lambda: cp.Chain(cp.BatchNorm(5, momentum=0.3), cp.Dense(5, 3)),
    "between": lambda: cp.Chain(
        cp.Dense(5, 6, bias=False), cp.BatchNorm(6), cp.Tanh(), cp.Dense(6, 3)
    ),
    "last": lambda: cp.Chain(cp.Dense(5, 4), cp.GELU(), cp.Dense(4, 3, bias=False),
        cp.BatchNorm(3)),
    "one on the other": lambda: cp.Chain(
        cp.Dense(5, 6, bias=False), cp.Chain(cp.BatchNorm(6, 0.5), cp.SiLU()),
        cp.BatchNorm(6), cp.Dense(6, 3),
    ),
    "dropout": lambda: cp.Chain(
        cp.Dropout(0.2), cp.Dense(5, 9, bias=False), cp.BatchNorm(9), cp.Dropout(0.3), cp.ReLU(),
        cp.Dense(9, 3),
    ),
    "inside a shortcut": lambda: cp.Chain(
        cp.Dense(5, 6),
        cp.Residual(cp.Chain(cp.BatchNorm(6), cp.Tanh(), cp.Dense(6, 6, bias=False),
            cp.BatchNorm(6))),
        cp.LayerNorm(6), cp.Dense(6, 3),
    ),
    "around a shortcut": lambda: cp.Chain(
        cp.Residual(cp.Residual(cp.BatchNorm(5))), cp.Tanh(), cp.BatchNorm(5),
        cp.Residual(cp.Chain(cp.Dense(5, 5), cp.Mish())), cp.BatchNorm(5), cp.Dense(5, 3),
    ),
}  # fmt: skip

DIVISIONS = [
    Division(1, 1, 2), Division(1, 2, 1), Division(2, 2, 3), Division(3, 3, 5), Division(3, 7, 2)
]  # fmt: skip
"""Of batches of 15 rows, and of 5 at the end of an epoch: 7 pieces are of 0 to 3 rows."""


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("division", DIVISIONS, ids=lambda d: f"{d.threads}-{d.pieces}")
@pytest.mark.parametrize("name", NETWORKS)
def test_pieces_of_a_batch_are_the_reference(divided, name, division, dtype):
    divided(division)
    assert_same_training(NETWORKS[name], cp.SquaredError(), cp.SGD(0.01, 0.9), dtype)


@pytest.mark.parametrize("division", DIVISIONS, ids=lambda d: f"{d.threads}-{d.pieces}")
@pytest.mark.parametrize("name", NETWORKS)
def test_a_last_batch_of_one_row_is_the_reference(divided, name, division):
    divided(division)
    assert_same_training(NETWORKS[name], cp.SquaredError(), cp.SGD(0.01), np.float64, batch_size=7)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
@pytest.mark.parametrize("extra", [{"l2": 0.1}, {"l2": 0.1, "clip_norm": 0.05}], ids=repr)
def test_every_optimizer_is_the_reference(divided, optimizer, extra):
    divided(Division(3, 3, 5))
    make = NETWORKS["inside a shortcut"]
    assert_same_training(make, cp.SquaredError(), optimizer, np.float64, **extra)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_panels_of_weights_are_the_reference(divided, dtype):
    divided(Division(2, 3, 5, panels_from=0.0))

    def make():
        return cp.Chain(
            cp.Dense(70, 52, bias=False), cp.BatchNorm(52), cp.ReLU(), cp.Dense(52, 64, bias=False),
            cp.BatchNorm(64), cp.ReLU(), cp.Dense(64, 19), cp.Tanh(), cp.Dense(19, 3),
        )  # fmt: skip

    rng = np.random.default_rng(0)
    rows = {"x": rng.standard_normal((130, 70)), "t": rng.random((130, 3)), "batch_size": 80}
    assert_same_training(make, cp.SquaredError(), cp.SGD(0.01, 0.9), dtype, **rows)


def test_sparse_rows_are_the_reference(divided):
    divided(Division(2, 3, 2))
    x = np.random.default_rng(0).standard_normal((50, 5))
    x = scipy.sparse.csr_array(np.where(abs(x) > 0.8, x, 0))
    assert_same_training(NETWORKS["between"], cp.SquaredError(), cp.SGD(0.05), np.float64, x=x)


@pytest.mark.parametrize("pieces", [1, 2, 5])
def test_means_far_from_zero_do_not_spoil_the_variance_in_float32(divided, pieces):
    """Means of some rows that were rounded to float32 would put it off by some 1e-4."""
    divided(Division(2, pieces, 2))
    rng = np.random.default_rng(0)
    x = (1e4 + rng.standard_normal((60, 3))).astype(np.float32)
    network = cp.Chain(cp.BatchNorm(3, momentum=1.0), cp.Dense(3, 1))
    result = cp.train(
        network, cp.SquaredError(), network.init(rng, np.float32), x, np.zeros((60, 1)),
        epochs=1, batch_size=60, engine="compiled",
    )  # fmt: skip
    (_, mean), (_, variance) = leaves_of(result.state)
    np.testing.assert_allclose(mean, np.mean(x, axis=0, dtype=np.float64), rtol=5e-7)
    expected = np.var(x.astype(np.float64), axis=0, ddof=1)
    np.testing.assert_allclose(variance, expected, rtol=1e-5)


def _fit(dtype, **options):
    make = NETWORKS["dropout"]
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((70, 5)), rng.standard_normal((70, 3))
    usual = {"epochs": 4, "batch_size": 32, "seed": 5, "optimizer": cp.Adam(0.01)}
    return cp.train(
        make(), cp.SquaredError(), make().init(rng, dtype), x, t, engine="compiled",
        **(usual | options),
    )  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("options", [{}, {"clip_norm": 0.1, "l2": 0.1}], ids=repr)
def test_the_bits_do_not_depend_on_who_takes_the_pieces(divided, dtype, options):
    together = Division(3, 4, 5)
    divided(together)
    first = _fit(dtype, **options)
    for given in (1, 2, *[3] * 20):
        divided(together, given)
        again = _fit(dtype, **options)
        assert_same_bits(first, again)
        for (_, mine), (_, theirs) in zip(
            leaves_of(first.state), leaves_of(again.state), strict=True
        ):
            np.testing.assert_array_equal(mine, theirs)


def test_a_number_that_is_not_finite_stops_as_in_the_reference(divided):
    divided(Division(3, 4, 5))
    rng = np.random.default_rng(0)
    network = cp.Chain(
        cp.Dense(4, 3), cp.BatchNorm(3), cp.ReLU(), cp.Dense(3, 3), cp.BatchNorm(3),
        cp.Dense(3, 2),
    )  # fmt: skip
    case = (network, cp.SquaredError(), network.init(rng), rng.standard_normal((60, 4)),
            rng.standard_normal((60, 2)))  # fmt: skip
    options = {"epochs": 200, "batch_size": 20, "seed": 0, "optimizer": cp.SGD(1e3)}
    numpy, ours = (cp.train(*case, engine=e, **options) for e in ("numpy", "compiled"))
    assert numpy.reason == ours.reason == "not finite"
    assert str(numpy.failure) == str(ours.failure)
