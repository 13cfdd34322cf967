"""The report of a training: its numbers, its mistakes by class, and names that are hostile."""

import copy

import numpy as np
import pytest

from clearprop import view
from clearprop.explaining.digits import shown

from .conftest import Opened, axe
from .test_hostile import STRINGS

LOSSES = [2.5, 1.25, 0.3333333333333333, 0.01, "NaN"]
COUNTS = [[5, 1, 0], [0, 7, 2], [1, 0, 4]]
REPORT = {
    "format": "clearprop.report",
    "version": 1,
    "made_by": "clearprop 0.1.0",
    "title": {"model": "flowers.clearprop", "network": "4 → 6 tanh → 3 softmax", "data": "20 rows"},
    "summary": [
        {"name": "accuracy", "value": 0.8123456, "note": "of 20 rows"},
        {"name": "stopped", "value": "after 5 epochs", "note": None},
    ],
    "curves": [
        {
            "name": "loss",
            "along": "epoch",
            "best": 3,
            "series": [
                {"name": "training", "values": LOSSES},
                {"name": "validation", "values": [2.0, 1.0, 0.5, 0.25, 0.3]},
            ],
        }
    ],
    "confusion": {"classes": ["a", "b", "c"], "counts": COUNTS},
    "rows": {
        "title": "worst mistakes",
        "score": "probability of the target",
        "image": [2, 2],
        "listed": [
            {"label": "row 3", "target": "b", "prediction": "c", "score": 0.0123456,
             "image": [0, 1, 2, 3], "values": None},
            {"label": "row 9", "target": "a", "prediction": "b", "score": None, "image": None,
             "values": [{"name": "length", "value": "5.1"}]},
        ],
    },
    "settings": [{"name": "seed", "value": "0"}],
}  # fmt: skip


@pytest.fixture
def shown_report(browser, tmp_path):
    pages = []

    def open_(report, **settings):
        path = tmp_path / "report.html"
        view.save_report(report, path)
        pages.append(Opened(browser, path, wait="main.report", **settings))
        return pages[-1].page

    yield open_
    for page in pages:
        page.check()
        page.context.close()


def test_every_number_is_the_reports(shown_report):
    page = shown_report(REPORT)
    page.locator("summary").click()
    cells = page.locator(".curves td")
    wanted = [v for pair in zip(LOSSES, [2.0, 1.0, 0.5, 0.25, 0.3], strict=True) for v in pair]
    assert cells.all_text_contents() == [shown(float(value)) for value in wanted]
    assert [float(text) for text in page.locator(".curves td").evaluate_all(
        "cells => cells.map((cell) => cell.getAttribute('data-exact'))"
    )] == pytest.approx(list(map(float, wanted)), abs=0, rel=0, nan_ok=True)  # fmt: skip
    counts = page.locator(".confusion tbody tr").evaluate_all(
        "rows => rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent))"
    )
    for row, texts in zip(COUNTS, counts, strict=True):
        assert texts[:-1] == [str(count) if count else "·" for count in row]
    rates = [100 * row[place] / sum(row) for place, row in enumerate(COUNTS)]
    assert [texts[-1] for texts in counts] == [f"{rate:.1f} %" for rate in rates]
    assert "0.8123" in page.locator(".summary").text_content()
    assert "16 of 20 right" in page.locator(".confusion-section").text_content()
    assert "best at epoch 4" in page.locator("figcaption").text_content()


def test_a_line_is_where_its_numbers_are(shown_report):
    """Read the drawn line back: equal ratios are equal heights on a logarithmic axis."""
    page = shown_report(REPORT)
    path = page.locator(".series.s0").get_attribute("d")
    points = np.array([part.split() for part in path[1:].replace("M", "L").split("L")], float)
    assert len(points) == 4  # the fifth is no number
    heights, values = points[:, 1], np.log(LOSSES[:4])
    slope = np.polyfit(values, heights, 1)
    np.testing.assert_allclose(np.polyval(slope, values), heights, atol=0.1)


def test_a_cell_lists_its_rows(shown_report):
    page = shown_report(REPORT)
    assert page.locator(".cards li").count() == 2
    page.locator(".confusion button").nth(1).click()
    assert page.locator(".cards li").count() == 1
    assert "b taken for c: 1 listed" in page.locator(".mistakes h2").text_content()
    page.get_by_text("show all").click()
    assert page.locator(".cards li").count() == 2


@pytest.mark.parametrize(
    "settings",
    [{}, {"viewport": {"width": 360, "height": 740}}, {"color_scheme": "dark"}],
    ids=["wide", "phone", "dark"],
)
def test_looks(shown_report, settings):
    page = shown_report(REPORT, **settings)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.evaluate(axe())
    faults = page.evaluate("axe.run().then((result) => result.violations)")
    assert [fault["id"] for fault in faults if fault["impact"] in ("serious", "critical")] == []


def test_without_classes_and_rows(shown_report):
    report = {**REPORT, "confusion": None, "rows": None, "curves": []}
    page = shown_report(report)
    assert page.locator(".confusion, .mistakes, .curve").count() == 0


def with_text(value, text):
    """Return the report with every name in it replaced."""
    if isinstance(value, dict):
        return {key: with_text(part, text) for key, part in value.items()}
    if isinstance(value, list):
        return [with_text(part, text) for part in value]
    return text if isinstance(value, str) and value != "NaN" else value


def test_hostile_names_are_only_shown(browser, tmp_path):
    path = tmp_path / "report.html"
    path.write_text("<main class=report>")
    opened = Opened(browser, path, wait="main.report")
    for text in STRINGS:
        report = with_text(copy.deepcopy(REPORT), text)
        view.save_report({**report, "format": "clearprop.report"}, path)
        opened.page.goto(path.as_uri())
        opened.page.wait_for_selector("main.report footer", state="attached")
        found = opened.page.evaluate(
            "[window.stolen ?? null, document.scripts.length,"
            " document.querySelectorAll('iframe, img, object, embed, link, base, video, a').length]"
        )
        assert found == [None, 2, 0], text
    opened.check()
    opened.context.close()


@pytest.mark.parametrize(
    ("report", "message"),
    [
        ({}, "this is not a report: its format is None"),
        ({**REPORT, "version": 2}, "version 2; this clearprop shows version 1"),
        ({"format": "clearprop.report", "version": 1}, "lacks made_by, title, summary, curves"),
    ],
)
def test_what_is_no_report_is_refused(report, message):
    with pytest.raises(ValueError, match=message):
        view.report_to_html(report)
