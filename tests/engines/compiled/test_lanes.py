"""Small networks side by side: each is trained as it is alone, whatever the others do."""

from types import SimpleNamespace

import numpy as np
import pytest

import clearprop as cp
from clearprop.definitions.parameters import Layout, leaves_of
from clearprop.engines.compiled import engine as compiled_engine
from clearprop.engines.compiled import lanes
from clearprop.engines.compiled.lanes import GAINS, lanes_for
from clearprop.engines.compiled.rooms import aligned
from clearprop.training import restarts
from tests.engines.compiled.test_same_as_reference import (
    ACTIVATIONS,
    LOSSES,
    NETWORKS,
    OPTIMIZERS,
    TOLERANCE,
)

ROWS, INPUTS = 50, 5

NETWORKS_OF = {np.float32: 10, np.float64: 6}
"""So many of the small networks here run side by side."""


@pytest.fixture
def groups(monkeypatch):
    """The numbers of networks that ran side by side, call by call; one thread takes them all."""
    monkeypatch.setattr(restarts, "allowed_processors", lambda: 1)
    sizes, original = [], compiled_engine.epochs_in_lanes

    def noted(prepared, room, requests, seconds):
        sizes.append(len(requests))
        return original(prepared, room, requests, seconds)

    monkeypatch.setattr(compiled_engine, "epochs_in_lanes", noted)
    return sizes


def _restarts(make=NETWORKS["dense and Tanh()"], loss=None, dtype=np.float64, **options):
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((ROWS, INPUTS)), rng.random((ROWS, 3))
    if isinstance(loss, cp.CrossEntropy):
        t = t / t.sum(axis=1, keepdims=True)
    network = make()
    usual = {"epochs": 2, "batch_size": 15, "seed": 3, "optimizer": cp.SGD(0.05)}
    usual |= {"engine": "compiled", "restarts": NETWORKS_OF[dtype]}
    params = options.pop("params", network.init(np.random.default_rng(1), dtype))
    return cp.train(network, loss or cp.SquaredError(), params, x, t, **usual | options)


def _assert_same(dtype=np.float64, **options):
    """Restarts side by side end where those of the reference engine end, each alone."""
    ours, theirs = (_restarts(dtype=dtype, engine=e, **options) for e in ("compiled", "numpy"))
    tolerance = TOLERANCE[dtype]
    by_first_loss = lambda run: run.history.loss[0]  # noqa: E731 - ranks may change by rounding
    for one, other in zip(
        *(sorted(result.restarts, key=by_first_loss) for result in (ours, theirs)), strict=True
    ):
        assert one.reason == other.reason
        np.testing.assert_allclose(one.history.loss, other.history.loss, rtol=tolerance)
        for (path, a), (_, b) in zip(leaves_of(one.params), leaves_of(other.params), strict=True):
            assert a.dtype == dtype
            assert abs(a - b).max() <= tolerance * max(abs(b).max(), 1), path


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
@pytest.mark.parametrize("form", ["dense and {}", "{} alone"])
def test_every_activation(form, activation, dtype, groups):
    _assert_same(dtype, make=NETWORKS[form.format(activation)])
    assert groups == [NETWORKS_OF[dtype]]


def test_a_layer_without_bias(groups):
    _assert_same(make=NETWORKS["no bias"])
    assert groups == [6]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("weighted", [False, True])
def test_every_loss(loss, weighted, dtype, groups):
    weights = np.random.default_rng(2).uniform(0, 2, ROWS) if weighted else None
    _assert_same(dtype, loss=loss, sample_weight=weights)
    assert groups == [NETWORKS_OF[dtype]]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
@pytest.mark.parametrize("l2", [0.0, 0.1, cp.L2(2.0, per_row=True)], ids=repr)
def test_every_optimizer_and_penalty(optimizer, l2, groups):
    _assert_same(optimizer=optimizer, l2=l2)
    assert groups == [6]


def test_each_has_its_own_end_and_schedule(groups):
    """Early stopping ends them at different epochs, the others go on; the rate falls on the way."""
    options = {
        "restarts": 8, "epochs": 30, "optimizer": cp.Adam(0.05), "schedule": cp.Cosine(),
        "early_stopping": cp.EarlyStopping("loss", 2, tolerance=1e-3),
    }  # fmt: skip
    _assert_same(**options)
    ends = {len(run.history) for run in _restarts(**options).restarts}
    assert len(ends) > 1
    assert len(set(groups)) > 1


