"""The sentences, headings and labels of the report's page, as a reader reads them."""

import pytest

from clearprop.reporting.page import payload
from tests.browser import opening
from tests.node import Program

from .made_up import EPOCHS, KEPT, NAMES, PREDICTED, TRUE, cells, curves, flowers, homes

MAIN = ".clearprop main"
TEXTS = "all => all.map(one => one.innerText.replace(/\\s+/g, ' ').trim())"


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    modules = {name: f"report/{name}" for name in ("curves", "confusion", "mistakes", "rows")}
    return Program(tmp_path_factory.mktemp("sentences"), modules)


@pytest.fixture(scope="module")
def pages(browser, tmp_path_factory):
    """Both reports, opened once for all tests that only read them."""
    folder = tmp_path_factory.mktemp("reports")
    with opening(browser, folder, lambda report, path: report.to_html(path), MAIN) as open_:
        yield {"flowers": open_(flowers()), "homes": open_(homes())}


def texts(page, selector):
    return page.eval_on_selector_all(selector, TEXTS)


HEADS = {
    "flowers": [
        "training report 4 → 6 tanh → 3 softmax Adam, η 0.01 51 parameters",
        "flowers → species",
        "68 of 75 right",
        "95 %: 0.82 to 0.95",
        "on 75 test rows: 7 wrong.",
        "Always predicting “setosa”, the most frequent class in training, would reach 0.33.",
    ],
    "homes": [
        "training report 2 → 5 relu → 1 SGD, η 0.1 21 parameters",
        "homes → price",
        "0.74 R²",
        "on 8 test rows.",
    ],
}


@pytest.mark.parametrize("name", HEADS)
def test_the_head_says_what_was_trained_and_how_good_it_is(pages, name):
    assert texts(pages[name], "header h1, header p") == HEADS[name]


def test_the_baseline_of_a_regression_is_in_its_own_row(pages):
    rows = texts(pages["homes"], "header table tr")
    assert rows == [
        "R² RMSE MAE",
        "network 0.74 38.21 29.94",
        "always the mean of training −0.01 75.68 61.05",
    ]


TRAINING = {
    "flowers": "12 epochs in 2 min 0 s. The weights are those of epoch 8: training loss 0.1336, "
    "validation loss 0.1167, accuracy 0.97.",
    "homes": "12 epochs in 2 min 0 s. The weights are those of epoch 8: training loss 0.1336, "
    "validation loss 0.1167, R² 0.6400.",
}


@pytest.mark.parametrize("name", TRAINING)
def test_the_figures_of_the_training_are_those_of_the_kept_epoch(pages, name):
    told = curves()
    for curve in ("loss", "validation_loss"):
        assert f"{told[curve][KEPT - 1]:.4g}" in TRAINING[name]
        assert f"{told[curve][EPOCHS - 1]:.4g}" not in TRAINING[name]
    assert texts(pages[name], "#training > p") == [TRAINING[name]]
    assert pages[name].inner_text(".epoch output") == "8 of 12, kept, lowest validation loss"
    assert pages[name].inner_text(".epoch button") == "go to kept epoch"


def test_the_parts_of_the_report_have_names(pages):
    assert texts(pages["flowers"], "h2") == [
        "How training went",
        "Which classes were confused",
        "Worst mistakes",
        "Data and settings",
    ]
    assert texts(pages["homes"], "h2")[1:3] == ["Predicted against true", "Largest errors"]
    for page in pages.values():
        links = [text.lower() for text in texts(page, ".contents a")]
        assert links == [text.lower() for text in texts(page, "h2")]


def test_true_classes_are_rows_and_predicted_classes_are_columns(pages):
    page = pages["flowers"]
    top, heads = page.locator(".matrix thead tr").all()
    assert texts(page, ".matrix thead tr:first-child th") == ["predicted", "each class"]
    assert top.locator("th").first.get_attribute("colspan") == str(len(NAMES))
    assert heads.locator("th").all_inner_texts()[: len(NAMES) + 1] == ["true", *NAMES]
    for cell in cells():
        row = page.locator(".matrix tbody tr").nth(cell["true"])
        assert row.locator("th").inner_text() == NAMES[cell["true"]]
        button = row.locator("td").nth(cell["predicted"]).locator("button")
        assert button.inner_text() == str(cell["count"])
        true, predicted = NAMES[cell["true"]], NAMES[cell["predicted"]]
        told = "correctly" if true == predicted else f"as {predicted}"
        label = button.get_attribute("aria-label")
        assert label.startswith(f"{true} predicted {told}: {cell['count']} row")
        assert label.endswith(f" {100 * cell['rate']:.0f} % of {true}") or cell["rate"] < 0.1


