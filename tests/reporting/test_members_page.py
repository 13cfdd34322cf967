"""The report's page of several networks: its sentences, and the page in a browser."""

import pytest

from clearprop.reporting.curves import NO_CURVES
from clearprop.reporting.page import payload
from tests.browser import axe, opening, serious_faults
from tests.node import Program

from .made_up import flowers, homes

MAIN = ".clearprop main"
TEXTS = "all => all.map(one => one.innerText.replace(/\\s+/g, ' ').trim())"

PROBE = {"inputs": 21, "epochs": 4, "rows_held_out": 11, "loss": [0.9, 0.5, 0.4, 0.3],
         "held_out_loss": [1.0, 0.7, 0.6, 0.65]}  # fmt: skip
OTHER = {"inputs": 9, "epochs": 2, "rows_held_out": 0, "loss": [0.8, 0.2], "held_out_loss": []}
BINS = [
    {"from": 0.5, "to": 0.6, "rows": 15, "probability": 0.55, "right": 0.6},
    {"from": 0.9, "to": 1.0, "rows": 60, "probability": 0.97, "right": 0.95},
]
IMPORTANCE = {
    "score": "accuracy", "rows": 75, "repeats": 5,
    "columns": [{"column": f"column {place}", "drop": 0.3 - place / 50, "spread": 0.01}
                for place in range(23)],
}  # fmt: skip


def members(**changes):
    return {"temperature": 1.25, "ended": "done", "members": [PROBE, OTHER, OTHER],
            "held_out_loss": "log loss, after the best temperature"} | changes  # fmt: skip


def several(**parts):
    """Return the report on classes by three networks."""
    made = {"curves": NO_CURVES | {"metric": "accuracy"}, "members": members(),
            "calibration": BINS, "importance": IMPORTANCE}  # fmt: skip
    return flowers(**made | parts)


def several_homes():
    """Return the report on prices by two networks."""
    return homes(
        curves=NO_CURVES | {"metric": "R²"},
        members=members(temperature=None, held_out_loss="loss", members=[PROBE, OTHER]),
        importance=IMPORTANCE | {"score": "R²", "repeats": 1, "columns": IMPORTANCE["columns"][:2]},
        interval={"coverage": 0.9, "plus_minus": 61.25, "covered": 0.875},
    )


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    modules = {name: f"report/{name}" for name in ("members", "reliance")}
    return Program(tmp_path_factory.mktemp("members"), modules)


@pytest.mark.parametrize(
    ("changes", "seconds", "sentence"),
    [
        (
            {}, 2.6,
            ("3 networks, trained in 2.6 s; their predictions are averaged. 1 of them held rows "
            "out, which decided how long the others train and the temperature 1.25."),
        ),
        (
            {"temperature": None, "ended": "time"}, None,
            ("3 networks; their predictions are averaged. 1 of them held rows out, which decided "
            "how long the others train. The time limit ended training."),
        ),
        (
            {"members": [OTHER], "ended": "interrupted"}, None,
            "1 network; their predictions are averaged. Training was interrupted.",
        ),
        (
            {"members": [OTHER], "ended": "callback"}, None,
            "1 network; their predictions are averaged. A callback ended training.",
        ),
    ],
    ids=["done", "time", "interrupted", "callback"],
)  # fmt: skip
def test_how_training_went(program, changes, seconds, sentence):
    report = payload(several(members=members(**changes), seconds=seconds).document)
    assert program.call("members.lead", (report,)) == [sentence]


def test_calibration_is_told_by_its_mean_distance_weighed_by_rows(program):
    told = program.call("reliance.calibrationLead", (BINS,))
    assert told == [
        (
            "The probability of the predicted class differs from the part that is right by 2.6 % "
            "on average, over 75 rows."
        )
    ]


def test_importance_and_interval_are_told(program):
    assert program.call("reliance.importanceLead", (IMPORTANCE,)) == [
        (
            "How far the accuracy falls when the values of a column are shuffled among 75 rows, 5 "
            "times each. Columns that say the same share their importance."
        )
    ]
    report = payload(several_homes().document)
    assert program.call("reliance.intervalText", (report,), (payload(several().document),)) == [
        " The 90 % interval, prediction ± 61.25, holds 88 % of these rows.", "",
    ]  # fmt: skip


@pytest.fixture
def opened(browser, tmp_path):
    with opening(browser, tmp_path, lambda report, path: report.to_html(path), MAIN) as open_:
        yield open_


def texts(page, selector):
    return page.eval_on_selector_all(selector, TEXTS)


def test_the_page_of_classes(opened):
    page = opened(several())
    assert texts(page, "nav.contents a") == [
        "how training went", "which classes were confused", "whether probabilities hold",
        "which columns matter", "worst mistakes", "data and settings",
    ]  # fmt: skip
    assert texts(page, "#training tbody tr") == ["0 21 4 11", "1 9 2 –", "2 9 2 –"]
    assert texts(page, "#training figcaption strong") == ["Loss", "Held-out loss"]
    assert texts(page, "#training .legend li") == [
        "network 0 0.9", "network 1 0.8", "network 2 0.8", "network 0 1",
    ]  # fmt: skip
    page.locator("#epoch").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert texts(page, "#training output") == ["3 of 4"]
    assert texts(page, "#training .legend li")[0] == "network 0 0.4"
    assert texts(page, "#calibration tbody tr") == [
        "0.5 to 0.6 0.5500 0.6000 15", "0.9 to 1.0 0.9700 0.9500 60",
    ]  # fmt: skip
    rows = texts(page, "#importance table:first-of-type tbody tr")
    assert rows[:2] == ["column 0 0.3", "column 1 0.28"]
    assert texts(page, "#importance summary") == ["3 more columns"]
    page.evaluate(axe())
    assert serious_faults(page) == []


def test_the_page_of_quantities(opened):
    page = opened(several_homes())
    assert "holds 88 % of these rows." in texts(page, "#residuals > p")[0]
    assert page.locator("#calibration").count() == 0
    assert texts(page, "header table tr")[1].startswith("networks ")
    assert len(texts(page, "#importance tbody tr")) == 2
    page.evaluate(axe())
    assert serious_faults(page) == []
