"""What a reader of the report needs: warnings, whole labels, the keyboard, no false digits."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

import clearprop as cp
from clearprop.reporting import Training
from tests.browser import opening
from tests.node import Program
from tests.reporting.made_up import curves, flowers, homes

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture
def opened(browser, tmp_path):
    with opening(
        browser, tmp_path, lambda made, path: made.to_html(path), ".clearprop main"
    ) as open_:
        yield open_


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    modules = {"ticks": "report/ticks", "words": "report/words"}
    return Program(tmp_path_factory.mktemp("reading"), modules)


def test_a_label_at_the_end_of_an_axis_is_whole(program, opened):
    (place,) = program.call("ticks.labelPlace", (300, "2000", 304))
    assert place + 4 * 3.6 <= 304
    assert program.call("ticks.labelPlace", (150, "100", 304)) == [150]
    page = opened(flowers())
    page.wait_for_selector(".chart svg")
    outside = page.evaluate(
        """() => [...document.querySelectorAll('.chart svg')].flatMap((svg) => {
             const edge = svg.getBoundingClientRect();
             return [...svg.querySelectorAll('text')].filter((one) => {
               const box = one.getBoundingClientRect();
               return box.right > edge.right || box.left < edge.left;
             });
           }).length"""
    )
    assert outside == 0


def test_a_figure_has_no_more_digits_than_asked_for(program):
    calls = [(0.9965, 2), (0.993, 2), (1, 2), (-0.001, 2), (0.5, 3), (0.99999,)]
    assert program.call("words.ratio", *calls) == [
        ">0.99", "0.99", "1.00", ">−0.01", "0.500", ">0.9999",
    ]  # fmt: skip


SAID = {"kind": "overfitting", "sentence": "Overfitting since epoch 5: a sentence."}
FOUND = {"column": "alive", "kind": "decides", "sentence": "alive alone decides the target: so."}


def test_what_a_training_says_stands_with_its_curves(opened):
    page = opened(flowers(diagnosis=[SAID], findings=[FOUND]))
    assert page.locator("#training .diagnosis").all_inner_texts() == [SAID["sentence"]]
    assert page.locator("header .finding").all_inner_texts() == [FOUND["sentence"]]
    page = opened(flowers())
    assert page.locator(".diagnosis, .finding").count() == 0


def leaky():
    """Return rows of which one column is the target in other words."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 300)
    frame = pd.DataFrame({"age": rng.normal(size=300), "alive": y * 2.0 - 1.0})
    return frame, np.array(["no", "yes"])[y]


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_a_column_that_decides_every_row_is_told_of_any_model():
    frame, y = leaky()
    net = cp.MLPClassifier((4,), max_iter=30, random_state=0).fit(frame[:150], y[:150])
    found = cp.report(net, frame[150:], y[150:], steps=0).document["findings"]
    assert [(one["column"], one["kind"]) for one in found] == [("alive", "decides")]
    assert "Is it known when you predict?" in found[0]["sentence"]
    array = cp.MLPClassifier((4,), max_iter=30, random_state=0).fit(frame.to_numpy(), y)
    report = cp.report(array, frame.to_numpy(), y, steps=0)
    assert [one["column"] for one in report.document["findings"]] == ["x2"]
    honest = frame.assign(alive=np.roll(frame["alive"], 7))
    net.fit(honest, y)
    assert cp.report(net, honest, y, steps=0).document["findings"] == []


def test_pictures_have_no_columns_to_warn_of():
    X, y = load_digits(return_X_y=True)
    net = cp.MLPClassifier((4,), max_iter=2, random_state=0).fit(X, y)
    assert cp.report(net, X, y, image_shape=(8, 8), steps=0).document["findings"] == []


def test_validation_and_test_rows_that_disagree_are_told():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3))
    y = np.sign(X[:, 0])
    recorder = cp.EpochRecorder()
    net = cp.MLPClassifier((4,), max_iter=40, random_state=0, learning_rate_init=0.02)
    net.set_callbacks(recorder).fit(X[:200], y[:200], validation_data=(X[200:], y[200:]))
    known = Training(recorder=recorder, rows={"validation": 200})
    same = cp.report(net, X[200:], y[200:], measured_on="test", training=known, steps=0)
    other = cp.report(net, X[200:], -y[200:], measured_on="test", training=known, steps=0)
    kinds = [[one["kind"] for one in made.document["diagnosis"]] for made in (same, other)]
    assert "apart" not in kinds[0]
    assert "apart" in kinds[1]


def test_a_learning_rate_that_changes_is_drawn_and_one_that_does_not_is_not(opened):
    def titles(page):
        return page.locator(".chart figcaption strong").all_inner_texts()

    assert titles(opened(flowers()))[-1] == "Learning rate"
    page = opened(flowers(curves=curves(learning_rate=[0.01] * 12)))
    assert titles(page) == ["Loss", "Accuracy", "Gradient norm, layer by layer"]
    assert page.locator(".chart").nth(1).locator(".legend li").count() == 2


