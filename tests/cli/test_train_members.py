"""`clearprop train` on tables: several networks, in a file that all commands take."""

import json
import re

import numpy as np
import pandas as pd
import pytest

import clearprop as cp
from clearprop.cli.engines import OF_JAX
from clearprop.cli.network_options import OF_ONE_NETWORK
from clearprop.tables.members_model import MembersModel
from clearprop.tables.model import TableModel
from tests.cli.conftest import people
from tests.cli.test_report import told_in

FAST = ("--preset", "fast")


@pytest.fixture
def members(run, table):
    """A model of several networks of these people."""
    done = run("train", table, *FAST, "--quiet")
    assert done.code == 0, done.err
    return "people.clearprop"


def homes(rows=200):
    """Return a table of homes with prices."""
    rng = np.random.default_rng(1)
    area, town = rng.uniform(20, 200, rows).round(), rng.choice(["Ulm", "Bonn"], rows)
    price = 2 * area + 100 * (town == "Bonn") + rng.normal(0, 10, rows)
    built = pd.to_datetime("2001-01-01") + pd.to_timedelta(rng.integers(0, 8000, rows), "D")
    return pd.DataFrame({"area": area, "town": town, "built": built, "price": price.round(1)})


@pytest.fixture
def priced(folder):
    """A CSV file of homes."""
    homes().to_csv(folder / "homes.csv", index=False)
    return "homes.csv"


def test_a_table_gets_several_networks_and_it_is_said(run, table):
    done = run("train", table, *FAST)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "people.csv → member: 120 rows, 3 columns, 2 classes"
    assert "  rows: 96 for training, 24 for testing" in lines
    said = "several small networks, averaged (preset fast); --hidden 64 trains one network instead"
    assert f"  {said}" in lines
    assert "  left out 1 column (the same value in every row that is trained on): town" in lines
    one = r"\d+ × \(\d+ → 32 silu → 32 silu → (32 silu → )?1 sigmoid\)"
    assert re.search(rf"^{one}( and {one})?$", done.out, re.M)
    assert re.search(r"^trained \d+ epochs in all in .* kept \d+ networks of", done.out, re.M)
    assert re.search(r"held out 12 rows each, which decided .* the temperature \d", done.out)
    assert re.search(r"^gradients are right: \d+ checked by complex step", done.out, re.M)
    model = cp.load("people.clearprop")
    assert type(model) is MembersModel
    assert type(model.estimator) is cp.TableClassifier
    assert model.estimator.preset == "fast"
    right = int(re.search(r"^test: (\d+) of 24 right \(95 %: ", done.out, re.M)[1])
    assert model.test["accuracy"] == pytest.approx(right / 24)


def test_the_saved_model_gives_the_printed_figures_on_the_rows_held_out(run, table):
    found = run("train", table, *FAST, "--json").json
    model, frame = cp.load("people.clearprop"), people()
    held = frame.iloc[model.held_out]
    assert found["rows"] == {"train": 96, "validation": 0, "test": 24} and len(held) == 24
    assert (model.predict(held) == held["member"]).mean() == found["figures"]["accuracy"]
    assert model.test["accuracy"] == found["figures"]["accuracy"]
    assert model.estimator.n_rows_ == 96
    again = run("predict", "people.clearprop", table, "--rows", "held-out", "--json").json
    assert again["figures"]["accuracy"] == found["figures"]["accuracy"]
    assert [row["row"] - 1 for row in again["predictions"]] == model.held_out.tolist()


def test_json_tells_the_members(run, table):
    done = run("train", table, *FAST, "--json")
    assert done.err == ""
    found = done.json
    estimator = cp.load("people.clearprop").estimator
    assert found["estimator"] == "TableClassifier"
    counts = map(int, re.findall(r"(\d+) × \(", found["network"]))
    assert sum(counts) == len(estimator.members_)
    assert [member["epochs"] for member in found["members"]] == [
        member.epochs for member in estimator.members_
    ]
    assert sum(member["rows_held_out"] > 0 for member in found["members"]) >= 2
    assert found["epochs"] >= sum(member["epochs"] for member in found["members"])
    assert (found["kept_epoch"], found["loss"], found["validation_loss"]) == (None, None, None)
    assert any("categories in" in note for note in found["notes"])
    assert found["interval"] is None
    assert (found["interrupted"], found["gradients"]["right"]) == (False, True)
    one = run("train", table, "--epochs", 2, "--json").json
    assert one.keys() == found.keys()
    assert (one["estimator"], one["members"]) == ("MLPClassifier", None)


