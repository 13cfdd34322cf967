"""Gradients of weights summed over all rows, panel by panel: the reference's, whoever does what."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse

import clearprop as cp
from clearprop.definitions.parameters import Layout, leaves_of
from clearprop.engines.base import TrainingRows
from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.chunks import chunks_of, rows_of_panel, with_panels
from clearprop.engines.compiled.division import Division
from clearprop.engines.compiled.kernels.sharing import claim
from clearprop.engines.compiled.plan import lower
from clearprop.engines.compiled.tables import data_of
from tests.engines.compiled.test_same_as_reference import OPTIMIZERS, assert_same_training
from tests.engines.compiled.test_threads import assert_same_bits

ALL = Division(threads=3, pieces=4, chunks=5, panels_from=0.0)
"""Every layer that can be summed so is, in panels of 48 rows or fewer."""

NETWORKS = {
    "one layer": lambda: cp.Dense(70, 19),
    "layer norm": lambda: cp.Chain(
        cp.Dense(70, 52), cp.LayerNorm(52), cp.Tanh(), cp.Dense(52, 19), cp.GELU(), cp.Dense(19, 3)
    ),
    "residual": lambda: cp.Chain(
        cp.Dense(70, 33), cp.Residual(cp.Chain(cp.Dense(33, 33), cp.SiLU(), cp.Dense(33, 33))),
        cp.Dense(33, 3),
    ),
    "no bias": lambda: cp.Chain(cp.Dense(70, 40, bias=False), cp.Tanh(), cp.Dense(40, 3)),
    "dropout": lambda: cp.Chain(cp.Dense(70, 40), cp.Dropout(0.3), cp.Dense(40, 20)),
    "zeros": lambda: cp.Chain(cp.Dense(70, 64), cp.ReLU(), cp.Dense(64, 64), cp.ReLU(),
        cp.Dense(64, 3)),
}  # fmt: skip


def _rows(make, n=130, seed=0):
    rng = np.random.default_rng(seed)
    outputs = [leaf for _, leaf in leaves_of(make().init(rng))][-1].shape[-1]
    return {"x": rng.standard_normal((n, 70)), "t": rng.random((n, outputs)), "batch_size": 80}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("extra", [{}, {"l2": 0.1, "clip_norm": 0.05}], ids=repr)
@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_in_panels_is_the_reference(divided, name, extra, dtype):
    divided(ALL)
    make = NETWORKS[name]
    assert_same_training(make, cp.SquaredError(), cp.SGD(0.01, 0.9), dtype, **_rows(make), **extra)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_every_optimizer_in_panels_is_the_reference(divided, optimizer):
    divided(ALL)
    make = NETWORKS["layer norm"]
    assert_same_training(make, cp.SquaredError(), optimizer, np.float64, l2=0.1, **_rows(make))


def test_more_rows_than_are_summed_at_once(divided):
    divided(Division(2, 2, 3, panels_from=0.0))
    make = NETWORKS["one layer"]
    rows = _rows(make, 1300) | {"batch_size": 1300}
    assert_same_training(make, cp.SquaredError(), cp.SGD(0.05), np.float64, **rows)


def test_fewer_rows_than_pieces(divided):
    divided(Division(2, 7, 2, panels_from=0.0))
    make = NETWORKS["layer norm"]
    rows = _rows(make, 50) | {"batch_size": 48}
    assert_same_training(make, cp.SquaredError(), cp.SGD(0.1), np.float64, **rows)


@pytest.mark.parametrize("form", ["zeros of one piece", "zeros", "common values", "sparse"])
def test_a_layer_that_leaves_out_zeros_in_some_pieces(divided, form):
    divided(Division(2, 2, 3, panels_from=0.0))

    def make():
        return cp.Chain(cp.Dense(70, 64), cp.Tanh(), cp.Dense(64, 64), cp.Tanh(), cp.Dense(64, 3))

    rows = _rows(make, 128) | {"batch_size": 64, "shuffle": False}
    x = rows["x"]
    zeros = np.random.default_rng(1).random(x.shape) < 0.8
    if form == "zeros of one piece":
        zeros[np.arange(128) % 64 < 32] = False
    x[zeros] = 0.5 if form == "common values" else 0.0
    if form == "sparse":
        rows["x"] = scipy.sparse.csr_array(x)
    assert_same_training(make, cp.SquaredError(), cp.Adam(0.01), np.float64, **rows)


def _fit(dtype, **options):
    make = NETWORKS["zeros"]
    params = make().init(np.random.default_rng(0), dtype)
    rows = _rows(make)
    usual = {"epochs": 3, "batch_size": 80, "seed": 5, "optimizer": cp.Adam(0.01)}
    return cp.train(
        make(), cp.SquaredError(), params, rows["x"], rows["t"], engine="compiled",
        **(usual | options),
    )  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("options", [{}, {"clip_norm": 0.1, "l2": 0.1}], ids=repr)
def test_the_bits_do_not_depend_on_who_takes_pieces_and_panels(divided, dtype, options):
    divided(ALL)
    first = _fit(dtype, **options)
    for given in (1, 2, *[3] * 10):
        divided(ALL, given)
        assert_same_bits(first, _fit(dtype, **options))


@pytest.mark.parametrize("options", [{}, {"clip_norm": 1.0}], ids=repr)
def test_a_sum_that_overflows_in_a_panel_stops_as_in_the_reference(divided, options):
    """Loss and errors are finite: inputs near the largest number meet weights of zero."""
    divided(ALL)
    rng = np.random.default_rng(0)
    network = cp.Chain(cp.Dense(40, 33), cp.Tanh(), cp.Dense(33, 20))
    params = network.init(rng)
    first, *_ = leaves_of(params)
    first[1][:] = 0.0
    x, t = np.full((60, 40), 1e308), 100 * rng.standard_normal((60, 20))
    options |= {"epochs": 2, "batch_size": 20, "seed": 0, "optimizer": cp.SGD(0.1)}
    numpy, ours = (
        cp.train(network, cp.SquaredError(), params, x, t, engine=engine, **options)
        for engine in ("numpy", "compiled")
    )
    assert numpy.reason == ours.reason == "not finite"
    assert str(numpy.failure) == str(ours.failure)


def _chunks(widths, rows, division, *, x=None):
    network = cp.Chain(*(cp.Dense(*pair) for pair in pairwise(widths)))
    layout = Layout.of(network.init(np.random.default_rng(0)))
    plan = lower(network, cp.SquaredError(), layout, widths[0])
    x = np.ones((2, widths[0]), np.float32) if x is None else x
    data = data_of(TrainingRows(x, np.ones((2, widths[-1]))), np.float32, x[0, 0] != 1)
    ops = with_panels(plan.ops, division, data, rows)
    return [*np.flatnonzero(ops[:, c.PANELS])], chunks_of(ops, division, layout.size), layout.size


@pytest.mark.parametrize(
    ("widths", "rows", "pieces", "expected"),
    [
        ((784, 128, 10), 128, 2, []),
        ((784, 128, 10), 64, 2, [0]),
        ((784, 128, 10), 128, 1, []),
        ((784, 128, 10), 250, 2, []),
        ((784, 128, 10), 200, 4, [0]),
        ((784, 512, 512, 10), 256, 2, [0, 1]),
        ((100, 256, 256, 256, 1), 256, 2, []),
        ((100, 256, 256, 256, 1), 120, 2, [1, 2]),
        ((64, 100, 10), 200, 2, []),
        ((500, 500, 3), 32, 2, [0]),  # the other is narrower than a vector
    ],
)
def test_layers_with_more_weights_than_rows_are_summed_in_panels(widths, rows, pieces, expected):
    assert _chunks(widths, rows, Division(pieces, pieces, 4 * pieces))[0] == expected


def test_first_layers_of_sparse_rows_and_of_common_values_are_not():
    x = np.where(np.arange(300 * 200).reshape(300, 200) % 7 > 1, 0.5, 2.0).astype(np.float32)
    both = (200, 100, 100), 8, Division(2, 2, 8)
    assert _chunks(*both)[0] == [0, 1]
    assert _chunks(*both, x=x)[0] == [1]
    assert _chunks(*both, x=scipy.sparse.csr_array(x))[0] == [1]


@pytest.mark.parametrize("division", [Division(), Division(3, 4, 5), ALL, Division(2, 7, 2)])
@pytest.mark.parametrize("widths", [(1, 1), (3, 19, 33, 2), (50, 700, 16)])
def test_chunks_are_all_parameters_once_and_panels_whole_rows(widths, division):
    panels, chunks, size = _chunks(widths, 9, division)
    assert [0, *chunks[:, c.STOP]] == [*chunks[:, c.START], size]
    assert np.all(chunks[:, c.START] < chunks[:, c.STOP])
    for place in panels:
        units = widths[place + 1]
        mine = chunks[chunks[:, c.OPERATION] == place]
        numbers = mine[:, c.STOP] - mine[:, c.START]
        assert numbers.sum() == widths[place] * units
        assert set(numbers[:-1]) <= {rows_of_panel(units) * units}
    if not panels:
        assert len(chunks) <= division.chunks


def test_a_thread_claims_what_it_wishes_or_the_next():
    claims = np.zeros(6, np.int64)
    assert [claim(claims, 1, 4, wish, 1) for wish in (2, 2, 0, 2)] == [2, 3, 0, 1]
    assert claims.tolist() == [0, 1, 1, 1, 1, 0]
    assert [claim(claims, 1, 4, 3, 2) for _ in range(4)] == [3, 0, 1, 2]
