"""Reading a definition once, for all sizes and settings: what is exported to the page.

A trace of a training step fixes the settings of its layers and the sizes of its arrays. The trace
here keeps both open: settings (a ReLU's slope, Adam's β₁) and sizes (the columns of t) are given
symbols with names. Where a definition branches on one of them, the condition is noted: another
trace of the same definition takes the other branch.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np

from clearprop.readings.symbol import Symbol, TracingNamespace
from clearprop.writing.json_safe import json_safe


class OpenSymbol(Symbol):
    """A symbol whose sizes and truth are noted, not fixed."""

    __slots__ = ()
    trace: OpenTrace

    @property
    def shape(self) -> Any:
        """The sizes of a given array, as symbols."""
        return self.trace.sizes(self)

    @property
    def known_shape(self) -> tuple[int, ...]:
        """The sizes of this trace."""
        return np.shape(self.value)

    def __bool__(self) -> bool:
        if np.ndim(self.value):
            raise TypeError("a definition may not branch on an array; use xp.where")
        return self.trace.decided(self)

    def __getitem__(self, key: Any) -> Symbol:
        if key == 0 and np.shape(self.value)[:1] == (1,):
            return self.trace.sum(self, axis=0)  # the sum of one row is the row
        return super().__getitem__(key)


class OpenTrace(TracingNamespace):
    """The namespace of a definition that is exported.

    Attributes
    ----------
    names : dict
        What each given symbol stands for, by its serial.
    decisions : list
        Each condition that was asked for, and its truth in this trace.
    """

    kind = OpenSymbol

    def __init__(self) -> None:
        self.names: dict[int, dict[str, Any]] = {}
        self.decisions: list[tuple[Symbol, bool]] = []
        self._sizes: dict[tuple[int, int], Symbol] = {}
        super().__init__()

    def named(self, name: str, value: Any) -> Symbol:
        """Return a given symbol that the page gives a value by this name."""
        return self._noted({"name": name}, value)

    def setting(self, name: str, value: Any) -> Symbol:
        """Return the symbol of a setting of the definition."""
        return self._noted({"setting": name}, value)

    def sizes(self, symbol: Symbol) -> tuple[Symbol, ...]:
        """Return the sizes of a given array as symbols."""
        what = self.names.get(symbol.serial, {}).get("name")
        if what is None:
            raise TypeError(
                "a definition may ask for the shape of what it is given, not of what it computed"
            )
        for axis, size in enumerate(np.shape(symbol.value)):
            if (symbol.serial, axis) not in self._sizes:
                self._sizes[symbol.serial, axis] = self._noted({"size": what, "of": axis}, size)
        return tuple(self._sizes[symbol.serial, axis] for axis in range(np.ndim(symbol.value)))

    def decided(self, symbol: Symbol) -> bool:
        """Return the truth of a condition, and note it."""
        truth = bool(symbol.value)
        if symbol.op != "constant" and all(symbol is not one for one, _ in self.decisions):
            self.decisions.append((symbol, truth))
        return truth

    def program(self, **results: Any) -> dict[str, Any]:
        """Return the nodes that results are computed by, and when they are.

        A result that is a plain number becomes a constant.
        """
        found: dict[int, Symbol] = {}
        ends = {name: self._symbol(result) for name, result in results.items()}
        waiting = [*ends.values(), *(condition for condition, _ in self.decisions)]
        while waiting:
            symbol = waiting.pop()
            if symbol.serial not in found:
                found[symbol.serial] = symbol
                waiting += symbol.args
        place = {serial: number for number, serial in enumerate(sorted(found))}
        return {
            "when": [[place[symbol.serial], truth] for symbol, truth in self.decisions],
            "nodes": [self._node(found[serial], place) for serial in sorted(found)],
            "results": {name: place[symbol.serial] for name, symbol in ends.items()},
        }

    def _node(self, symbol: Symbol, place: dict[int, int]) -> dict[str, Any]:
        if symbol.op == "constant":
            return {"op": "constant", "value": json_safe(symbol.value)}
        if symbol.op == "given":
            if symbol.serial not in self.names:
                raise TypeError("a definition holds an array of its own, which cannot be exported")
            return {"op": "given", **self.names[symbol.serial]}
        args = [place[arg.serial] for arg in symbol.args]
        return {"op": symbol.op, "args": args, **dict(symbol.attributes)}

    def _noted(self, what: dict[str, Any], value: Any) -> Symbol:
        symbol = self.given(value)
        self.names[symbol.serial] = what
        return symbol


def opened(trace: OpenTrace, definition: Any) -> Any:
    """Return a copy of a definition whose numbers and switches are symbols of the trace."""
    twin = copy.copy(definition)
    for name, value in settings_of(definition).items():
        object.__setattr__(twin, name, trace.setting(name, value))
    return twin


def different(programs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the programs that differ, each once."""
    kept: list[dict[str, Any]] = []
    for program in programs:
        if program not in kept:
            kept.append(program)
    return kept


def filled(value: Any) -> float | None:
    """Return the number that fills an array, None where its numbers are drawn."""
    numbers = np.unique(np.asarray(value, float))
    return float(numbers[0]) if numbers.size == 1 else None


def settings_of(definition: Any) -> dict[str, Any]:
    """Return the fields of a definition that are numbers or switches; sizes are whole numbers."""
    if not dataclasses.is_dataclass(definition):
        return {}
    fields = {
        field.name: getattr(definition, field.name) for field in dataclasses.fields(definition)
    }
    return {name: value for name, value in fields.items() if isinstance(value, bool | float)}
