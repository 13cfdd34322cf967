"""Many starts: the best comes back, all are ranked, and the same seed gives the same ranking."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.training import restarts

XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
ANSWER = np.array([0, 1, 1, 0])


def _train(**options):
    net = cp.Chain(cp.Dense(2, 2), cp.Tanh(), cp.Dense(2, 1))
    params = net.init(np.random.default_rng(0))
    usual = {"optimizer": cp.Adam(0.05), "epochs": 300, "batch_size": 4, "seed": 1}
    return cp.train(net, cp.BinaryCrossEntropy(), params, XOR, ANSWER, **usual | options)


def test_some_starts_end_in_a_local_minimum_and_the_best_does_not():
    best = _train(restarts=20)
    losses = [run.final_loss for run in best.restarts]
    assert len(losses) == 20
    assert losses == sorted(losses)
    assert losses[0] < 0.1  # XOR solved
    assert losses[-1] > 0.3  # two hidden units often do not solve it
    assert best.final_loss == losses[0]
    np.testing.assert_array_equal(best.predict(XOR).round().ravel(), ANSWER)


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_the_same_seed_gives_the_same_restarts_whatever_the_threads(engine):
    one, other = (_train(restarts=5, epochs=10, engine=engine) for _ in range(2))
    assert [run.history.loss for run in one.restarts] == [r.history.loss for r in other.restarts]
    assert len({run.history.loss[0] for run in one.restarts}) == 5


def test_no_more_restarts_run_at_once_than_the_process_may_use_processors(monkeypatch):
    sizes = []

    class Pool(restarts.ThreadPoolExecutor):
        def __init__(self, workers):
            sizes.append(workers)
            super().__init__(workers)

    monkeypatch.setattr(restarts, "ThreadPoolExecutor", Pool)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    _train(restarts=3, epochs=1)
    assert sizes == [1]


def test_the_given_parameters_are_one_of_the_starts():
    alone = _train(epochs=10, shuffle=False)
    among = _train(epochs=10, shuffle=False, restarts=3)
    assert alone.history.loss in [run.history.loss for run in among.restarts]


def test_restarts_are_ranked_on_the_same_validation_rows():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 2))
    t = (x[:, 0] * x[:, 1] > 0).astype(float)
    net = cp.Chain(cp.Dense(2, 4), cp.Tanh(), cp.Dense(4, 1))
    best = cp.train(
        net, cp.BinaryCrossEntropy(), net.init(rng), x, t, epochs=30, optimizer=cp.Adam(0.03),
        validation_fraction=0.3, early_stopping=True, restarts=4, seed=0,
    )  # fmt: skip
    for run in best.restarts:
        assert run.final_loss == min(run.history.metrics["validation_loss"])
    assert best.final_loss == min(run.final_loss for run in best.restarts)


def test_no_restart_is_not_a_number_of_restarts():
    with pytest.raises(ValueError, match="restarts must be at least 1, got 0"):
        _train(restarts=0)
