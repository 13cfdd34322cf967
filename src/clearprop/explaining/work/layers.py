"""The same edit in every layer of a kind: what a loop over the layers, or a helper, does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from clearprop.explaining.work.graph import Graph
from clearprop.explaining.work.operations import Edit
from clearprop.readings.symbol import PRIMITIVES, Symbol


def in_every_layer(graph: Graph, edit: Edit) -> dict[int, np.ndarray]:
    """Return what each place of an edit has when every layer of the kind has the edit.

    The places are found by walking down from the quantity, `dense1.db` for `dense2.db`. Of a
    place that is made of another, what it has follows from that one's.
    """
    path = graph.owner(edit.node)
    kind, number, name = _split(path)
    places: dict[int, dict[int, Symbol]] = {edit.node.serial: {}}
    for other, quantity in graph.record.quantities.items() if number else ():
        theirs = _split(other)
        if other == path or (theirs[0], theirs[2]) != (kind, name) or not theirs[1]:
            continue
        found = _walked(graph, graph.record.quantities[path].symbol, quantity.symbol)
        node = found.get(edit.node.serial)
        if node is not None and node.op == edit.node.op:
            places[node.serial] = _with_neighbours(graph, found, theirs[1] - number)
    return _made(graph, edit, places) if len(places) > 1 else {}


def _split(path: str) -> tuple[str, int, str]:
    """Return kind, number and last name: ("dense", 2, "db") of "dense2.db"; 0 for no number."""
    layer, _, name = path.rpartition(".")
    kind = layer.rstrip("0123456789")
    digits = layer[len(kind) :]
    return kind, int(digits) if digits else 0, name


def _walked(graph: Graph, one: Symbol, theirs: Symbol) -> dict[int, Symbol]:
    """Return what each symbol that a quantity is made of is in another quantity."""
    found: dict[int, Symbol] = {}
    pairs = [(one, theirs)]
    while pairs:
        here, there = pairs.pop()
        if here.serial in found:
            continue
        found[here.serial] = there
        inside = here is one or graph.record.of(here) is None
        if inside and here.op == there.op:
            pairs += zip(here.args, there.args, strict=False)
    return found


def _with_neighbours(graph: Graph, found: dict[int, Symbol], by: int) -> dict[int, Symbol]:
    """Return the symbols found, and every other quantity's of the layer so many places away."""
    whole = dict(found)
    quantities = graph.record.quantities
    for path, quantity in quantities.items():
        kind, number, name = _split(path)
        there = f"{kind}{number + by}.{name}"
        if number and there in quantities:
            whole.setdefault(quantity.symbol.serial, quantities[there].symbol)
    return whole


@dataclass(frozen=True, eq=False)
class _Again:
    """A symbol with other numbers: what an edit is made of where earlier ones have changed."""

    serial: int
    op: str
    args: tuple[Any, ...]
    attributes: tuple[tuple[str, Any], ...]
    value: Any


def _made(graph: Graph, edit: Edit, places: dict[int, dict[int, Symbol]]) -> dict[int, np.ndarray]:
    """Return what the edit gives at each place, in the order of computation; {} for none."""
    behind: set[int] = set()
    for serial in places:
        behind |= set(graph.behind(graph.symbols[serial]))
    again: dict[int, _Again] = {}

    def now(symbol: Symbol) -> Any:
        return again.get(symbol.serial, symbol)

    made: dict[int, np.ndarray] = {}
    for serial in _needed(graph, places, behind):
        node = graph.symbols[serial]
        args = tuple(now(arg) for arg in node.args)
        if serial in places:
            view: Any = _Again(serial, node.op, args, node.attributes, node.value)
            value = edit.value(view, partial(_there, places[serial], now))
            if value is None:
                return {}
            made[serial] = value
        else:
            values = [arg.value for arg in args]
            value = PRIMITIVES[node.op](*values, **dict(node.attributes))
        again[serial] = _Again(serial, node.op, args, node.attributes, value)
    return made


def _needed(graph: Graph, places: dict[int, dict[int, Symbol]], behind: set[int]) -> Iterator[int]:
    """Yield the places, and what is between them, in the order of computation."""
    needed: set[int] = set()
    for serial in places:
        needed |= graph.before(graph.symbols[serial])
    yield from sorted((needed & behind) | set(places))


def _there(found: dict[int, Symbol], now: Any, symbol: Symbol) -> Any:
    return now(found.get(symbol.serial, symbol))
