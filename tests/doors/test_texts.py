"""Predictors as text, in Python and in C, give clearprop's own float64 predictions."""

import ctypes
import re
import shutil
import subprocess

import numpy as np
import pytest
from sklearn.datasets import load_diabetes

import clearprop as cp
from clearprop import MLPClassifier, MLPRegressor, TableClassifier
from clearprop.data import TableEncoder, TargetEncoder
from clearprop.doors.c_text import NO_ROW, STATEMENTS
from clearprop.doors.numpy_text import EXPRESSIONS
from clearprop.doors.program import OVER_ROWS
from clearprop.readings import numpy as xp
from clearprop.readings.symbol import PRIMITIVES
from tests.doors.served import PREDICTING, rows, stated
from tests.doors.tables import table
from tests.registry import LOSSES

CC = shutil.which("cc")
EXACT = {"rtol": 1e-12, "atol": 1e-300}


def of_python(text, x):
    """Return the predictions of a Python file for rows x."""
    assert not re.search(r"import (?!annotations|math|numpy as np)", text)
    names = {}
    exec(compile(text, "exported.py", "exec"), names)
    return names["predict"](x)


@pytest.fixture
def of_c(tmp_path):
    """Return a function that compiles a C file and predicts rows with it."""
    if CC is None:
        pytest.skip("no C compiler here: apt install gcc")

    def run(text, x, name="predict"):
        source, library = tmp_path / f"{name}.c", tmp_path / f"{name}.so"
        source.write_text(text, encoding="utf-8")
        flags = ["-std=c99", "-Wall", "-Wextra", "-Wno-parentheses", "-Werror", "-pedantic"]
        command = [CC, *flags, "-O1", "-shared", "-fPIC", str(source), "-o", str(library), "-lm"]
        subprocess.run(command, check=True)
        predict = getattr(ctypes.CDLL(str(library)), name)
        outputs = int(re.search(r"_OUTPUTS (\d+)", text)[1])
        double = ctypes.POINTER(ctypes.c_double)
        found = np.full((len(x), outputs), np.nan)
        for row, y in zip(np.ascontiguousarray(x, float), found, strict=True):
            predict(row.ctypes.data_as(double), y.ctypes.data_as(double))
        return found

    return run