def test_a_regression_has_an_interval_in_its_unit(run, priced):
    found = run("train", priced, *FAST, "--json").json
    model, frame = cp.load("homes.clearprop"), homes()
    held = frame.iloc[model.held_out].reset_index(drop=True)
    error = np.abs(model.predict(held) - held["price"])
    half = found["interval"]["plus_minus"]
    assert found["interval"]["covered"] == (error <= half).mean() >= 0.75
    low, high = model.estimator.predict_interval(held[["area", "town", "built"]], 0.9).T
    assert (high - low) / 2 == pytest.approx(half)
    assert found["figures"]["r2"] > 0.9
    shown = run("train", priced, *FAST).out
    assert re.search(r"^90 % interval: prediction ± \d[\d.]* price; it holds \d+", shown, re.M)
    assert re.search(r"^networks +0\.9", shown, re.M)


VALUES = {
    "hidden": "8", "activation": "tanh", "solver": "sgd", "epochs": "2", "batch_size": "9",
    "learning_rate": "0.01", "alpha": "0.1", "weight_decay": "0.1", "dropout": "0.1",
    "early_stopping": None, "engine": "numpy",
}  # fmt: skip
OF_THE_SHELL = [name for name in OF_ONE_NETWORK if name not in OF_JAX]
"""Those of JAX are tried in test_train_hosts.py."""


@pytest.mark.parametrize("name", OF_THE_SHELL)
def test_any_option_for_one_network_trains_one_and_says_so(run, table, name):
    option = f"--{name.replace('_', '-')}"
    given = [option] if VALUES[name] is None else [option, VALUES[name]]
    done = run("train", table, *given, *([] if name == "epochs" else ["--epochs", "2"]))
    assert done.code == 0, done.err
    assert f"  one network, because of {option}" in done.out.replace(", --epochs", "") or (
        f"{option}" in re.search(r"one network, because of (.*)", done.out)[1]
    )
    assert type(cp.load("people.clearprop")) is TableModel


@pytest.mark.parametrize("name", OF_THE_SHELL)
def test_an_option_for_one_network_beside_a_preset_is_one_error(run, table, folder, name):
    option = f"--{name.replace('_', '-')}"
    given = [option] if VALUES[name] is None else [option, VALUES[name]]
    done = run("train", table, *given, "--preset", "default")
    assert (done.code, done.out) == (2, "")
    assert f"for --preset: is for several networks, and {option} for one: leave one" in done.err
    assert not (folder / "people.clearprop").exists()


@pytest.mark.parametrize("given", [("--devices", "all"), ("--shards", "4"), ("--hosts", "auto")])
def test_options_of_jax_are_for_one_network(run, table, given):
    done = run("train", table, "--engine", "jax", *given, "--preset", "default")
    assert (done.code, done.out) == (2, "")
    assert f"is for several networks, and --engine, {given[0]} for one: leave one" in done.err


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("digits", "one network, because these are pictures; --preset default averages several"),
        ("iris", "one network, as lessons use this data set; --preset default averages several"),
    ],
)
def test_pictures_and_lessons_get_one_network(run, source, said):
    done = run("train", source, "--no-check-gradients")
    assert f"  {said}\n" in done.out
    assert type(cp.load(f"{source}.clearprop")) is TableModel


def test_arrays_have_the_names_of_their_columns(run):
    assert run("train", "iris", *FAST, "-q").code == 0
    model = cp.load("iris.clearprop")
    assert model.columns[0] == "sepal length (cm)"
    found = run("predict", "iris.clearprop", "iris", "--json", "--rows", "held-out").json
    assert found["figures"]["accuracy"] > 0.8
    shown = run("explain", "iris.clearprop", "iris", "--row", 2)
    assert shown.code == 0, shown.err


