"""A training that is cut off goes on from its checkpoint to the bits of the uninterrupted one."""

import os
import signal

import numpy as np
import pytest

import clearprop as cp
from clearprop.definitions.parameters import leaves_of
from clearprop.files.container import read_model, write_model
from clearprop.training import checkpoint as checkpoints
from tests.killing import run_killed_at

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 4))
T = (X[:, 0] * X[:, 1] > 0).astype(float)
NET = cp.Chain(
    cp.Dense(4, 6), cp.BatchNorm(6), cp.ReLU(), cp.Dropout(0.2), cp.Dense(6, 1)
)  # fmt: skip
LOSS = cp.BinaryCrossEntropy()
EPOCHS = 12


class CutOffError(Exception):
    """Stands for whatever ends a process."""


def start(dtype=np.float64):
    return NET.init(np.random.default_rng(1), dtype)


def run(path=None, cut=None, dtype=np.float64, every=1, **how):
    """Train; with `cut` the training dies after so many epochs."""
    settings = {"optimizer": cp.Adam(0.02), "epochs": EPOCHS, "batch_size": 16, "seed": 5, **how}

    def dying(report):
        if report.epoch == cut:
            raise CutOffError

    if cut is not None:
        settings["on_epoch"] = dying
    kept = {} if path is None else {"checkpoint": cp.Checkpoint(path, every=every)}
    return cp.train(NET, LOSS, start(dtype), X, T, **settings, **kept)


def same(one, other):
    for (path, a), (_, b) in zip(leaves_of(one.params), leaves_of(other.params), strict=True):
        np.testing.assert_array_equal(a, b, err_msg=path)
    assert (one.state is None) == (other.state is None)
    for (path, a), (_, b) in zip(
        leaves_of(one.state or {}), leaves_of(other.state or {}), strict=True
    ):
        np.testing.assert_array_equal(a, b, err_msg=path)
    assert one.history.loss == other.history.loss
    assert one.history.metrics == other.history.metrics
    assert one.history.learning_rate == other.history.learning_rate
    assert one.history.best_epoch == other.history.best_epoch
    assert (one.reason, one.restored) == (other.reason, other.restored)


HOW = {
    "Adam": {},
    "SGD with momentum": {"optimizer": cp.SGD(0.05, 0.9)},
    "RMSProp": {"optimizer": cp.RMSProp(0.01)},
    "AdamW": {"optimizer": cp.AdamW(0.01, 0.1)},
    "one cycle": {"schedule": cp.OneCycle()},
    "a rate that falls where the loss rests": {
        "schedule": cp.Adaptive(),
        "early_stopping": cp.EarlyStopping("loss", patience=1, tolerance=0.02, restore_best=False),
    },
    "best weights": {"early_stopping": True, "validation_fraction": 0.3},
    "ends early": {
        "early_stopping": cp.EarlyStopping(patience=1, tolerance=0.05), "validation_fraction": 0.3,
    },
    "weights, penalty, clipping": {
        "sample_weight": np.linspace(0.5, 2, 90), "l2": 0.01, "clip_norm": 0.5,
    },
    "rows in order": {"shuffle": False},
    "NumPy": {"engine": "numpy"},
    "float32": {"dtype": np.float32},
}  # fmt: skip


@pytest.mark.parametrize("cut", [1, 5, 11])
@pytest.mark.parametrize("name", HOW)
def test_it_goes_on_to_the_same_bits(tmp_path, name, cut):
    path, how = tmp_path / "run.checkpoint", HOW[name]
    whole = run(**how)
    if cut >= len(whole.history):
        cut = len(whole.history) - 1
    with pytest.raises(CutOffError):
        run(path, cut=cut + 1, **how)
    saved = checkpoints.read_checkpoint(path)[1]
    assert len(saved.history) == cut
    same(run(path, resume=True, **how), whole)


@pytest.mark.parametrize("every", [2, 5])
def test_it_goes_on_from_the_last_save(tmp_path, every):
    path = tmp_path / "run.checkpoint"
    with pytest.raises(CutOffError):
        run(path, cut=8, every=every)
    assert len(checkpoints.read_checkpoint(path)[1].history) == 7 // every * every
    same(run(path, every=every, resume=True), run())