@pytest.mark.parametrize("example", PREDICTING, ids=lambda example: example.name)
def test_every_layer(example, of_c):
    layer = example.make(5)
    params, state = stated(layer)
    x = rows(7, 5, *example.kinks)
    wanted, _ = layer.forward(xp, params, x, layer.recall(state))
    text = cp.export_numpy(layer, params, state=state, inputs=5)
    np.testing.assert_allclose(of_python(text, x), wanted, **EXACT)
    text = cp.export_c(layer, params, state=state, inputs=5)
    np.testing.assert_allclose(of_c(text, x), wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("example", LOSSES, ids=lambda example: example.name)
def test_every_link(example, of_c):
    x = rows(7, 4)
    wanted = example.loss.link(xp, x)
    text = cp.export_numpy(cp.Identity(), {}, loss=example.loss, inputs=4)
    np.testing.assert_allclose(of_python(text, x), wanted, **EXACT)
    text = cp.export_c(cp.Identity(), {}, loss=example.loss, inputs=4)
    np.testing.assert_allclose(of_c(text, x), wanted, **EXACT)


class Everything(cp.Layer):
    """Every primitive that works row by row."""

    def forward(self, xp, params, x, given=None):
        wide = xp.log_softmax(x) + xp.sum(x, axis=1)[:, None] - xp.mean(x, axis=1, keepdims=True)
        signs = xp.sign(x) * xp.ones_like(x) + xp.where(x > 0.5, xp.minimum(x, 2.0), -x)
        more = xp.sqrt(xp.absolute(x)) ** 3 + xp.log(xp.exp(x) + 1.0) + xp.expm1(x / 9.0)
        return wide + signs + more + xp.softmax(x) @ params["double"], None

    def pullback(self, xp, params, saved, dy):
        raise NotImplementedError

    def init(self, rng, dtype=float):
        return {"double": rng.normal(size=(4, 4))}


def test_a_layer_of_the_users_own(of_c):
    layer, x = Everything(), rows(6, 4)
    params = layer.init(np.random.default_rng(0))
    wanted, _ = layer.forward(xp, params, x)
    text = cp.export_numpy(layer, params, inputs=4)
    np.testing.assert_allclose(of_python(text, x), wanted, **EXACT)
    np.testing.assert_allclose(of_c(cp.export_c(layer, params, inputs=4), x), wanted, rtol=1e-11)


@pytest.mark.parametrize("classes", [2, 3])
def test_estimators_say_their_classes_and_columns(classes, of_c):
    frame, y = table(60, texts=False, categories=False)
    frame = frame[["size", "same"]] / 10
    names = np.array(["low", "middle", "high"])[:classes]
    model = MLPClassifier((4,), max_iter=5, random_state=0)
    with pytest.warns(UserWarning):
        model.fit(frame, names[np.argsort(np.argsort(y)) * classes // 60])
    wanted = model.predict_proba(frame)[:, -1 if classes == 2 else slice(None)].reshape(60, -1)
    text, x = cp.export_numpy(model), frame.to_numpy()
    assert f"CLASSES = {sorted(names.tolist())}" in text
    assert "COLUMNS = ['size', 'same']" in text
    np.testing.assert_allclose(of_python(text, x), wanted, **EXACT)
    text = cp.export_c(model, name="fruit")
    assert "x: size, same." in text
    np.testing.assert_allclose(of_c(text, x, "fruit"), wanted, **EXACT)


def test_a_table_of_numbers_goes_out_with_its_medians_and_units(of_c):
    frame, y = table(80, texts=False, categories=False)
    encoder, target = TableEncoder.fit(frame), TargetEncoder.fit(y)
    net = MLPRegressor(hidden_layer_sizes=(5,), max_iter=5, random_state=0)
    with pytest.warns(UserWarning):
        net.fit(encoder.encode(frame), target.encode(y))
    model = cp.TableModel(encoder, net, "y", target)
    x = frame[["size", "weight"]].to_numpy()
    assert np.isnan(x).any()
    wanted = model.predict(frame)[:, None]
    np.testing.assert_allclose(of_python(cp.export_numpy(model), x), wanted, **EXACT)
    np.testing.assert_allclose(of_c(cp.export_c(model), x), wanted, **EXACT)


@pytest.mark.parametrize("rows_table", [EXPRESSIONS, STATEMENTS], ids=["Python", "C"])
def test_every_primitive_has_a_row(rows_table):
    assert set(rows_table) == set(PRIMITIVES)


def test_only_what_no_program_has_has_no_words_in_c():
    assert {op for op, form in STATEMENTS.items() if form == NO_ROW} == set(OVER_ROWS)


def test_what_cannot_be_a_text_is_said():
    with pytest.raises(ValueError, match=r"251,001 numbers, and a text is for up to 200,000"):
        net = cp.Chain(cp.Dense(500, 500), cp.Dense(500, 1))
        cp.export_numpy(net, net.init(np.random.default_rng(0)))
    with pytest.raises(ValueError, match="name must be the name of a C function"):
        cp.export_c(cp.Tanh(), {}, inputs=1, name="1; system")
    X, y = load_diabetes(return_X_y=True)
    model = TableClassifier("fast", max_epochs=1).fit(X[:60], y[:60] > 100)
    with pytest.raises(TypeError, match="TableClassifier has several networks"):
        cp.export_c(model)


class AcrossRows(cp.Tanh):
    def value(self, xp, z):
        return z / z.shape[0]


def test_a_layer_that_asks_for_the_number_of_rows_is_refused():
    with pytest.raises(ValueError, match="other things for other numbers of rows"):
        cp.export_numpy(AcrossRows(), {}, inputs=2)
