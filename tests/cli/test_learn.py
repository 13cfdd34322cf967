"""clearprop learn: the page of a network that trains."""

import json
import re
from pathlib import Path

import pytest


def data_of(path):
    html = Path(path).read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="clearprop-data">(.*?)</script>', html)
    return json.loads(found[1])


def test_without_rows_the_page_has_small_data_sets(run):
    done = run("learn")
    assert done.code == 0
    assert re.match(r"saved learn\.html \(\d+ kB\): learn by doing: backprop", done.out)
    assert data_of("learn.html")["training"] == {"batch": 10, "rate": 0.3, "seed": 0}


def test_a_table_of_ones_own(run, table):
    done = run(
        "learn", table, "--hidden", "5,4", "--activation", "relu", "--learning-rate", 0.02,
        "--batch-size", 4, "--seed", 3, "--out", "mine.html",
    )  # fmt: skip
    assert (done.code, done.err) == (0, "")
    document = data_of("mine.html")
    assert list(document["task"]["network"]["children"]) == [
        "dense1", "relu1", "dense2", "relu2", "dense3"
    ]  # fmt: skip
    assert document["training"] == {"batch": 4, "rate": 0.02, "seed": 3}
    assert len(document["agreement"]["losses"]) == 50


@pytest.mark.parametrize(("name", "kind"), [("iris", "classes"), ("diabetes", "numbers")])
def test_embedded_sets(run, name, kind):
    assert run("learn", name).code == 0
    (data,) = data_of("learn.html")["datasets"]
    assert (data["name"], data["kind"]) == (name, kind)


def test_pictures_are_pictures(run):
    done = run("learn", "digits", "--out", "digits.html")
    assert "divided all pixels by the largest, 16" in done.out
    assert data_of("digits.html")["datasets"][0]["image"] == [8, 8]
    assert Path("digits.html").stat().st_size < 400_000


def test_it_opens_in_the_browser(run, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    assert run("learn", "--open").code == 0
    assert opened == [Path("learn.html").resolve().as_uri()]
    monkeypatch.setattr("webbrowser.open", lambda address: False)
    assert "no browser could be opened" in run("learn", "--open").err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--hidden", "4,x"), "'4,x' is not of the form 8 or 8,8"),
        (("--hidden", "0"), "'0' is not of the form"),
        (("--batch-size", 0), "must be at least 1"),
        (("--seed", -1), "must be at least 0"),
        (("--learning-rate", 0), "must be above 0"),
        (("--target", "a"), "name the rows that have this column"),
        (("--out", "nowhere/learn.html"), "there is no folder nowhere"),
    ],
)
def test_what_is_wrong_is_told(run, arguments, told):
    done = run("learn", *arguments)
    assert done.code == 2
    assert told in done.err