def test_cut_off_again_and_again(tmp_path):
    path = tmp_path / "run.checkpoint"
    for cut in (2, 3, 6, 9):
        with pytest.raises(CutOffError):
            run(path, cut=cut, resume=True)
    same(run(path, resume=True), run())


def test_a_checkpoint_changes_no_bit_and_an_ended_training_stays(tmp_path):
    path = tmp_path / "run.checkpoint"
    whole = run()
    same(run(path), whole)
    before = path.read_bytes()
    same(run(path, resume=True), whole)
    assert path.read_bytes() == before


def test_without_a_seed_it_goes_on_with_the_saved_one(tmp_path):
    path = tmp_path / "run.checkpoint"
    how = {"seed": None, "validation_fraction": 0.3}
    with pytest.raises(CutOffError):
        run(path, cut=4, **how)
    kept = path.read_bytes()
    first = run(path, resume=True, **how)
    path.write_bytes(kept)
    same(run(path, resume=True, **how), first)


def test_ctrl_c_saves_the_last_whole_epoch(tmp_path):
    path = tmp_path / "run.checkpoint"

    def press(report):
        if report.epoch == 4:
            raise KeyboardInterrupt

    cut = run(path, every=100, on_epoch=press)
    assert cut.reason == "interrupted"
    assert len(checkpoints.read_checkpoint(path)[1].history) == 3
    same(run(path, every=100, resume=True), run())


def test_a_training_that_a_callback_ended_goes_on_without_it(tmp_path):
    path = tmp_path / "run.checkpoint"
    ended = run(path, on_epoch=lambda report: report.epoch == 4)
    assert (ended.reason, len(ended.history)) == ("callback", 4)
    same(run(path, resume=True), run())


def test_a_time_between_saves(tmp_path, monkeypatch):
    path = tmp_path / "run.checkpoint"
    clock = iter(range(0, 10_000, 7))
    monkeypatch.setattr(checkpoints.time, "monotonic", lambda: next(clock))
    saves = []
    monkeypatch.setattr("clearprop.files.container.write_model", lambda *_, **__: saves.append(1))
    cp.train(
        NET, LOSS, start(), X, T, epochs=EPOCHS, checkpoint=cp.Checkpoint(path, seconds=20),
        on_epoch=lambda report: None,
    )  # fmt: skip
    assert 3 <= len(saves) <= 8


def test_a_training_that_is_there_is_not_overwritten(tmp_path):
    path = tmp_path / "run.checkpoint"
    run(path)
    before = path.read_bytes()
    with pytest.raises(cp.ResumeError, match=r"holds a training already.*resume=True"):
        run(path)
    assert path.read_bytes() == before


