"""Landscapes from formulas as text, which is parsed but never executed.

SymPy's own parsers pass the text to Python's ``eval``. Here the text is parsed to a syntax tree,
which runs nothing. Every node must be a number, a coordinate, an allowed operation or an allowed
function. Only then is the SymPy expression built and differentiated.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.descent.landscape import Landscape
from clearprop.descent.own import bounds_of
from clearprop.descent.search import with_found_minima
from clearprop.descent.traced import FUNCTIONS as MORE_FUNCTIONS
from clearprop.descent.traced import NumberTrace

if TYPE_CHECKING:
    from clearprop.definitions.layer import Array, Namespace

LONGEST, DEEPEST, LARGEST_POWER = 200, 40, 20
LARGEST = 1e100
COORDINATES = ("x", "y", "z")
CONSTANTS = ("pi", "e")
FUNCTIONS = ("sin", "cos", "tan", "exp", "log", "sqrt", "sinh", "cosh", "tanh", "atan", "abs")
_OPERATIONS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}


class FormulaError(ValueError):
    """The text is not an allowed formula; nothing in it was run."""


def formula(text: str, box: Any = None) -> Landscape:
    """Return the landscape of a formula in x, in x and y, or in x, y and z, with exact gradient.

    Parameters
    ----------
    text : str
        Numbers, ``x y z pi e``, ``+ - * / **``, brackets, and ``sin cos tan exp log sqrt sinh
        cosh tanh atan abs`` of one argument. `log` is the natural one.
    box : (low, high), or one for each coordinate
        The region that is drawn, where random starts lie and minima are searched. Default: for
        one coordinate an interval around the points where the slope is 0, for more (-3, 3) each.

    Raises
    ------
    FormulaError
        If the text has anything else, which the message names. Nothing in it is run.
    ModuleNotFoundError
        If SymPy, which differentiates it, is not installed.

    Examples
    --------
    >>> import clearprop as cp
    >>> print(cp.landscapes.formula("x**4 - 3*x**2 + x").gradient)
    4x³ − 6x + 1
    """
    tree = parsed(text)
    sympy = _sympy()
    dimensions = max((COORDINATES.index(name) + 1 for name in names_in(tree)), default=0)
    if not dimensions:
        raise FormulaError(f"a formula needs x in it, {text!r:.60} is a constant")
    symbols = sympy.symbols(COORDINATES[:dimensions], real=True)
    expression = build(tree, sympy, dict(zip(COORDINATES, symbols, strict=False)))
    if not expression.free_symbols:
        raise FormulaError(f"{text!r:.60} is {expression} everywhere: there is nothing to walk on")
    derivatives = [sympy.diff(expression, symbol) for symbol in symbols]
    if expression.has(sympy.zoo, sympy.nan, sympy.oo):
        raise FormulaError(f"{text!r:.60} divides by zero")
    height = _numeric(sympy, symbols, [expression])
    slope = _numeric(sympy, symbols, derivatives)
    bounds = (
        bounds_of(box)
        if box is not None
        else (_around_level(slope),)
        if dimensions == 1
        else ((-3.0, 3.0),) * dimensions
    )
    if len(bounds) != dimensions:
        raise ValueError(f"the formula has {dimensions} coordinates, the box {len(bounds)}")
    shown = [pretty(str(one)) for one in derivatives]
    ground = Landscape(
        name=" ".join(text.split()),
        box=bounds,
        height=lambda xp, x: height(xp, x)[..., 0],
        slope=slope,
        formula=pretty(str(expression)),
        gradient=shown[0] if dimensions == 1 else f"({', '.join(shown)})",
        source="a formula, differentiated by SymPy",
    )
    return with_found_minima(ground)


def parsed(text: str) -> ast.expr:
    """Return the syntax tree of a formula, or raise a FormulaError."""
    if not isinstance(text, str) or not text.strip():
        raise FormulaError("a formula must be text such as x**4 - 3*x**2 + x")
    if len(text) > LONGEST:
        raise FormulaError(f"the formula has {len(text):,} characters, more than {LONGEST}")
    if not text.isascii():
        raise FormulaError("the formula has characters that are not ASCII: write it as x**2 - 3*x")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or type(error).__name__
        raise FormulaError(f"{text!r:.60} is not a formula: {reason}") from None
    waiting: list[tuple[ast.expr, int]] = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > DEEPEST:
            raise FormulaError(f"the formula is nested more than {DEEPEST} deep")
        waiting += [(child, depth + 1) for child in _parts(node)]
    return tree


def _parts(node: ast.expr) -> list[ast.expr]:
    """Return the operands of a node; raise FormulaError if the node is not allowed."""
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            if not abs(value) <= LARGEST:
                raise FormulaError(f"the formula has a number larger than {LARGEST:g}")
            return []
        case ast.Name(id=name):
            if name not in (*COORDINATES, *CONSTANTS):
                known = ", ".join((*COORDINATES, *CONSTANTS))
                raise FormulaError(f"the formula has {name!r:.40}, which is none of {known}")
            return []
        case ast.UnaryOp(op=ast.UAdd() | ast.USub(), operand=operand):
            return [operand]
        case ast.BinOp(left=left, op=operation, right=right):
            if isinstance(operation, ast.BitXor):
                raise FormulaError("a power is written ** here, as in x**2, not ^")
            if type(operation) not in _OPERATIONS:
                raise FormulaError("a formula has only the operations + - * / **")
            return [left, right]
        case ast.Call():
            return [_argument(node)]
    raise FormulaError(
        f"a formula has only numbers, x, y, z, operations and functions, not {_shown(node)!r:.60}"
    )


def _argument(call: ast.Call) -> ast.expr:
    """Return a function's argument; raise FormulaError if the call is not allowed."""
    if not isinstance(call.func, ast.Name) or call.func.id not in FUNCTIONS:
        raise FormulaError(f"a formula has only the functions {', '.join(FUNCTIONS)}")
    if len(call.args) != 1 or call.keywords or isinstance(call.args[0], ast.Starred):
        raise FormulaError(f"{call.func.id} takes one argument")
    return call.args[0]


