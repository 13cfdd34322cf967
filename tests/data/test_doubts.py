"""What was guessed is told, with the option that says otherwise."""

import numpy as np
import pytest

from clearprop.data import read
from clearprop.data.doubts import counts_rows, doubts, spellings


@pytest.mark.parametrize(
    ("column", "counts"),
    [
        (range(1, 31), True),
        (range(100, 0, -1), True),
        (range(0, 300, 7), True),
        (np.random.default_rng(0).permutation(50), True),
        (np.random.default_rng(0).permutation(100)[:50], True),
        (np.arange(30.0), True),
        (range(5), False),
        ([1, 2] * 20, False),
        (np.random.default_rng(0).integers(0, 100, 50), False),
        (np.random.default_rng(0).integers(0, 10**6, 50), False),
        (np.arange(30) / 2, False),
        ([*range(30), np.nan], False),
    ],
)
def test_a_column_that_counts_the_rows_is_recognised(column, counts):
    assert counts_rows(np.array(column)) == counts


def test_names_that_differ_in_capitals_only_are_hinted_at():
    assert spellings(["a", "b", "A b"]) == []
    (hint,) = spellings(["No", "YES", "Yes", "no"])
    assert hint == (
        "'YES', 'Yes' and 'No', 'no' differ only in capitals and blanks; if they mean the same, "
        "write them the same."
    )


def test_what_whole_numbers_were_taken_for_is_told(write):
    many = read(write("many.csv", "a,y\n" + "".join(f"{i},{i % 26}\n" for i in range(260))))
    assert doubts(many, "regression", told=False)[0] == (
        "The 26 different whole numbers of the target 'y' were taken for quantities, as they are "
        "more than 20 (--task classification takes them for classes)."
    )
    assert doubts(many, "regression", told=True) == []
    few = read(write("few.csv", "a,y\n" + "".join(f"{i / 7},{i % 3}\n" for i in range(30))))
    (note,) = doubts(few, "classification", told=False)
    assert note == (
        "The 3 different whole numbers of the target 'y' were taken for classes (--task regression "
        "takes them for quantities)."
    )


def test_classes_and_categories_that_are_spelled_in_several_ways_are_hinted_at(write):
    dataset = read(write("my.csv", "a,y\nUlm,No\nulm,no\nUlm,YES\nBern,yes\n"))
    target, column = doubts(dataset, "classification", told=True)
    assert target == (
        "y: 'YES', 'yes' and 'No', 'no' differ only in capitals and blanks; if they mean the same, "
        "write them the same."
    )
    assert column.startswith("a: 'Ulm', 'ulm' differ only")


def test_a_target_that_is_hardly_one_is_asked_about(write):
    rows = "".join(f"{'uv'[k % 2]},{k / 7},{k + 1}\n" for k in range(30))
    dataset = read(write("id.csv", f"kind,size,id\n{rows}"))
    assert doubts(dataset, "regression", told=False) == [
        (
            "The target 'id' counts the rows: is it what is to be predicted? (--target NAME names "
            "another)."
        )
    ]
    rows = "".join(f"{k / 7},w{k * 7919 if k % 5 else 0}\n" for k in range(30))
    dataset = read(write("words.csv", f"size,name\n{rows}"))
    (note,) = doubts(dataset, "classification", told=False)
    assert note == (
        "The target 'name' has 25 classes in 30 rows, so that hardly any can be learned (--target "
        "NAME names another)."
    )


@pytest.mark.parametrize("target", [lambda k: k * k, lambda k: k % 7, lambda k: k / 2])
def test_other_targets_are_not(write, target):
    rows = "".join(f"{k / 7},{target(k)}\n" for k in range(30))
    dataset = read(write("my.csv", f"a,y\n{rows}"))
    assert doubts(dataset, dataset.task, told=True) == []
