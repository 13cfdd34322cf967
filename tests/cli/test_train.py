"""`clearprop train`: what it prints, what it saves, what each option does."""

import json
import re

import numpy as np
import pandas as pd
import pytest

import clearprop as cp
from clearprop.data import load
from tests.cli.conftest import people


def test_digits_are_learned_checked_and_saved(run):
    done = run("train", "digits")
    assert done.code == 0
    assert done.err == ""
    accuracy = float(re.search(r"^test: accuracy (0\.\d{3}) on 359 rows", done.out, re.M)[1])
    assert accuracy >= 0.96
    lines = done.out.splitlines()
    assert lines[0] == "digits → digit: 1,797 rows, 64 columns, 10 classes"
    assert (
        "  rows: 1,294 for training, 144 for validation (early stopping), 359 for testing" in lines
    )
    assert "61 → 64 relu → 10 softmax: 4,618 weights; adam, η 0.003, batches of 129" in lines
    assert re.search(
        r"^kept epoch \d+, with a validation loss of 0\.\d+ and accuracy", done.out, re.M
    )
    assert re.search(r"^gradients are right: 208 checked by complex step", done.out, re.M)
    assert re.search(r"^saved digits\.clearprop \(\d+ kB\)$", done.out, re.M)
    head = next(i for i, line in enumerate(lines) if line.startswith("digit  precision"))
    assert lines[head].split() == [
        "digit",
        "precision",
        "recall",
        "rows",
        "predicted",
        *"0123456789",
    ]
    table = [line.split() for line in lines[head + 1 : head + 11]]
    assert [row[0] for row in table] == list("0123456789")
    matrix = np.array([[0 if cell == "·" else int(cell) for cell in row[4:]] for row in table])
    assert [int(row[3]) for row in table] == matrix.sum(axis=1).tolist()
    assert accuracy == pytest.approx(np.trace(matrix) / 359, abs=6e-4)
    assert [float(row[2]) for row in table] == pytest.approx(
        np.diag(matrix) / matrix.sum(axis=1), abs=6e-3
    )


def test_the_saved_model_gives_the_printed_accuracy_on_rows_not_trained_on(run):
    found = run("train", "digits", "--json").json
    model, digits = cp.load("digits.clearprop"), load("digits")
    assert found["model"] == "digits.clearprop"
    assert len(model.held_out) == found["rows"]["test"] == 359
    X, y = digits.X[model.held_out], digits.y[model.held_out]
    assert (model.predict(X) == y).mean() == found["figures"]["accuracy"]
    assert found["figures"]["accuracy"] == model.test["accuracy"]
    kept = np.delete(digits.X, model.held_out, axis=0)
    means = [column.mean for column in model.encoder.columns if column.kind == "number"]
    varying = kept[:, kept.std(axis=0) > 0]
    assert means == pytest.approx(varying.mean(axis=0))  # nothing of the test rows went in


def test_a_regression_is_told_in_the_targets_unit(run):
    done = run("train", "diabetes", "--epochs", 30)
    assert done.code == 0
    assert "  standardised the target (mean " in done.out
    rows = re.findall(r"^(network|always the mean) +(\S+) +(\S+) +(\S+)", done.out, re.M)
    (_, r2, rmse, mae), (_, _, rmse_mean, mae_mean) = rows
    model, data = cp.load("diabetes.clearprop"), load("diabetes")
    true = data.y[model.held_out]
    errors = model.predict(data.X[model.held_out]) - true
    assert float(rmse) == pytest.approx(np.sqrt(np.mean(errors**2)), abs=0.006)
    assert float(mae) == pytest.approx(np.abs(errors).mean(), abs=0.006)
    assert float(r2) == pytest.approx(
        1 - np.sum(errors**2) / np.sum((true - true.mean()) ** 2), abs=6e-3
    )
    mean = np.delete(data.y, model.held_out).mean()
    assert float(rmse_mean) == pytest.approx(np.sqrt(np.mean((true - mean) ** 2)), abs=0.006)
    assert float(mae_mean) == pytest.approx(np.abs(true - mean).mean(), abs=0.006)


