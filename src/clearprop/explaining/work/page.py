"""What the page needs to check someone's number: each known slip as a change of the step's graph.

The right step and every slip are traced in one namespace, in which equal expressions are one
symbol. A slip is what differs: for some nodes of the step's graph, the node that stands in their
place. A node of a slip's own names nodes of the step as they are in the slip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from clearprop.explaining.record import Record
from clearprop.explaining.step import StepData
from clearprop.explaining.work.changes import Make, in_order
from clearprop.explaining.work.conventions import conventions_for_page
from clearprop.explaining.work.diagnosis import pairs_of
from clearprop.explaining.work.recorded import RecordedArray, UntraceableError, symbol_of
from clearprop.explaining.work.relations import factors_of
from clearprop.explaining.work.situation import Situation, run, situation_of
from clearprop.explaining.work.slips import slips_of
from clearprop.explaining.work.tracing import SlipTrace
from clearprop.readings.symbol import Symbol
from clearprop.writing.json_safe import json_safe

MOST_NUMBERS = 4096
"""Up to this many numbers, an array that a slip computes without primitives goes into the page."""

FEW_NUMBERS = 512
"""So many of a slip that takes whole arrays."""


def slips_for_page(step: StepData, places: Mapping[int, int]) -> dict[str, Any]:
    """Return every known slip and convention as changes of the graph, as plain data.

    `places` are the nodes of the step's graph by the serials of its symbols.
    """
    graph = _Graph(step, places)
    known = list(slips_of(graph.base))
    changes: dict[str, Any] = {
        "slips": [
            {
                "name": slip.name,
                "sentence": slip.sentence,
                **graph.change(slip.make, FEW_NUMBERS if slip.whole else MOST_NUMBERS),
            }
            for slip in known
        ],
        "pairs": [
            {
                "slips": [known.index(slip) for slip in pair],
                **graph.change(in_order(*(slip.make for slip in pair))),
            }
            for pair in pairs_of(graph.base, known)
        ],
        "conventions": [
            {
                "name": one.name,
                "sentence": one.sentence,
                "ends": list(ends),
                **({"with_slips": True} if one.with_slips else {}),
                **graph.change(one.make),
            }
            for one, ends in conventions_for_page(graph.base)
        ],
        "factors": [{"value": value, "words": words} for value, words in factors_of(graph.base)],
    }
    return {"nodes": graph.nodes, "products": _products(step, places), **changes}


def _products(step: StepData, places: Mapping[int, int]) -> list[dict[str, Any]]:
    """Return the step's matrix products that are no quantities: x W, before the bias is added.

    A page that lacks some of W has no other way to them.
    """
    named = {quantity.symbol.serial for quantity in step.record.quantities.values()}
    found: dict[int, Symbol] = {}
    for quantity in step.record.quantities.values():
        if quantity.phase == "forward":
            found |= {arg.serial: arg for arg in quantity.symbol.args if arg.op == "matmul"}
    return [
        {
            "node": places[serial],
            "shape": list(symbol.shape),
            "dtype": str(symbol.value.dtype),
            "values": json_safe(np.ravel(symbol.value)),
        }
        for serial, symbol in found.items()
        if serial not in named
    ]


def _wide(situation: Situation) -> Situation:
    """Return the situation in float64, so that no run has to copy an array."""

    def wide(branch: Any) -> Any:
        if isinstance(branch, Mapping):
            return {name: wide(value) for name, value in branch.items()}
        return np.asarray(branch, np.float64) if np.ndim(branch) else branch

    batch, position = situation.batch, situation.position
    weights = None if batch.weights is None else np.asarray(batch.weights, np.float64)
    batch = replace(
        batch,
        x=np.ascontiguousarray(batch.x, np.float64),
        t=np.ascontiguousarray(batch.t, np.float64),
        weights=weights,
    )
    state = {
        name: branch if name == "penalised" else wide(branch)
        for name, branch in position.optimizer_state.items()
    }
    position = replace(
        position, params=np.asarray(position.params, np.float64), optimizer_state=state
    )
    return replace(situation, batch=batch, position=position)


@dataclass(frozen=True)
class _Traced:
    """The quantities of a slip's step by path, and those that change when all is computed."""

    symbols: Mapping[str, Symbol]
    after: tuple[Callable[[str, Any], Any], ...]
    has_update: bool