def _shown(node: ast.expr) -> str:
    try:
        return ast.unparse(node)
    except RecursionError:
        return type(node).__name__


def names_in(tree: ast.expr) -> set[str]:
    """Return the coordinates of a formula."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & set(COORDINATES)


def build(node: ast.expr, sympy: Any, symbols: dict[str, Any]) -> Any:
    """Return the SymPy expression of an allowed tree; numbers and powers are limited in size."""
    match node:
        case ast.Constant(value=value):
            return sympy.Integer(value) if isinstance(value, int) else sympy.Float(str(value))
        case ast.Name(id=name):
            return symbols.get(name, sympy.pi if name == "pi" else sympy.E)
        case ast.UnaryOp(op=operation, operand=operand):
            value = build(operand, sympy, symbols)
            return -value if isinstance(operation, ast.USub) else value
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            function = getattr(sympy, "Abs" if name == "abs" else name)
            return _bounded(function(build(argument, sympy, symbols)))
        case ast.BinOp(left=left, op=operation, right=right):
            first, second = build(left, sympy, symbols), build(right, sympy, symbols)
            if isinstance(operation, ast.Pow):
                _check_power(first, second)
            return _bounded(_COMBINE[type(operation)](first, second))
    raise AssertionError(f"{node!r} was let through")


_COMBINE: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}


def _check_power(base: Any, power: Any) -> None:
    """Raise FormulaError for a power that would have too many digits, before computing it."""
    if not power.is_number:
        return
    size = abs(_real(power))
    if not size <= LARGEST_POWER:
        raise FormulaError(f"the formula has a power larger than {LARGEST_POWER}")
    # SymPy makes 2⁶⁴ x⁶⁴ of (2x)⁶⁴, and x⁴⁰⁹⁶ of (x⁶⁴)⁶⁴: powers of powers count together.
    for factor in (base, *base.args):
        inner = factor.exp if factor.is_Pow and factor.exp.is_number else 1
        if factor.is_number:
            value = abs(_real(factor))
            digits = size * abs(math.log10(value)) if value else 0.0
            if digits > math.log10(LARGEST):
                raise FormulaError(f"the formula has a number larger than {LARGEST:g}")
        elif not abs(inner) * size <= LARGEST_POWER:
            raise FormulaError(f"the formula has a power larger than {LARGEST_POWER}")


def _bounded(value: Any) -> Any:
    if value.is_number and abs(_real(value)) > LARGEST:
        raise FormulaError(f"the formula has a number larger than {LARGEST:g}")
    return value


def _real(value: Any) -> float:
    """Return a SymPy number as a float; raise FormulaError if it is not real and finite."""
    try:
        number = float(value)
    except OverflowError:
        raise FormulaError(f"the formula has a number larger than {LARGEST:g}") from None
    except TypeError:  # it is complex, or infinite in every direction
        number = math.nan
    if math.isnan(number):
        raise FormulaError(f"a part of the formula is not a finite real number: {value!s:.40}")
    return number


def _numeric(sympy: Any, symbols: Sequence[Any], expressions: Sequence[Any]) -> Any:
    """Return expressions as one function of positions, real or complex."""
    # NumPy has no integers of more than 64 bits.
    large = 2**53
    plain = [
        one.xreplace(
            {n: n.evalf(17) for n in one.atoms(sympy.Rational) if max(abs(n.p), n.q) > large}
        )
        for one in expressions
    ]
    function = sympy.lambdify(symbols, plain, modules="numpy", cse=True)

    def values(xp: Namespace, x: Array) -> Array:
        if isinstance(xp, NumberTrace):
            traced = sympy.lambdify(symbols, plain, modules=[_functions(xp), "numpy"], cse=True)
            return xp.stack(traced(*(x[..., place] for place in range(len(symbols)))))
        columns = function(*(x[..., place] for place in range(len(symbols))))
        # SymPy returns a constant derivative as one number.
        return np.stack([np.broadcast_to(column, x.shape[:-1]) for column in columns], axis=-1)

    return values


def _functions(trace: NumberTrace) -> dict[str, Any]:
    """Return what SymPy calls functions and constants, on symbols."""
    names = ("exp", "log", "sqrt", "tanh", "sign", *MORE_FUNCTIONS)
    return {
        **{name: getattr(trace, name) for name in names},
        "abs": trace.absolute, "pi": math.pi, "e": math.e,
    }  # fmt: skip


def _around_level(slope: Any) -> tuple[float, float]:
    """Return an interval around all sign changes of the slope between -10 and 10."""
    x = np.linspace(-10.0, 10.0, 4001)
    with np.errstate(all="ignore"):
        sign = np.sign(slope(np, x[:, None])[:, 0])
    turns = x[1:][(sign[1:] != sign[:-1]) & np.isfinite(sign[1:] - sign[:-1])]
    if not turns.size:
        return -3.0, 3.0
    margin = max(0.35 * float(turns[-1] - turns[0]), 0.75)
    return round(float(turns[0]) - margin, 2), round(float(turns[-1]) + margin, 2)


_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def pretty(text: str) -> str:
    """Return SymPy's text as it would be written by hand.

    >>> pretty("4*x**3 - 6*x + sin(2*x*y)/2")
    '4x³ − 6x + sin(2x·y)/2'
    """
    text = re.sub(r"\*\*(\d+)(?![\d.])", lambda found: found[1].translate(_SUPERSCRIPTS), text)
    text = re.sub(r"(?<![\w.])(\d+(?:\.\d+)?)\*(?=[a-z(])", r"\1", text)
    return text.replace("**", "^").replace("*", "·").replace("-", "−")


def _sympy() -> Any:
    try:
        import sympy
    except ModuleNotFoundError as error:
        if error.name != "sympy":
            raise
        raise ModuleNotFoundError(
            "a formula is differentiated by SymPy, which is not installed: "
            "pip install 'clearprop[sympy]'",
            name="sympy",
        ) from None
    return sympy
