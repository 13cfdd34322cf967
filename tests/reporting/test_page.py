"""The report's page in a headless Chromium: offline, by keyboard, with every number as recorded."""

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_digits, load_iris

import clearprop as cp
from clearprop.data import TableEncoder
from clearprop.reporting.page import MOST_EPOCHS, payload
from tests.browser import COLOURS, axe, opening, reopened, serious_faults
from tests.view.test_hostile import STRINGS

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

MAIN = ".clearprop main"
STATIC = Path(cp.__file__).parent / "view" / "static"


def report_on(X, y, kind=cp.MLPClassifier, image=None, **settings):
    recorder = cp.EpochRecorder()
    settings = {"max_iter": 15, "learning_rate_init": 0.01, "random_state": 0} | settings
    net = kind(hidden_layer_sizes=(8,), **settings).set_callbacks(recorder)
    rows = slice(None, 700)
    net.fit(X[::2][rows], y[::2][rows], validation_data=(X[1::2][rows], y[1::2][rows]))
    return cp.report(
        net, X[1::2][rows], y[1::2][rows], recorder=recorder, measured_on="test",
        image_shape=image, source="made up", steps=2,
    )  # fmt: skip


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return report_on(X / 16, y, image=(8, 8))


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True)
    return report_on(X, load_iris().target_names[y], max_iter=40)


@pytest.fixture(scope="module")
def diabetes():
    X, y = load_diabetes(return_X_y=True)
    return report_on(X, (y - y.mean()) / y.std(), cp.MLPRegressor)


@pytest.fixture
def opened(browser, tmp_path):
    """Open a report as a page from disk; afterwards nothing may have gone wrong in it."""
    with opening(browser, tmp_path, lambda report, path: report.to_html(path), MAIN) as open_:
        yield open_


def test_the_headline_is_the_figure_that_matters(opened, digits):
    page = opened(digits)
    figures = digits.document["figures"]
    assert page.inner_text(".big") == f"{figures['accuracy']:.4f} accuracy"
    assert f"would reach {figures['baseline_accuracy']:.4f}" in page.inner_text(".outcome")
    assert page.title() == "made up: training report"


def test_every_cell_is_its_count_and_lists_its_rows(opened, digits):
    page = opened(digits)
    wanted = digits.document["confusion"]["cells"]
    buttons = page.locator(".matrix button.number")
    assert [int(text) for text in buttons.all_inner_texts()] == [c["count"] for c in wanted]
    for place, cell in enumerate(wanted):
        if cell["true"] == cell["predicted"]:
            continue
        buttons.nth(place).click()
        told = page.inner_text("#cell-rows")
        known = [row for row in cell["rows"] if str(row) in digits.document["rows"]["by_number"]]
        assert re.findall(r"row (\d+), loss", told) == [str(row) for row in known]
        assert f": {cell['count']} row" in told
    page.click("button[data-key=rates]")
    for text, cell in zip(buttons.all_inner_texts(), wanted, strict=True):
        assert float(text.rstrip("%")) == pytest.approx(100 * cell["rate"], abs=0.51)


def test_the_slider_tells_every_epoch_as_it_was_recorded(opened, digits):
    page = opened(digits)
    curves = digits.document["curves"]
    layers = [layer["values"] for layer in curves["gradient_norm"]["layers"]]
    wanted = [curves["loss"], curves["validation_loss"], curves["validation_metric"], *layers,
              curves["learning_rate"]]  # fmt: skip
    page.focus("#epoch")
    page.keyboard.press("Home")
    for epoch in range(curves["epochs"]):
        page.wait_for_function(
            "start => document.querySelector('output').textContent.startsWith(start)",
            arg=f"{epoch + 1} of {curves['epochs']}",
        )
        exact = page.locator(".legend .number").evaluate_all("all => all.map(one => one.title)")
        found = [float(text.replace("−", "-")) for text in exact]
        assert found == [values[epoch] for values in wanted]
        page.keyboard.press("ArrowRight")
    page.click("summary >> text=as a table")
    page.wait_for_selector("#training details td")
    cells = page.locator("#training details td").all_inner_texts()
    assert len(cells) == curves["epochs"] * len(wanted)
    assert float(cells[0]) == pytest.approx(curves["loss"][0], rel=1e-3)


def test_class_figures_stand_beside_the_matrix(opened, iris):
    page = opened(iris)
    for place, each in enumerate(iris.document["figures"]["classes"]):
        row = page.locator(".matrix tbody tr").nth(place).locator("td.figure").all_inner_texts()
        wanted = [each["recall"], each["precision"], each["f1"]]
        assert row == [str(each["rows"]), *("–" if v is None else f"{v:.4f}" for v in wanted)]


