"""The terminal, JSON, the report, the live page and Python tell the same of an ill training."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

import clearprop as cp
from clearprop.cli import training
from clearprop.estimators.diagnosis import sentence_of
from clearprop.tables import base
from clearprop.tables.recipe import recipe_of
from tests.health.ill import ILL
from tests.live.made import lines

ONE = ("--hidden", "32", "--learning-rate", "30", "--solver", "sgd", "--epochs", "10")
ON_PAGE = re.compile(r'<script type="application/json" id="clearprop-data">(.*?)</script>', re.S)


def in_page(path):
    """Return the data that a page holds."""
    return json.loads(ON_PAGE.search(Path(path).read_text(encoding="utf-8"))[1])


def health_in(diagnosis):
    return [one["sentence"] for one in diagnosis if one["kind"] == "health"]


@pytest.fixture
def trained(monkeypatch):
    """Collect what is trained."""
    found = []

    def noted(name):
        how = getattr(training, name)

        def fit(*arguments):
            found.append(how(*arguments))
            return found[-1]

        monkeypatch.setattr(training, name, fit)

    noted("fit")
    noted("fit_members")
    return found


def test_one_network(run, table, trained):
    where = ("--report", "report.html", "--live=live")
    done = run("train", table, *ONE, *where)
    assert done.code == 0, done.err
    health = [one for one in trained[0].estimator.health_ if one.check != "deciding column"]
    said = [sentence_of(one) for one in health]
    assert said
    assert health_in(in_page("report.html")["diagnosis"]) == said
    text = " ".join(done.out.split())
    assert [one for one in said if " ".join(one.split()) in text] == said
    *_, end = lines(next(Path("live").glob("*.jsonl")))
    live = [{**one, "measured": None} for one in end["findings"]]
    assert live == [{**one.to_dict(), "measured": None} for one in health]
    [shown] = in_page("live/live.html")["runs"]
    assert shown["lines"][-1]["findings"] == end["findings"]
    again = run("train", table, *ONE, "--json", "--out", "again.clearprop")
    assert health_in(again.json["diagnosis"]) == said


def test_several_networks(run, table, trained, monkeypatch):
    """In the time that they may take, the report looks at no more networks than the terminal."""
    monkeypatch.setattr(
        base, "recipe_of", lambda *given: replace(recipe_of(*given), learning_rate=30.0)
    )
    done = run("train", table, "--preset", "fast", "--report", "report.html")
    assert done.code == 0, done.err
    said = [sentence_of(one) for one in trained[0].health_of_members]
    assert said
    assert health_in(in_page("report.html")["diagnosis"]) == said
    text = " ".join(done.out.split())
    assert [one for one in said if " ".join(one.split()) in text] == said
    kinds = {one.check for one in trained[0].estimator.health_}
    assert {one.check for one in trained[0].health_of_members} <= kinds


@pytest.mark.parametrize("name", ILL)
def test_the_live_page_ends_with_what_the_result_says(tmp_path, name):
    result = ILL[name].train(on_epoch=cp.LivePage(tmp_path))
    *_, end = lines(tmp_path / "live-run.jsonl")
    assert end["findings"] == [one.to_dict() for one in result.health]
    assert name in {one["check"] for one in end["findings"]}