class _Graph:
    """The step's graph, and the nodes that slips add to it."""

    def __init__(self, step: StepData, places: Mapping[int, int]) -> None:
        self.base = _wide(situation_of(step))
        self.trace = SlipTrace(self.base.batch.x, self.base.batch.t)
        with self.trace.running():
            record = run(self.base, trace=self.trace)
        self.places: dict[int, int] = {}
        self.paths: dict[int, str] = {}
        self._match(step.record, record, places)
        self.order = [self.symbols[serial] for serial in sorted(self.places)]
        self.phases = {path: q.phase for path, q in step.record.quantities.items()}
        self.count = len(places)
        self.nodes: list[dict[str, Any]] = []
        self._known: dict[tuple[Any, ...], int] = {}

    def _match(self, own: Record, traced: Record, places: Mapping[int, int]) -> None:
        """Find each traced symbol's node: both graphs were made by the same definitions."""
        self.symbols: dict[int, Symbol] = {}
        waiting = []
        for path, quantity in own.quantities.items():
            found = _quantity(traced, path)
            if found is not None:
                waiting.append((quantity.symbol, found))
                self.paths[found.serial] = path
        while waiting:
            one, other = waiting.pop()
            if (
                other.serial in self.places
                or one.op != other.op
                or len(one.args) != len(other.args)
            ):
                continue
            self.places[other.serial] = places[one.serial]
            self.symbols[other.serial] = other
            waiting += zip(one.args, other.args, strict=True)

    def change(self, make: Make, most: int = MOST_NUMBERS) -> dict[str, Any]:
        """Return what a slip changes: nodes that stand for others, quantities changed last.

        Arrays that no primitive computes are given with their numbers where these are `most`.
        """
        try:
            return self._change(make, most, plain=False)
        except UntraceableError:
            return self._change(make, most, plain=True)

    def _change(self, make: Make, most: int, plain: bool) -> dict[str, Any]:
        situation = make(self.base)
        with self.trace.running(situation.batch.x, situation.batch.t, plain=plain):
            traced = self._run(situation)
            return _Encoding(self, traced, most, plain).data()

    def _run(self, situation: Situation) -> _Traced:
        base = self.base
        update = base.rate is not None and (
            base.task.clip_norm is not None
            or situation.task.optimizer is not base.task.optimizer
            or situation.task.l2 is not base.task.l2
            or situation.task.penalised is not base.task.penalised
            or situation.position is not base.position
            or situation.rate != base.rate
        )
        record = run(situation, update=update, trace=self.trace)
        symbols = {path: q.symbol for path, q in record.quantities.items()}
        symbols |= {path: symbols[known] for path, known in record.aliases.items()}
        return _Traced(symbols, situation.after, update)

    def new(self, key: tuple[Any, ...], node: dict[str, Any]) -> int:
        """Return the place of a node of the slips', made once for all that are equal."""
        if key not in self._known:
            self._known[key] = self.count + len(self.nodes)
            self.nodes.append(node)
        return self._known[key]


