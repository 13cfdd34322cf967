"""A reading of the primitives is one table with a row for each; a missing row is an error."""

from fractions import Fraction

import numpy as np
import pytest

from clearprop.explaining.cells import CELL_RULES, cell_formula, elementwise, evaluated, sources_of
from clearprop.explaining.formula import formula_of
from clearprop.explaining.names import Name
from clearprop.explaining.record import Record
from clearprop.explaining.render import WRITING_RULES, Writer, call
from clearprop.explaining.render_latex import Latex
from clearprop.explaining.render_mathml import MathML
from clearprop.explaining.render_text import Text
from clearprop.explaining.work.perturbed import ROUNDS, PerturbedNamespace
from clearprop.explaining.work.tracing import SHAPES, SlipTrace
from clearprop.readings.symbol import PRIMITIVES, TracingNamespace
from clearprop.readings.table import MissingRowError

TABLES = {
    "cells": CELL_RULES,
    "render": WRITING_RULES,
    "work.perturbed": ROUNDS,
    "work.tracing": SHAPES,
}
Z = np.array([[0.5, -1.0]])


@pytest.mark.parametrize("name", TABLES)
def test_every_reading_has_a_row_for_exactly_the_primitives(name):
    assert set(TABLES[name]) == set(PRIMITIVES)


@pytest.mark.parametrize("name", TABLES)
def test_a_missing_row_says_which_table_and_which_primitive(name):
    table = TABLES[name]
    place = rf"clearprop\.explaining\.{name}\.[A-Z_]+ has no row for the primitive 'cosh'"
    with pytest.raises(MissingRowError, match=place):
        table["cosh"]
    with pytest.raises(MissingRowError, match=r"clearprop\.readings\.symbol\.PRIMITIVES"):
        table["cosh"]


@pytest.fixture
def cosh(monkeypatch):
    """Make cosh a primitive that is computed; return what adds its row to a table."""
    monkeypatch.setitem(PRIMITIVES, "cosh", np.cosh)
    rows = {
        "cells": elementwise,
        "render": call("cosh"),
        "work.perturbed": True,
        "work.tracing": SHAPES["tanh"],
    }
    return lambda name: monkeypatch.setitem(TABLES[name], "cosh", rows[name])


def traced(trace):
    record, z = Record(), trace.given(Z)
    record.add("z", z, "given")
    return record, trace.cosh(z)


def test_a_reading_without_the_row_fails_and_the_others_do_not(cosh):
    record, symbol = traced(TracingNamespace())
    np.testing.assert_array_equal(symbol.value, np.cosh(Z))
    with pytest.raises(MissingRowError, match=r"cells\.CELL_RULES"):
        cell_formula(record, symbol, (0, 0))
    cosh("cells")
    formula = cell_formula(record, symbol, (0, 1))
    assert evaluated(formula) == np.cosh(-1.0)
    with pytest.raises(MissingRowError, match=r"render\.WRITING_RULES"):
        Writer(Text(), lambda q: Name(q.path)).write(formula)
    cosh("render")
    assert Writer(Text(), lambda q: Name(q.path)).write(formula) == "cosh(z[0,1])"
    with pytest.raises(MissingRowError, match=r"perturbed\.ROUNDS"):
        traced(PerturbedNamespace(1e-9, np.random.default_rng(0)))


def test_a_new_primitive_is_one_row_in_each_table(cosh):
    for name in TABLES:
        cosh(name)
    record, symbol = traced(TracingNamespace())
    formula = cell_formula(record, symbol, (0, 1))
    assert [cell.path for cell in sources_of(formula)] == ["z[0,1]"]
    whole = formula_of(record, symbol)
    written = {s: Writer(s(), lambda q: Name(q.path)).write(whole) for s in (Text, Latex, MathML)}
    assert written[Text] == "cosh(z)"
    assert written[Latex] == r"\operatorname{cosh}\left( z \right)"
    assert "<mtext>cosh</mtext>" in written[MathML]
    _, moved = traced(PerturbedNamespace(1e-9, np.random.default_rng(0)))
    change = np.abs(moved.value / np.cosh(Z) - 1)
    assert (change > 0).all()
    assert (change < 1e-9).all()


ARGUMENTS = {
    "where": lambda a, b: (a > b, a, b),
    "column": lambda a, b: (a[0],),
    "matmul": lambda a, b: (a, b.T),
}
"""What a primitive is given; where it has no row here, one positive matrix, or two of them."""
OF_TWO = {"add", "subtract", "multiply", "divide", "power", "greater", "maximum", "minimum", "pack"}


def arguments(op, a, b):
    """Return arguments for a primitive, from two matrices of one shape."""
    return ARGUMENTS[op](a, b) if op in ARGUMENTS else (a, b)[: 1 + (op in OF_TWO)]


def test_a_length_rounds():
    """It is always computed in float64, so float32 cannot show it: no fraction is the root of 2."""
    assert Fraction(float(PRIMITIVES["norm"](np.ones(2)))) ** 2 != 2
    assert ROUNDS["norm"]


@pytest.mark.parametrize("op", sorted(set(PRIMITIVES) - {"norm"}))
def test_a_primitive_rounds_if_and_only_if_float64_has_digits_that_float32_has_not(op):
    rng = np.random.default_rng(0)
    a, b = rng.uniform(0.5, 2.0, (2, 5, 7)).astype(np.float32)
    short = PRIMITIVES[op](*arguments(op, a, b))
    exact = PRIMITIVES[op](*arguments(op, a.astype(np.float64), b.astype(np.float64)))
    assert ROUNDS[op] == (not np.array_equal(short, exact))


@pytest.mark.parametrize("op", sorted(PRIMITIVES))
def test_what_rounds_is_moved_and_nothing_else_is(op):
    a, b = np.random.default_rng(1).uniform(0.5, 2.0, (2, 5, 7))
    right = PRIMITIVES[op](*arguments(op, a, b))
    namespace = PerturbedNamespace(0.25, np.random.default_rng(0))
    value = namespace.apply(op, *arguments(op, a, b)).value
    if ROUNDS[op]:
        assert (np.ravel(value) != np.ravel(right)).all()
        np.testing.assert_allclose(value, right, rtol=0.25)
    else:
        np.testing.assert_array_equal(value, right)


@pytest.mark.parametrize("op", sorted(PRIMITIVES))
@pytest.mark.parametrize("settings", [{}, {"axis": 0}, {"axis": 1, "keepdims": True}], ids=str)
def test_a_shape_is_that_of_the_value_which_is_computed_late(op, settings):
    a, b = np.array([[3.0, 2.0, 1.0], [5.0, 4.0, 7.0]]), np.array([[0.5], [2.0]])
    if settings and op not in ("sum", "mean"):
        return
    args = {
        "where": (a > 2, a, b), "matmul": (a, a.T), "column": (a[0],), "norm": (a[0],),
        **dict.fromkeys(
            ("add", "subtract", "multiply", "divide", "power", "maximum", "minimum", "greater",
             "pack"), (a, b)
        ),
    }.get(op, (a,))  # fmt: skip
    trace = SlipTrace()
    with trace.running():
        lazy = trace.apply(op, *args, **settings)
        assert trace.computed == []
        assert lazy.shape == np.shape(lazy.value)
        np.testing.assert_array_equal(lazy.value, PRIMITIVES[op](*args, **settings))
    assert lazy.shape == np.shape(lazy.value)
