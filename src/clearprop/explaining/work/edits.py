"""One operation of the step written otherwise: another operand, one left out, another axis.

The catalogue holds the slips that have a name of their own. Here every operation of the recorded
step is exchanged for its neighbours, such as a product for a matrix product or one operand for
another quantity of the shape, and what follows from it is computed again. An edit is told only
where it gives exactly the numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from clearprop.explaining.record import Record
from clearprop.explaining.work.situation import Situation
from clearprop.explaining.work.submitted import Submitted
from clearprop.readings.symbol import PRIMITIVES, Symbol
from clearprop.writing.numbers import shown

MOST_NUMBERS = 20_000
"""Parameters up to which edits are tried."""

MOST_TOLD = 6
"""So many edits that give the same numbers are told."""

ENOUGH = 4
"""So many wrong numbers must be given where they are not in double precision."""


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
        made = self.made(node, same or (lambda symbol: symbol))
        if made is None or np.shape(made) != np.shape(node.value):
            return None
        array = np.asarray(made, np.float64)
        return None if np.array_equal(array, np.asarray(node.value), equal_nan=True) else array


class Graph:
    """The operations of a recorded step, and what follows from each."""

    def __init__(self, record: Record, situation: Situation, paths: Sequence[str]) -> None:
        self.record, self.situation = record, situation
        self._between: dict[tuple[frozenset[int], str], list[int]] = {}
        self.targets: dict[str, Symbol] = {}
        for path in paths:
            name = path.partition("[")[0]
            quantity = record.quantities.get(record.aliases.get(name, name))
            if quantity is not None:
                self.targets[path] = quantity.symbol

    @cached_property
    def symbols(self) -> dict[int, Symbol]:
        """Every symbol of the step by its number, in the order of computation."""
        found: dict[int, Symbol] = {}
        waiting = [quantity.symbol for quantity in self.record.quantities.values()]
        while waiting:
            one = waiting.pop()
            if one.serial not in found:
                found[one.serial] = one
                waiting.extend(one.args)
        return dict(sorted(found.items()))

    @cached_property
    def users(self) -> dict[int, list[Symbol]]:
        """What each symbol is an argument of."""
        found: dict[int, list[Symbol]] = {serial: [] for serial in self.symbols}
        for symbol in self.symbols.values():
            for arg in symbol.args:
                found[arg.serial].append(symbol)
        return found

    def before(self, symbol: Symbol) -> set[int]:
        """Return the numbers of a symbol and of all it is made of."""
        found: set[int] = set()
        waiting = [symbol]
        while waiting:
            one = waiting.pop()
            if one.serial not in found:
                found.add(one.serial)
                waiting.extend(one.args)
        return found

    def behind(self, symbol: Symbol) -> list[int]:
        """Return the numbers of all that is made of a symbol, in order."""
        found: set[int] = set()
        waiting = [symbol]
        while waiting:
            for one in self.users[waiting.pop().serial]:
                if one.serial not in found:
                    found.add(one.serial)
                    waiting.append(one)
        return sorted(found)

    def made(self, changed: Mapping[int, np.ndarray], path: str) -> np.ndarray | None:
        """Return the quantity at a path where some symbols have other values; None for none."""
        values: dict[int, Any] = dict(changed)
        target = self.targets[path]
        try:
            for serial in self.between(frozenset(changed), path):
                one = self.symbols[serial]
                arguments = [values.get(arg.serial, arg.value) for arg in one.args]
                values[serial] = PRIMITIVES[one.op](*arguments, **dict(one.attributes))
        except (ValueError, ZeroDivisionError):  # the shapes do not go together, or 1 / 0
            return None
        array = np.asarray(values.get(target.serial, target.value), np.float64)
        name, _, place = path.partition("[")
        for change in self.situation.after:
            array = change(name, array)
        return array[tuple(map(int, place[:-1].split(",")))] if place else array

    def between(self, changed: frozenset[int], path: str) -> list[int]:
        """Return the numbers of what is made of changed symbols and needed for a path, in order."""
        if (changed, path) not in self._between:
            behind: set[int] = set()
            for serial in changed:
                behind |= set(self.behind(self.symbols[serial]))
            needed = self.before(self.targets[path])
            self._between[changed, path] = sorted((behind & needed) - changed)
        return self._between[changed, path]

    def same_in(self, path: str, other: str) -> dict[int, Symbol]:
        """Return what each symbol of one parameter's update is in another parameter's."""
        ends = [
            self.record.quantities.get(self.record.aliases.get(f"{one}.new", f"{one}.new"))
            for one in (path, other)
        ]
        if None in ends:
            return {}
        found: dict[int, Symbol] = {}
        pairs = [tuple(end.symbol for end in ends if end is not None)]
        while pairs:
            one, theirs = pairs.pop()
            if one.serial in found or one is theirs:
                continue
            found[one.serial] = theirs
            if one.op == theirs.op and one.serial in self._updates:
                pairs += zip(one.args, theirs.args, strict=True)
        return found

    @cached_property
    def _updates(self) -> dict[int, str]:
        """The parameter in whose update alone a symbol is, by the symbol's number."""
        found: dict[int, str] = {}
        shared: set[int] = set()
        for path in self.situation.task.layout.paths:
            name = f"{path}.new"
            quantity = self.record.quantities.get(self.record.aliases.get(name, name))
            for serial in () if quantity is None else self.before(quantity.symbol):
                if serial in found:
                    shared.add(serial)
                found[serial] = path
        return {serial: path for serial, path in found.items() if serial not in shared}

    def updated(self, symbol: Symbol) -> str | None:
        """Return the parameter in whose update alone a symbol is, None for no such."""
        return self._updates.get(symbol.serial)

    def text(self, symbol: Symbol, depth: int = 2) -> str | None:
        """Return a symbol as a short formula of the step's quantities; None for a long one."""
        quantity = self.record.of(symbol)
        if quantity is not None:
            return quantity.path
        if symbol.op == "constant":
            return shown(float(symbol.value)) if not np.ndim(symbol.value) else None
        if depth == 0 or symbol.op not in WORDS:
            return None
        parts = [self.text(arg, depth - 1) for arg in symbol.args]
        if None in parts:
            return None
        return WORDS[symbol.op].format(*(p if p and " " not in p else f"({p})" for p in parts))

    def owner(self, symbol: Symbol) -> str:
        """Return the path of the first quantity that a symbol is or is part of."""
        for one in (symbol, *(self.symbols[serial] for serial in self.behind(symbol))):
            quantity = self.record.of(one)
            if quantity is not None:
                return quantity.path
        return "the step"

    @cached_property
    def operands(self) -> list[tuple[Symbol, str]]:
        """The arrays that may stand in place of another, with their words: quantities first."""
        found = []
        for symbol in self.symbols.values():
            words = self.text(symbol) if np.ndim(symbol.value) else None
            if words is not None and symbol.op != "transpose":
                found.append((symbol, words))
        found.sort(key=lambda one: " " in one[1])
        return found


