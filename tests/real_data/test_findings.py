"""The leaks of real tables are named, and their honest columns are not."""

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
