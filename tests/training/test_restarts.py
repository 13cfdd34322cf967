"""Many starts: the best comes back, all are ranked, and the same seed gives the same ranking."""

import gc
import os
import signal
import threading

import numpy as np
import pytest

import clearprop as cp
from clearprop.engines.numpy import NumpyEngine
from clearprop.training import restarts
from clearprop.training.interruption import set_by_signals

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
    # Small networks beside each other sum their products in another order than BLAS.
    runs = [run.history.loss for run in among.restarts]
    assert sum(np.allclose(alone.history.loss, loss, rtol=1e-12, atol=0) for loss in runs) == 1


@pytest.mark.parametrize("restore_best", [True, False])
def test_restarts_are_ranked_by_the_validation_loss_of_the_weights_they_keep(restore_best):
    """Every run becomes worse on rows it is not trained on, each from another epoch on."""
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((30, 6)), rng.integers(0, 2, 30).astype(float)
    valid_x, valid_t = rng.standard_normal((200, 6)), rng.integers(0, 2, 200).astype(float)
    net, loss = cp.Chain(cp.Dense(6, 8), cp.Tanh(), cp.Dense(8, 1)), cp.BinaryCrossEntropy()
    rule = cp.EarlyStopping(patience=np.inf, restore_best=restore_best)
    best = cp.train(
        net, loss, net.init(rng), x, t, epochs=40, optimizer=cp.Adam(0.05), restarts=4, seed=0,
        validation_data=(valid_x, valid_t), early_stopping=rule,
    )  # fmt: skip
    kept = []
    for run in best.restarts:
        losses = run.history.metrics["validation_loss"]
        assert 1 <= run.history.best_epoch < 40
        assert losses[-1] > 1.05 * min(losses)
        assert run.final_loss == (min(losses) if restore_best else losses[-1])
        # Measured anew, at the weights that the run returns.
        measured, _ = cp.backprop(net, loss, run.params, valid_x, valid_t)
        assert run.final_loss == pytest.approx(measured, rel=1e-12)
        kept.append(run.final_loss)
    assert kept == sorted(kept)
    assert len(set(kept)) == 4
    assert best.final_loss == kept[0]
    other = [run.history.metrics["validation_loss"] for run in best.restarts]
    ranked_otherwise = [losses[-1] if restore_best else min(losses) for losses in other]
    assert ranked_otherwise != sorted(ranked_otherwise)


def test_no_restart_is_not_a_number_of_restarts():
    with pytest.raises(ValueError, match="restarts must be at least 1, got 0"):
        _train(restarts=0)


class Started:
    """Counts the epochs of all runs; the signal is sent when so many have ended."""

    def __init__(self, at):
        self.at, self.epochs = at, 0

    def __call__(self, report):
        self.epochs += 1
        if self.epochs == self.at:
            os.kill(os.getpid(), signal.SIGINT)


ENDLESS = {"epochs": 10**9, "restarts": 4}


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_ctrl_c_ends_all_restarts_with_the_best_so_far(engine):
    """It came back when every run had made all its epochs, and lost them."""
    best = _train(engine=engine, on_epoch=Started(20), **ENDLESS)
    assert best.reason == "interrupted"
    assert 1 <= len(best.restarts) <= 4
    assert {run.reason for run in best.restarts} == {"interrupted"}
    assert best.final_loss == min(run.final_loss for run in best.restarts)
    told = f"the best of {len(best.restarts)} restarts, {len(best.restarts)} of them interrupted"
    assert str(best).splitlines()[-1] == told
    assert best.predict(XOR).shape == (4, 1)


def test_ctrl_c_in_the_first_epoch_of_restarts_is_raised(monkeypatch):
    stop = threading.Event()
    monkeypatch.setattr("clearprop.training.restarts.allowed_processors", lambda: 1)
    monkeypatch.setattr("clearprop.training.restarts.Event", lambda: stop)

    class Interrupting(cp.SGD):
        def update(self, *arguments):
            if not stop.is_set():
                os.kill(os.getpid(), signal.SIGINT)
                assert stop.wait(60)
            return super().update(*arguments)

    with pytest.raises(KeyboardInterrupt, match="before the end of the first epoch"):
        _train(engine="numpy", optimizer=Interrupting(0.1), batch_size=1, **ENDLESS)


