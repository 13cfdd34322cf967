"""MathML as a browser draws it: headless Chromium, where there is one."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.explaining.document import MATHML
from clearprop.explaining.provenance import Why
from clearprop.explaining.render_mathml import MathML
from tests.view.conftest import browser

__all__ = ["browser"]


@pytest.fixture
def drawn(browser):
    """Return what the browser makes of MathML, one measurement for each formula."""
    context = browser.new_context()
    page = context.new_page()

    def draw(formulas):
        page.set_content("<!doctype html>" + "".join(f"<p>{formula}</p>" for formula in formulas))
        return page.evaluate(
            """() => [...document.querySelectorAll('math')].map(math => ({
                width: math.getBoundingClientRect().width,
                height: math.getBoundingClientRect().height,
                foreign: [...math.querySelectorAll('*')].filter(one =>
                    !(one instanceof MathMLElement)).map(one => one.tagName),
                empty: [...math.querySelectorAll('mi,mn,mo,mtext')].filter(one =>
                    one.textContent.trim() && one.textContent !== '\\u2062'
                    && one.getBoundingClientRect().width === 0).length,
                upside: [...math.querySelectorAll('mfrac')].filter(one =>
                    one.children.length !== 2 || one.children[0].getBoundingClientRect().bottom
                        > one.children[1].getBoundingClientRect().top + 1).length,
            }))"""
        )

    yield draw
    context.close()


def a_step():
    rng = np.random.default_rng(0)
    inner = cp.Chain(cp.Dense(4, 4), cp.GELU())
    network = cp.Chain(
        cp.Dense(3, 4), cp.LayerNorm(4), cp.ReLU(), cp.Residual(inner), cp.Dense(4, 2)
    )
    return cp.explain(
        network, cp.CrossEntropy(), network.init(rng), rng.standard_normal((3, 3)), [0, 1, 1],
        optimizer=cp.AdamW(0.01), l2=0.1, clip_norm=0.1, sample_weight=[1.0, 2.0, 0.5],
    )  # fmt: skip


def check(found, count):
    assert len(found) == count > 0
    for one in found:
        assert one["width"] > 4
        assert one["height"] > 4
        assert (one["foreign"], one["empty"], one["upside"]) == ([], 0, 0)


def test_every_equation_is_drawn(drawn):
    equations = [each["mathml"] for each in a_step().to_dict()["equations"].values()]
    check(drawn(equations), len(equations))


def test_every_calculation_is_drawn(drawn):
    step, formulas = a_step(), []
    for path in step.paths:
        cell = ",".join("0" for _ in np.shape(step[path]))
        why = Why.of(step, f"{path}[{cell}]" if cell else path)
        if not why.is_given:
            formulas += [MATHML.format(why.symbols(MathML())), MATHML.format(why.numbers(MathML()))]
    check(drawn(formulas), len(formulas))


def test_what_is_no_mathml_is_noticed(drawn):
    (found,) = drawn(["<math><mfrac><mn>1</mn></mfrac><b>2</b></math>"])
    assert found["upside"] == 1 or found["foreign"]
