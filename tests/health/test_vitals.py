"""The numbers of one step, held against passes of single rows, and against the engine's step."""

import math

import numpy as np
import pytest
import scipy.sparse

import clearprop as cp
from clearprop.definitions.noise import Noise
from clearprop.definitions.parameters import Layout, leaves_of
from clearprop.definitions.penalty import L2
from clearprop.engines.base import TrainingRows, TrainingState, TrainingTask
from clearprop.engines.numpy import step
from clearprop.health.sample import Sample, spread
from clearprop.health.vitals import vitals_of

RATE = 0.05


def made(net, loss, x, t, optimizer=None, dtype=float, l2=0.0, weights=None, clip=None):
    params = net.init(np.random.default_rng(3), dtype)
    layout = Layout.of(params)
    vector = layout.pack(params)
    penalised = layout.penalised(net, vector.dtype)
    optimizer = optimizer or cp.Adam(RATE)
    task = TrainingTask(net, loss, optimizer, layout, penalised, L2(l2), clip)
    rows = TrainingRows.of(x, t, weights)
    state = TrainingState(vector, optimizer.init(vector, penalised), net.initial_state(dtype))
    return task, rows, state


def some_rows(rows=40, inputs=3, outputs=2, dtype=float):
    rng = np.random.default_rng(1)
    return rng.normal(size=(rows, inputs)).astype(dtype), rng.normal(size=(rows, outputs)).astype(
        dtype
    )


DEEP = cp.Chain(
    cp.Dense(3, 5), cp.Tanh(), cp.Residual(cp.Chain(cp.Dense(5, 5), cp.ReLU())), cp.Dense(5, 2)
)  # fmt: skip


@pytest.mark.parametrize("optimizer", [cp.SGD(RATE, 0.9), cp.Adam(RATE)])
@pytest.mark.parametrize("clip", [None, 0.1])
def test_update_is_that_of_the_engines_next_step(optimizer, clip):
    task, rows, state = made(DEEP, cp.SquaredError(), *some_rows(), optimizer, l2=0.01, clip=clip)
    (loss, penalty), after = step(task, state, rows, np.arange(40), RATE, Noise(0))
    now = vitals_of(Sample.of(task, rows), state, RATE)
    assert (now.loss, now.penalty, now.rows) == (loss, penalty, 40)
    change = after.params - state.params
    assert now.update == pytest.approx(np.sqrt(np.sum(change**2)))
    changed, held = task.layout.unpack(change), task.layout.unpack(state.params)
    by_path = {one.path: one for one in now.layers}
    assert list(by_path) == [
        "dense1",
        "tanh1",
        "residual1.chain1.dense1",
        "residual1.chain1.relu1",
        "dense2",
    ]
    inner = by_path["residual1.chain1.dense1"]
    parts = changed["residual1"]["chain1"]["dense1"], held["residual1"]["chain1"]["dense1"]
    update, weights = (math.sqrt(sum((v**2).sum() for v in part.values())) for part in parts)
    assert (inner.update, inner.weights) == pytest.approx((update, weights))
    assert inner.ratio == pytest.approx(update / weights)
    assert by_path["tanh1"].ratio is None
    if clip is not None:
        assert now.gradient == pytest.approx(clip)


@pytest.mark.parametrize("changed", [{}, {"l2": 0.3}, {"clip": 0.01}])
@pytest.mark.parametrize("sparse", [False, True])
def test_noise_is_that_of_the_gradients_of_single_rows(sparse, changed):
    x, t = some_rows()
    t = t + 3.0
    task, rows, state = made(
        DEEP, cp.SquaredError(), scipy.sparse.csr_matrix(x) if sparse else x, t, **changed
    )
    tree = task.layout.unpack(state.params)
    each = np.array([
        np.concatenate([np.ravel(leaf) for _, leaf in leaves_of(
            cp.backprop(DEEP, cp.SquaredError(), tree, x[n : n + 1], t[n : n + 1])[1]
        )])
        for n in range(40)
    ])  # fmt: skip
    trace = each.var(axis=0, ddof=1).sum()
    squared = (each.mean(axis=0) ** 2).sum() - trace / 40
    assert vitals_of(Sample.of(task, rows), state, RATE).noise == pytest.approx(trace / squared)


def test_noise_is_infinite_where_gradients_cancel_and_none_where_it_is_not_known():
    net = cp.Chain(cp.Dense(1, 1))
    x, t = np.zeros((2, 1)), np.array([[1.0], [-1.0]])
    task, rows, state = made(net, cp.SquaredError(), x, t)
    assert vitals_of(Sample.of(task, rows), state, RATE).noise == math.inf
    weighted = made(net, cp.SquaredError(), x, t, weights=np.array([1.0, 2.0]))
    assert vitals_of(Sample.of(*weighted[:2]), weighted[2], RATE).noise is None
    normed = made(cp.Chain(cp.Dense(3, 2), cp.BatchNorm(2)), cp.SquaredError(), *some_rows())
    assert vitals_of(Sample.of(*normed[:2]), normed[2], RATE).noise is None