def test_a_mixed_table_is_prepared_and_said(run, table):
    done = run("train", table, "--epochs", 60)
    assert done.code == 0
    assert done.out.startswith("people.csv → member: 120 rows, 3 columns, 2 classes\n")
    for told in (
        "standardised 1 numeric column: age",
        "with the column's median: age (",
        "one-hot encoded 1 column into 2 inputs: job (2)",
        "left out 1 column (the same value in every row): town",
        "3 → 64 relu → 1 logistic: 321 weights",
        "; always 'yes': ",
    ):
        assert told in done.out
    assert cp.load("people.clearprop").test["accuracy"] > 0.75


def test_json_is_one_object_and_nothing_else(run, table):
    done = run("train", table, "--json", "--epochs", 5)
    assert done.code == 0
    assert done.out.count("\n") == 1
    assert done.err == ""
    assert done.json["target"] == "member"
    assert done.json["task"] == "classification"
    assert done.json["rows"] == {"train": 86, "validation": 10, "test": 24}
    assert done.json["epochs"] == 5
    assert done.json["gradients"]["right"] is True
    wanted = {"class", "precision", "recall", "f1", "rows"}
    assert done.json["figures"]["classes"][0].keys() == wanted
    assert done.json["report"] is None
    assert np.sum(done.json["figures"]["confusion_matrix"]) == 24
    assert done.json["interrupted"] is False


def test_quiet_is_two_lines(run, table):
    done = run("train", table, "--quiet", "--epochs", 3)
    first, second = done.out.splitlines()
    assert re.match(r"test: \d+ of 24 right \(95 %: ", first)
    assert second.startswith("saved people.clearprop (")
    assert done.err == ""


def test_the_same_seed_gives_the_same_file_and_another_does_not(run, table, folder):
    for out, seed in (("a", 1), ("b", 1), ("c", 2)):
        run("train", table, "--epochs", 3, "--seed", seed, "--out", out, "--quiet")
    assert (folder / "a").read_bytes() == (folder / "b").read_bytes()
    assert (folder / "a").read_bytes() != (folder / "c").read_bytes()


def test_options_reach_the_estimator(run, table):
    run(
        "train", table, "--hidden", "7,5", "--activation", "tanh", "--solver", "sgd", "--epochs", 2,
        "--batch-size", 9, "--learning-rate", 0.02, "--alpha", 0.5, "--weight-decay", 0.1,
        "--dropout", 0.25, "--class-weight", "balanced", "--seed", 4, "--no-early-stopping",
    )  # fmt: skip
    estimator = cp.load("people.clearprop").estimator
    found = estimator.get_params()
    assert found == found | {
        "hidden_layer_sizes": (7, 5), "activation": "tanh", "solver": "sgd", "max_iter": 2,
        "batch_size": 9, "learning_rate_init": 0.02, "alpha": 0.5, "weight_decay": 0.1,
        "dropout": 0.25, "class_weight": "balanced", "random_state": 4, "early_stopping": False,
        "scoring": None,
    }  # fmt: skip
    assert [w.shape for w in estimator.coefs_] == [(3, 7), (7, 5), (5, 1)]


def test_lbfgs_needs_no_steps(run, table):
    done = run("train", table, "--solver", "lbfgs", "--hidden", "4", "--epochs", 30)
    assert done.code == 0
    assert "17 → " not in done.out
    assert "; lbfgs on all rows, up to 30 iterations" in done.out
    assert "early stopping" not in done.out
    assert cp.load("people.clearprop").estimator.coefs_[0].dtype == np.float64


def test_hidden_none_is_a_linear_model(run):
    run("train", "iris", "--hidden", "none", "--epochs", 50, "--quiet")
    assert [w.shape for w in cp.load("iris.clearprop").estimator.coefs_] == [(4, 3)]


@pytest.mark.filterwarnings("ignore:the outputs for row:RuntimeWarning")
def test_a_warning_of_a_training_that_is_saved_is_no_error(run):
    arguments = (
        "train", "iris", "--solver", "sgd", "--learning-rate", 1000, "--no-early-stopping",
        "--epochs", 3,
    )  # fmt: skip
    done = run(*arguments, "--json")
    assert done.code == 0
    (warning,) = done.json["warnings"]
    assert warning.startswith("Training stopped: the loss is not finite at step ")
    assert json.loads(done.err) == {"warning": warning}
    assert run(*arguments, "--quiet").err == f"clearprop: {warning}\n"