def test_each_has_its_own_rate(groups):
    """A rate that falls where a network's loss has stopped falling parts it from the others."""
    options = {
        "restarts": 8, "epochs": 30, "optimizer": cp.Adam(0.05), "schedule": cp.Adaptive(5.0),
        "early_stopping": cp.EarlyStopping("loss", 1, tolerance=1e-3, restore_best=False),
    }  # fmt: skip
    _assert_same(**options)
    rates = {tuple(run.history.learning_rate) for run in _restarts(**options).restarts}
    assert len(rates) > 1
    assert groups


def test_pieces_of_a_batch_and_one_row(groups):
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((301, 5)), rng.random((301, 3))
    network = NETWORKS["dense and GELU()"]()
    params = network.init(rng, np.float64)
    runs = {}
    for engine in ("numpy", "compiled"):
        best = cp.train(
            network, cp.CrossEntropy(), params, x, t / t.sum(1, keepdims=True), restarts=8, seed=0,
            epochs=2, batch_size=150, engine=engine, optimizer=cp.SGD(0.1),
        )  # fmt: skip
        runs[engine] = sorted(run.final_loss for run in best.restarts)
    np.testing.assert_allclose(runs["compiled"], runs["numpy"], rtol=1e-12)
    assert groups == [8]


def test_no_network_changes_another(groups):
    """The first start of 6 and of 8 is the same, and has the same bits whatever stands beside."""
    few, many = (
        {tuple(run.history.loss) for run in _restarts(restarts=k, epochs=9).restarts}
        for k in (6, 8)
    )
    assert groups == [6, 8]
    assert len(few & many) == 1


def test_nothing_is_read_that_was_in_memory_before(monkeypatch, groups):
    """Room that held numbers that are not finite changes no bit, and sends no network away."""

    def poisoned(shape, dtype):
        room = aligned(shape, dtype)
        room[...] = np.nan
        return room

    expected = [run.history.loss for run in _restarts().restarts]
    monkeypatch.setattr(lanes, "aligned", poisoned)
    monkeypatch.setattr(compiled_engine.CompiledEngine, "epochs", None)
    assert [run.history.loss for run in _restarts().restarts] == expected
    assert groups == [6, 6]


def test_a_number_that_is_not_finite_ends_one_network_alone(groups):
    """Its steps are made again by itself, and the failure is named as it always is."""
    network = NETWORKS["dense and Tanh()"]()
    params = network.init(np.random.default_rng(1), np.float64)
    params["dense2"]["W"][0, 0] = 1e200
    ours, theirs = (_restarts(params=params, engine=e) for e in ("compiled", "numpy"))
    assert groups == [6]
    failed, expected = (
        [run for run in result.restarts if run.failure is not None] for result in (ours, theirs)
    )
    assert len(failed) == len(expected) == 1
    assert str(failed[0].failure) == str(expected[0].failure)
    good = [[r.final_loss for r in res.restarts if r.failure is None] for res in (ours, theirs)]
    np.testing.assert_allclose(*good, rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (NETWORKS["layer norm"], {}),
        (NETWORKS["dropout"], {}),
        (NETWORKS["residual"], {}),
        (NETWORKS["dense and Tanh()"], {"clip_norm": 0.05}),
        (lambda: cp.Chain(cp.Dense(5, 200), cp.ReLU(), cp.Dense(200, 3)), {}),
    ],
)
def test_what_does_not_run_side_by_side_is_the_same_too(make, options, groups):
    _assert_same(make=make, **options)
    assert groups == []