OTHERS = {
    "x": lambda path: cp.train(
        NET, LOSS, start(), X + 1, T, epochs=EPOCHS, batch_size=16, seed=5,
        optimizer=cp.Adam(0.02), checkpoint=path, resume=True,
    ),
    "batch_size": lambda path: run(path, batch_size=32, resume=True),
    "optimizer": lambda path: run(path, optimizer=cp.Adam(0.03), resume=True),
    "epochs": lambda path: run(path, epochs=20, resume=True),
    "seed": lambda path: run(path, seed=6, resume=True),
    "engine": lambda path: run(path, engine="numpy", resume=True),
    "dtype": lambda path: run(path, dtype=np.float32, resume=True),
    "weights": lambda path: run(path, sample_weight=np.ones(90), resume=True),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_another_training_is_refused_and_the_difference_named(tmp_path, name):
    path = tmp_path / "run.checkpoint"
    with pytest.raises(CutOffError):
        run(path, cut=3)
    before = path.read_bytes()
    with pytest.raises(cp.ResumeError, match=rf"What differs:.*{name}: "):
        OTHERS[name](path)
    assert path.read_bytes() == before


def test_other_threads_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "run.checkpoint"
    run(path)
    monkeypatch.setattr("clearprop.training.identity.allowed_threads", lambda: 77)
    with pytest.raises(cp.ResumeError, match=r"threads: saved .*, now 77"):
        run(path, resume=True)


def test_a_damaged_file_is_one_clear_error(tmp_path):
    path = tmp_path / "run.checkpoint"
    run(path)
    whole = path.read_bytes()
    for place in range(0, len(whole), max(1, len(whole) // 40)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(cp.ResumeError, match="cannot be gone on from"):
            run(path, resume=True)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(cp.ResumeError, match="cannot be gone on from"):
        run(path, resume=True)


def test_another_file_of_ours_is_no_checkpoint(tmp_path):
    path = tmp_path / "model"
    write_model(path, {"layers": [1]}, {"W": np.zeros(2)})
    with pytest.raises(cp.ResumeError, match="is no checkpoint of a training"):
        run(path, resume=True)


@pytest.mark.parametrize("part", ["position", "history", "orders", "stopping"])
def test_a_checkpoint_that_lacks_a_part_is_refused(tmp_path, part):
    path = tmp_path / "run.checkpoint"
    run(path)
    document, arrays = read_model(path)
    del document[part]
    write_model(path, document, arrays)
    with pytest.raises(cp.ResumeError, match="does not describe a training"):
        run(path, resume=True)


def test_a_full_disk_does_not_end_the_training(tmp_path, monkeypatch):
    path = tmp_path / "run.checkpoint"
    with pytest.raises(CutOffError):
        run(path, cut=4)
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.warns(UserWarning, match="training goes on, but is not saved after step"):
            finished = run(path, resume=True)
    same(finished, run())
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.checkpoint"]


def test_resume_needs_a_file():
    with pytest.raises(ValueError, match="give checkpoint="):
        run(resume=True)


def test_of_a_long_setting_the_place_that_differs_is_shown(tmp_path):
    """Two networks that differ behind their first sixty characters."""
    path = tmp_path / "run"
    run(path)
    other = cp.Chain(*list(NET.children.values())[:-1], cp.Dense(6, 1, bias=False))
    with pytest.raises(cp.ResumeError, match=r"network: saved (.*), now (.*)\. Give") as caught:
        cp.train(
            other, LOSS, other.init(np.random.default_rng(1)), X, T, epochs=EPOCHS,
            batch_size=16, seed=5, optimizer=cp.Adam(0.02), checkpoint=path, resume=True,
        )  # fmt: skip
    told = str(caught.value)
    assert "bias=True" in told and "bias=False" in told


@pytest.mark.parametrize("wrong", [{"every": 0}, {"seconds": -1}, {"seconds": float("nan")}])
def test_wrong_intervals(wrong):
    with pytest.raises(ValueError, match="must be at least"):
        cp.Checkpoint("run", **wrong)


LONG = """
import sys
import numpy as np
import clearprop as cp
rng = np.random.default_rng(0)
x = rng.normal(size=(400, 6))
t = (x[:, :1] > 0).astype(float)
net = cp.Chain(cp.Dense(6, 12), cp.Tanh(), cp.Dropout(0.1), cp.Dense(12, 1))
result = cp.train(
    net, cp.BinaryCrossEntropy(), net.init(rng), x, t, optimizer=cp.Adam(0.01), epochs=900,
    batch_size=20, seed=1, engine="numpy" if len(sys.argv) > 2 else "compiled",
    **({"checkpoint": cp.Checkpoint(sys.argv[1], every=20), "resume": True} if sys.argv[1] else {}),
)
print(np.concatenate([p.ravel() for layer in result.params.values() for p in layer.values()])
      .tobytes().hex())
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_killed_at_random_moments(tmp_path, number):
    """Real processes, killed again and again: nothing unreadable, nothing left, the same bits."""
    path = tmp_path / "run.checkpoint"
    whole = run_killed_at(0, number, LONG, "").stdout
    rng, kills = np.random.default_rng(int(number)), 0
    for _ in range(200):
        call = int(rng.integers(1, 60))
        run = run_killed_at(call, number, LONG, path)
        if path.exists():
            checkpoints.read_checkpoint(path)
        if run.stdout == whole:
            break
        kills += 1
    assert run.stdout == whole, run.stderr
    assert kills >= 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.checkpoint"]
