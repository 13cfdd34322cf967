"""`clearprop train --report`: the page is written, and tells what the model file and JSON tell."""

import json
import re

import numpy as np
import pandas as pd
import pytest

import clearprop as cp
from clearprop.data import load


def told_in(path):
    """Return the report that a page holds."""
    page = path.read_text(encoding="utf-8")
    (block,) = re.findall(
        r'<script type="application/json" id="clearprop-data">(.*?)</script>', page
    )
    return json.loads(block)


def test_the_page_tells_what_the_command_tells(run, folder):
    found = run("train", "digits", "--epochs", 8, "--report", "digits.html", "--json").json
    told = told_in(folder / "digits.html")
    assert found["report"] == "digits.html"
    assert told["measured_on"] == "test"
    figures = found["figures"]
    for name in ("accuracy", "baseline_accuracy", "baseline", "classes"):
        assert told["figures"][name] == figures[name]
    assert told["figures"]["constant_from"] == "training"
    counts = np.zeros((10, 10), int)
    for cell in told["confusion"]["cells"]:
        counts[cell["true"], cell["predicted"]] = cell["count"]
    assert counts.tolist() == figures["confusion_matrix"]
    assert told["curves"]["kept_epoch"] == found["kept_epoch"]
    assert told["curves"]["epochs"] == found["epochs"] == 8
    assert told["data"]["rows"] == found["rows"]
    assert len(told["curves"]["gradient_norm"]["layers"]) == 2
    assert max(told["curves"]["validation_metric"]) > 0.5
    assert told["rows"]["image"] == [8, 8]


@pytest.mark.parametrize("seed", [4, 9])
def test_the_kept_epoch_is_the_lowest_of_the_curve_shown(run, folder, seed):
    """With classes at random and huge steps the loss leaves what clipped probabilities can say."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.normal(size=(80, 3)), columns=list("abc"))
    table["kind"] = rng.choice(["x", "y", "z"], 80)
    table.to_csv("noise.csv", index=False)
    arguments = ("noise.csv", "--learning-rate", 10, "--alpha", 0, "--hidden", 16, "--epochs", 25)
    found = run("train", *arguments, "--report", "noise.html", "--json").json
    curves = told_in(folder / "noise.html")["curves"]
    lowest = min(curves["validation_loss"])
    assert lowest > 5
    assert found["validation_loss"] == lowest
    assert found["kept_epoch"] == np.argmin(curves["validation_loss"]) + 1
    assert curves["kept_epoch"] == curves["best_epoch"] == found["kept_epoch"]
    said = run("train", *arguments).out
    rounded = re.search(rf"kept epoch {found['kept_epoch']}, with a validation loss of (\S+)", said)
    assert float(rounded[1]) == pytest.approx(lowest, rel=1e-3)


def test_rows_are_called_as_in_the_source(run, folder):
    assert run("train", "digits", "--epochs", 5, "--report", "digits.html", "-q").code == 0
    told, model, digits = (
        told_in(folder / "digits.html"),
        cp.load("digits.clearprop"),
        load("digits"),
    )
    listed = [row for cell in told["confusion"]["cells"] for row in cell["rows"]]
    assert sorted(listed) == (model.held_out + 1).tolist()
    worst = told["mistakes"][0]
    row = told["rows"]["by_number"][str(worst)]
    assert row["target"] == str(digits.y[worst - 1])
    assert row["prediction"] == str(model.predict(digits.X[[worst - 1]])[0])
    assert told["command"] == "clearprop explain digits.clearprop digits"
    explained = run("explain", "digits.clearprop", "digits", "--row", worst, "--json").json
    assert told["steps"][str(worst)]["loss"]["before"] == explained["loss"]["before"]


def test_a_regression_and_a_test_file(run, folder, table):
    assert run("train", "diabetes", "--epochs", 5, "--report", "d.html", "-q").code == 0
    told = told_in(folder / "d.html")
    model = cp.load("diabetes.clearprop")
    assert told["residuals"]["points"]["rows"] == (model.held_out + 1).tolist()
    assert told["figures"]["rmse"] == model.test["rmse"]
    (folder / "whereabouts").mkdir()
    (folder / "whereabouts" / "test.csv").write_text((folder / table).read_text())
    done = run(
        "train", table, "--test", "whereabouts/test.csv", "--epochs", 5, "--report", "p.html", "-q"
    )
    assert done.code == 0
    told = told_in(folder / "p.html")
    assert told["figures"]["rows"] == 120
    assert told["command"] == "clearprop explain people.clearprop test.csv"
    assert "whereabouts" not in (folder / "p.html").read_text()


def test_without_rows_to_test_on_it_says_so(run, folder, table):
    done = run("train", table, "--test-fraction", 0, "--epochs", 3, "--report", "p.html", "-q")
    assert done.code == 0
    assert told_in(folder / "p.html")["measured_on"] == "training"
    assert "saved p.html" in done.out


def test_nothing_is_recorded_without_a_report(run, monkeypatch):
    from clearprop.estimators.recorder import EpochRecorder

    def never(*arguments, **keywords):
        raise AssertionError

    monkeypatch.setattr(EpochRecorder, "on_fit_task_end", never)
    assert run("train", "iris", "--epochs", 3, "-q").code == 0


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere/r.html", "there is no folder nowhere"),
        ("report.pdf", "give it a name that ends in .html"),
        ("iris.txt", "give it a name that ends in .html"),
        ("iris.clearprop", "iris.clearprop is also what --out writes"),
    ],
)
def test_where_no_page_can_be_written_nothing_is_trained(run, folder, path, message):
    done = run("train", "iris", "--report", path)
    assert done.code == 2
    assert message in " ".join(re.sub(r"[│╭╮╰╯─]", " ", done.err).split())
    assert not (folder / "iris.clearprop").exists()


def test_what_is_said_of_a_training_is_one_text_in_terminal_json_and_page(run, folder):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 300)
    table = pd.DataFrame({"age": rng.normal(size=300), "alive": y, "kind": np.where(y, "a", "b")})
    table.to_csv("leak.csv", index=False)
    arguments = ("leak.csv", "--hidden", 4, "--epochs", 12, "--report", "leak.html")
    found = run("train", *arguments, "--json").json
    said = run("train", *arguments).out
    told = told_in(folder / "leak.html")
    assert [one["kind"] for one in found["diagnosis"]] == ["improving"]
    assert told["diagnosis"] == found["diagnosis"]
    assert found["diagnosis"][0]["sentence"] in said
    assert [one["column"] for one in told["findings"]] == ["alive"]
    assert told["findings"][0]["sentence"] in said
    assert told["findings"][0]["sentence"] not in told["notes"]