class _Encoding:
    """One slip's changes of the graph."""

    def __init__(self, graph: _Graph, traced: _Traced, most: int, plain: bool) -> None:
        self.graph, self.traced, self.most, self.plain = graph, traced, most, plain
        self.images: dict[int, Symbol] = {}
        self.inverse: dict[int, int] = {}
        self.written: dict[int, int] = {}

    def data(self) -> dict[str, Any]:
        """Return the changes, as plain data."""
        changed, missing = self._changed()
        after = dict(self._after())
        found: dict[str, Any] = {"changed": changed}
        return (
            found | ({"after": after} if after else {}) | ({"missing": missing} if missing else {})
        )

    def _changed(self) -> tuple[list[list[int]], list[str]]:
        graph, changed, missing = self.graph, [], []
        for symbol in graph.order:
            serial = symbol.serial
            image = self._rebuilt(symbol)
            path = graph.paths.get(serial)
            if path is not None:
                wanted = self._wanted(path, image)
                if wanted is None:
                    missing.append(path)
                else:
                    image = wanted
            if not self._follows(symbol, image):
                changed.append([graph.places[serial], self._place(image)])
            self.images[serial] = image
            self.inverse.setdefault(image.serial, graph.places[serial])
        return changed, missing

    def _rebuilt(self, symbol: Symbol) -> Symbol:
        """Return a node of the step, made of what its arguments are in the slip."""
        images = [self.images[arg.serial] for arg in symbol.args]
        if all(image is arg for image, arg in zip(images, symbol.args, strict=True)):
            return symbol
        return self.graph.trace.apply(symbol.op, *images, **dict(symbol.attributes))

    def _follows(self, symbol: Symbol, image: Symbol) -> bool:
        """Return whether a node's image is made of its arguments' images as the node is made."""
        if image is symbol and all(self.images[arg.serial] is arg for arg in symbol.args):
            return True
        made = image.op == symbol.op and image.attributes == symbol.attributes
        return (
            made
            and bool(symbol.args)
            and len(image.args) == len(symbol.args)
            and all(
                self.images[arg.serial] is own
                for arg, own in zip(symbol.args, image.args, strict=True)
            )
        )

    def _wanted(self, path: str, image: Symbol) -> Symbol | None:
        if not self.traced.has_update and self.graph.phases[path] == "update":
            return image
        if path == "rate" or path.endswith(".before") or path.startswith("state."):
            return self.traced.symbols.get(path, image)
        return self.traced.symbols.get(path)

    def _after(self) -> Iterator[tuple[str, int]]:
        """Yield the quantities that change when all is computed, and their nodes."""
        for serial, path in self.graph.paths.items():
            symbol = self.traced.symbols.get(path, self.images[serial])
            array: Any = symbol.value if self.plain else RecordedArray(symbol)
            before = array
            for change in self.traced.after:
                array = change(path, array)
            if array is not before:
                yield path, self._place(self._symbol(array))

    def _symbol(self, array: Any) -> Symbol:
        found = symbol_of(array)
        return found if isinstance(found, Symbol) else self.graph.trace._symbol(found)

    def _place(self, symbol: Symbol) -> int:
        """Return the node that a symbol is: the step's as it is in the slip, or a new one."""
        serial = symbol.serial
        if serial in self.inverse:
            return self.inverse[serial]
        if serial not in self.written:
            self.written[serial] = self._new(symbol)
        return self.written[serial]

    def _new(self, symbol: Symbol) -> int:
        graph = self.graph
        if symbol.serial in graph.paths or (
            symbol.serial in graph.places and symbol.op == "matmul"
        ):
            place = graph.places[symbol.serial]
            return graph.new(("recorded", place), {"op": "recorded", "args": [place]})
        if symbol.op == "constant":
            value = json_safe(symbol.value)
            return graph.new(("constant", repr(value)), {"op": "constant", "value": value})
        if symbol.op == "given":
            node = _given(symbol, self.most)
            key = symbol.serial if "values" not in node else repr(node)
            return graph.new(("given", key), node)
        args = [self._place(arg) for arg in symbol.args]
        node = {"op": symbol.op, "args": args, **dict(symbol.attributes)}
        return graph.new((symbol.op, tuple(args), symbol.attributes), node)


def _given(symbol: Symbol, most: int) -> dict[str, Any]:
    """Return a given array as a node; with its numbers where they are at most so many."""
    array = np.asarray(symbol.value, np.float64)
    node: dict[str, Any] = {"op": "given", "shape": list(array.shape)}
    if array.size <= most:
        node["values"] = json_safe(np.ravel(array))
    return node


def _quantity(record: Record, path: str) -> Symbol | None:
    found = record.quantities.get(record.aliases.get(path, path))
    return None if found is None else found.symbol
