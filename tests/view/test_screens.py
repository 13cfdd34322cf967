"""The page in every condition a reader may meet it in, compared with screens that were looked at.

`make screens` takes them anew; look at what it changed before it is committed.
"""

import os

import numpy as np
import pytest

from clearprop import learn
from tests.browser import opening
from tests.descent.surfaces import plane
from tests.reporting.made_up import flowers, homes

from .conftest import classes, varied
from .screens import FOLDER, difference, keep, lab, pixels_of, with_fonts

pytestmark = pytest.mark.slow

DEFICIENCIES = ("achromatopsia", "protanopia", "deuteranopia", "tritanopia")
GRADIENT = "#dense2.dW&at=dense2.dW[3,1]&row=3"
WHOLE = {"viewport": {"width": 1200, "height": 1250}}  # down to the table
WRITE = bool(os.environ.get("CLEARPROP_SCREENS"))

# name: step, address, settings of the browser
SCREENS = {
    "light": ("classes", GRADIENT, WHOLE),
    "dark": ("classes", GRADIENT, {"color_scheme": "dark", **WHOLE}),
    "phone": ("classes", GRADIENT, {"viewport": {"width": 360, "height": 1800}}),
    # What a browser zoomed to 200 % on a 1200 pixel screen gives a page.
    "zoomed": (
        "classes",
        GRADIENT,
        {"viewport": {"width": 600, "height": 800}, "device_scale_factor": 2},
    ),
    "still": ("classes", "#dense1.y", {"reduced_motion": "reduce"}),
    "skip": ("varied", "#residual1.y", {}),
    "skip-back": ("varied", "#relu1.dy", {"color_scheme": "dark"}),
    "large": ("large", "#dense2.dy", {}),
    "images": ("digits", "#dense1.dW", {}),
    **dict.fromkeys(DEFICIENCIES, ("classes", GRADIENT, WHOLE)),
}


@pytest.fixture
def steps(request):
    def made(name):
        if name == "large":
            return request.getfixturevalue("large_step").to_dict()
        if name == "digits":
            return request.getfixturevalue("digits_step")
        return {"classes": classes, "varied": varied}[name]().to_dict()

    return made


def deficient(page, name):
    tools = page.context.new_cdp_session(page)
    tools.send("Emulation.setEmulatedVisionDeficiency", {"type": name})


def compare(page, name, folder):
    """Compare a page with its kept screen, or keep it where screens are taken anew."""
    pixels = pixels_of(page.screenshot())
    path = FOLDER / f"{name}.png"
    if WRITE:
        keep(pixels, path)
    found = difference(pixels, path)
    if found:
        keep(pixels, folder / path.name)
    assert not found, f"{name}: {found}; now {folder / path.name}, was {path}"


@pytest.mark.parametrize("name", SCREENS)
def test_it_looks_as_it_did(opened_alone, steps, tmp_path, name):
    step, hash_, settings = SCREENS[name]
    page = opened_alone(steps(step), hash_, **settings)
    with_fonts(page)
    if name in DEFICIENCIES:
        deficient(page, name)
    if name == "still":
        # While it plays: three moments on, and nothing is halfway anywhere.
        page.clock.install()
        page.get_by_role("button", name="play").click()
        page.clock.run_for(3 * 1400)
        assert page.evaluate("document.getAnimations().length") == 0
    compare(page, name, tmp_path)