def test_the_lists_of_rows_have_true_and_predicted_in_their_columns(pages):
    page = pages["flowers"]
    heads = texts(page, "#mistakes > div:nth-of-type(1) thead th")
    row = texts(page, "#mistakes > div:nth-of-type(1) tbody tr:first-child > *")
    told = dict(zip(heads, row, strict=True))
    assert (told["row"], told["true"], told["predicted"]) == ("51", "virginica", "versicolor")
    assert (told["p(predicted)"], told["p(true)"]) == ("0.9300", "0.0630")
    page = pages["homes"]
    heads, row = (
        texts(page, "#mistakes thead th"),
        texts(page, "#mistakes tbody tr:first-child > *"),
    )
    told = dict(zip(heads, row, strict=True))
    assert (told["true"], told["predicted"], told["residual"]) == ("151", "223.4", "+72.4")


def test_true_goes_to_the_right_and_predicted_up(pages):
    page = pages["homes"]
    page.wait_for_selector(".scatter circle.point")
    places = page.eval_on_selector_all(
        ".scatter circle.point",
        "all => all.map(one => [Number(one.getAttribute('cx')), -one.getAttribute('cy')])",
    )
    for axis, values in enumerate((TRUE, PREDICTED)):
        order = sorted(range(len(values)), key=values.__getitem__)
        along = [places[place][axis] for place in order]
        assert along == sorted(along)
    scatter = page.locator(".scatter svg")
    scatter.hover(position={"x": places[0][0], "y": -places[0][1]})
    status = page.locator("#residuals [role=status]")
    assert status.inner_text() == (
        "row 1: true 151, predicted 223.4, residual 72.4; its step: "
        "clearprop explain flowers.clearprop flowers.csv --row 1"
    )
    titles = page.eval_on_selector_all(
        ".scatter text", "all => all.slice(-2).map(one => [one.textContent, one.getBBox().y])"
    )
    assert [text for text, _ in titles] == ["true price", "predicted"]
    assert titles[0][1] > 0.9 * scatter.bounding_box()["height"] > titles[1][1]


def test_a_regression_s_residuals_are_told_in_a_sentence(pages):
    lead, *_ = texts(pages["homes"], "#residuals > p")
    assert lead == (
        "Half of the residuals lie between −14.48 and 24.6, nine in ten between −52.6 and 57.4."
    )
    note = texts(pages["homes"], "#residuals .small")[0]
    assert "Residual: predicted − true. Blue: predicted too high; orange: predicted too low" in note


FACTS = {
    "rows": "90 training, 30 validation, 75 test",
    "columns": "9 columns, 21 inputs",
    "network": "4 → 6 tanh → 3 softmax: 51 parameters",
    "optimizer": "Adam, η 0.01",
    "loss": "E = mean over rows of Eₙ; Eₙ = −Σₖ tₖ ln pₖ, p = softmax(o)",
    "seed": "7",
    "time": "2 min 0 s",
    "versions": "clearprop 1.2.3, numpy 2.0.0",
}


def test_data_and_settings_are_told(pages):
    page = pages["flowers"]
    names, values = texts(page, ".facts-list dt"), texts(page, ".facts-list dd")
    assert dict(zip(names, values, strict=True)) == FACTS
    assert texts(page, "#about h3") == ["Settings that differ from the defaults"]
    assert texts(page, "#about > .settings dt") == ["alpha", "max_iter"]
    assert texts(page, "#about summary") == ["2 settings at their defaults"]


CONFUSED = (
    "7 of 75 test rows were predicted incorrectly. "
    "Most common mistake: virginica predicted as versicolor (5 times)."
)


