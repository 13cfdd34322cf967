"""Skip connections: drawn from where their values are taken to where they are added, and told."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.view.payload import payload_of
from clearprop.writing.numbers import shown

from .conftest import classes, varied

ARCS = """() => [...document.querySelectorAll('.picture .arc')].map((arc) => {
  const { left, right, top } = arc.querySelector('path').getBoundingClientRect();
  return {
    left, right, top, heads: arc.querySelectorAll('path').length - 1,
    now: arc.classList.contains('now'), text: arc.querySelector('text').textContent,
  };
})"""
HEADS = """() => [...document.querySelectorAll('.picture .head')].map((head) => {
  const { left, right } = head.getBoundingClientRect();
  return (left + right) / 2;
})"""


def explained(net, inputs, outputs):
    rng = np.random.default_rng(5)
    x, t = rng.normal(size=(3, inputs)), rng.normal(size=(3, outputs))
    return cp.explain(net, cp.SquaredError(), net.init(rng), x, t, optimizer=cp.SGD(0.1)).to_dict()


def nested():
    inner = cp.Residual(cp.Chain(cp.Dense(6, 6), cp.Tanh()))
    outer = cp.Residual(cp.Chain(cp.Dense(6, 6), cp.ReLU(), inner, cp.Dense(6, 6)))
    return explained(cp.Chain(cp.Dense(4, 6), cp.Tanh(), outer, cp.Dense(6, 3)), 4, 3)


def first():
    return explained(cp.Chain(cp.Residual(cp.Dense(3, 3)), cp.Dense(3, 2)), 3, 2)


def stacked():
    def block():
        return cp.Residual(cp.Chain(cp.LayerNorm(5), cp.Dense(5, 5)))

    return explained(cp.Chain(cp.Dense(4, 5), block(), block(), cp.Dense(5, 2)), 4, 2)


def within():
    """Nothing of it passes from one column to another."""
    return explained(cp.Chain(cp.Dense(4, 5), cp.Residual(cp.Tanh()), cp.Dense(5, 2)), 4, 2)


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (lambda: varied().to_dict(), [("residual1", 1, 2)]),
        (nested, [("residual1.chain1.residual1", 2, 3), ("residual1", 1, 4)]),
        (first, [("residual1", 0, 1)]),
        (stacked, [("residual1", 1, 2), ("residual2", 2, 3)]),
        (within, []),
        (lambda: classes().to_dict(), []),
    ],
)
def test_from_where_to_where(made, wanted):
    skips = payload_of(made())["skips"]
    assert [(skip["path"], skip["from"], skip["to"]) for skip in skips] == wanted


def test_values_forward_and_the_error_back(opened):
    page = opened(varied().to_dict(), "#residual1.y")
    (forward,) = page.evaluate(ARCS)
    assert (forward["now"], forward["text"], forward["heads"]) == (True, "+ a₁", 1)
    told = page.locator(".view > [role=status].unseen").text_content()
    assert "The skip connection brings a₁." in told
    label = page.locator("svg.picture").get_attribute("aria-label")
    assert "from dense1 past residual1.chain1.dense1 to the sum residual1" in label
    page.evaluate("clearprop.app.goTo('relu1.dy')")
    (back,) = page.evaluate(ARCS)
    assert (back["now"], back["text"]) == (True, "+ residual1.dy")
    told = page.locator(".view > [role=status].unseen").text_content()
    assert "The skip connection brings back residual1.dy." in told
    # Not computed yet: no arrow, and nothing said to be added.
    page.evaluate("clearprop.app.goTo('dense1.y')")
    (before,) = page.evaluate(ARCS)
    assert (before["now"], before["text"], before["heads"]) == (False, "+", 0)


@pytest.mark.parametrize("width", [1200, 360])
def test_one_arc_over_another(opened, width):
    page = opened(nested(), "#residual1.y", viewport={"width": width, "height": 900})
    inner, outer = page.evaluate(ARCS)
    assert outer["top"] < inner["top"] - 10
    assert outer["left"] < inner["left"] and inner["right"] < outer["right"]
    heads = page.evaluate(HEADS)
    ends = [outer["left"], inner["left"], inner["right"], outer["right"]]
    np.testing.assert_allclose(ends, heads[1:5], atol=6)
    assert page.evaluate(
        """() => [...document.querySelectorAll('.picture .head, .picture .arc text')].every(
             (one) => one.getBoundingClientRect().top >=
               document.querySelector('svg.picture').getBoundingClientRect().top - 1)"""
    )


def test_a_sums_units_are_its_columns(opened):
    """A sum is shown on the units where it is made, and named by them."""
    step = varied()
    page = opened(step.to_dict(), "#residual1.y")
    texts = page.locator(".picture .mono").all_text_contents()
    assert shown(step["residual1.y"][0, 2]) in texts
    assert "output" not in page.locator(".quantity thead").text_content()


# Walk through all moments: a layer's stations are seen when a moment of it is shown.
STATIONS = """() => clearprop.app.moments.map((moment, place) => {
  clearprop.app.go(place);
  const station = document.querySelector('.station.now');
  return [
    station.getAttribute('aria-label').split(':')[0],
    station.closest('.run').querySelector('.owner')?.textContent ?? '', station.textContent,
  ];
})"""


def test_stations_of_two_blocks_have_two_names(opened):
    page = opened(stacked())
    found = page.evaluate(STATIONS)
    for whole, owner, name in found:
        plain = whole.replace(".chain1", "")
        assert plain == name or plain.replace(f"{owner}.", "") == name
    blocks = [(owner, name) for _, owner, name in found if owner.startswith("residual")]
    assert len(set(blocks)) == len(blocks) > 20
    assert ("residual2.layernorm1", "μ") in blocks
    assert ("", "z₁") in [(owner, name) for _, owner, name in found]
