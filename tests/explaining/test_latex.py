"""A step's LaTeX is what LaTeX, KaTeX in strict mode and pandoc all take: every layer and loss."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.explaining.render_latex import Latex
from clearprop.explaining.worksheet_pages import latex_document
from tests.explaining.steps import OPTIMIZERS
from tests.latex import compiled, katex_problems, pandoc
from tests.registry import LAYERS, LOSSES, nothing

ROWS, WIDTH = 2, 3


def _step(layers, loss, targets, rng, given=None, **how):
    net = cp.Chain(*layers)
    params = net.init(rng)
    x = rng.standard_normal((ROWS, WIDTH))
    return cp.explain(net, loss, params, x, targets, given=given, **how)


def _of_layers():
    for example in LAYERS:
        rng = np.random.default_rng(0)
        layer = example.make(WIDTH)
        given = example.given(layer, rng, ROWS, WIDTH, np.float64)
        net = cp.Chain(layer, cp.Dense(layer.output_width(WIDTH), 2))
        given = None if example.given is nothing else {next(iter(net.children)): given}
        x, t = rng.standard_normal((ROWS, WIDTH)), rng.standard_normal((ROWS, 2))
        yield example.name, cp.explain(net, cp.SquaredError(), net.init(rng), x, t, given=given)


def _of_losses():
    for example in LOSSES:
        rng = np.random.default_rng(1)
        targets = example.targets(rng, ROWS, 2)
        layers = cp.Dense(WIDTH, 2), cp.Tanh(), cp.Dense(2, 2)
        yield example.name, _step(layers, example.loss, targets, rng)


def _of_optimizers():
    for name, optimizer in OPTIMIZERS.items():
        rng = np.random.default_rng(2)
        targets, weights = rng.standard_normal((ROWS, 2)), [1.0, 2.0]
        how = {"optimizer": optimizer, "l2": 0.1, "clip_norm": 0.2, "sample_weight": weights}
        yield name, _step([cp.Dense(WIDTH, 2)], cp.Huber(), targets, rng, **how)


def _strange():
    rng = np.random.default_rng(3)
    wide = cp.Chain(cp.Dense(WIDTH, 30), cp.ReLU(), cp.Dense(30, 12))
    x = rng.standard_normal((ROWS, WIDTH))
    yield "wide", cp.explain(wide, cp.CrossEntropy(), wide.init(rng), x, [3, 7])
    net = cp.Chain(cp.Dense(1, 1))
    params = {"dense1": {"W": np.array([[1e200]]), "b": np.array([1e-9])}}
    yield "infinite", cp.explain(net, cp.SquaredError(), params, [[1e200]], [[0.0]])


@pytest.fixture(scope="module")
def steps():
    with np.errstate(all="ignore"):
        return {
            f"{kind} {name}": step
            for kind, made in (
                ("layer", _of_layers()), ("loss", _of_losses()), ("optimizer", _of_optimizers()),
                ("numbers", _strange()),
            )
            for name, step in made
        }  # fmt: skip


@pytest.fixture(scope="module")
def texts(steps):
    """All LaTeX by name: each step whole, its quantities' equations and one number of each."""
    found = {}
    for name, step in steps.items():
        found[name] = step.to_latex()
        for path in step.paths:
            found[f"{name} {path}"] = step.to_latex(path)
            if np.ndim(step[path]):
                last = ",".join(str(size - 1) for size in np.shape(step[path]))
                found[f"{name} {path}[{last}]"] = step.to_latex(f"{path}[{last}]")
    return found


def test_every_layer_loss_and_optimizer_is_here(steps):
    assert len(steps) == len(LAYERS) + len(LOSSES) + len(OPTIMIZERS) + 2


def test_latex_compiles(texts, tmp_path):
    body = "\n".join(
        text if text.startswith(r"\begin{align*}") else f"\\[ {text} \\]" for text in texts.values()
    )
    assert compiled(latex_document("steps", body), tmp_path) == []


def test_katex_takes_all_in_strict_mode(texts):
    said = dict(zip(texts, katex_problems(list(texts.values())), strict=True))
    assert {name: problem for name, problem in said.items() if problem} == {}


def test_pandoc_takes_all(texts):
    body = "\n\n".join(f"$$\n{text}\n$$" for text in texts.values())
    assert pandoc(body, "--from=markdown", "--to=html", "--mathml").count("<math") == len(texts)


def test_what_is_no_latex_is_refused(tmp_path):
    assert compiled(latex_document("", r"\[ \nosuch{x} \]"), tmp_path)
    assert all(katex_problems([r"\nosuch{x}", "é", r"\begin{align*} a \intertext{b} \end{align*}"]))


@pytest.mark.parametrize("key", [False, True])
def test_worksheets_compile_and_katex_takes_them(steps, key, tmp_path):
    sheets = [cp.worksheet(step) for name, step in steps.items() if "infinite" not in name]
    wide = steps["numbers wide"]
    sheets.append(cp.worksheet(wide, blanks=["dense1.y", "dense2.dW", "p[0,3]"]))
    pages = [sheet.to_latex(key) for sheet in sheets]
    assert compiled(latex_document("sheets → η", "\n".join(pages)), tmp_path) == []
    assert [problem for problem in katex_problems(pages) if problem] == []


def test_a_step_has_its_numbers(steps):
    step = steps["loss SquaredError"]
    text = step.to_latex()
    assert r"\begin{pmatrix}" in text
    assert f"&= {step.why('E').numbers(Latex())} \\approx" in text
    assert step.to_latex("E") == step.why("E").to_latex()
    one = step.to_latex("dense1.dW[2,1]")
    assert one.splitlines()[1].startswith(r"\frac{\partial E}{\partial W_{1}}[2,1] &= ")
    assert len(one.splitlines()) == 5