REPORTS = {
    "report": (flowers, {"viewport": {"width": 1000, "height": 2640}}),
    "report-dark": (homes, {"viewport": {"width": 1000, "height": 2680}, "color_scheme": "dark"}),
    "report-phone": (flowers, {"viewport": {"width": 360, "height": 3820}}),
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_looks_as_it_did(browser, tmp_path, name):
    report, settings = REPORTS[name]
    with opening(browser, tmp_path, lambda made, path: made.to_html(path), "main svg") as open_:
        page = open_(report(), **settings)
        with_fonts(page)
        if report is flowers:
            page.locator(".matrix button.number").nth(2).click()
        compare(page, name, tmp_path)


SPIRALS = (
    "#data=%22spirals%22&hidden=%5B8%2C8%5D&activation=%22ReLU%22&optimizer=%22Adam%22&rate=0.01"
    "&noise=0.04&step=400&follow=dense1.W%5B0%2C1%5D&row=3"
)
LESSONS = {
    "learn": ("", {"viewport": {"width": 1280, "height": 1000}}),
    "learn-dark": (SPIRALS, {"viewport": {"width": 1280, "height": 1000}, "color_scheme": "dark"}),
}


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_looks_as_it_did(browser, tmp_path, name):
    hash_, settings = LESSONS[name]
    with opening(browser, tmp_path, lambda made, path: made.to_html(path), ".agreement") as open_:
        page = open_(learn(), hash_, **settings)
        with_fonts(page)
        page.evaluate("clearprop.lab.changed(true)")
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")
        compare(page, name, tmp_path)


TALL = {"viewport": {"width": 1200, "height": 1400}}
SURFACES = {
    "surface": ("", TALL),
    "surface-dark": ("#epoch-6", {"color_scheme": "dark", **TALL}),
    "surface-phone": ("#epoch-6", {"viewport": {"width": 390, "height": 2700}}),
}


@pytest.mark.parametrize("name", SURFACES)
def test_a_surface_looks_as_it_did(browser, tmp_path, name):
    hash_, settings = SURFACES[name]
    with opening(browser, tmp_path, lambda made, path: made.to_html(path)) as open_:
        page = open_(plane(), hash_, **settings)
        with_fonts(page)
        compare(page, name, tmp_path)


def test_the_comparison_sees_what_a_reader_sees(opened, steps):
    """A ring gone, a line of text moved, a hue turned, dashes closed: each is a difference."""
    page = opened(steps("classes"), GRADIENT, **WHOLE)
    with_fonts(page)
    path = FOLDER / "light.png"
    assert not difference(pixels_of(page.screenshot()), path)
    for rule in (
        ".picture .focus { display: none }",
        ".clearprop .convention { translate: 0 4px }",
        ".clearprop .line[class*='line n'] { stroke-dasharray: none }",
        ".clearprop .unit.n7 { fill: var(--p7) }",
        ".clearprop { --p5: #3ac381 }",
        ".clearprop .wires { display: none }",
        ".clearprop .station.now { color: inherit; border-bottom-color: inherit }",
    ):
        page.evaluate(
            """(rule) => {
              const sheet = new CSSStyleSheet();
              sheet.replaceSync(rule);
              document.adoptedStyleSheets = [document.adoptedStyleSheets[0], sheet];
            }""",
            rule,
        )
        assert difference(pixels_of(page.screenshot()), path), rule


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", DEFICIENCIES)
def test_signs_are_told_apart_without_every_cone(opened_alone, steps, scheme, name):
    """The same size with either sign: hues apart for dichromats, and never hue alone."""
    page = opened_alone(steps("classes"), "#dense1.dy", color_scheme=scheme)
    deficient(page, name)
    swatches = pixels_of(page.locator(".swatches").screenshot())
    colours = [swatches[4, 9 * place + 4] for place in range(15)]
    apart = [
        np.linalg.norm(lab(colours[7 - size]) - lab(colours[7 + size])) for size in range(1, 8)
    ]
    if name == "achromatopsia":
        assert max(apart) < 12  # on purpose: a size is as light with either sign
    else:
        # 2.3 is just noticeable; the two lightest steps are small numbers of either sign.
        assert min(apart) > 8, apart
        assert min(apart[2:]) > 20, apart
    discs = page.evaluate(
        """() => [...document.querySelectorAll('.picture .unit')].map((disc) => [
             / n\\d/.test(disc.getAttribute('class')),
             getComputedStyle(disc).strokeDasharray,
             disc.parentNode.querySelector('.mono')?.textContent ?? ''])"""
    )
    told = [(negative, dashes, text) for negative, dashes, text in discs if text]
    assert {negative for negative, *_ in told} == {True, False}
    for negative, dashes, text in told:
        assert (dashes != "none") == negative == text.startswith("−")