def test_rows_of_a_table_show_its_values(opened, iris):
    page = opened(iris)
    first = iris.document["mistakes"][0]
    row = iris.document["rows"]["by_number"][str(first)]
    cells = page.locator("#mistakes tbody tr").first.locator("th, td")
    assert cells.nth(0).inner_text() == str(first)
    exact = cells.evaluate_all("all => all.slice(-4).map(one => Number(one.title))")
    assert exact == row["inputs"]


def test_a_regression_shows_every_point_and_quantile(opened, diabetes):
    page = opened(diabetes)
    page.wait_for_selector(".scatter circle.point")
    points = diabetes.document["residuals"]["points"]
    assert page.locator(".point").count() == len(points["rows"])
    above = sum(p >= t for p, t in zip(points["predicted"], points["true"], strict=True))
    assert page.locator(".point.above").count() == above
    exact = page.locator("#residuals td").evaluate_all("all => all.map(one => one.title)")
    wanted = [each["residual"] for each in diabetes.document["residuals"]["quantiles"]]
    assert [float(text.replace("−", "-")) for text in exact] == wanted


def test_a_mistake_opens_its_step_and_the_way_back_is_kept(opened, digits):
    page = opened(digits)
    first, second = digits.steps
    page.focus(f"#mistakes [data-step='{first}']")
    page.keyboard.press("Enter")
    page.wait_for_selector(".view svg.picture")
    assert page.locator("main:visible").count() == 1
    assert f"row {first}" in page.inner_text(".rows")
    before = page.locator(".station.now").inner_text()
    page.keyboard.press("ArrowRight")
    assert page.locator(".station.now").inner_text() != before
    page.click("text=← the report")
    page.wait_for_selector(".report", state="visible")
    assert page.locator(".view").count() == 0
    assert page.evaluate("document.activeElement.dataset.step") == str(first)
    page.evaluate("document.activeElement.blur()")
    # The step that was closed no longer takes the keys of the page.
    assert page.evaluate(
        "document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Home', cancelable: true}))"
    )
    page.go_back()
    page.wait_for_selector(".view svg.picture")
    assert str(second) != page.url.rpartition("-")[2] == str(first)


def test_an_address_opens_a_step(opened, digits):
    page = opened(digits, f"#step-{list(digits.steps)[1]}")
    page.wait_for_selector(".view svg.picture")


def greys(page, where):
    """Return what is in the middle of each of a picture's 8 x 8 squares, from black to white."""
    return page.evaluate(
        """where => {
        const canvas = document.querySelector(where);
        const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        const side = canvas.width / 8, found = [];
        for (let r = 0; r < 8; r++) for (let c = 0; c < 8; c++)
            found.push(data[4 * ((r + .5) * side * canvas.width + (c + .5) * side)]);
        return found;
    }""",
        where,
    )


def test_the_step_of_a_table_of_pictures_shows_them_as_they_were_given(opened):
    X, y = load_digits(return_X_y=True)
    encoder = TableEncoder.fit(X)
    assert encoder.width < 64  # three pixels never change
    net = cp.MLPClassifier((8,), max_iter=5, random_state=0).fit(encoder.encode(X), y)
    model = cp.TableModel(encoder, net, "digit")
    page = opened(cp.report(model, X, y, image_shape=(8, 8), steps=1))
    page.get_by_role("button", name="open its step").click()
    picture = page.get_by_role("img", name="as it was given")
    picture.wait_for()
    number = int(re.search(r"row (\d+)", picture.get_attribute("aria-label"))[1])
    values = X[number - 1]
    np.testing.assert_allclose(greys(page, ".rows canvas"), 255 - 255 * values / 16, atol=0.51)


def test_pictures_are_drawn_as_they_are(opened, digits):
    page = opened(digits)
    first = digits.document["mistakes"][0]
    grey = greys(page, "#mistakes canvas")
    values = np.array(digits.document["rows"]["by_number"][str(first)]["inputs"])
    np.testing.assert_allclose(grey, 255 - 255 * values, atol=0.51)


HOSTILE = [
    "<script>window.hurt = 1</script>",
    "</script><script>window.hurt = 1</script>",
    "<!--<script>",
    "<img src=x onerror='window.hurt = 1'>",
    '"><svg onload=window.hurt=1>',
    "'-window.hurt--'",
    "javascript:window.hurt=1",
    "]]>&lt;b&gt;\u2028\u2029\u0000\ud7ff",
    "${window.hurt = 1}{{1+1}}",
    "</style><link rel=stylesheet href=//example.invalid>",
    "‮right to left",
    "x" * 3000,
    "",
]


