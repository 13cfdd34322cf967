"""skops, joblib, Optuna and MLflow with clearprop's estimators, as a user has them."""

import os
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest

import clearprop as cp
from tests.doors.needs import needed
from tests.doors.tables import table

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

EXAMPLES = Path(__file__).parents[2] / "examples" / "doors"

frame, quantity = table(100)
numbers = frame[["size"]].to_numpy() / 10

FITTED = {
    "MLPClassifier": lambda: cp.MLPClassifier((4,), cp.ELU(0.5), max_iter=3).fit(
        numbers, quantity > 11
    ),
    "MLPClassifier, stopping early": lambda: cp.MLPClassifier(
        (4,), max_iter=3, early_stopping=True, loss=cp.CrossEntropy(0.1)
    ).fit(numbers, np.digitize(quantity, [9, 12])),
    "MLPRegressor": lambda: cp.MLPRegressor(cp.Huber(), (4,), solver="lbfgs", max_iter=3).fit(
        numbers, quantity
    ),
    "TableClassifier": lambda: cp.TableClassifier("fast", max_epochs=2).fit(frame, quantity > 11),
    "TableRegressor": lambda: cp.TableRegressor("fast", max_epochs=2).fit(frame, quantity),
}


def rows_for(model):
    return frame if "Table" in type(model).__name__ else numbers


@pytest.mark.parametrize("kind", FITTED)
def test_joblib(kind, tmp_path):
    model = FITTED[kind]()
    joblib.dump(model, tmp_path / "model.joblib")
    again = joblib.load(tmp_path / "model.joblib")
    rows = rows_for(model)
    np.testing.assert_array_equal(again.predict(rows), model.predict(rows))


@pytest.mark.parametrize("kind", FITTED)
def test_skops_with_the_types_to_trust(kind):
    skops = needed("skops.io")
    model = FITTED[kind]()
    content = skops.dumps(model)
    again = skops.loads(content, trusted=list(cp.TRUSTED_TYPES))
    rows = rows_for(model)
    np.testing.assert_array_equal(again.predict(rows), model.predict(rows))
    with pytest.raises(TypeError, match="Untrusted types"):
        skops.loads(content)


def test_every_trusted_type_is_there():
    for name in cp.TRUSTED_TYPES:
        module, _, kind = name.rpartition(".")
        assert isinstance(getattr(__import__(module, fromlist=[kind]), kind), type)
    losses = {
        kind.__name__ for kind in cp.Loss.__subclasses__() if "definitions" in kind.__module__
    }
    activations = {
        kind.__name__ for kind in cp.Activation.__subclasses__() if "definitions" in kind.__module__
    }
    trusted = {name.rpartition(".")[2] for name in cp.TRUSTED_TYPES}
    assert losses | activations <= trusted


def ran(name, *arguments):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(EXAMPLES / name), *arguments],
        capture_output=True, text=True, check=False, timeout=600, env=os.environ,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_optuna_prunes_by_a_callback():
    needed("optuna")
    said = ran("optuna_pruning.py", "12")
    trials, pruned = said.split("\n")[0].split(", ")
    assert trials == "12 trials"
    assert int(pruned.split()[0]) > 0
    assert float(said.split("accuracy ")[1].split()[0]) > 0.95


@pytest.mark.slow
def test_mlflow_logs_curves_and_model(tmp_path):
    needed("mlflow")
    needed("skops")
    said = ran("mlflow_tracking.py", str(tmp_path))
    assert "40 epochs logged" in said
    assert "the same predictions: True" in said