def test_a_row_alone_in_a_file_gives_the_same_inputs(run, priced, folder):
    from clearprop.cli.models import read_rows

    run("train", priced, *FAST, "-q")
    model, frame = cp.load("homes.clearprop"), homes()
    together = model.encode(read_rows(model, priced).X)[0]
    for row in (0, 17, 199):
        frame.iloc[[row]].drop(columns="price").to_csv(folder / "one.csv", index=False)
        alone = model.encode(read_rows(model, "one.csv").X)[0]
        np.testing.assert_array_equal(alone[0], together[row])
    shuffled = frame[["town", "price", "built", "area"]]
    np.testing.assert_array_equal(model.encode(shuffled)[0], together)


def test_the_rows_of_training_are_known_and_others_are_not(run, members, table, folder):
    assert "96 of these rows were trained on" in run("predict", members, table).out
    people(40, seed=8).to_csv(folder / "new.csv", index=False)
    done = run("predict", members, "new.csv", "--rows", "held-out")
    assert done.code == 3
    assert "new.csv is not the table that the model was trained on, people.csv" in done.err


def test_predictions_and_probabilities_are_those_of_the_model(run, members, folder):
    frame = people(30, seed=5)
    frame.to_csv(folder / "new.csv", index=False)
    found = run("predict", members, "new.csv", "--proba", "--json").json
    model = cp.load(members)
    assert [row["prediction"] for row in found["predictions"]] == model.predict(frame).tolist()
    told = [list(row["probabilities"].values()) for row in found["predictions"]]
    np.testing.assert_allclose(told, model.predict_proba(frame))
    shown = run("predict", members, "new.csv", "--head", 2).out
    assert re.match(r"people\.clearprop → member: \d+ × \(.*\); test \d+ of 24 right", shown)


def test_unseen_values_and_a_missing_column_are_said(run, members, folder):
    (folder / "new.csv").write_text("age,job\n30,pilot\n,clerk\n")
    done = run("predict", members, "new.csv")
    assert done.code == 0
    assert "pilot" in done.out
    (folder / "new.csv").write_text("agee,job\n30,clerk\n")
    done = run("predict", members, "new.csv")
    assert (done.code, done.out) == (3, "")
    assert "no column 'age', which the training table had. Did you mean 'agee'?" in done.err


def test_any_network_can_be_opened(run, members, table):
    model = cp.load(members)
    first = run("explain", members, table, "--row", 3)
    assert first.code == 0, first.err
    assert first.out.startswith(f"people.clearprop, network 0 (of 0 to {model.networks - 1}) ")
    titles = set()
    for member in range(model.networks):
        step = run("explain", members, table, "--row", 3, "--member", member, "--json").json
        titles.add(json.dumps(step["loss"]))
        mine = model.explain(people().iloc[[2]], people()["member"][[2]], member=member)
        assert step["loss"]["before"] == mine.to_dict()["loss"]["before"]
    assert len(titles) == model.networks
    done = run("explain", members, table, "--member", model.networks)
    assert done.code == 2
    assert f"has networks 0 to {model.networks - 1}, not {model.networks}" in done.err


def test_one_network_has_no_other_to_open(run, model, table):
    assert run("explain", model, table, "--member", 0).code == 0
    done = run("explain", model, table, "--member", 1)
    assert done.code == 2
    assert "people.clearprop has one network, number 0, not 1" in done.err


def test_the_surface_of_the_first_network(run, members, table):
    done = run("surface", members, table)
    assert done.code == 0, done.err
    weights = sum(part.size for layer in cp.load(members).estimator.members_[0].params.values()
                  for part in layer.values())  # fmt: skip
    assert f"{weights:,} weights" in done.out


def test_the_same_seed_gives_the_same_file_and_another_does_not(run, table, folder):
    for out, seed in (("a", 1), ("b", 1), ("c", 2)):
        run("train", table, *FAST, "--seed", seed, "--out", out, "--quiet")
    assert (folder / "a").read_bytes() == (folder / "b").read_bytes()
    assert (folder / "a").read_bytes() != (folder / "c").read_bytes()