WORDS = {
    "add": "{} + {}", "subtract": "{} − {}", "multiply": "{} × {}", "divide": "{} / {}",
    "matmul": "{} @ {}", "transpose": "{}ᵀ", "power": "{} ^ {}", "negative": "−{}",
    "greater": "{} > {}", "exp": "exp {}", "log": "log {}", "sqrt": "sqrt {}",
    "where": "where {}", "tanh": "tanh {}", "expit": "sigmoid {}", "sign": "sign {}",
    "absolute": "|{}|",
}  # fmt: skip
"""How an operation is written between its operands."""


def edits_giving(
    graph: Graph,
    work: Sequence[Submitted],
    first: int,
    gives: Callable[[int, np.ndarray], bool],
    wrong: Sequence[int],
) -> tuple[list[Edit], list[Edit]]:
    """Return the edits that give all the numbers, and those that give the first wrong ones.

    `gives` says whether an array is quantity number k of the work; `wrong` are the quantities
    that the right step does not give.
    """
    whole: list[Edit] = []
    part: list[Edit] = []
    path = work[first].path
    zeros = not np.any(work[first].values)  # what makes zeros cannot be told
    if path not in graph.targets or zeros or not _tells_enough(work, wrong):
        return whole, part
    settled: set[int] = set()
    for place, one in enumerate(work):
        if place not in wrong and one.path in graph.targets:
            settled |= graph.before(graph.targets[one.path])
    with np.errstate(all="ignore"):
        for serial in sorted(graph.before(graph.targets[path]) - settled, reverse=True):
            for edit in _edits_of(graph, graph.symbols[serial]):
                value = edit.value()
                made = None if value is None else graph.made({serial: value}, path)
                if value is None or made is None or not gives(first, made):
                    continue
                for words, changed in _everywhere(graph, edit, value):
                    told = _told(graph, work, changed, gives)
                    named = replace(edit, name=f"{edit.name}{words}")
                    if all(told):
                        whole.append(named)
                    elif all(told[k] for k in range(len(work)) if k <= first or k not in wrong):
                        part.append(named)
            if len(whole) >= MOST_TOLD:
                break
    return _different(whole), _different(part)


