"""The leaks of real tables are named, and their honest columns are not."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from benchmarks import real_sets
from clearprop.data import infer_task, read
from clearprop.tables.findings import findings_in


@pytest.mark.parametrize(
    ("file", "leaks"),
    [
        ("titanic_openML.csv", [("boat", "decides"), ("body", "given")]),
        ("titanic.csv", [("alive", "decides")]),
    ],
)
def test_what_is_known_only_of_survivors_and_of_the_dead_is_named(real_data, file, leaks):
    found = read(real_data / "titanic" / file, target="survived")
    findings = findings_in(dict(found.X.items()), found.y, "classification")
    assert [(finding.column, finding.kind) for finding in findings] == leaks


HONEST = {
    "adult/adult-train.csv.gz": {"columns": real_sets.ADULT_COLUMNS},
    "banknote/banknote_authentication.csv": {},
    "california-housing/housing.csv.gz": {"target": "median_house_value"},
    "letter/LetterRecognition.csv.gz": {"target": "lettr"},
    "telco-churn/telco-customer-churn-by-IBM.csv.gz": {},
    "uci-regression/energy/data.txt": {},
    "uci-regression/yacht/data.txt": {},
    "wine-quality/winequality-white.csv": {},
}


@pytest.mark.parametrize("file", HONEST)
def test_honest_columns_are_not_accused(real_data, file):
    found = read(real_data / file, **HONEST[file])
    task = infer_task(found.y)
    findings = findings_in(dict(found.X.items()), found.y, task)
    assert [one for one in findings if one.is_leak] == []


TABLES = (
    "adult", "letter", "satimage", "vowel", "telco", "titanic", "splice", "pima", "banknote",
    "sonar", "california", "bike", "wine", "concrete", "energy", "yacht", "ailerons",
)  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_in_none_of_the_tables_of_the_benchmark_a_sum_is_named(real_data, monkeypatch, name):
    """Of classes none is looked for; their numbers are looked at here as quantities."""
    monkeypatch.syspath_prepend(Path(real_sets.__file__).parent)
    tables = import_module("raw_tables").TABLES
    assert set(tables) == set(TABLES)
    table = tables[name]()
    y = np.unique(table.y, return_inverse=True)[1] if table.classifies else table.y
    findings = findings_in(dict(table.X.items()), y.astype(float), "regression")
    assert [one for one in findings if one.kind == "sum"] == []


def test_the_parts_of_a_sum_are_named(real_data):
    found = read(real_data / "bike-sharing-kaggle" / "BikeSharing.csv.gz", target="count")
    (finding,) = findings_in(dict(found.X.items()), found.y, "regression")
    assert (finding.column, finding.others) == ("casual", ("registered",))
    assert finding.measure.startswith("casual + registered: ")