def test_units_that_are_dead_dormant_and_saturated_are_counted():
    net = cp.Chain(cp.Dense(1, 4), cp.ReLU(), cp.Dense(4, 4), cp.Tanh(), cp.Dense(4, 1))
    x, t = np.linspace(1, 2, 50)[:, None], np.ones((50, 1))
    task, rows, state = made(net, cp.SquaredError(), x, t, cp.SGD(RATE))
    tree = task.layout.unpack(state.params)
    tree["dense1"]["W"][:] = [[-1.0, 1.0, 1e-3, 0.0]]  # dead, healthy, dormant, dead
    tree["dense2"]["W"][:] = 0
    tree["dense2"]["b"][:] = [20.0, -20.0, 9.0, 0.1]  # two beyond the ends
    now = {one.path: one for one in vitals_of(Sample.of(task, rows), state, RATE).layers}
    assert (now["relu1"].dead, now["relu1"].dormant) == (0.5, 0.75)
    assert (now["tanh1"].dead, now["tanh1"].saturated) == (0.0, 0.5)
    assert now["relu1"].saturated is now["relu1"].passes is now["dense1"].dead is None
    arriving = np.abs(tree["dense3"]["W"][:, 0])
    slopes = 1 - np.tanh([20.0, -20.0, 9.0, 0.1]) ** 2
    assert now["tanh1"].passes == pytest.approx((arriving * slopes).sum() / arriving.sum())


def test_a_unit_that_is_active_in_one_row_of_fifty_is_not_dead():
    net = cp.Chain(cp.Dense(1, 1), cp.ReLU(), cp.Dense(1, 1))
    x = np.full((50, 1), -1.0)
    x[7] = 1.0
    task, rows, state = made(net, cp.SquaredError(), x, np.ones((50, 1)))
    task.layout.unpack(state.params)["dense1"]["W"][:] = 1.0
    assert vitals_of(Sample.of(task, rows), state, RATE).layers[1].dead == 0.0


def test_alike_units_and_the_ratio_of_weights_that_are_all_0():
    net = cp.Chain(cp.Dense(3, 5, weight_init=cp.Zeros()), cp.Tanh(), cp.Dense(5, 2))
    task, rows, state = made(net, cp.SquaredError(), *some_rows())
    first, _, last = vitals_of(Sample.of(task, rows), state, RATE).layers
    assert (first.unequal, first.weights, first.ratio) == (0.0, 0.0, math.inf)
    assert last.unequal > 0.1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_signal_and_outputs_do_not_depend_on_the_number_of_rows(dtype):
    x, t = some_rows(dtype=dtype)
    task, rows, state = made(DEEP, cp.SquaredError(), x, t, dtype=dtype)
    twice = TrainingRows.of(np.tile(x, (2, 1)), np.tile(t, (2, 1)), None)
    one, two = (vitals_of(Sample.of(task, each), state, RATE) for each in (rows, twice))
    for a, b in zip(one.layers, two.layers, strict=True):
        assert (a.signal, a.mean, a.sd) == pytest.approx((b.signal, b.mean, b.sd), rel=1e-4)
    output = DEEP.forward(cp.readings.numpy, task.layout.unpack(state.params), x)[0]
    assert one.layers[-1].signal == pytest.approx(np.sqrt(((output - t) ** 2).mean()), rel=1e-5)
    assert one.layers[-1].mean == pytest.approx(output.mean(), rel=1e-4)


def test_sample_is_spread_evenly_and_takes_the_rows_weights():
    assert spread(5, 256).tolist() == [0, 1, 2, 3, 4]
    assert spread(1000, 3).tolist() == [0, 500, 999]
    x, t = some_rows(rows=1000)
    task, rows, state = made(DEEP, cp.SquaredError(), x, t, weights=np.arange(1.0, 1001.0))
    sample = Sample.of(task, rows, 3)
    assert sample.batch.weights.tolist() == [1.0, 501.0, 1000.0]
    assert sample.batch.divisor == 3 * 500.5
    assert np.isfinite(vitals_of(sample, state, RATE).loss)


def test_a_network_of_one_plain_layer_has_a_name_and_nothing_is_changed():
    task, rows, state = made(cp.Dense(3, 2), cp.SquaredError(), *some_rows())
    for array in (rows.x, rows.t, state.params):
        array.flags.writeable = False
    now = vitals_of(Sample.of(task, rows), state, RATE)
    assert [one.path for one in now.layers] == ["dense"]
    assert now.to_dict()["layers"][0]["ratio"] == now.layers[0].ratio


def test_a_training_measures_them_after_every_so_many_epochs():
    x, t = some_rows()
    params = DEEP.init(np.random.default_rng(3))
    told = []
    settings = {"epochs": 7, "seed": 0, "optimizer": cp.Adam(RATE)}
    result = cp.train(
        DEEP, cp.SquaredError(), params, x, t, vitals=3, on_epoch=lambda one: told.append(one),
        **settings,
    )  # fmt: skip
    assert [one.epochs for one in result.vitals] == [3, 6]
    assert len(told) == 7
    sample = result.record.sample
    assert result.vitals[1] == vitals_of(sample, told[5].position, RATE)
    plain = cp.train(DEEP, cp.SquaredError(), params, x, t, **settings)
    assert plain.history.loss == result.history.loss and plain.vitals == ()
    with pytest.raises(ValueError, match="vitals must be"):
        cp.train(DEEP, cp.SquaredError(), params, x, t, vitals=-1)
    with pytest.raises(ValueError, match="L-BFGS"):
        cp.train(DEEP, cp.SquaredError(), params, x, t, vitals=1, optimizer=cp.LBFGS())