def spoiled(report, text):
    """Return the report with a text wherever a user's words go."""
    document = json.loads(json.dumps(report.document))
    document["title"] |= {"source": text, "target": text, "network": text, "optimizer": text,
                          "loss": text}  # fmt: skip
    document["measured_on"] = document["command"] = text
    document["figures"]["baseline"] = text
    document["confusion"]["names"][0] = text
    document["rows"]["columns"] = [text] * 4
    for row in document["rows"]["by_number"].values():
        row |= {"inputs": [text] * 4, "target": text, "prediction": text}
    document["data"]["rows"] = {text: 3}
    document["data"]["preparation"] = document["notes"] = [text]
    document["settings"].append({"name": text, "value": text, "usual": False})
    document["versions"][text] = text
    for layer in document["curves"]["gradient_norm"]["layers"]:
        layer["layer"] = text
    steps = {}
    for number, step in report.steps.items():
        words = {"model": text, "rows": (text,), "columns": (text,) * 4, "classes": (text,) * 3,
                 "targets": (text,), "predictions": (text,)}  # fmt: skip
        steps[number] = dataclasses.replace(step, labels=dataclasses.replace(step.labels, **words))
    return cp.Report(document, steps)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.one_in(4)
def test_hostile_words_are_words(opened, iris, text):
    page = opened(spoiled(iris, text))
    for place in range(page.locator(".matrix button.number").count()):
        page.locator(".matrix button.number").nth(place).click()
    page.locator("#mistakes [data-step]").first.click()
    page.wait_for_selector(".view svg.picture")
    page.click("text=← the report")
    page.wait_for_selector(".report", state="visible")
    assert page.evaluate("window.hurt === undefined")
    assert page.locator("main").count() == 1
    assert page.locator("section").count() == 4
    # Too long for a line of its own, but whole in its tooltip.
    if text.strip() and "\u0000" not in text:
        assert page.locator("#mistakes td").last.get_attribute("title") == text


def test_the_views_hostile_strings_are_words_here_too(opened, iris):
    plain = cp.Report(iris.document, {})
    page = opened(plain)
    for text in STRINGS:
        file = reopened(page, spoiled(plain, text).to_html())
        assert (file["scripts"], file["forbidden"]) == (2, 0), text
        assert file["title"].endswith(": training report"), text
        page.evaluate("() => document.querySelector('.matrix button.number').click()")
        assert page.evaluate("() => window.stolen === undefined")
        assert page.locator("section").count() == 4
        if text.strip():
            assert page.locator("#mistakes td").last.get_attribute("title") == text


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["digits", "iris", "diabetes"])
@pytest.mark.one_in(3)
def test_a_phone_scrolls_down_only_and_nothing_hinders(opened, request, name, scheme):
    page = opened(request.getfixturevalue(name), viewport={"width": 360, "height": 740},
                  color_scheme=scheme, reduced_motion="reduce")  # fmt: skip
    if name != "diabetes":
        page.locator(".matrix button.number").nth(1).click()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.evaluate(axe())
    assert serious_faults(page, rules=COLOURS if scheme == "dark" else None) == []


def test_a_training_ended_in_its_first_epoch_has_no_curves(opened, iris):
    document = json.loads(json.dumps(iris.document))
    document["curves"] |= {"epochs": 0, "kept_epoch": 0, "best_epoch": None, "loss": [],
                           "validation_loss": [], "validation_metric": [], "seconds": [],
                           "learning_rate": [], "gradient_norm": None}  # fmt: skip
    page = opened(cp.Report(document, {}))
    assert page.locator("section").count() == 3
    assert page.locator(".contents a").count() == 3


def test_numbers_that_are_none_are_shown_as_such(opened, iris):
    document = json.loads(json.dumps(iris.document))
    epochs = document["curves"]["epochs"]
    document["curves"]["loss"] = ["NaN"] * (epochs - 1) + ["Infinity"]
    document["rows"]["by_number"][str(document["mistakes"][0])] |= {"loss": "Infinity"}
    document["figures"]["classes"][0] |= {"precision": None, "f1": None}
    page = opened(cp.Report(document, {}))
    assert page.locator(".legend .number").first.inner_text() == "∞"
    page.focus("#epoch")
    page.keyboard.press("Home")
    page.wait_for_function("() => document.querySelector('.legend .number').textContent === 'NaN'")
    assert "∞" in page.locator("#mistakes tbody tr").first.inner_text()
    assert page.locator(".matrix tbody tr").first.locator("td.figure").nth(2).inner_text() == "–"


def test_the_program_is_small_and_the_page_is_not_large(digits):
    size = sum((STATIC / name).stat().st_size for name in ("report.js", "report.css"))
    assert size <= 145_000
    assert len(digits.to_html()) < 1_500_000


def test_very_many_epochs_are_thinned_but_the_marked_ones_stay(iris):
    document = json.loads(json.dumps(iris.document))
    document["curves"] |= {"epochs": 10_000, "kept_epoch": 7_778, "best_epoch": 3,
                           "loss": list(range(10_000))}  # fmt: skip
    curves = payload(cp.Report(document, {}).to_dict())["curves"]
    assert MOST_EPOCHS <= len(curves["at"]) <= MOST_EPOCHS + 2
    assert {1, 3, 7_778, 10_000} <= set(curves["at"])
    assert curves["loss"] == [epoch - 1 for epoch in curves["at"]]