def test_a_second_ctrl_c_is_raised_and_the_handler_given_back():
    handler, stop = signal.getsignal(signal.SIGINT), threading.Event()
    with pytest.raises(KeyboardInterrupt), set_by_signals(stop):
        signal.raise_signal(signal.SIGINT)
        assert stop.is_set()
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is handler


def test_a_signal_is_noted_within_a_fit_that_notes_it_too():
    fit, training = threading.Event(), threading.Event()
    with set_by_signals(fit), set_by_signals(training) as received:
        signal.raise_signal(signal.SIGINT)
        assert fit.is_set()
        assert training.is_set()
        assert received.numbers == [signal.SIGINT]


def test_a_signal_of_another_process_is_no_first_one_in_the_fit_around():
    fit, training = threading.Event(), threading.Event()
    with set_by_signals(fit):
        with set_by_signals(training) as received:
            received.came_elsewhere(signal.SIGINT)
            assert fit.is_set()
            assert training.is_set()
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_a_handler_that_does_not_raise_is_left_its_say():
    heard = []
    earlier = signal.signal(signal.SIGINT, lambda *_: heard.append(1) or True)
    try:
        result = _train(engine="numpy", epochs=20, restarts=2, on_epoch=Started(3))
    finally:
        signal.signal(signal.SIGINT, earlier)
    assert (result.reason, len(result.restarts), heard) == ("epochs", 2, [1])


def test_ctrl_c_ends_restarts_of_l_bfgs():
    best = _train(engine="numpy", optimizer=cp.LBFGS(tolerance=0.0), on_epoch=Started(3), **ENDLESS)
    assert best.reason == "interrupted"


def test_finished_runs_are_kept_when_ctrl_c_ends_the_others(monkeypatch):
    stop, interrupt = threading.Event(), Started(25)
    monkeypatch.setattr("clearprop.training.restarts.allowed_processors", lambda: 1)
    monkeypatch.setattr("clearprop.training.restarts.Event", lambda: stop)

    def on_epoch(report):
        interrupt(report)
        if interrupt.epochs == 25:
            assert stop.wait(60)

    best = _train(epochs=10, restarts=4, on_epoch=on_epoch, engine="numpy")
    assert best.reason == "interrupted"
    ends = sorted((len(run.history), run.reason) for run in best.restarts)
    assert ends == [(5, "interrupted"), (10, "epochs"), (10, "epochs")]
    assert str(best).endswith("the best of 3 restarts, 1 of them interrupted")


def test_functions_of_the_user_are_called_by_one_thread_at_a_time(monkeypatch):
    monkeypatch.setattr("clearprop.training.restarts.allowed_processors", lambda: 8)
    inside, most, threads = [], [], set()

    def call(*_):
        inside.append(1)
        threads.add(threading.get_ident())
        os.sched_yield()
        most.append(len(inside))
        inside.pop()

    def metric(*_):
        call()
        return 0.0

    _train(
        epochs=30, restarts=8, engine="numpy", on_epoch=call, metrics={"m": metric},
        validation_data=(XOR, ANSWER),
    )  # fmt: skip
    assert len(most) == 2 * 8 * 30
    assert set(most) == {1}
    assert len(threads) > 1


def test_an_error_in_one_run_ends_the_others():
    def fails(report):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        _train(engine="numpy", on_epoch=fails, **ENDLESS)


def test_kernels_are_compiled_by_the_thread_that_ctrl_c_reaches(monkeypatch):
    threads = []
    prepare = NumpyEngine.prepare

    def noted(self, *arguments):
        threads.append(threading.current_thread())
        prepare(self, *arguments)

    monkeypatch.setattr(NumpyEngine, "prepare", noted)
    _train(engine="numpy", restarts=2, epochs=1)
    assert threads[0] is threading.main_thread()


@pytest.mark.parametrize("restarts", [1, 3])
def test_a_training_leaves_nothing_for_the_garbage_collector(restarts):
    """Its orders of rows, megabytes for many restarts, are free again as soon as it has ended."""
    _train(restarts=restarts, epochs=3, engine="numpy")  # imports what it needs
    gc.collect()
    gc.disable()
    try:
        _train(restarts=restarts, epochs=3, engine="numpy")
        assert gc.collect() == 0
    finally:
        gc.enable()
