"""`clearprop export`: what it writes predicts what the model predicts."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

import clearprop as cp
from tests.doors.needs import needed

from .conftest import people


@pytest.fixture
def digits(run):
    """A model of pictures with one network."""
    assert run("train", "digits", "--epochs", 2, "--hidden", 8, "--out", "m.clearprop").code == 0
    return cp.load("m.clearprop")


@pytest.fixture
def members(run, folder):
    """A model of a table with several networks."""
    people().to_csv("people.csv", index=False)
    done = run("train", "people.csv", "--preset", "fast", "--out", "t.clearprop")
    assert done.code == 0, done.err


def test_a_python_file(run, digits):
    done = run("export", "m.clearprop", "--to", "numpy", "--out", "net.py", "--json")
    assert done.json["files"] == ["net.py"]
    assert done.json["bytes"] > 1000
    names = {}
    exec(Path("net.py").read_text(encoding="utf-8"), names)
    X = load_digits().data
    used = X[:, [digits.columns.index(name) for name in names["COLUMNS"]]]
    np.testing.assert_allclose(names["predict"](used), digits.predict_proba(X), rtol=1e-4)


def test_a_c_file_by_its_ending_and_to_standard_output(run, digits):
    done = run("export", "m.clearprop", "--out", "net.c")
    said = r"saved net\.c: a C file; compile it with -lm \([\d,]+ bytes\)\n"
    assert re.fullmatch(said, done.out)
    text = Path("net.c").read_text(encoding="utf-8")
    assert "void predict(const double *x, double *y)" in text
    assert run("export", "m.clearprop", "--to", "c", "--out", "-").out == text


def test_a_module_of_pytorch_and_its_weights(run, digits):
    done = run("export", "m.clearprop", "--to", "torch", "--out", "net.py")
    assert done.out.startswith("saved net.py and net.safetensors: a PyTorch module")
    assert "class Network(nn.Module)" in Path("net.py").read_text(encoding="utf-8")


def test_onnx(run, members):
    runtime = needed("onnxruntime")
    assert run("export", "t.clearprop", "--out", "t.onnx").code == 0
    session = runtime.InferenceSession("t.onnx")
    frame = people()
    given = {"age": frame[["age"]].to_numpy(), "job": frame[["job"]].to_numpy(object)}
    labels, p = session.run(["label", "probabilities"], given)
    model = cp.load("t.clearprop")
    np.testing.assert_array_equal(labels, model.predict(frame))
    np.testing.assert_allclose(p, model.predict_proba(frame), atol=1e-6)


def test_what_cannot_be_written_is_said(run, members, folder):
    done = run("export", "t.clearprop", "--out", "t.c")
    assert done.code == 4
    assert "t.clearprop: MembersModel has several networks over coded columns" in done.err
    assert not (folder / "t.c").exists()
    done = run("export", "t.clearprop", "--out", "t.xyz")
    assert (done.code, "does not say what to write: give --to onnx" in done.err) == (2, True)
    done = run("export", "t.clearprop", "--to", "torch", "--out", "t.pt")
    assert (done.code, "ends in .py" in done.err) == (2, True)
    done = run("export", "t.clearprop", "--to", "torch", "--out", "-")
    assert (done.code, "in a file beside it" in done.err) == (2, True)
    done = run("export", "t.clearprop", "--to", "c", "--out", "-", "--json")
    assert done.code == 2
    assert run("export", "no.clearprop", "--out", "t.c").code == 4


def test_no_file_that_is_read_is_written_over(run, digits, folder):
    before = (folder / "m.clearprop").read_bytes()
    assert run("export", "m.clearprop", "--to", "c", "--out", "m.clearprop").code == 2
    (folder / "net.safetensors").symlink_to("m.clearprop")
    assert run("export", "m.clearprop", "--to", "torch", "--out", "net.py").code == 2
    assert (folder / "m.clearprop").read_bytes() == before


def test_without_onnx_the_pip_line_is_told(run, digits, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    done = run("export", "m.clearprop", "--out", "m.onnx")
    assert done.code == 1
    assert "needs onnx: pip install 'clearprop[onnx]'" in done.err
