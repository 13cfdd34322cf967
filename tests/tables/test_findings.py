"""Columns that may give the target away are named, and honest ones are not."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest

import clearprop as cp
from clearprop.estimators.deciding import decided_of_classes, decided_of_numbers
from clearprop.files.errors import DataError
from clearprop.tables.findings import Finding, findings_in
from clearprop.tables.fit_inputs import read_columns

QUICK = {"preset": "fast", "max_epochs": 2, "members": 1, "random_state": 0}


def passengers(rows=400, seed=0):
    """A table of noisy classes, with columns that are known only once the class is known."""
    rng = np.random.default_rng(seed)
    age, fare = rng.normal(40, 12, rows), rng.lognormal(3, 1, rows)
    lived = (fare + rng.normal(0, 15, rows) > 20).astype(int)
    boat = np.where(lived == 1, rng.choice(list("ABCDE"), rows), None)
    flipped = rng.random(rows) < 0.02
    boat[flipped] = np.where(lived[flipped] == 1, None, "F")
    body = np.where((lived == 0) & (rng.random(rows) < 0.5), rng.integers(1, 300, rows), np.nan)
    table = pd.DataFrame({"age": age, "fare": fare, "boat": boat, "body": body})
    return table, np.where(lived == 1, "yes", "no")


def names(findings):
    return [(finding.column, finding.kind) for finding in findings]


def test_columns_that_are_known_only_afterwards_are_named_with_what_was_measured():
    table, y = passengers()
    with pytest.warns(cp.LeakWarning) as caught:
        model = cp.TableClassifier(**QUICK).fit(table, y)
    assert names(model.findings_) == [("boat", "decides"), ("body", "given")]
    assert [str(one.message) for one in caught] == list(map(str, model.findings_))
    boat, body = map(str, model.findings_)
    share = int(re.findall(r"removes (\d+) %", boat)[0])
    assert 90 <= share < 100
    assert boat == (
        f"boat alone decides the target: in held-out rows it removes {share} % of the errors "
        "that the commonest class makes. Is it known when you predict? (--ignore boat, or "
        "ignore=['boat'] in Python, leaves it out)."
    )
    bodies, dead = int(table["body"].notna().sum()), 100 * np.mean(y == "no")
    assert body == (
        f"body has values almost only beside one class: no in {bodies} of {bodies} rows, "
        f"{dead:.0f} % overall. Is it known when you predict? (--ignore body, or ignore=['body'] "
        "in Python, leaves it out)."
    )


def test_they_are_used_nevertheless_unless_told():
    table, y = passengers()
    with pytest.warns(cp.LeakWarning):
        model = cp.TableClassifier(**QUICK).fit(table, y)
    assert {"boat", "body"} <= set(model.inputs_.input_columns)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = cp.TableClassifier(**QUICK, ignore=["boat", "body"]).fit(table, y)
    assert model.findings_ == ()
    assert set(model.inputs_.input_columns) == {"age", "fare"}
    assert model.inputs_.describe()[-1] == "left out 2 columns (as told): boat, body"


def test_what_is_missing_only_beside_one_class_is_named():
    table, y = passengers()
    table["body"] = np.where(table["body"].isna(), 7.0, np.nan)
    assert names(findings_in(table[["age", "body"]], y, "classification")) == [("body", "missing")]


def test_what_is_there_mostly_beside_one_class_is_not_named():
    table, y = passengers()
    rng = np.random.default_rng(1)
    there = rng.random(len(y)) < np.where(y == "no", 0.6, 0.15)
    table["body"] = np.where(there, table["age"], np.nan)
    assert findings_in(table[["age", "body"]], y, "classification") == ()


def test_identifiers_are_looked_at_for_whether_there_is_one():
    table, y = passengers()
    table["ticket"] = [f"T{row}" if lived == "yes" else None for row, lived in enumerate(y)]
    assert ("ticket", "decides") in names(findings_in(table, y, "classification"))


@pytest.mark.parametrize("seed", range(5))
def test_a_strong_honest_column_is_not_accused(seed):
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=(2, 600))
    table = pd.DataFrame({"x": x, "z": z, "gap": np.where(rng.random(600) < 0.3, np.nan, z)})
    y = x + 0.3 * z > 0
    assert findings_in(table, y, "classification") == ()
    assert findings_in(table, x + 0.3 * z + rng.normal(0, 0.05, 600), "regression") == ()
    assert findings_in(table, rng.integers(0, 3, 600), "classification") == ()
    assert findings_in(table, rng.random(600) < 0.01, "classification") == ()


def test_a_threshold_that_decides_rare_classes_is_found():
    rng = np.random.default_rng(0)
    score, other = rng.random((2, 4000))
    table = pd.DataFrame({"score": score, "other": other})
    assert names(findings_in(table, score > 0.97, "classification")) == [("score", "decides")]
    # Between the quantiles 126 / 128 and 127 / 128: half of the class is in a bin with others.
    assert names(findings_in(table, score > 0.988, "classification")) == [("score", "decides")]


@pytest.mark.parametrize("copy", [lambda y: 3 * y - 1, np.exp, lambda y: np.round(y, 2)])
def test_a_quantity_that_is_the_target_in_another_unit_is_found(copy):
    rng = np.random.default_rng(0)
    y = rng.normal(size=500)
    table = pd.DataFrame({"x": y + rng.normal(size=500), "again": copy(y)})
    (finding,) = findings_in(table, y, "regression")
    assert (finding.column, finding.kind) == ("again", "decides")
    assert "in held-out rows its R² is 0.99" in str(finding) or "is 1.0000" in str(finding)


def test_a_category_that_decides_a_quantity_is_found_and_its_noise_is_not():
    rng = np.random.default_rng(0)
    group = rng.integers(0, 5, 400)
    table = pd.DataFrame({"group": np.array(list("vwxyz"))[group], "x": rng.normal(size=400)})
    assert names(findings_in(table, group * 2.0, "regression")) == [("group", "decides")]
    assert findings_in(table, group + rng.normal(size=400), "regression") == ()


def test_few_rows_accuse_a_column_only_without_any_error():
    rng = np.random.default_rng(0)
    y = np.arange(100) % 2
    table = pd.DataFrame({"same": np.where(y, "b", "a"), "x": rng.normal(size=100)})
    assert names(findings_in(table, y, "classification")) == [("same", "decides")]
    table.loc[0, "same"] = "b"
    assert findings_in(table, y, "classification") == ()
    table["same"] = np.where(y, "b", "a")
    assert findings_in(table[:30], y[:30], "classification") == ()
    table["same"] = np.where(y, 1.0, -1.0) + rng.random(100)  # a number, by a threshold
    assert findings_in(table, y, "classification") == ()
    table["same"] = 2.0 * np.arange(100)[::-1] ** 2
    assert findings_in(table, table["same"] * 3.0, "regression") == ()
    assert findings_in(table[["same"]], y, "classification") == ()  # there is no other column


def test_dates_are_not_accused():
    y = np.linspace(0, 1, 300)
    when = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(300), "D")
    table = pd.DataFrame({"when": when, "x": np.random.default_rng(0).normal(size=300)})
    assert findings_in(table, y, "regression") == ()


@pytest.mark.parametrize("rows", [60, 400])
def test_numbers_of_rows_are_told_and_kept(rows):
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"x": rng.normal(size=2 * rows), "id": np.arange(2 * rows) + 1000})
    y = table["x"] + rng.normal(size=2 * rows) > 0
    half = rng.permutation(2 * rows)[:rows]
    model = cp.TableClassifier(**QUICK).fit(table.iloc[half], y[half])
    (finding,) = model.findings_
    assert str(finding) == (
        "id counts the rows, and is used; where the rows are sorted it can give the target away "
        "(--ignore id, or ignore=['id'] in Python, leaves it out)."
    )
    assert "id" in model.inputs_.input_columns
    steps = pd.DataFrame({"x": rng.normal(size=60), "step": np.arange(60) * 1000})
    model = cp.TableClassifier(**QUICK).fit(steps, steps["x"] > 0)
    assert ("step", "counts") in names(model.findings_)  # in the order of the user's rows


def test_copies_are_left_out_and_told_unless_kept():
    rng = np.random.default_rng(0)
    port = rng.choice(["C", "Q", "S", None], 120)
    table = pd.DataFrame(
        {
            "x": rng.normal(size=120),
            "port": port,
            "town": [
                {"C": "Cherbourg", "Q": "Queenstown", "S": "Southampton"}.get(p) for p in port
            ],
        }
    )
    table["x again"] = table["x"]
    table["x in feet"] = table["x"] * 3.28
    y = table["x"] + rng.normal(size=120) > 0
    model = cp.TableClassifier(**QUICK).fit(table, y)
    assert model.inputs_.describe()[-1] == (
        "left out 2 columns (the same in every row as a column before them): town, x again "
        "(--keep COLUMN, or keep=[COLUMN] in Python, keeps a column)"
    )
    kept = cp.TableClassifier(**QUICK, keep=["town"]).fit(table, y)
    assert set(kept.inputs_.input_columns) == {"x", "port", "town", "x in feet"}
    table.loc[0, "town"] = "Cork"
    read = read_columns(dict(table.items()), 120)
    assert [name for name, column in read.items() if column.why == ("copy",)] == ["x again"]


def test_a_gap_is_no_copy_of_a_category():
    a = np.array(["u", None, "v", "u"] * 5, object)
    b = np.array(["u", "w", "v", "u"] * 5, object)
    columns = {"a": pd.Series(a), "b": pd.Series(b)}
    assert read_columns(columns, 20)["b"].kind == "category"
    assert read_columns({**columns, "c": columns["a"] + "x"}, 20)["c"].why == ("copy",)


def test_an_identifier_that_is_kept_is_read_as_text():
    table, y = passengers()
    table = table[["age"]].assign(ticket=[f"PC {row % 90} {row}" for row in range(len(y))])
    table["ticket"] = table["ticket"].str.replace("PC ", "PC")
    left = cp.TableClassifier(**QUICK).fit(table, y)
    assert set(left.inputs_.input_columns) == {"age"}
    kept = cp.TableClassifier(**QUICK, keep=["ticket"]).fit(table, y)
    assert "ticket: pc7" in kept.inputs_.input_names


def test_a_name_that_is_no_column_is_refused():
    table, y = passengers()
    with pytest.raises(DataError) as caught:
        cp.TableClassifier(**QUICK, ignore=["boot"]).fit(table, y)
    assert str(caught.value) == (
        "ignore names 'boot', and the table has no such column. Did you mean 'boat'? Its columns "
        "are age, fare, boat, body."
    )
    with pytest.raises(DataError, match="keep names 'x'"):
        cp.TableClassifier(**QUICK, keep=["x"]).fit(table, y)


def test_findings_are_kept_in_the_file(tmp_path):
    table, y = passengers()
    with pytest.warns(cp.LeakWarning):
        model = cp.TableClassifier(**QUICK, keep=["fare"]).fit(table, y)
    model.save(tmp_path / "m.clearprop")
    again = cp.load(tmp_path / "m.clearprop")
    assert again.findings_ == model.findings_ != ()
    assert again.keep == ["fare"]
    with pytest.raises(DataError, match="kind must be one of"):
        Finding.from_document(
            {"column": "a", "kind": "odd", "measure": "", "others": []}, "a finding"
        )


def test_what_is_decided_is_what_a_rule_by_hand_decides():
    classes = np.array([0, 0, 1, 1, 1, 0, 1, 1, 1, 0])
    groups = np.array([1, 1, 2, 2, 2, 1, 2, 2, 2, 2])
    # Each half names 0 for group 1 and 1 for group 2: one error, where 1 alone makes four.
    assert decided_of_classes(groups, classes, groups=True) == pytest.approx(1 - 1 / 4)
    target = np.array([0.0, 2.0, 4.0, 1.0])
    values = np.array([0.0, 1.0, 2.0, 0.5])
    # Between (0, 0) and (1, 2); then between (0.5, 1) and (2, 4), and beyond 0.5 the value there.
    left = (4 - 2) ** 2 + (1 - 1) ** 2 + (0 - 1) ** 2 + (2 - 2) ** 2
    spread = ((target - target.mean()) ** 2).sum()
    assert decided_of_numbers(values, target, groups=False) == pytest.approx(1 - left / spread)
