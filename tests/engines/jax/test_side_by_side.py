"""Restarts in one program: what each would be after the other."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.definitions.parameters import Layout, leaves_of
from clearprop.engines.base import TrainingRows, TrainingState, TrainingTask
from clearprop.engines.jax import side_by_side
from clearprop.engines.jax.engine import JaxEngine
from clearprop.engines.jax.side_by_side import largest_power
from clearprop.training import restarts as restarting
from tests import jax_reading  # noqa: F401 - compiles fast

CLOSE = {np.float64: 1e-12, np.float32: 1e-5}


@pytest.fixture
def programs(monkeypatch):
    """How many trainings each call of the program ran."""
    ran, advance = [], side_by_side.advance

    def advancing(running, carries, pieces, keys):
        ran.append(len(pieces))
        return advance(running, carries, pieces, keys)

    monkeypatch.setattr(side_by_side, "advance", advancing)
    return ran


def trained(monkeypatch, at_once, net=None, dtype=np.float64, restarts=6, rows=53, **options):
    """Return the restarts of a training, so many at once."""
    monkeypatch.setattr(side_by_side, "MOST", at_once)
    monkeypatch.setattr(restarting, "allowed_processors", lambda: 1)
    net = net or cp.Chain(cp.Dense(4, 6), cp.Tanh(), cp.Dense(6, 2))
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((rows, 4)), rng.standard_normal((rows, 2))
    options = {
        "epochs": 12, "batch_size": 10, "seed": 3, "engine": "jax",
        "optimizer": cp.Adam(0.01), **options,
    }  # fmt: skip
    params = net.init(np.random.default_rng(1), dtype)
    return cp.train(net, cp.SquaredError(), params, x, t, restarts=restarts, **options).restarts


def assert_same(one, other, close):
    def by_start(runs):
        return sorted(runs, key=lambda run: run.history.loss[0])

    assert len(one) == len(other)
    for mine, theirs in zip(by_start(one), by_start(other), strict=True):
        assert mine.reason == theirs.reason
        np.testing.assert_allclose(mine.history.loss, theirs.history.loss, rtol=close)
        for (_, ours), (_, its) in zip(
            leaves_of(mine.params), leaves_of(theirs.params), strict=True
        ):
            assert ours.dtype == its.dtype
            np.testing.assert_allclose(ours, its, rtol=0, atol=close)


DROPOUT = cp.Chain(cp.Dense(4, 6), cp.Tanh(), cp.Dropout(0.4), cp.Dense(6, 2))
NORMED = cp.Chain(cp.Dense(4, 6), cp.BatchNorm(6), cp.ReLU(), cp.Dense(6, 2))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    "options",
    [
        {"l2": 0.1, "clip_norm": 0.3},
        {"net": DROPOUT, "sample_weight": np.linspace(0, 2, 53)},
        {"net": NORMED, "optimizer": cp.SGD(0.05, 0.9), "schedule": cp.Cosine()},
        {"batch_size": 53, "epochs": 40},
    ],
    ids=["penalty", "dropout", "norm", "whole batches"],
)
@pytest.mark.one_in(2)
def test_together_as_one_after_another(options, dtype, monkeypatch, programs):
    together = trained(monkeypatch, 4, dtype=dtype, **options)
    assert set(programs) == {4, 2}
    alone = trained(monkeypatch, 1, dtype=dtype, **options)
    assert set(programs) == {4, 2}
    assert_same(together, alone, CLOSE[dtype])


def test_runs_that_end_early_leave_the_others_together(monkeypatch, programs):
    rng = np.random.default_rng(5)
    options = {
        "epochs": 60, "optimizer": cp.Adam(0.05), "early_stopping": cp.EarlyStopping(patience=2),
        "validation_data": (rng.standard_normal((20, 4)), rng.standard_normal((20, 2))),
    }  # fmt: skip
    together = trained(monkeypatch, 8, **options)
    assert len({len(run.history) for run in together}) > 2
    assert {4, 2} <= set(programs)
    assert_same(together, trained(monkeypatch, 1, **options), 1e-9)


def test_a_run_that_is_not_finite_fails_alone(monkeypatch, programs):
    """At this rate some starts of a network without a bound are lost, others are not."""
    net = cp.Chain(cp.Dense(4, 6), cp.ReLU(), cp.Dense(6, 2))
    options = {"net": net, "optimizer": cp.SGD(1.9), "epochs": 30}
    together = trained(monkeypatch, 8, restarts=8, **options)
    reasons = [run.reason for run in together]
    assert set(reasons) == {"epochs", "not finite"}, reasons
    assert 8 in programs
    assert_same(together, trained(monkeypatch, 1, restarts=8, **options), 1e-6)


def test_checkpoints_of_runs_together_go_on(monkeypatch, tmp_path):
    options = {"checkpoint": cp.Checkpoint(tmp_path / "runs", every=3)}
    stop = {"on_epoch": lambda report: report.epoch == 5}
    trained(monkeypatch, 4, **options, **stop)
    resumed = trained(monkeypatch, 4, **options, resume=True)
    assert_same(resumed, trained(monkeypatch, 1), 1e-12)


@pytest.mark.parametrize("count, power", [(1, 1), (2, 2), (3, 2), (7, 4), (8, 8), (9, 8)])
def test_counts_are_cut_into_powers_of_two(count, power):
    assert largest_power(count) == power


@pytest.mark.parametrize(
    "runs, workers, groups",
    [(6, 1, [4, 2]), (20, 1, [8, 8, 4]), (20, 2, [8, 8, 4]), (8, 4, [2] * 4), (3, 8, [1] * 3)],
)
def test_every_thread_gets_a_group(runs, workers, groups):
    case = TrainingRows.of(np.ones((20, 4)), np.ones((20, 2)), None)
    network = cp.Dense(4, 2)
    layout = Layout.of(network.init(np.random.default_rng(0)))
    task = TrainingTask(network, cp.SquaredError(), cp.SGD(), layout, np.zeros(layout.size))
    engine = JaxEngine()
    engine.prepare(task, TrainingState(np.zeros(layout.size), {}), case, 10)
    assert engine.groups_of(runs, workers) == groups


def test_large_networks_run_one_by_one(monkeypatch, programs):
    monkeypatch.setattr(side_by_side, "SMALL", 400)
    trained(monkeypatch, 8, epochs=1)
    assert not programs
