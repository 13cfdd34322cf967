"""A training that is cut off within an epoch goes on from there to the same bits."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.engines.compiled import engine as compiled
from clearprop.engines.jax import pieces
from clearprop.files import container
from clearprop.tables.calibration import RefinedLogLoss
from clearprop.training.checkpoint import CheckpointKeeper, read_checkpoint
from tests.training.test_checkpoint import (
    HOW,
    LOSS,
    NET,
    CutOffError,
    T,
    X,
    same,
    start,
)

STEPS = 6
"""Batches of an epoch: 90 rows, 16 at a time."""


@pytest.fixture(autouse=True)
def one_step_at_a_time(monkeypatch):
    """The kernels return after each step, as they do after each 0.2 seconds."""
    monkeypatch.setattr(compiled, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(compiled, "FIRST_MULTIPLICATIONS", 1.0)
    monkeypatch.setattr(pieces, "PIECE_WORK", 1)


def dies_at_save(monkeypatch, number):
    """Let the process die right after the save of a number."""
    write, saves = container.write_model, []

    def dying(*args, **kept):
        write(*args, **kept)
        saves.append(1)
        if len(saves) == number:
            raise CutOffError

    monkeypatch.setattr(container, "write_model", dying)


def kept(path):
    return {"checkpoint": cp.Checkpoint(path, seconds=0), "resume": True}


def trained(**how):
    settings = {"optimizer": cp.Adam(0.02), "epochs": 12, "batch_size": 16, "seed": 5, **how}
    dtype = settings.pop("dtype", np.float64)
    return cp.train(NET, LOSS, start(dtype), X, T, **settings)


@pytest.mark.parametrize("number", [1, 4, 17, 40])
@pytest.mark.parametrize("name", HOW)
def test_it_goes_on_within_an_epoch(tmp_path, monkeypatch, name, number):
    path, how = tmp_path / "run.checkpoint", HOW[name]
    whole = trained(**how)
    last = 4 * len(whole.history)  # batches, where rows are set aside
    with monkeypatch.context() as patch:
        dies_at_save(patch, min(number, last))
        with pytest.raises(CutOffError):
            trained(**how, **kept(path))
    same(trained(**how, **kept(path)), whole)


@pytest.mark.parametrize("engine", ["compiled", "numpy", "jax"])
def test_where_it_stands_is_told(tmp_path, monkeypatch, engine):
    path = tmp_path / "run.checkpoint"
    dies_at_save(monkeypatch, STEPS + 2)
    with pytest.raises(CutOffError):
        trained(engine=engine, early_stopping=True, validation_data=(X, T), **kept(path))
    saved = read_checkpoint(path)[1]
    assert (saved.position.steps, saved.position.epochs) == (STEPS + 2, 1)
    assert (len(saved.history), saved.unfinished.steps) == (1, 2)
    assert saved.unfinished.sums[:, 2].sum() == 32


@pytest.mark.parametrize("engine", ["compiled", "numpy", "jax"])
def test_cut_off_after_every_step(tmp_path, monkeypatch, engine):
    path = tmp_path / "run.checkpoint"
    how = {"engine": engine, "epochs": 3}
    deaths = 0
    for _ in range(100):
        with monkeypatch.context() as patch:
            dies_at_save(patch, 1)
            try:
                last = trained(**how, **kept(path))
            except CutOffError:
                deaths += 1
                continue
            break
    assert deaths >= 3 * STEPS
    same(last, trained(**how))


@pytest.mark.parametrize("at", [1, 3, 8, 20])
@pytest.mark.parametrize("engine", ["compiled", "numpy", "jax"])
def test_ctrl_c_loses_no_step(tmp_path, monkeypatch, engine, at):
    path = tmp_path / "run.checkpoint"
    asked = []

    def pressed(keeper):
        asked.append(1)
        if len(asked) == at:
            raise KeyboardInterrupt
        return False

    how = {"engine": engine, "checkpoint": cp.Checkpoint(path, every=100), "resume": True}
    with monkeypatch.context() as patch:
        patch.setattr(CheckpointKeeper, "is_due", pressed)
        if at < STEPS:
            with pytest.raises(KeyboardInterrupt):
                trained(**how)
        else:
            assert trained(**how).reason == "interrupted"
    saved = read_checkpoint(path)[1]
    assert saved.position.steps >= at
    assert saved.position.steps % STEPS == saved.unfinished.steps != 0
    same(trained(**how), trained(engine=engine))


def test_before_each_epoch_once(tmp_path, monkeypatch):
    """What has to be done before an epoch is not done again after a pause, but in a new process."""
    begun = []
    how = {"hidden_layer_sizes": (3,), "max_iter": 3, "random_state": 0, "batch_size": 16}
    monkeypatch.setattr(
        "clearprop.estimators.callbacks.FitCallbacks.begin_epoch",
        lambda self: begun.append(1),
    )
    monkeypatch.setattr("clearprop.estimators.callbacks.FitCallbacks.end_epoch", lambda self: False)

    class Told:
        def setup(self, estimator, context): ...
        def teardown(self, estimator, context): ...
        def on_fit_task_begin(self, estimator, context): ...
        def on_fit_task_end(self, estimator, context): ...

    with pytest.warns(Warning, match="converged"):
        cp.MLPClassifier(**how, **kept(tmp_path / "fit")).set_callbacks(Told()).fit(X, T)
    assert len(begun) == 3


RESTARTS = {"restarts": 3, "epochs": 6}


@pytest.mark.parametrize("seed", [5, None])
def test_restarts_go_on(tmp_path, seed):
    folder, told = tmp_path / "runs", []

    def dying(report):
        told.append(report)
        if len(told) == 9:
            raise CutOffError

    how = {**RESTARTS, "seed": seed, "checkpoint": cp.Checkpoint(folder, every=1), "resume": True}
    with pytest.raises(CutOffError):
        trained(**how, on_epoch=dying)
    assert {path.name for path in folder.iterdir()} <= {f"run-{n}.checkpoint" for n in range(3)}
    again = trained(**how)
    if seed is None:
        same(trained(**how), again)
        return
    whole = trained(**RESTARTS)
    assert len(again.restarts) == 3
    for one, other in zip(again.restarts, whole.restarts, strict=True):
        same(one, other)


def test_restarts_need_a_folder(tmp_path):
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(cp.ResumeError, match="notes is a file, and several networks are saved"):
        trained(**RESTARTS, checkpoint=tmp_path / "notes")


def test_other_restarts_are_refused(tmp_path):
    trained(**RESTARTS, checkpoint=tmp_path / "runs")
    with pytest.raises(cp.ResumeError, match=r"run-\d.checkpoint holds a training already"):
        trained(**RESTARTS, checkpoint=tmp_path / "runs")
    with pytest.raises(cp.ResumeError, match="What differs: batch_size"):
        trained(**RESTARTS, checkpoint=tmp_path / "runs", resume=True, batch_size=32)


PLAIN = cp.Chain(cp.Dense(4, 6), cp.Tanh(), cp.Dense(6, 1))


def by_lbfgs(path=None, **how):
    kept = {} if path is None else {"checkpoint": cp.Checkpoint(path, every=1), "resume": True}
    first = PLAIN.init(np.random.default_rng(1))
    settings = {"epochs": 40, "optimizer": cp.LBFGS(), "l2": 0.01, **kept, **how}
    return cp.train(PLAIN, LOSS, first, X, T, **settings)


def test_lbfgs_goes_on_from_its_weights_and_says_that_the_path_is_another(tmp_path):
    path = tmp_path / "run.checkpoint"

    def dying(report):
        if report.epoch == 8:
            raise CutOffError

    whole = by_lbfgs()
    with pytest.raises(CutOffError):
        by_lbfgs(path, on_epoch=dying)
    with pytest.warns(UserWarning, match="after 7 iterations .* takes another path"):
        again = by_lbfgs(path)
    assert again.history.loss[:7] == whole.history.loss[:7]
    assert again.history.loss[7] < again.history.loss[6]
    assert len(again.history) <= 40
    assert again.final_loss == pytest.approx(whole.final_loss, rel=0.2)
    same(by_lbfgs(path), again)  # it has ended, and stays


def test_lbfgs_that_is_done_stays(tmp_path):
    path = tmp_path / "run.checkpoint"
    whole = by_lbfgs(path)
    same(whole, by_lbfgs())
    same(by_lbfgs(path), whole)


def test_lbfgs_counts_its_evaluations_on(tmp_path):
    path = tmp_path / "run.checkpoint"
    few = {"optimizer": cp.LBFGS(max_evaluations=9)}

    def dying(report):
        if report.epoch == 4:
            raise CutOffError

    with pytest.raises(CutOffError):
        by_lbfgs(path, on_epoch=dying, **few)
    with pytest.warns(UserWarning, match="another path"):
        again = by_lbfgs(path, **few)
    assert again.reason == "evaluations"
    assert len(again.history) < 12


@pytest.mark.parametrize("cut", [2, 3, 7])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_a_metric_remembers_goes_on(tmp_path, dtype, cut):
    """The loss after the best temperature begins to look where it ended in the epoch before."""

    def refined(path=None, cut=None):
        def dying(report):
            if report.epoch == cut:
                raise CutOffError

        kept = {"checkpoint": cp.Checkpoint(path, every=1), "resume": True} if path else {}
        return trained(
            dtype=dtype, validation_data=(X[:30], T[:30, None]), on_epoch=dying,
            metrics={"refined": RefinedLogLoss()},
            early_stopping=cp.EarlyStopping("refined", 50, tolerance=0.0), **kept,
        )  # fmt: skip

    path, whole = tmp_path / "run.checkpoint", refined()
    with pytest.raises(CutOffError):
        refined(path, cut)
    assert set(read_checkpoint(path)[1].remembered) == {"refined"}
    same(refined(path), whole)
