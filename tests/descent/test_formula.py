"""Formulas as text: what is allowed is differentiated, everything else runs nothing."""

import builtins
import contextlib
import math
import os
import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clearprop as cp
from clearprop.descent.formula import FormulaError, formula, parsed
from tests.oracles import STEP

HOSTILE = [
    "__import__('os').system('touch hacked')",
    "().__class__.__bases__[0].__subclasses__()",
    "x.__class__",
    "x.real",
    "open('hacked', 'w')",
    "eval('1')",
    "exec('x=1')",
    "(lambda: x)()",
    "[x for x in (1, 2)]",
    "x if x else 0",
    "x and y",
    "x < y",
    "x := 3",
    "f'{x}'",
    "'x'",
    "b'x'",
    "True*x",
    "None",
    "...",
    "1j*x",
    "x[0]",
    "{x: x}",
    "x, y",
    "*x",
    "x; y",
    "x\ny",
    "sin",
    "sin()",
    "sin(x, y)",
    "sin(*x)",
    "sin(x=x)",
    "sin(sin)",
    "foo(x)",
    "foo*x",
    "_x",
    "E*x",
    "x @ y",
    "x % 2",
    "x // 2",
    "x ^ 2",
    "x << 99999999",
    "~x",
    "not x",
    "await x",
    "9**9**9",
    "9**9**9*x",
    "x + 9**9**9",
    "x**9**9",
    "x**(10**10)",
    "x**1e9",
    "((9**64)**64)**64*x",
    "(((((x**2+1)**64)**64)**64)**64)**64*9**99",
    "(((((2*x)**20)**20)**20)**20)**20",
    "((x**20)**20)**20",
    "((x*y*1.5)**20)**20",
    "1e308*x",
    "10**101*x",
    "exp(exp(exp(9)))*x",
    "x/0",
    "x/(1-1)",
    "log(0)*x",
    "sqrt(-1)*x",
    "0**-1*x",
    "3",
    "x-x",
    "",
    "   ",
    "x" * 201,
    "(" * 150 + "x" + ")" * 300,
    "-" * 150 + "x",
    "+".join(["x"] * 90),
    "x²",
    "ｘ",
    "x\x00",
    "9" * 399,
    "# x",
    "x #",
    "import os",
    "print(x)",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:24].encode().hex()[:12])
def test_a_hostile_formula_is_one_clear_error_and_runs_nothing(text, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    formula("sin(x)/2 - x**2")  # SymPy imports things late, and runs much while it does
    ran = []
    # Not exec and open: Python's own imports, of which SymPy has late ones, need them.
    monkeypatch.setattr(builtins, "eval", lambda *_, **__: ran.append("ran"))
    monkeypatch.setattr(os, "system", lambda *_: ran.append("ran"))
    if text == "x #":  # a comment is no part of the formula
        assert formula(text).formula == "x"
        return
    with pytest.raises(FormulaError) as refused:
        formula(text)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 200
    assert ran == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "**".join(["x"] * 39),
        "sin(" * 38 + "x" + ")" * 38,
        "*".join(f"(x+{i})" for i in range(30)),
        "2**20*2**20*2**20*2**20*x",
        "tanh(2**20*2**20*2**20*2**20)*x",
    ],
    ids=lambda text: text[:12],
)
def test_long_and_large_formulas_that_are_allowed_are_numbers_for_numpy(text):
    landscape = formula(text)
    assert landscape.heights(np.full((3, 1), 0.5)).dtype == float
    assert landscape.slopes(np.full((3, 1), 0.5)).shape == (3, 1)


def test_constants_that_are_complex_are_refused():
    with pytest.raises(FormulaError, match="is not a finite real number"):
        formula("log(cos(2))**0.5*x")


@pytest.mark.parametrize("text", [None, 3, b"x", ["x"]])
def test_what_is_no_text(text):
    with pytest.raises(FormulaError, match="a formula must be text such as"):
        formula(text)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=string.printable, max_size=60))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(FormulaError):
        parsed(text)


SMOOTH = ("sin", "cos", "exp", "tanh", "atan")


