"""Each primitive is known to everything that reads symbols: traced, evaluated, rendered, parsed."""

import re

import numpy as np
import pytest

import clearprop as cp
from clearprop.explaining.cells import cell_formula, evaluated
from clearprop.explaining.formula import formula_of
from clearprop.explaining.names import Name
from clearprop.explaining.record import Record
from clearprop.explaining.render import Writer
from clearprop.explaining.render_latex import Latex
from clearprop.explaining.render_mathml import MathML
from clearprop.explaining.render_text import Text
from clearprop.readings.symbol import PRIMITIVES, TracingNamespace
from tests.explaining.notation import check_mathml, read_latex, read_mathml, read_text
from tests.test_jax_agreement import functions_of

READERS = {Text: read_text, Latex: read_latex, MathML: read_mathml}
A = np.array([[0.3, 1.7, 0.9], [2.1, 0.4, 1.2]])
B = np.array([[1.4, 0.6, 2.2], [0.8, 1.9, 0.5]])
"""Positive, so that every function is defined."""

FIRST = {"sum": {"axis": 1, "keepdims": True}, "mean": {"axis": 0, "keepdims": True}}
ARGUMENTS = {
    "add": (A, B), "subtract": (A, B), "multiply": (A, B), "divide": (A, B), "power": (A, 2.0),
    "maximum": (A, B), "minimum": (A, B), "greater": (A, B), "where": (A, B),
    "matmul": (A, B.T.copy()), "column": (A[0],), "norm": (A[0],), "pack": (A, B),
}  # fmt: skip


def traced(op):
    """Return a record with named arguments, and a symbol made of them by one primitive."""
    trace, record = TracingNamespace(), Record()
    args = []
    for name, value in zip("abc", ARGUMENTS.get(op, (A,)), strict=False):
        if np.ndim(value):
            symbol = trace.given(value)
            record.add(name, symbol, "given")
            args.append(symbol)
        else:
            args.append(value)
    if op == "where":
        args.insert(0, args[0] > args[1])
    return record, trace.apply(op, *args, **FIRST.get(op, {}))


def test_every_listed_primitive_is_traced():
    offered = functions_of(cp.readings.numpy)
    assert offered <= set(PRIMITIVES)
    table = cp.readings.__doc__.split("=  =")[1]
    listed = set(" ".join(re.findall(r"``([a-z_0-9 ]+)``", table)).split())
    assert offered <= listed | {"and"}
    assert listed - {"and"} <= set(PRIMITIVES)


@pytest.mark.parametrize("op", sorted(set(PRIMITIVES) - {"transpose"}))
def test_a_cell_of_each_primitive_is_evaluated_and_written(op):
    record, symbol = traced(op)
    for index in np.ndindex(*symbol.shape):
        formula = cell_formula(record, symbol, index)
        right = float(np.asarray(symbol.value)[index])
        assert evaluated(formula) == pytest.approx(right, rel=1e-14)
        for style, read_back in READERS.items():
            written = Writer(style(), lambda q: Name(q.path), numbers=True).write(formula)
            if op == "greater":
                assert right == (A > B)[index]
                continue
            assert read_back(written).holds(right), written


@pytest.mark.parametrize("op", sorted(PRIMITIVES))
def test_the_equation_of_each_primitive_names_its_arguments(op):
    record, symbol = traced(op)
    formula = formula_of(record, symbol)
    text = Writer(Text(), lambda q: Name(q.path)).write(formula)
    latex = Writer(Latex(), lambda q: Name(q.path)).write(formula)
    mathml = Writer(MathML(), lambda q: Name(q.path)).write(formula)
    check_mathml(f"<math>{mathml}</math>")
    if op == "ones_like":
        assert text == latex == "1"
        return
    for quantity in record.quantities:
        assert re.search(rf"\b{quantity}\b", re.sub(r"\\[a-z]+", " ", latex))
        assert re.search(rf"(?<![a-z]){quantity}(?![a-z])", text)
        assert f"<mi>{quantity}</mi>" in mathml


def test_a_transpose_reads_the_other_cell():
    record, symbol = traced("transpose")
    formula = cell_formula(record, symbol, (2, 1))
    assert evaluated(formula) == A[1, 2]
    assert Writer(Text(), lambda q: Name(q.path)).write(formula) == "a[1,2]"


def test_equal_expressions_are_one_symbol_and_neutral_numbers_vanish():
    trace = TracingNamespace()
    a = trace.given(A)
    assert trace.exp(a) is trace.exp(a)
    assert a * 1.0 is a
    assert 1.0 * a is a
    assert a / 1.0 is a
    assert a + 0.0 is a
    assert 0.0 + a is a
    assert a - 0.0 is a
    assert a * trace.given(1.0) is not a
    assert (1.0 / a).op == "divide"
    assert (0.0 - a).op == "subtract"


@pytest.mark.parametrize(
    ("misuse", "words"),
    [
        (lambda a: bool(a), "may not branch on an array; use xp.where"),
        (lambda a: a[0], r"only as v\[:, None\], not with 0"),
        (lambda a: np.exp(a), None),
        (lambda a: np.asarray(a), "must compute with xp's functions, not NumPy's"),
    ],
)
def test_what_cannot_be_traced_is_refused(misuse, words):
    with pytest.raises(TypeError, match=words):
        misuse(TracingNamespace().given(A))


def test_an_unknown_function_is_refused():
    with pytest.raises(AttributeError, match="xp has no 'sin'"):
        TracingNamespace().sin  # noqa: B018