def test_the_training_score_is_that_of_the_recorded_rows():
    X, y = load_digits(return_X_y=True)
    recorder = cp.EpochRecorder(rows=10_000)
    net = cp.MLPClassifier((8,), max_iter=4, random_state=0).set_callbacks(recorder)
    net.fit(X[:300], y[:300])
    assert recorder.training_scores[-1] == pytest.approx(net.score(X[:300], y[:300]))
    assert len(recorder.training_scores) == 4


def test_hues_are_of_signs_alone(opened):
    """A classifier's report has no signed number: it has neither blue nor orange."""
    page = opened(flowers())
    page.locator(".matrix button.number").nth(2).click()
    hues = page.evaluate(
        """() => {
             const found = new Set();
             for (const one of document.querySelectorAll('main *')) {
               const style = getComputedStyle(one);
               for (const name of ['color', 'backgroundColor', 'stroke', 'fill']) {
                 const [r, g, b] = (style[name].match(/[\\d.]+/g) ?? []).map(Number);
                 if (r > g + 60 && g > b + 20) found.add('orange ' + one.className);
                 if (b > g + 40 && g > r + 30) found.add('blue ' + one.className);
               }
             }
             return [...found];
           }"""
    )
    assert hues == []


def test_many_classes_have_their_largest_confusions_listed_and_opened_in_place(opened):
    X, y = load_digits(return_X_y=True)
    net = cp.MLPClassifier((6,), max_iter=15, random_state=0).fit(X[:600], y[:600])
    report = cp.report(net, X[600:], y[600:], steps=0)
    wrong = sorted(
        (c for c in report.document["confusion"]["cells"] if c["true"] != c["predicted"]),
        key=lambda cell: -cell["count"],
    )
    page = opened(report, viewport={"width": 1280, "height": 720})
    items = page.locator(".pairs li")
    assert items.count() == 8
    for place in range(8):
        assert f": {wrong[place]['count']} row" in items.nth(place).inner_text()
    items.first.locator("button").click()
    assert page.locator(".pairs li:first-child #cell-rows").count() == 1
    assert page.locator("[data-key^='pair']").first.get_attribute("aria-expanded") == "true"
    cell = page.locator(f"[data-key='cell {wrong[0]['true']} {wrong[0]['predicted']}']")
    cell.click()
    assert page.locator("#cell-rows").count() == 1
    assert page.evaluate(
        """() => {
             const rows = document.querySelector('.matrix tr.opened');
             return rows.previousElementSibling.querySelector('[aria-expanded=true]') !== null
               && rows.querySelector('#cell-rows').getBoundingClientRect().top < innerHeight;
           }"""
    )
    cell.click()
    assert page.locator("#cell-rows").count() == 0
    page = opened(flowers())
    assert page.locator(".pairs").count() == 0


def test_a_table_that_is_cut_off_says_that_it_scrolls(opened):
    page = opened(flowers(), viewport={"width": 360, "height": 740})
    hint = page.locator("#confusion .hint")
    hint.wait_for()
    page.locator("#confusion .scroll").evaluate("one => (one.scrollLeft = one.scrollWidth)")
    hint.wait_for(state="hidden")
    page = opened(flowers(), viewport={"width": 1200, "height": 900})
    assert page.locator("#confusion .hint:visible").count() == 0


def test_the_points_of_a_regression_are_walked_by_keyboard(opened):
    page = opened(homes())
    page.wait_for_selector(".scatter circle.point")
    said = page.locator("#residuals [role=status]")
    page.focus(".points")
    page.keyboard.press("ArrowRight")
    assert said.inner_text().startswith("row 8: true 59, predicted 88.7")
    page.keyboard.press("ArrowRight")
    assert said.inner_text().startswith("row 2: true 75,")
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    assert said.inner_text().startswith("row 7: true 310,")
    assert page.locator(".ring").get_attribute("visibility") == "visible"


def test_a_point_opens_its_step(opened):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    y = X[:, 0] * 3 + rng.normal(size=60)
    net = cp.MLPRegressor(hidden_layer_sizes=(4,), max_iter=20, random_state=0).fit(X, y)
    report = cp.report(net, X[:20], y[:20], steps=20)
    page = opened(report)
    page.wait_for_selector(".scatter circle.point")
    page.focus(".points")
    page.keyboard.press("Home")
    number = int(page.inner_text("#residuals [role=status]").split()[1].rstrip(":"))
    assert "Enter or a click opens its step" in page.inner_text("#residuals [role=status]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".view svg.picture")
    assert page.url.endswith(f"#step-{number}")


def test_a_notebook_shows_the_page():
    bundle = flowers()._repr_mimebundle_()
    assert "<iframe" in bundle["text/html"]
    assert "training report" in bundle["text/html"]
    assert bundle["text/plain"].startswith("<Report: ")
