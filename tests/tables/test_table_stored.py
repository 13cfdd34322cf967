"""Table estimators in files: the same bits back, and one clear error for anything else."""

import copy
import json
import os

import numpy as np
import pandas as pd
import pytest

import clearprop as cp
from clearprop.files.arrays import Arrays
from clearprop.tables.restored import estimator_of
from clearprop.tables.stored import parts_of

QUICK = {"preset": "fast", "max_epochs": 10, "random_state": 0}


def tables():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "a": rng.normal(size=150),
            "b": rng.choice([f"c{k}" for k in range(50)], 150),
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, 150), "h"),
            "text": [" ".join(rng.choice(list("abcdefgh"), 5)) + f" {k}" for k in range(150)],
        }
    )
    return table, table["a"].to_numpy() > 0


def amount(table):
    return table["a"] + table["when"].dt.day / 30


MODELS = {
    "bools": lambda X, y: cp.TableClassifier(**QUICK).fit(X, y),
    "texts": lambda X, y: cp.TableClassifier(**QUICK).fit(X, np.where(y, "yes", "no")),
    "three": lambda X, y: cp.TableClassifier(**QUICK).fit(X, np.arange(150) % 3 - 1),
    "labels": lambda X, y: cp.TableClassifier(**QUICK).fit(X, np.stack([y, ~y, y], 1).astype(int)),
    "quantity": lambda X, y: cp.TableRegressor(**QUICK).fit(X, amount(X) * 3),
    "quantities": lambda X, y: cp.TableRegressor(**QUICK).fit(
        X, np.stack([amount(X), -amount(X)], 1)
    ),
    "array": lambda X, y: cp.TableRegressor(**QUICK, loss="poisson").fit(X[["a"]].to_numpy(), y),
}


@pytest.fixture(scope="module")
def models():
    X, y = tables()
    return {name: (make(X, y), X[["a"]].to_numpy() if name == "array" else X)
            for name, make in MODELS.items()}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_a_loaded_model_predicts_the_same_bits(models, name, tmp_path):
    model, X = models[name]
    model.save(tmp_path / "m.clearprop")
    again = cp.load(tmp_path / "m.clearprop")
    assert type(again) is type(model)
    assert again.get_params() == model.get_params()
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    if hasattr(model, "predict_proba"):
        np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
        np.testing.assert_array_equal(again.classes_, model.classes_)
        assert again.classes_.dtype.kind == model.classes_.dtype.kind
    else:
        np.testing.assert_array_equal(again.predict_interval(X), model.predict_interval(X))
    again.save(tmp_path / "again.clearprop")
    assert (tmp_path / "again.clearprop").read_bytes() == (tmp_path / "m.clearprop").read_bytes()


def test_a_file_is_little_larger_than_its_weights(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 8))
    model = cp.TableRegressor(preset="default", max_epochs=3, random_state=0).fit(
        X, X[:, 0] * X[:, 1]
    )
    model.save(tmp_path / "m.clearprop")
    weights = sum(
        array.nbytes
        for member in model.members_
        for layer in member.params.values()
        for array in layer.values()
    )
    assert os.path.getsize(tmp_path / "m.clearprop") < 1.2 * weights


def places(value, path=()):
    """Yield the path of every value in a JSON document."""
    yield path
    children = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, child in children:
        yield from places(child, (*path, key))


WRONG = ({"surprise": 1}, -1, 1e999, "surprise", None, [], True)


@pytest.mark.filterwarnings("ignore:X has feature names, but:UserWarning")
def test_every_value_of_a_document_is_checked(models):
    """Anything else in its place gives a ValueError or a model that predicts; never a crash."""
    model, X = models["texts"]
    document, arrays = parts_of(model)
    document = json.loads(json.dumps(document))
    for member in document["members"]:  # of curves a few epochs are enough
        member["loss"], member["held_out_loss"] = member["loss"][:1], member["held_out_loss"][:1]
    rng = np.random.default_rng(0)
    every = [path for path in places(document) if path]
    chosen = [every[k] for k in rng.choice(len(every), 250, replace=False)]
    for path in [*[(key,) for key in document], *chosen]:
        for wrong in rng.choice(len(WRONG), 2, replace=False):
            changed = copy.deepcopy(document)
            parent = changed
            for key in path[:-1]:
                parent = parent[key]
            parent[path[-1]] = WRONG[wrong]
            try:
                estimator = estimator_of(changed, Arrays(arrays))
            except ValueError:
                continue
            try:
                estimator.predict(X[:3])
            except ValueError:
                continue


@pytest.mark.parametrize("name", ["members.0.dense1.W", "members.0.dense3.b"])
def test_arrays_that_do_not_fit_are_refused(models, name):
    document, arrays = parts_of(models["three"][0])
    without = {key: array for key, array in arrays.items() if key != name}
    with pytest.raises(ValueError, match=f"the array '{name}' is missing"):
        estimator_of(document, Arrays(without))
    with pytest.raises(ValueError, match="NaN or infinity"):
        estimator_of(document, Arrays({**arrays, name: np.full_like(arrays[name], np.nan)}))
    with pytest.raises(ValueError, match="shape"):
        estimator_of(document, Arrays({**arrays, name: arrays[name][:-1]}))
    with pytest.raises(ValueError, match="unknown arrays"):
        estimator_of(document, Arrays({**arrays, "more": arrays[name]}))


def test_a_subclass_is_not_saved(tmp_path, models):
    class Mine(cp.TableClassifier):
        pass

    X = models["bools"][1]
    mine = Mine(**QUICK).fit(X, np.arange(150) % 2)
    with pytest.raises(TypeError, match="Mine objects cannot be saved"):
        mine.save(tmp_path / "m.clearprop")
    assert not (tmp_path / "m.clearprop").exists()