def test_a_file_of_rows_to_test_on(run, table, folder):
    people(50, seed=1).to_csv(folder / "test.csv", index=False)
    found = run("train", table, *FAST, "--test", "test.csv", "--json").json
    assert found["rows"] == {"train": 120, "validation": 0, "test": 50}
    model, frame = cp.load("people.clearprop"), people(50, seed=1)
    assert found["figures"]["accuracy"] == (model.predict(frame) == frame["member"]).mean()
    assert model.held_out.size == 0


def test_classes_can_be_given_the_same_weight(run, table):
    assert run("train", table, *FAST, "--class-weight", "balanced", "-q").code == 0
    assert cp.load("people.clearprop").estimator.class_weight == "balanced"


@pytest.mark.parametrize("rows", [8, 30])
def test_few_rows_and_rare_classes(run, folder, rows):
    names = ["a", "b", "c", "d", "e"]
    frame = pd.DataFrame({"x": np.arange(rows) % 7, "y": [names[i % 5] for i in range(rows)]})
    frame.loc[rows - 1, "y"] = "only once"
    frame.to_csv(folder / "rare.csv", index=False)
    done = run("train", "rare.csv", *FAST)
    assert done.code == 0, done.err
    assert "only once" in cp.load("rare.clearprop").estimator.classes_
    assert run("explain", "rare.clearprop", "rare.csv", "--row", rows).code == 0


def test_an_error_names_the_line_of_the_file(run, folder):
    rows = [f"{number},{'no' if number % 2 else 'yes'}\n" for number in range(60)]
    rows[57] = "inf,no\n"
    (folder / "t.csv").write_text("a,member\n" + "".join(rows))
    done = run("train", "t.csv")
    assert (done.code, done.out) == (3, "")
    assert "t.csv, line 59, column 'a': 'inf' is not a finite number" in done.err
    assert not (folder / "t.clearprop").exists()


def test_a_time_limit_ends_training_and_is_said(run, priced):
    done = run("train", priced, "--preset", "strong", "--time-limit", 0.001)
    assert done.code == 0, done.err
    assert "\nended by the time limit of 0.001 s\n" in done.out
    model = cp.load("homes.clearprop")
    assert model.estimator.ended_ == "time"
    assert all(member.epochs == 1 for member in model.estimator.members_)
    one = run("train", priced, "--epochs", 100000, "--time-limit", 0.001)
    assert "\nended by the time limit of 0.001 s\n" in one.out
    assert cp.load("homes.clearprop").estimator.n_iter_ < 100
    done = run("train", priced, "--time-limit", 0)
    assert (done.code, "must be above 0" in done.err) == (2, True)


def test_a_report_of_several_networks(run, table, folder):
    found = run("train", table, *FAST, "--report", "people.html", "--json").json
    told = told_in(folder / "people.html")
    assert told["title"]["network"] == found["network"]
    assert told["figures"]["accuracy"] == found["figures"]["accuracy"]
    assert told["data"]["rows"] == {"train": 96, "test": 24}
    members = told["members"]["members"]
    assert [member["epochs"] for member in members] == [one["epochs"] for one in found["members"]]
    assert all(len(member["loss"]) == member["epochs"] for member in members)
    assert all(bool(member["held_out_loss"]) == bool(member["rows_held_out"]) for member in members)
    assert sum(one["rows"] for one in told["calibration"]) == 24
    right = sum(one["rows"] * one["right"] for one in told["calibration"])
    assert right / 24 == pytest.approx(found["figures"]["accuracy"])
    columns = [one["column"] for one in told["importance"]["columns"]]
    assert sorted(columns) == ["age", "job", "town"]
    assert columns[0] == "age"
    assert told["importance"]["columns"][-1]["drop"] <= 0
    worst = told["mistakes"][0]
    explained = run("explain", "people.clearprop", table, "--row", worst, "--json").json
    assert told["steps"][str(worst)]["loss"]["before"] == explained["loss"]["before"]


def test_a_report_of_a_regression(run, priced, folder):
    found = run("train", priced, *FAST, "--report", "homes.html", "--json").json
    told = told_in(folder / "homes.html")
    assert told["interval"] == found["interval"]
    assert told["calibration"] is None
    assert told["residuals"]["rows"] == 40
    assert told["importance"]["columns"][0]["column"] == "area"
    assert told["members"]["temperature"] is None


