"""An update taken apart: what the gradient, the averages and decay contribute to a change.

The optimizer's own formula, as traced, is multiplied out until each term holds one source: the
gradient the optimizer got, an average it remembers, or the parameter itself. Factors and divisors
(learning rate, bias corrections, the root of Adam's second moment) stay as they are in each term.
So there is no second formula of any optimizer here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clearprop.readings.symbol import Symbol

MEMORIES = {"velocity": "momentum", "m": "momentum"}
"""Names of the parts that come from an optimizer's averages."""


@dataclass(frozen=True)
class Part:
    """One contribution to a parameter's change, shaped like the parameter."""

    name: str
    symbol: Symbol


def parts_of(
    moved: Symbol,
    parameter: Symbol,
    pull: Symbol,
    ways: Mapping[str, Symbol],
    memory: Mapping[int, str],
) -> tuple[Part, ...]:
    """Return the parts that `moved` - `parameter` is the sum of.

    `pull` is the gradient the optimizer got, `ways` the named summands it is made of; `memory`
    names the optimizer's averages by their symbols' serials.
    """
    sources = {parameter.serial, pull.serial, *memory}
    shares: dict[str, list[Symbol]] = {}
    for source, term in _terms(moved, sources):
        if source is parameter and term is parameter:
            continue
        if source is pull:
            for name, way in ways.items():
                shares.setdefault(name, []).append(_replaced(term, pull, way))
        elif source is parameter:
            shares.setdefault("decay", []).append(term)
        elif source is not None:
            name = memory[source.serial]
            shares.setdefault(MEMORIES.get(name, name), []).append(term)
        else:
            shares.setdefault("other", []).append(term)
    return tuple(Part(name, _sum(terms)) for name, terms in shares.items())


def _terms(symbol: Symbol, sources: set[int]) -> list[tuple[Symbol | None, Symbol]]:
    """Return the terms of a formula multiplied out, each with the source it is linear in."""
    if symbol.serial in sources:
        return [(symbol, symbol)]
    if symbol.op == "add":
        return [term for arg in symbol.args for term in _terms(arg, sources)]
    if symbol.op == "negative":
        return [(source, -term) for source, term in _terms(symbol.args[0], sources)]
    if symbol.op == "subtract":
        kept, taken = (_terms(arg, sources) for arg in symbol.args)
        return kept + [(source, -term) for source, term in taken]
    if symbol.op == "divide" and not _holds(symbol.args[1], sources):
        return [(s, term / symbol.args[1]) for s, term in _terms(symbol.args[0], sources)]
    if symbol.op == "multiply":
        left, right = symbol.args
        if not _holds(left, sources):
            return [(source, left * term) for source, term in _terms(right, sources)]
        if not _holds(right, sources):
            return [(source, term * right) for source, term in _terms(left, sources)]
    return [(None, symbol)]


def _holds(symbol: Symbol, sources: set[int]) -> bool:
    """Return whether a source stands in the formula where multiplying out would reach it."""
    if symbol.serial in sources:
        return True
    if symbol.op not in ("add", "subtract", "negative", "multiply", "divide"):
        return False
    args = symbol.args[:1] if symbol.op == "divide" else symbol.args
    return any(_holds(arg, sources) for arg in args)


def _replaced(term: Symbol, old: Symbol, new: Symbol) -> Symbol:
    """Return the term with its source exchanged."""
    if term is old:
        return new
    if term.op not in ("add", "subtract", "negative", "multiply", "divide"):
        return term
    args = [_replaced(arg, old, new) for arg in term.args]
    return term.trace.apply(term.op, *args)


def _sum(terms: list[Symbol]) -> Symbol:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total
