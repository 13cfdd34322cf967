"""What a raw column does to the outputs: exact derivatives, and what a cell becomes."""

import numpy as np
import pandas as pd
import pytest

import clearprop as cp
from clearprop.files.errors import DataError
from clearprop.tables.codes.number import NumberCode, fit_numbers

QUICK = {"random_state": 0, "max_epochs": 4, "members": 3}


def table(rows=300):
    rng = np.random.default_rng(0)
    X = pd.DataFrame({
        "age": rng.uniform(18, 80, rows),
        "city": rng.choice(["Rome", "Oslo", "Lima"], rows),
        "pay": rng.normal(size=rows),
    })  # fmt: skip
    X.loc[3, "age"] = np.nan
    return X, (X.age.fillna(40) - 40) ** 2 / 100 + X.pay + (X.city == "Rome")


def classes(y):
    return np.where(y > 2, "high", np.where(y < 1, "low", "middle"))


@pytest.fixture(scope="module")
def regressor():
    X, y = table()
    return cp.TableRegressor(**QUICK).fit(X, y)


@pytest.fixture(scope="module")
def classifier():
    X, y = table()
    return cp.TableClassifier(**QUICK).fit(X, classes(y))


def mean_outputs(model, X):
    return np.mean([output.astype(float) for output in model._member_outputs(model.encode(X))], 0)


def in_float64(model):
    """Give the networks numbers that differences of close outputs can be taken of."""
    for member in model.members_:
        for layer in member.params.values():
            layer.update({name: np.asarray(value, float) for name, value in layer.items()})
    return model


@pytest.mark.parametrize("kind", ["regressor", "classifier"])
def test_the_gradient_of_a_column_is_what_a_small_change_of_it_does(kind, request):
    model, (X, _) = in_float64(request.getfixturevalue(kind)), table()
    found = model.column_gradients(X)
    found = found[:, None] if found.ndim == 2 else found
    unit = model._unit_of_outputs()
    for place, name, h in ((0, "age", 1e-2), (2, "pay", 1e-3)):
        up, down = (mean_outputs(model, X.assign(**{name: X[name] + s * h})) for s in (1, -1))
        measured = (up - down) * unit / (2 * h)
        edges = np.array(model.inputs_.columns[place].edges)
        away = np.abs(X[name].to_numpy()[:, None] - edges).min(axis=1) > 2 * h
        off = np.abs(measured - found[:, :, place])[away]
        assert len(off) > 100
        assert off.max() < 3e-3 * np.abs(found[away][:, :, place]).max()
    assert np.isnan(found[:, :, 1]).all()
    assert np.isnan(found[3, :, 0]).all()
    assert np.isfinite(found[:3, :, 0]).all()


def test_slopes_of_a_code_are_its_differences():
    rng = np.random.default_rng(1)
    code = fit_numbers(rng.exponential(size=500), "wait", 12)
    values = rng.exponential(size=200) * 1.5
    values = values[np.abs(values[:, None] - np.array(code.edges)).min(axis=1) > 1e-5]
    width = len(code.input_names)
    up, down = np.zeros((2, len(values), width))
    code.write(up, values + 1e-6)
    code.write(down, values - 1e-6)
    np.testing.assert_allclose(code.slopes(values), (up - down) / 2e-6, rtol=1e-6, atol=1e-8)


def test_beyond_the_edges_pieces_have_no_slope():
    code = NumberCode("age", 40.0, 10.0, (20.0, 40.0, 60.0), 1)
    slopes = code.slopes(np.array([10.0, 20.0, 60.0, np.nan]))
    assert (slopes[[0, 2], 1:] == 0).all()
    assert slopes[1, 1:].tolist() == [1 / 20, 0, 0]
    assert np.isnan(slopes[3]).all()


def test_a_cell_is_followed_to_the_inputs_and_back(regressor):
    X, _ = table()
    origin = regressor.why(X, "age", row=5)
    at = regressor.inputs_.input_columns == "age"
    np.testing.assert_allclose(origin.inputs, regressor.encode(X)[5, at], rtol=1e-6)
    assert origin.cell == X.age[5]
    slope = regressor.column_gradients(X)[5, 0]
    assert origin.slope == pytest.approx([slope])
    text = str(origin).splitlines()
    assert text[0] == f"age = {X.age[5]}"
    assert text[1].split() == ["input", "code", "as", "given", "∂o"]
    assert text[-1].startswith("o is the prediction; ∂o/∂cell = ")
    assert len(text) == 3 + at.sum()
    of_members = [regressor.why(X, "age", row=5, member=k).slope[0] for k in range(3)]
    assert np.mean(of_members) == pytest.approx(slope)


def test_a_category_and_a_missing_number_have_no_slope(regressor):
    X, _ = table()
    city = regressor.why(X, "city", row=1)
    assert city.slope is None
    assert city.code.tolist().count(1.0) == 1
    assert str(city).endswith("o is the prediction")
    missing = regressor.why(X, "age", row=3)
    assert missing.cell == "missing"
    assert missing.slope is None


def test_each_class_has_an_output(classifier):
    text = str(classifier.why(table()[0], "pay"))
    assert "o2 is the score of middle before the softmax; ∂o2/∂cell = " in text


def test_a_column_that_no_input_comes_from_is_named(regressor):
    with pytest.raises(DataError, match=r"the table has no column 'agee'.*age"):
        regressor.why(table()[0], "agee")


def test_members_are_asked_one_by_one(regressor, classifier):
    X, _ = table()
    alone = regressor.member_predictions(X)
    assert alone.shape == (len(regressor.members_), len(X))
    inside = (alone.min(axis=0) - 1e-6 <= regressor.predict(X)) & (
        regressor.predict(X) <= alone.max(axis=0) + 1e-6
    )
    assert inside.all()
    named = classifier.member_predictions(X)
    assert set(np.unique(named)) <= set(classifier.classes_)


def test_texts_have_a_way_too():
    rng = np.random.default_rng(0)
    words = ["good", "bad", "late", "kind", "soon", "never", "ship", "price", "again", "broken"]
    X = pd.DataFrame({
        "note": [" ".join(rng.choice(words, 6)) + f" number {k}" for k in range(200)],
        "n": rng.normal(size=200),
    })  # fmt: skip
    y = X.note.str.contains("bad").map({True: "no", False: "yes"})
    model = cp.TableClassifier(**QUICK, keep=["note"]).fit(X, y)
    origin = model.why(X, "note", row=2)
    assert origin.slope is None
    assert np.count_nonzero(origin.code) >= 3
    assert "the log-odds of yes, before the temperature" in str(origin)
