"""Numbers as people write them: ``0.25``, ``"(0.4512 - 1)/6"``; nothing but arithmetic is read."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

LONGEST = 1000
"""Longer text is refused before it is read."""

BINARY: dict[type[ast.operator], Callable[[float, float], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
UNARY: dict[type[ast.unaryop], Callable[[float], float]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}


def number_of(text: str) -> float:
    """Return the value of arithmetic: numbers, + - * / ** and parentheses.

    Raises
    ------
    ValueError
        The text is anything else, or has no finite real value.

    Examples
    --------
    >>> number_of("(0.5 - 1) / 4"), number_of("−2")
    (-0.125, -2.0)
    """
    if len(text) > LONGEST:
        raise ValueError(f"an answer has at most {LONGEST} characters, got {len(text)}")
    plain = text.strip().replace("−", "-").replace("·", "*")
    try:
        value = _value(ast.parse(plain, mode="eval").body, text)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise _refused(text) from error
    except (ZeroDivisionError, OverflowError) as error:
        raise ValueError(f"{text!r} has no value: {error}") from error
    if not math.isfinite(value):
        raise ValueError(f"{text!r} has no finite value")
    return value


def _value(node: ast.expr, text: str) -> float:
    """Return the value of one node, in floats: whole numbers cannot grow without bound."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(str(node.value))
    if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
        made = BINARY[type(node.op)](_value(node.left, text), _value(node.right, text))
        if isinstance(made, complex):
            raise ValueError(f"{text!r} has no real value")
        return float(made)
    if isinstance(node, ast.UnaryOp) and type(node.op) in UNARY:
        return UNARY[type(node.op)](_value(node.operand, text))
    raise _refused(text)


def _refused(text: str) -> ValueError:
    return ValueError(
        f"{text!r} is no number: an answer is a number or arithmetic with + - * / ** and "
        "parentheses, such as (0.4512 - 1)/6"
    )
