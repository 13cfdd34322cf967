"""`clearprop predict`: raw tables with and without the target, in print, CSV and JSON."""

import csv

import numpy as np
import pytest

import clearprop as cp
from clearprop.data import load
from tests.cli.conftest import people


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.reader(file))


def test_a_table_without_the_target_is_predicted(run, model, folder):
    frame = people(9, seed=3)
    frame.drop(columns="member").to_csv(folder / "new.csv", index=False)
    done = run("predict", model, "new.csv")
    assert done.code == 0
    assert done.err == ""
    lines = [line.split() for line in done.out.splitlines()]
    head = lines.index(["row", "member", "probability"])
    shown = lines[head + 1 : head + 10]
    assert [row[0] for row in shown] == [str(n) for n in range(1, 10)]
    loaded = cp.load(model)
    assert [row[1] for row in shown] == loaded.predict(frame).tolist()
    best = loaded.predict_proba(frame).max(axis=1)
    assert [float(row[2]) for row in shown] == pytest.approx(best, abs=6e-5)
    assert "accuracy" not in done.out.split("\n", 1)[1]


def test_with_the_target_it_is_scored_and_wrong_rows_are_marked(run, model, folder):
    frame = people(30, seed=5)
    frame.to_csv(folder / "new.csv", index=False)
    predicted = cp.load(model).predict(frame)
    done = run("predict", model, "new.csv", "--head", 30)
    wrong = [int(line.split()[0]) for line in done.out.splitlines() if line.endswith("wrong")]
    assert wrong == (np.flatnonzero(predicted != frame["member"]) + 1).tolist() != []
    right = (predicted == frame["member"]).sum()
    assert f"\n{right} of 30 right (95 %: " in done.out


def test_rows_whose_target_is_missing_are_predicted_and_not_scored(run, model, folder):
    frame = people(30, seed=5)
    frame.loc[[0, 7], "member"] = None
    frame.to_csv(folder / "new.csv", index=False)
    found = run("predict", model, "new.csv", "--json").json
    assert len(found["predictions"]) == 30
    assert found["figures"]["rows"] == 28
    there = frame["member"].notna().to_numpy()
    right = cp.load(model).predict(frame)[there] == frame["member"][there]
    assert found["figures"]["accuracy"] == right.mean()
    shown = run("predict", model, "new.csv", "--head", 1).out
    assert [line.split()[-1] for line in shown.splitlines() if line.startswith("  1")] == ["–"]


def test_held_out_rows_are_those_that_were_not_trained_on(run):
    trained = run("train", "digits", "--epochs", 15, "--json").json
    found = run("predict", "digits.clearprop", "digits", "--rows", "held-out", "--json").json
    model = cp.load("digits.clearprop")
    assert [entry["row"] - 1 for entry in found["predictions"]] == model.held_out.tolist()
    assert found["figures"]["accuracy"] == trained["figures"]["accuracy"]
    shown = run("predict", "digits.clearprop", "digits", "--rows", "held-out", "--head", 3).out
    rows = [line.split() for line in shown.splitlines()]
    first = rows.index(["row", "digit", "probability", "true"]) + 1
    assert [int(row[0]) - 1 for row in rows[first : first + 3]] == model.held_out[:3].tolist()
    digits = load("digits").y[model.held_out[:3]]
    assert [int(row[3]) for row in rows[first : first + 3]] == digits.tolist()
    everything = run("predict", "digits.clearprop", "digits", "--head", 2)
    assert "1,438 of these rows were trained on" in everything.out
    assert "… and 1,795 rows more" in everything.out


def test_other_data_has_no_held_out_rows(run, model, folder):
    people(40, seed=8).to_csv(folder / "new.csv", index=False)
    done = run("predict", model, "new.csv", "--rows", "held-out")
    assert done.code == 3
    assert "new.csv is not the table that the model was trained on, people.csv" in done.err


