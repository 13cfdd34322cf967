"""A checkpoint whose checksum is right and whose content no training can have; a full disk."""

import warnings

import numpy as np
import pytest

import clearprop as cp
from clearprop.files.container import read_model, write_model
from clearprop.training import checkpoint as checkpoints
from tests.training.test_checkpoint import CutOffError, run, same
from tests.training.test_checkpoint_within import dies_at_save, kept, trained


@pytest.fixture
def parts(tmp_path, monkeypatch):
    """The document and the arrays of a training within its third epoch, and its file."""
    path = tmp_path / "run.checkpoint"
    with monkeypatch.context() as patch:
        patch.setattr("clearprop.engines.compiled.engine.SLICE_SECONDS", 0.0)
        patch.setattr("clearprop.engines.compiled.engine.FIRST_MULTIPLICATIONS", 1.0)
        dies_at_save(patch, 14)
        with pytest.raises(CutOffError):
            trained(early_stopping=True, validation_fraction=0.3, **kept(path))
    return path, *read_model(path)


def changed(node, path, value):
    *way, last = path
    for name in way:
        node = node[name]
    node[last] = value


DOCUMENTS = {
    "an epoch that is not begun": (("unfinished", "steps"), ["integer", "0"]),
    "steps beyond the epoch": (("unfinished", "steps"), ["integer", "5"]),
    "no optimizer": (("position", "optimizer_state"), {}),
    "a count below 0": (("position", "steps"), ["integer", "-1"]),
    "a count beyond all": (("position", "steps"), ["integer", str(2**64)]),
    "a text as a count": (("position", "plateaus"), "many"),
    "orders of nothing": (("orders",), {}),
    "no generator": (("orders", "generator"), {}),
    "a generator of words": (("orders", "generator"), "PCG64"),
    "a best epoch that never was": (("best_epoch",), 99),
    "no metrics": (("history", "metrics"), {}),
}

ARRAYS = {
    "fewer parameters": ("position.params", lambda old: old[:-1]),
    "other numbers": ("position.params", lambda old: old.astype(np.float32)),
    "longer averages": ("position.optimizer_state.m", lambda old: np.append(old, 0.0)),
    "fewer statistics": ("position.network_state.batchnorm1.mean", lambda old: old[:-1]),
    "rows outside": ("orders.waiting", lambda old: old + 1),
    "rows twice": ("orders.waiting", lambda old: old // 2),
    "no order": ("orders.waiting", lambda old: old[:0]),
    "a short order": ("orders.last", lambda old: old[:-1]),
    "sums of nothing": ("unfinished.sums", lambda old: old[:0]),
    "longer curves": ("history.loss", lambda old: np.append(old, 0.0)),
    "best parameters of another network": ("best.params", lambda old: old[:3]),
}


def refused(path, document, arrays):
    write_model(path, document, arrays)
    with pytest.raises(cp.ResumeError, match=r"cannot be gone on from: \w"):
        trained(early_stopping=True, validation_fraction=0.3, **kept(path))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_of_no_training(parts, name):
    path, document, arrays = parts
    changed(document, *DOCUMENTS[name])
    refused(path, document, arrays)


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_of_no_training(parts, name):
    path, document, arrays = parts
    array, change = ARRAYS[name]
    refused(path, document, {**arrays, array: np.ascontiguousarray(change(arrays[array]))})


def test_a_place_outside_the_twister(tmp_path):
    path = tmp_path / "fit"
    X, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2

    def fit():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cp.MLPClassifier(max_iter=3, random_state=0, checkpoint=path, resume=True).fit(X, y)

    fit()
    document, arrays = read_model(path)
    document["orders"]["generator"]["state"]["pos"] = ["integer", "625"]
    write_model(path, document, arrays)
    with pytest.raises(cp.ResumeError, match="a place outside"):
        fit()


@pytest.mark.parametrize("room", [0, 1, 100, 3000])
def test_a_disk_that_fills_up_at_a_write(tmp_path, monkeypatch, room):
    """So many bytes find room; the training goes on, and what was saved stays."""
    resource = pytest.importorskip("resource")
    signal = pytest.importorskip("signal")
    path = tmp_path / "run.checkpoint"
    with pytest.raises(CutOffError):
        run(path, cut=4)
    before = path.read_bytes()
    assert room < len(before)
    earlier = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, earlier[1]))
        with pytest.warns(UserWarning, match="training goes on, but is not saved after step"):
            finished = run(path, resume=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, earlier)
        signal.signal(signal.SIGXFSZ, handler)
    same(finished, run())
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.checkpoint"]
    assert checkpoints.read_checkpoint(path)