def _told(
    graph: Graph,
    work: Sequence[Submitted],
    changed: Mapping[int, np.ndarray],
    gives: Callable[[int, np.ndarray], bool],
) -> list[bool]:
    """Return which quantities of the work are given where some symbols have other values."""
    told = []
    for place, one in enumerate(work):
        array = graph.made(changed, one.path) if one.path in graph.targets else None
        told.append(array is not None and gives(place, array))
    return told


def _everywhere(
    graph: Graph, edit: Edit, value: np.ndarray
) -> Iterator[tuple[str, dict[int, np.ndarray]]]:
    """Yield the edit in its own place, and of an update in those of other parameters too."""
    alone = {edit.node.serial: value}
    yield "", alone
    paths = graph.situation.task.layout.paths
    own = graph.updated(edit.node)
    if own is None:
        return
    biases = [path for path in paths if path.rpartition(".")[2] == "b"]
    weights = [path for path in paths if path not in biases]
    for words, group in ((", so in every update", paths), (", so for all biases", biases),
                         (", so for all weights", weights)):  # fmt: skip
        if own not in group or len(group) == 1:
            continue
        changed = dict(alone)
        for path in group:
            same = graph.same_in(own, path)
            node = same.get(edit.node.serial)
            made = None if node is None else edit.value(node, partial(_same, same))
            if node is not None and made is not None:
                changed[node.serial] = made
        if len(changed) > 1:
            yield words, changed


def _same(found: Mapping[int, Symbol], symbol: Symbol) -> Symbol:
    return found.get(symbol.serial, symbol)


def _different(edits: list[Edit]) -> list[Edit]:
    """Return edits of different names, those with fewer words first."""
    named = {edit.name: edit for edit in edits}
    return sorted(named.values(), key=lambda edit: edit.name.count(" "))[:MOST_TOLD]


def _tells_enough(work: Sequence[Submitted], wrong: Sequence[int]) -> bool:
    """Return whether the wrong numbers are too many or too precise to be met by chance."""
    rough = any(work[k].epsilon > 1e-12 or np.any(work[k].typed) for k in wrong)
    return not rough or sum(work[k].values.size for k in wrong) >= ENOUGH


def _edits_of(graph: Graph, node: Symbol) -> Iterator[Edit]:
    if node.op not in PRIMITIVES or not np.ndim(node.value):
        return
    where = graph.owner(node)
    right = graph.text(node) if graph.record.of(node) is None else _formula(graph, node)
    sentence = f"{where} is made with {right}" if right else f"{where} is made otherwise"
    for words, made in (*_otherwise(graph, node), *_swapped(graph, node)):
        yield Edit(f"{words} in {where}", sentence, node, made)


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