def test_csv_holds_every_row_with_its_number(run, model, table):
    done = run("predict", model, table, "--rows", "held-out", "--out", "p.csv", "--proba")
    assert "wrote 24 predictions to p.csv" in done.out
    loaded, frame = cp.load(model), people()
    head, *rows = rows_of("p.csv")
    assert head == ["row", "prediction", "probability of no", "probability of yes"]
    assert [int(row[0]) - 1 for row in rows] == loaded.held_out.tolist()
    assert [row[1] for row in rows] == loaded.predict(frame.iloc[loaded.held_out]).tolist()
    probabilities = np.array([row[2:] for row in rows], np.float32)
    expected = loaded.predict_proba(frame.iloc[loaded.held_out])
    np.testing.assert_array_equal(probabilities, expected)


def test_numbers_are_predicted_in_their_unit(run):
    run("train", "diabetes", "--epochs", 20, "--quiet")
    found = run("predict", "diabetes.clearprop", "diabetes", "--json", "--head", 3).json
    model = cp.load("diabetes.clearprop")
    expected = model.predict(load("diabetes").X)
    assert [entry["prediction"] for entry in found["predictions"]] == expected[:3].tolist()
    assert found["rows"] == 442
    assert 40 < found["figures"]["rmse"] < 80
    done = run("predict", "diabetes.clearprop", "diabetes", "--rows", "held-out", "--head", 2)
    assert done.out.splitlines()[-1].startswith("R² 0.")
    assert run("predict", "diabetes.clearprop", "diabetes", "--proba").code == 2


def test_unseen_categories_and_missing_values_are_said(run, model, folder):
    (folder / "new.csv").write_text("age,job\n30,pilot\n,clerk\n")
    done = run("predict", model, "new.csv")
    assert done.code == 0
    assert "with a category that training had not ('pilot'); all its inputs are 0" in done.out
    assert "column 'age': 1 missing value filled with the training median" in done.out


def test_a_missing_column_is_named(run, model, folder):
    (folder / "new.csv").write_text("agee,job\n30,clerk\n")
    done = run("predict", model, "new.csv")
    assert (done.code, done.out) == (3, "")
    assert "no column 'age', which the training table had. Did you mean 'agee'?" in done.err


def test_quiet_prints_rows_and_score_only(run, model, table):
    lines = run("predict", model, table, "--quiet", "--head", 1).out.splitlines()
    assert lines[0].split() == ["row", "member", "probability", "true"]
    assert lines[-1].startswith("accuracy ")


def test_what_is_read_is_never_written_over(run, model, table, folder):
    before = (folder / table).read_bytes()
    for out, name in ((table, "SOURCE"), (model, "MODEL")):
        done = run("predict", model, table, "--out", out)
        assert done.code == 2
        assert f"{out} is the file that this command reads as {name}: name another" in done.err
    assert (folder / table).read_bytes() == before


def test_classes_match_however_they_are_written(run, folder):
    frame = people()
    frame["member"] = np.where(frame["member"] == "yes", 1, 0)
    frame.to_csv(folder / "ones.csv", index=False)
    run("train", "ones.csv", "--epochs", 20, "--quiet")
    plain = run("predict", "ones.clearprop", "ones.csv", "--json").json["figures"]
    frame["member"] = frame["member"].astype(float)
    frame.loc[3, "member"] = np.nan  # makes a column of floating point numbers
    frame.to_csv(folder / "floats.csv", index=False)
    floats = run("predict", "ones.clearprop", "floats.csv", "--json").json["figures"]
    assert floats["rows"] == 119
    assert floats["accuracy"] == pytest.approx(plain["accuracy"], abs=0.02)


def test_a_class_that_training_did_not_meet_counts_as_an_error(run, model, folder):
    frame = people(20, seed=2)
    frame["member"] = "no"
    frame.loc[:4, "member"] = "perhaps"
    frame.to_csv(folder / "new.csv", index=False)
    found = run("predict", model, "new.csv", "--json").json
    assert any("5 rows of new.csv with a class that" in note for note in found["notes"])
    right = (cp.load(model).predict(frame) == frame["member"]).mean()
    assert found["figures"]["accuracy"] == right
