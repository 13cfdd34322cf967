"""Small, dark, large and still: the page in every shape a reader may want."""

import pytest

from tests.browser import COLOURS, axe, serious_faults

from .conftest import STEPS, classes, small

SETTINGS = {
    "wide": {},
    "phone": {"viewport": {"width": 360, "height": 740}},
    "dark": {"color_scheme": "dark"},
    "still": {"reduced_motion": "reduce"},
    "contrast": {"forced_colors": "active"},
    "dark phone": {"color_scheme": "dark", "viewport": {"width": 360, "height": 740}},
    # What a browser zoomed to 200 % on a 1200 pixel screen gives a page.
    "zoomed": {"viewport": {"width": 600, "height": 450}, "device_scale_factor": 2},
}

# A what-if is offered only where the page holds every given number.
SUPPOSED = """(({ app }) =>
  app.step.isComplete && app.changeGiven(app.step.find('dense1.W'), 1, 2))(clearprop)"""


WIDER_THAN_THE_WINDOW = """() => clearprop.app.moments.map((_, moment) => {
  clearprop.app.go(moment);
  const { scrollWidth, clientWidth } = document.documentElement;
  return scrollWidth - clientWidth;
})"""


@pytest.mark.parametrize("shape", SETTINGS)
@pytest.mark.parametrize("name", [*STEPS, "digits"])
@pytest.mark.one_in(3)
def test_nothing_scrolls_sideways(opened, request, shape, name):
    made = request.getfixturevalue("digits_step") if name == "digits" else STEPS[name]().to_dict()
    page = opened(made, **SETTINGS[shape])
    over = page.evaluate(WIDER_THAN_THE_WINDOW)
    assert len(over) > 10
    assert [moment for moment, pixels in enumerate(over) if pixels > 0] == []


@pytest.mark.parametrize("shape", ["wide", "phone", "dark", "dark phone"])
@pytest.mark.parametrize("name", [*STEPS, "digits", pytest.param("large", marks=pytest.mark.slow)])
@pytest.mark.one_in(6)
def test_no_serious_fault_of_accessibility(opened, request, shape, name):
    if name in STEPS:
        made = STEPS[name]().to_dict()
    else:
        made = request.getfixturevalue(f"{name}_step")
        made = made if isinstance(made, dict) else made.to_dict()
    page = opened(made, **SETTINGS[shape])
    page.evaluate(axe())
    for state in (
        "clearprop.app.goTo('dense1.dW')",
        "clearprop.app.open(clearprop.app.step.find('dense1.W'), [0, 1])",
        SUPPOSED,
        "clearprop.app.goTo('dense1.W.new')",
        "clearprop.app.hide(true)",
        "document.querySelector('.check form')?.requestSubmit()",
    ):
        page.evaluate(f"void {state}")
        assert serious_faults(page, rules=COLOURS if "dark" in shape else None) == []


def test_every_moment_is_told_in_a_sentence(opened):
    page = opened(classes().to_dict(), "#dense2.dy")
    told = page.locator(".view > [role=status].unseen").text_content()
    assert told.startswith("Backward 1 of 8. error signal of dense2: δ₂ = ")
    assert "Strongest about" in told


def test_dark_is_dark(opened):
    colours = """() => {
      const style = getComputedStyle(document.querySelector('.clearprop'));
      return [style.backgroundColor, style.color];
    }"""
    light, dark = opened(small().to_dict()), opened(small().to_dict(), color_scheme="dark")
    assert light.evaluate(colours) != dark.evaluate(colours)


def test_sign_is_in_the_line_and_in_the_minus(opened):
    """No colour is needed to tell negative from positive."""
    page = opened(small().to_dict(), "#dense1.y&lens=weights")
    styles = page.evaluate(
        """() => [...document.querySelectorAll('.drawing .line')].map((line) =>
             [/ n\\d/.test(line.getAttribute('class')), getComputedStyle(line).strokeDasharray])"""
    )
    assert {negative for negative, _ in styles} == {True, False}
    assert all((dashes != "none") == negative for negative, dashes in styles)