def test_the_first_sentence_of_each_part(pages):
    lead = texts(pages["flowers"], "#confusion > p:not(.small, .unseen)")
    assert lead == [CONFUSED]
    assert texts(pages["flowers"], "#mistakes > p")[0] == (
        "The 3 rows predicted incorrectly with the largest loss."
    )
    assert texts(pages["homes"], "#mistakes > p")[0] == "The 8 rows with the largest loss."


WEIGHTS = "The weights are those of"
AT_8 = "epoch 8: training loss 0.1336, validation loss 0.1167, accuracy 0.97."
AT_12 = "epoch 12: training loss 0.1044, validation loss 0.1415, accuracy 0.97."
ITERATIONS = curves(unit="iteration", validation_loss=None, validation_metric=None)


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"seconds": None}, f"12 epochs. {WEIGHTS} {AT_8}"),
        (
            {"seconds": 3725.0, "interrupted": True},
            f"12 epochs in 1 h 2 min. {WEIGHTS} {AT_8} Training was interrupted.",
        ),
        (
            {"curves": ITERATIONS},
            f"12 iterations in 2 min 0 s. {WEIGHTS} iteration 8: training loss 0.1336.",
        ),
        ({"curves": curves(kept_epoch=12)}, f"12 epochs in 2 min 0 s. {WEIGHTS} {AT_12}"),
    ],
    ids=["no time", "interrupted", "iterations", "last epoch kept"],
)
def test_how_training_went(program, parts, sentence):
    assert program.call("curves.lead", (payload(flowers(**parts).document),)) == [sentence]


def confusion_of(*counts):
    made = [{"true": true, "predicted": predicted, "count": count, "rate": 0.5, "rows": [1]}
            for true, predicted, count in counts]  # fmt: skip
    figures = flowers().document["figures"] | {"rows": sum(count for *_, count in counts)}
    return {"confusion": {"names": NAMES, "cells": made}, "figures": figures}


ONCE = "1 of 26 test rows was predicted incorrectly. No mistake was made twice."
OFTEN = (
    "1,202 of 1,202 test rows were predicted incorrectly. "
    "Most common mistake: virginica predicted as setosa (1,200 times)."
)


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ([(0, 0, 25), (1, 1, 2)], "All 27 test rows were predicted correctly."),
        ([(0, 0, 25), (1, 2, 1)], ONCE),
        ([(0, 1, 2), (2, 0, 1200)], OFTEN),
    ],
    ids=["none", "once", "often"],
)
def test_which_classes_were_confused(program, counts, sentence):
    report = payload(flowers(**confusion_of(*counts)).document)
    assert program.call("confusion.lead", (report,)) == [sentence]


def test_the_heading_of_a_cell_has_its_true_class_first(program):
    report = payload(flowers(**confusion_of((2, 0, 1200), (1, 1, 1))).document)
    wrong, right = report["confusion"]["cells"]
    found = program.call("confusion.title", (report, wrong), (report, right))
    assert found == [
        "virginica predicted as setosa: 1,200 rows, 50 % of virginica",
        "versicolor predicted correctly: 1 row, 50 % of versicolor",
    ]


@pytest.mark.parametrize(
    ("counts", "listed", "sentence"),
    [
        ([(0, 0, 9)], 0, "No row was predicted incorrectly. "),
        ([(0, 0, 9), (0, 1, 1)], 1, "The only row predicted incorrectly. "),
        ([(0, 0, 9), (0, 1, 3)], 3, "All 3 rows predicted incorrectly. "),
        ([(0, 0, 9), (0, 1, 30)], 24, "The 24 rows predicted incorrectly with the largest loss. "),
    ],
)
def test_which_mistakes_are_listed(program, counts, listed, sentence):
    report = payload(flowers(**confusion_of(*counts)).document)
    assert program.call("mistakes.lead", (report, listed)) == [sentence]


def test_a_row_is_named_by_its_true_class_first(program):
    report = payload(flowers().document)
    wrong, sure = report["rows"]["by_number"]["51"], report["rows"]["by_number"]["12"]
    found = program.call("rows.verdict", (report, wrong), (report, sure))
    assert found == ["virginica predicted as versicolor", "setosa, but not certain"]
    report = payload(homes().document)
    found = program.call("rows.verdict", (report, report["rows"]["by_number"]["1"]))
    assert found == ["151 predicted as 223.4"]
