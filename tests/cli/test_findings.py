"""Columns that may give the target away, said by the commands that see them."""

import numpy as np
import pandas as pd

LEAK = (
    "boat alone decides the target: in held-out rows it removes 100 % of the errors that the "
    "commonest class makes. Is it known when you predict? (--ignore boat, or ignore=['boat'] in "
    "Python, leaves it out)."
)
COUNTS = (
    "id counts the rows, and is used; where the rows are sorted it can give the target away "
    "(--ignore id, or ignore=['id'] in Python, leaves it out)."
)
QUICK = ("--preset", "fast", "--no-check-gradients")


def passengers(rows=300):
    rng = np.random.default_rng(0)
    fare = rng.lognormal(3, 1, rows).round(2)
    lived = fare + rng.normal(0, 15, rows) > 20
    table = pd.DataFrame({"id": np.arange(rows) + 1, "fare": fare})
    table["boat"] = np.where(lived, rng.choice(list("ABCD"), rows), "")
    table["ticket"] = [f"PC{row % 80:02}-{row}" for row in range(rows)]
    table["price"] = table["fare"]
    table["lived"] = np.where(lived, "yes", "no")
    table.to_csv("table.csv", index=False)
    return table


def test_a_leak_is_a_warning_and_the_rest_is_noted(run):
    passengers()
    done = run("train", "table.csv", *QUICK)
    assert done.code == 0
    assert done.err.strip() == f"clearprop: {LEAK}"
    told = " ".join(done.out.split())
    assert COUNTS in told
    assert LEAK not in told
    assert "left out 1 column (identifiers or free text): ticket (240 different) (--keep" in told
    assert "left out 1 column (the same in every row as a column before them): price" in told
    assert load_findings("table.clearprop") == [COUNTS, LEAK]


def load_findings(path):
    import clearprop

    return list(map(str, clearprop.load(path).estimator.findings_))


def test_options_say_otherwise(run):
    passengers()
    told = ("--ignore", "boat", "--ignore", "id", "--keep", "ticket", "--keep", "price")
    done = run("train", "table.csv", "--no-check-gradients", *told, "--json")
    assert done.code == 0
    assert done.err == ""
    notes = " ".join(done.json["notes"])
    assert "scaled 2 columns of numbers" in notes
    assert "took ticket for text" in notes
    assert "counts the rows" not in notes
    assert "left out" not in notes


def test_quiet_training_says_a_leak_too(run):
    passengers()
    done = run("train", "table.csv", *QUICK, "--quiet")
    assert done.err.strip() == f"clearprop: {LEAK}"


def test_one_network_and_a_comparison_are_told_the_same(run):
    passengers()
    done = run("train", "table.csv", "--epochs", 2, "--no-check-gradients", "--json")
    assert {LEAK, COUNTS} <= set(done.json["notes"])
    done = run("compare", "table.csv", "--models", "dummy,tree", "--folds", 2)
    assert done.code == 0, done.err
    told = " ".join(done.out.split())
    assert LEAK in told
    assert COUNTS in told


def test_what_is_to_be_kept_is_for_several_networks(run):
    passengers()
    refused = run("train", "table.csv", "--keep", "ticket", "--epochs", 3)
    assert refused.code == 2
    assert "--epochs for one" in refused.err
    refused = run("train", "table.csv", "--keep", "tickets", *QUICK)
    assert refused.code == 3
    assert "keep names 'tickets', and the table has no such column" in refused.err
    assert "Did you mean 'ticket'?" in refused.err
