"""The page of equations: complete, and what the definitions compute."""

import re

import numpy as np
import pytest

pytest.importorskip("docutils", reason="the extra [docs] is not installed: make docs")
pytest.importorskip("sphinx", reason="the extra [docs] is not installed: make docs")

from extensions.definitions import WITHOUT_FORMULA, every_section, missing, parts
from extensions.mathematics import latex_of
from extensions.programs import ProgramWriter, name_of

import clearprop as cp
from clearprop.explaining.render_text import Text
from tests.latex import compiled, katex_problems

SECTIONS = {section.name: section for section in every_section()}


def written(name, branch=0):
    """Return the equations of a definition as text."""
    style = Text()
    equations = SECTIONS[name].branches[branch][1].equations
    return [
        f"{style.name(one.name)} = {ProgramWriter(style, name_of).write(one.formula)}"
        for one in equations
    ]


def test_no_public_definition_is_left_out():
    assert missing(SECTIONS.values()) == []
    without_dense = [section for name, section in SECTIONS.items() if name != "Dense"]
    assert missing(without_dense) == ["Dense"]


def test_a_definition_with_equations_needs_no_excuse():
    assert not set(SECTIONS) & set(WITHOUT_FORMULA)


def test_textbook_equations():
    assert written("Dense") == [
        "y = x W + b", "∂E/∂x = (∂E/∂y) Wᵀ", "∂E/∂W = xᵀ (∂E/∂y)", "∂E/∂b = Σ_n ∂E/∂y",
    ]  # fmt: skip
    assert written("SGD", 1) == ["v = μ · vᵒˡᵈ − η · g", "θⁿᵉʷ = θ + v"]
    assert written("CrossEntropy")[0] == "p = softmax(o)"


@pytest.mark.parametrize("name", [name for name in SECTIONS if "." not in name])
def test_latex_is_whole(name):
    for _, branch in SECTIONS[name].branches:
        latex = latex_of(branch)
        assert latex.count("{") == latex.count("}")
        assert latex.count(r"\left") == latex.count(r"\right")
        outside = re.sub(r"\\text\{[^}]*\}", "", latex)
        assert outside.isascii(), re.sub(r"[\x00-\x7f]", "", outside)


def test_tex_and_katex_take_every_equation(tmp_path):
    texts = [latex_of(branch) for section in SECTIONS.values() for _, branch in section.branches]
    assert len(texts) > 40
    assert [problem for problem in katex_problems(texts) if problem] == []
    body = "\n\n".join(texts)
    head = "\\documentclass{article}\\usepackage{amsmath}\\usepackage{amssymb}"
    document = f"{head}\\begin{{document}}\n{body}\n\\end{{document}}"
    assert compiled(document, tmp_path) == []


FUNCTIONS = {
    "σ": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh, "max": np.maximum, "min": np.minimum,
    "softplus": lambda z: np.log(1 + np.exp(z)), "expm1": np.expm1,
}  # fmt: skip


@pytest.mark.parametrize("name", ["Sigmoid", "Tanh", "ReLU", "SiLU", "Softplus", "Mish"])
def test_what_is_printed_is_what_is_computed(name):
    """The printed line, read as Python by another reader than the one that wrote it."""
    z = np.linspace(-2.0, 2.0, 9)
    printed = written(name)[0].partition(" = ")[2].replace("⊙", "*")
    value = eval(printed, {**FUNCTIONS, "z": z})  # the page's own text
    ours, _ = getattr(cp, name)().forward(cp.readings.numpy, {}, z)
    np.testing.assert_allclose(value, ours, rtol=1e-12)


def test_every_part_has_a_heading_on_the_page(request):
    page = (request.config.rootpath / "docs/site/mathematics.rst").read_text(encoding="utf-8")
    assert re.findall(r"^\.\. definitions:: (.*)$", page, re.MULTILINE) == list(parts())
