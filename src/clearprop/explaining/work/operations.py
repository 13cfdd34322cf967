"""The neighbours of one operation: another operand, one left out, another axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.explaining.work.functions import Function, functions_of
from clearprop.explaining.work.graph import WORDS, Graph
from clearprop.readings.symbol import PRIMITIVES, Symbol

Same = Callable[[Symbol], Symbol]
"""What a symbol of one parameter's update is in another parameter's."""

Made = Callable[[Symbol, Same], Any]
"""What an operation written otherwise gives; None where its shapes do not go together."""


@dataclass(frozen=True)
class Edit:
    """One operation written otherwise: the words for it, where it is, and what it gives."""

    name: str
    sentence: str
    node: Symbol
    made: Made

    def value(self, node: Symbol | None = None, same: Same | None = None) -> np.ndarray | None:
        """Return what the operation gives; None where its shape is another, or its numbers ours."""
        node = self.node if node is None else node
        if np.ndim(node.value) != np.ndim(self.node.value):
            return None  # what is done to rows and columns cannot be done to a vector
        made = self.made(node, same or (lambda symbol: symbol))
        if made is None or np.shape(made) != np.shape(node.value):
            return None
        array = np.asarray(made, np.float64)
        if not np.any(array):
            return None  # many slips make zeros
        return None if np.array_equal(array, np.asarray(node.value), equal_nan=True) else array


def edits_of(graph: Graph, node: Symbol) -> Iterator[Edit]:
    """Yield the edits of one operation."""
    if node.op not in PRIMITIVES or not np.ndim(node.value):
        return
    where = graph.owner(node)
    right = graph.text(node) if graph.record.of(node) is None else _formula(graph, node)
    sentence = f"{where} is made with {right}" if right else f"{where} is made otherwise"
    ways = (*_otherwise(graph, node), *_swapped(graph, node), *_functions(graph, node))
    for words, made in ways:
        yield Edit(
            words if words.endswith(f" of {where}") else f"{words} in {where}", sentence, node, made
        )


def _formula(graph: Graph, node: Symbol) -> str | None:
    """Return what a quantity is made of, in words."""
    parts = [graph.text(arg) for arg in node.args]
    if node.op not in WORDS or None in parts:
        return None
    return WORDS[node.op].format(*(p if p and " " not in p else f"({p})" for p in parts))


def _values(node: Symbol) -> list[np.ndarray]:
    return [np.asarray(arg.value) for arg in node.args]


def _tried(op: str, *args: Any, **attributes: Any) -> Any:
    try:
        return PRIMITIVES[op](*args, **attributes)
    except ValueError:  # the shapes do not go together
        return None


def _other(op: str) -> Made:
    return lambda node, same: _tried(op, *_values(node), **dict(node.attributes))


def _operand(place: int, sign: float = 1.0) -> Made:
    return lambda node, same: sign * _values(node)[place]


def _exchanged(node: Symbol, same: Same) -> Any:
    return _tried(node.op, *reversed(_values(node)))


def _along(axis: int) -> Made:
    return lambda node, same: _tried(
        node.op, *_values(node), **{**dict(node.attributes), "axis": axis}
    )


def _reshaped(node: Symbol, same: Same) -> Any:
    array = _values(node)[0]
    return array.reshape(array.shape[::-1])


def _added_behind(node: Symbol, same: Same) -> Any:
    left, right = _values(node.args[0])
    return _tried(node.args[0].op, _tried(node.op, left), right)


OTHER_OPERATION = (
    ("multiply", "matmul", "the matrix product in place of ×"),
    ("matmul", "multiply", "× in place of the matrix product"),
    ("multiply", "divide", "/ in place of ×"),
    ("divide", "multiply", "× in place of /"),
    ("add", "subtract", "− in place of +"),
    ("subtract", "add", "+ in place of −"),
    ("sum", "mean", "the mean in place of the sum"),
    ("mean", "sum", "the sum in place of the mean"),
)
"""Operations that are taken for each other."""

LEFT_OUT = {
    "transpose": "transpose missing", "power": "power missing", "sqrt": "root missing",
    "negative": "minus missing", "exp": "exp missing", "log": "log missing",
    "tanh": "tanh missing", "expit": "sigmoid missing", "softmax": "softmax missing",
}  # fmt: skip
"""Operations of one array that are left out."""


def _otherwise(graph: Graph, node: Symbol) -> Iterator[tuple[str, Made]]:
    """Yield the operation exchanged for another, or left out."""
    attributes = dict(node.attributes)
    for op, other, words in OTHER_OPERATION:
        if node.op == op:
            yield words, _other(other)
    if node.op in LEFT_OUT:
        yield LEFT_OUT[node.op], _operand(0)
    if node.op == "transpose" and len(set(np.shape(node.value))) > 1:
        name = graph.text(node.args[0]) or "an array"
        yield f"{name} reshaped, not transposed,", _reshaped
    if node.op in ("add", "subtract", "multiply", "divide", "matmul"):
        names = [graph.text(arg) for arg in node.args]
        if names[1] is not None:
            yield f"{names[1]} missing", _operand(0)
        if names[0] is not None and node.op != "divide":
            yield f"{names[0]} missing", _operand(1, -1.0 if node.op == "subtract" else 1.0)
    if node.op in ("subtract", "divide", "matmul"):
        yield "the operands exchanged", _exchanged
    if node.op in ("sum", "mean") and np.ndim(node.args[0].value) == 2:
        for axis in (0, 1):
            if axis != attributes.get("axis"):
                yield f"axis {axis} in place of {attributes.get('axis')}", _along(axis)
    yield from _moved_behind(graph, node)


def _moved_behind(graph: Graph, node: Symbol) -> Iterator[tuple[str, Made]]:
    """Yield a function of a sum with the second term added behind the function."""
    inner = node.args[0] if len(node.args) == 1 and not node.attributes else None
    if inner is not None and inner.op in ("add", "subtract"):
        name = graph.text(inner.args[1])
        if name is not None:
            yield f"{name} added behind {CALLED.get(node.op, node.op)}", _added_behind


CALLED = {"expit": "sigmoid"}


def _swapped(graph: Graph, node: Symbol) -> Iterator[tuple[str, Made]]:
    """Yield the operation with another array in place of one of its operands."""
    behind = set(graph.behind(node))
    own = graph.record.of(node)
    for other, words in graph.operands if own is not None else ():
        fits = np.shape(other.value) == np.shape(node.value)
        if fits and other.serial not in behind and other is not node and " " not in words:
            yield f"{words} in place of {own.path if own else ''}", _instead(other)
    for arg in dict.fromkeys(node.args):
        wanted = np.asarray(arg.value)
        if not wanted.ndim:
            continue
        name = graph.text(arg) or "an operand"
        for other, words in graph.operands:
            if other.serial in (node.serial, arg.serial) or other.serial in behind:
                continue
            for turned, called in _ways(np.shape(other.value), words, wanted.shape):
                yield f"{called} in place of {name}", _with(arg, other, turned)


def _instead(other: Symbol) -> Made:
    return lambda node, same: np.asarray(same(other).value, np.float64)


def _functions(graph: Graph, node: Symbol) -> Iterator[tuple[str, Made]]:
    """Yield the operation with a function of one of its operands in place of the operand."""
    for arg in dict.fromkeys(node.args):
        name = graph.text(arg)
        if name is None or not np.ndim(arg.value) or arg.op == "transpose":
            continue
        short = name if " " not in name else f"({name})"
        for words, function in functions_of(np.asarray(arg.value)):
            yield f"{words.format(short)} in place of {name}", _applied(arg, function)


def _applied(arg: Symbol, function: Function) -> Made:
    def made(node: Symbol, same: Same) -> Any:
        old = same(arg)
        if np.ndim(old.value) != np.ndim(arg.value):
            return None
        taken = function(np.asarray(old.value, np.float64))
        if not np.any(taken):
            return None  # many slips make zeros
        values = [taken if one is old else np.asarray(one.value) for one in node.args]
        return _tried(node.op, *values, **dict(node.attributes))

    return made


DATA = ("x", "t")
"""The quantities that a step is given as data."""


def edits_everywhere(graph: Graph, node: Symbol) -> Iterator[Edit]:
    """Yield a quantity with a function of it in its place, wherever it comes in.

    What is used once is left to the edits of the operation that uses it.
    """
    quantity = graph.record.of(node)
    data = quantity is not None and quantity.path in DATA
    if quantity is None or not np.ndim(node.value):
        return
    if not data and len(graph.users.get(node.serial, ())) < 2:
        return
    sentence = f"{quantity.path} went in so wherever it is used"
    for words, function in functions_of(np.asarray(node.value), data):
        name = f"{words.format(quantity.path)} in place of {quantity.path}"
        yield Edit(name, sentence, node, _whole(function))
    if node.op in PRIMITIVES:
        return  # edits of the operation put other quantities in its place
    for other, words in graph.operands:
        if other is not node and other.op not in PRIMITIVES and other.args == node.args:
            yield Edit(f"{words} in place of {quantity.path}", sentence, node, _instead(other))


def _whole(function: Function) -> Made:
    return lambda node, same: function(np.asarray(node.value, np.float64))


def _with(arg: Symbol, other: Symbol, turned: bool) -> Made:
    """Return what an operation gives with another array in place of an operand."""

    def made(node: Symbol, same: Same) -> Any:
        array = np.asarray(same(other).value, np.float64)  # a mask as numbers
        array = array.T if turned else array
        old = same(arg)
        values = [array if one is old else np.asarray(one.value) for one in node.args]
        return _tried(node.op, *values, **dict(node.attributes))

    return made


def _ways(
    shape: tuple[int, ...], words: str, wanted: tuple[int, ...]
) -> Iterator[tuple[bool, str]]:
    """Yield whether an array may stand in place of another as it is, and transposed."""
    if len(shape) != len(wanted):
        return
    if shape == wanted or 1 in shape:
        yield False, words
    if len(shape) == 2 and shape[::-1] == wanted:
        yield True, f"{words}ᵀ" if " " not in words else f"({words})ᵀ"
