"""The operations of a recorded step: what each follows from, what follows from it, its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from clearprop.explaining.record import Record
from clearprop.explaining.work.situation import Situation
from clearprop.readings.symbol import PRIMITIVES, Symbol
from clearprop.writing.numbers import shown


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