def test_early_stopping_keeps_the_best_epoch_by_the_validation_loss(run):
    found = run("train", "breast-cancer", "--early-stopping", "--json").json
    estimator = cp.load("breast-cancer.clearprop").estimator
    losses = estimator.validation_loss_curve_
    assert found["epochs"] == len(losses) < 200
    assert found["kept_epoch"] == int(np.argmin(losses)) + 1
    assert found["validation_loss"] == pytest.approx(min(losses))


def test_without_it_all_epochs_are_run(run):
    found = run("train", "iris", "--no-early-stopping", "--epochs", 230, "--json").json
    assert found["epochs"] == found["kept_epoch"] == 230
    assert found["rows"]["validation"] == 0
    assert found["warnings"] == []


def test_a_test_file_is_tested_on_and_none_of_it_trained_on(run, table, folder):
    people(50, seed=1).to_csv(folder / "test.csv", index=False)
    found = run("train", table, "--test", "test.csv", "--epochs", 20, "--json").json
    assert found["rows"] == {"train": 108, "validation": 12, "test": 50}
    model, frame = cp.load("people.clearprop"), people(50, seed=1)
    assert found["figures"]["accuracy"] == (model.predict(frame) == frame["member"]).mean()
    assert model.held_out.size == 0


def test_without_test_rows_the_training_rows_are_measured_and_it_says_so(run, table):
    done = run("train", table, "--test-fraction", 0, "--epochs", 2)
    assert "training rows, as there are no others: accuracy" in done.out
    assert cp.load("people.clearprop").test == {}


def test_integer_classes_come_back_as_integers(run, folder):
    frame = people()
    frame["member"] = (frame["member"] == "yes").astype(int) + 3
    frame.to_csv(folder / "numbered.csv", index=False)
    run("train", "numbered.csv", "--epochs", 2, "--quiet")
    predicted = cp.load("numbered.clearprop").predict(frame)
    assert predicted.dtype.kind == "i"
    assert set(predicted) <= {3, 4}


def test_a_number_can_be_classes_or_a_quantity(run, folder):
    frame = pd.DataFrame({"x": np.linspace(0, 1, 80), "n": np.arange(80) % 4})
    frame.to_csv(folder / "n.csv", index=False)
    assert run("train", "n.csv", "--epochs", 1, "--json").json["task"] == "classification"
    found = run("train", "n.csv", "--task", "regression", "--epochs", 1, "--json").json
    assert found["task"] == "regression"
    assert found["figures"].keys() == {"rows", "r2", "rmse", "mae", "decimals", "baseline"}


def test_more_epochs_are_advised_while_it_improves(run):
    found = run("train", "wine", "--epochs", 8)
    assert "Still improving at the last epoch: the last 4 lowered the validation loss" in found.out
    assert "more epochs may help (--epochs" in found.out
    assert "Still improving" not in run("train", "wine", "--epochs", 200).out


def test_a_target_in_the_middle_by_name_and_by_number(run, folder):
    frame = people()[["age", "member", "job"]]
    frame.to_csv(folder / "middle.csv", index=False)
    for target in ("member", "1"):
        found = run("train", "middle.csv", "--target", target, "--epochs", 1, "--json").json
        assert found["target"] == "member"


def test_arrays_in_an_npz_file(run, folder):
    iris = load("iris")
    np.savez(folder / "iris.npz", X=iris.X, y=iris.y)
    found = run("train", "iris.npz", "--json", "--epochs", 60).json
    assert found["figures"]["accuracy"] > 0.85
    shown = run("predict", "iris.clearprop", "iris.npz", "--json", "--rows", "held-out").json
    assert shown["figures"]["accuracy"] == found["figures"]["accuracy"]


def test_an_old_model_is_replaced_and_anything_else_is_not(run, table, folder):
    run("train", table, "--epochs", 1, "--quiet")
    first = (folder / "people.clearprop").read_bytes()
    assert run("train", table, "--epochs", 2, "--quiet").code == 0
    assert (folder / "people.clearprop").read_bytes() != first
    before = (folder / table).read_bytes()
    done = run("train", table, "--out", table, "--epochs", 1)
    assert done.code == 2
    assert "people.csv is the file that this command reads as SOURCE" in done.err
    assert (folder / table).read_bytes() == before
    (folder / "notes.txt").write_text("of mine")
    done = run("train", table, "--out", "notes.txt", "--epochs", 1)
    assert done.code == 2
    assert "notes.txt is there and is no model" in done.err
    assert (folder / "notes.txt").read_text() == "of mine"