def test_a_loaded_model_gives_the_same_report(run, members):
    import jsonschema

    from tests.reporting.test_document import SCHEMA

    frame = people()
    found = cp.report(cp.load(members), frame, frame["member"]).to_dict()
    jsonschema.validate(found, SCHEMA)
    assert all(len(one["loss"]) == one["epochs"] for one in found["members"]["members"])


def test_an_array_with_an_infinite_number_is_an_error_with_its_row(run, folder):
    X = np.random.default_rng(0).normal(size=(60, 2))
    X[41, 1] = np.inf
    np.savez(folder / "t.npz", X=X, y=np.arange(60) % 2)
    done = run("train", "t.npz")
    assert (done.code, done.out) == (3, "")
    assert "t.npz, row 42, column 'x2': inf is not a finite number" in done.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("agee,job,member\n30,clerk,no\n", "no column 'age', which the training table had"),
        ("age,job,member\n30,clerk,no\nold,clerk,yes\n", "line 3, column 'age': 'old' is not a"),
    ],
)
def test_a_file_of_rows_to_test_on_is_checked_before_training(run, table, folder, text, said):
    (folder / "test.csv").write_text(text)
    done = run("train", table, "--test", "test.csv")
    assert (done.code, done.out) == (3, "")
    assert "test.csv" in done.err and said in done.err
    assert not (folder / "people.clearprop").exists()


def test_a_model_of_a_table_that_was_no_text_reads_text_by_the_kinds_of_its_columns(run, folder):
    from clearprop.cli.models import read_rows

    frame = homes()
    frame.to_parquet(folder / "homes.parquet")
    assert run("train", "homes.parquet", *FAST, "-q").code == 0
    model = cp.load("homes.clearprop")
    assert model.reading is None
    kinds = {name: column.kind for name, column in model.as_read().columns.items()}
    assert kinds == {"area": "number", "town": "text", "built": "date"}
    frame.iloc[[3]].to_csv(folder / "one.csv", index=False)
    alone = model.encode(read_rows(model, "one.csv").X)[0]
    np.testing.assert_array_equal(alone, model.encode(frame)[0][[3]])


def test_words_that_hardly_repeat_are_asked_about_in_one_sentence_of_ours(run, folder):
    frame = people(30).drop(columns="member").assign(name=[f"w{k * 7919}" for k in range(30)])
    frame.to_csv(folder / "names.csv", index=False)
    done = run("train", "names.csv", *FAST, "--time-limit", "1", "--no-check-gradients")
    assert (done.code, done.err) == (0, "")
    assert "  The target 'name' has 30 classes in 30 rows, so that hardly any can be" in done.out


def test_dates_far_away_durations_and_a_row_of_totals_go_all_the_way(run, folder):
    """From the file to predictions, and a row alone as in its table."""
    rows = [
        f"r{k % 3},{'9999-12-31' if k % 7 == 6 else f'2024-03-{k % 28 + 1:02d}'},"
        f"{20 + k}:{k % 60:02d}:30,{k},{2.5 * k}"
        for k in range(60)
    ]
    text = "\n".join(["shop,until,took,sold,paid", *rows, f"Total,,,{sum(range(60))},4425.0", ""])
    (folder / "shops.csv").write_text(text)
    done = run("train", "shops.csv", *FAST, "--time-limit", "2", "--no-check-gradients")
    assert (done.code, done.err) == (0, "")
    assert "Left out line 62 ('Total', the sum of the rows above)." in done.out
    assert "Read durations as seconds: took ('20:00:30' is 72030)" in done.out
    assert "until: 9999-12-31 in 8 rows is far from the others" in done.out
    model = cp.load("shops.clearprop")
    whole = run("predict", "shops.clearprop", "shops.csv", "--json").json["predictions"]
    assert len(whole) == 60
    assert model.reading.columns["took"].kind == "duration"
    for place in (0, 6, 41):
        (folder / "alone.csv").write_text(
            f"shop,until,took,sold\n{rows[place].rsplit(',', 1)[0]}\n"
        )
        alone = run("predict", "shops.clearprop", "alone.csv", "--json").json["predictions"]
        assert alone[0]["prediction"] == pytest.approx(whole[place]["prediction"], rel=1e-5)