def test_larger_networks_have_the_bits_of_trainings_of_their_own():
    """The start of each restart, trained by itself: the order of rows is fixed."""
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((64, 70)).astype(np.float32), rng.standard_normal((64, 1))
    network = cp.Chain(cp.Dense(70, 60), cp.ReLU(), cp.Dense(60, 1))
    params = network.init(rng, np.float32)
    layout = Layout.of(params)
    assert layout.size > max(GAINS[4])
    options = {"epochs": 5, "batch_size": 16, "shuffle": False, "engine": "compiled"}
    together = cp.train(network, cp.SquaredError(), params, x, t, seed=7, restarts=4, **options)
    seeds = np.random.SeedSequence(7).spawn(2)[0]
    seeds.spawn(4)
    starts = [network.init(np.random.default_rng(s), np.float32) for s in seeds.spawn(3)]
    alone = [
        cp.train(network, cp.SquaredError(), start, x, t, seed=0, **options)
        for start in (params, *starts)
    ]
    ranked = sorted(alone, key=lambda run: run.final_loss)
    for one, other in zip(together.restarts, ranked, strict=True):
        assert one.history.loss == other.history.loss
        np.testing.assert_array_equal(layout.pack(one.params), layout.pack(other.params))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    ("rows", "depth", "columns"), [(1, 1, 1), (2, 3, 4), (5, 4, 7), (3, 9, 6), (7, 2, 9), (8, 5, 3)]
)
def test_the_product_of_each_network(rows, depth, columns, dtype):
    from clearprop.engines.compiled.kernels.lane_products import lane_product

    lanes, rng = lanes_for(dtype), np.random.default_rng(0)

    def laid_out(matrices):
        flat = aligned(matrices.size, dtype)
        flat[:] = matrices.transpose(1, 2, 0).ravel()
        return flat

    a, b = rng.standard_normal((lanes, rows, depth)), rng.standard_normal((lanes, depth, columns))
    ways = [
        (a, (depth * lanes, lanes), b, (columns * lanes, lanes)),
        (a.transpose(0, 2, 1), (lanes, rows * lanes), b, (columns * lanes, lanes)),
        (a, (depth * lanes, lanes), b.transpose(0, 2, 1), (lanes, depth * lanes)),
    ]
    for left, a_steps, right, b_steps in ways:
        target = aligned(rows * columns * lanes + 1, dtype)
        target[-1] = 7.0
        bias = rng.standard_normal((lanes, 1, columns))
        for earlier, row, expected in (
            (laid_out(bias), 0, a @ b + bias),
            (target, columns * lanes, 2 * (a @ b) + bias),
        ):
            lane_product(
                laid_out(left), 0, *a_steps, laid_out(right), 0, *b_steps, rows, depth, columns,
                lanes, earlier, row, target, 0,
            )  # fmt: skip
            found = target[:-1].reshape(rows, columns, lanes).transpose(2, 0, 1)
            np.testing.assert_allclose(found, expected, atol=np.finfo(dtype).eps * depth * 16)
            assert target[-1] == 7.0


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("columns", [1, 3, 4, 5, 8, 9])
@pytest.mark.parametrize("planes", [False, True])
def test_the_rows_of_each_network(columns, planes, dtype):
    from clearprop.engines.compiled.kernels.lane_rows import AT_ONCE, lane_rows
    from clearprop.engines.compiled.lanes import at_least_four

    lanes, rows, rng = lanes_for(dtype), 7, np.random.default_rng(0)
    table = rng.standard_normal((20, columns)).astype(dtype)
    drawn = [rng.integers(0, 20, 11) for _ in range(lanes)]
    orders = np.array([order.ctypes.data for order in drawn])
    row_step, step = (lanes, rows * lanes) if planes else (columns * lanes, lanes)
    target = aligned(rows * (columns + AT_ONCE) * lanes, dtype)
    lane_rows(at_least_four(table), orders, 4, rows, columns, target, 0, row_step, step)
    found = target[: rows * columns * lanes].reshape(-1, lanes)
    found = found.reshape((columns, rows, lanes) if planes else (rows, columns, lanes))
    expected = np.stack([table[order[4:11]] for order in drawn], axis=-1)
    np.testing.assert_array_equal(found.swapaxes(0, 1) if planes else found, expected)


def test_restarts_keep_the_same_few_rows_to_be_examined():
    first, second, *_ = _restarts().restarts
    assert first.record.rows is second.record.rows


@pytest.mark.parametrize(
    ("parameters", "runs", "workers", "groups"),
    [
        (131, 35, 2, [16, 16, 1, 1, 1]),  # three of them would take a group's time
        (131, 40, 2, [16, 16, 8]),
        (131, 16, 2, [16]),
        (131, 16, 16, [1] * 16),  # a thread for each
        (2000, 16, 2, [1] * 16),  # two threads are faster than a group of one
        (2000, 32, 2, [16, 16]),
    ],
)
def test_groups_by_what_a_lane_gains(parameters, runs, workers, groups, monkeypatch):
    monkeypatch.setattr(lanes, "lanes_for", lambda dtype: 16)
    task = SimpleNamespace(
        layout=SimpleNamespace(size=parameters), penalised=np.empty(0, np.float32)
    )
    assert lanes.groups_for(task, runs, workers) == groups