def formulas():
    """Build formulas in x and y that are defined everywhere and not too steep."""
    leaves = st.one_of(
        st.sampled_from(["x", "y", "pi", "e"]),
        st.integers(1, 9).map(str),
        st.floats(0.1, 3.0).map(lambda value: f"{value:.2f}"),
    )

    def grow(part):
        pair = st.tuples(part, st.sampled_from("+-*"), part)
        return st.one_of(
            pair.map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
            st.tuples(st.sampled_from(SMOOTH), part).map(lambda p: f"{p[0]}(tanh({p[1]}))"),
            part.map(lambda p: f"(-{p})"),
            part.map(lambda p: f"tanh({p})**2"),
        )

    return st.recursive(leaves, grow, max_leaves=6).map(lambda text: f"x + y**2/3 + {text}")


@settings(max_examples=25, deadline=None)
@given(formulas())
def test_slope_of_any_formula_is_the_complex_step_of_the_formula_read_by_python(text):
    try:
        landscape = formula(text)
    except FormulaError as error:
        assert "everywhere" in str(error)  # x - x
        return
    x = np.random.default_rng(0).uniform(-1, 1, (5, 2))
    # The oracle is Python's own reading of the text, which only tests may ask for.
    names = {name: getattr(np, {"atan": "arctan"}.get(name, name)) for name in SMOOTH}
    for axis in range(landscape.dimensions):
        moved = x.astype(complex)
        moved[:, axis] += 1j * STEP
        values = eval(
            text, {**names, "pi": math.pi, "e": math.e, "x": moved[:, 0], "y": moved[:, 1]}
        )
        expected = np.imag(values) / STEP
        slopes = landscape.slopes(x[:, : landscape.dimensions])[:, axis]
        error = np.abs(slopes - expected) / np.maximum(np.abs(expected), 1e-3)
        assert error.max() <= 1e-9


def test_the_derivative_is_shown():
    quartic = formula("x**4 - 3*x**2 + x")
    assert quartic.formula == "x⁴ − 3x² + x"
    assert quartic.gradient == "4x³ − 6x + 1"
    assert formula("x**2 + 3*x*y").gradient == "(2x + 3y, 3x)"


def test_minima_of_a_formula_are_found():
    quartic = formula("x**4 - 3*x**2 + x")
    roots = np.roots([4, 0, -6, 1])
    expected = sorted(root.real for root in roots if 12 * root.real**2 > 6)
    assert sorted(one.point[0] for one in quartic.minima) == pytest.approx(expected, abs=1e-9)
    assert [one.lowest for one in quartic.minima] == [True, False]
    assert formula("abs(x) + x/2").minima[0].point == pytest.approx((0.0,), abs=1e-9)
    assert formula("-1/x**2 + x**2").minima == ()


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("x**2", (0.0,)),
        ("x**4 + x**2", (0.0,)),
        ("abs(x)", (0.0,)),
        ("cosh(x)", (0.0,)),
        ("x**2 + 3*y**2", (0.0, 0.0)),
        ("x**2 + (y-1)**2", (0.0, 1.0)),
    ],
)
def test_a_minimum_at_zero_is_zero_not_a_rounding_error(text, point):
    (found,) = formula(text).minima
    assert found.point == pytest.approx(point, abs=1e-9)
    zeros = [at for at, wanted in zip(found.point, point, strict=True) if wanted == 0]
    assert zeros == [0.0] * len(zeros)
    assert "e-" not in str(formula(text))


def test_a_minimum_that_is_nearly_zero_stays_where_it_is():
    (found,) = formula("(x - 1e-9)**2").minima
    assert found.point[0] == pytest.approx(1e-9, rel=1e-6)


def test_where_a_formula_is_not_finite_is_named():
    walk = cp.descend(formula("log(x) + x**2"), 0.01, cp.SGD(0.1))
    assert walk.kind == "not finite"
    assert walk.steps == 0
    assert walk.ending.startswith("not finite: step 1, from 0.01, leads to where")
    there = cp.descend(formula("1/x + x"), 0.0)
    assert there.ending == "not finite: at 0 there is no finite height or slope"


def test_a_box_must_fit():
    with pytest.raises(ValueError, match="the formula has 1 coordinates, the box 2"):
        formula("x**2", box=[(0, 1), (0, 1)])


def test_without_sympy_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sympy", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'clearprop\[sympy\]'"):
        formula("x**2")
