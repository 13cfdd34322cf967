"""Known slips as data: a layer, a loss or an optimizer with one line wrong.

Each slip of :mod:`clearprop.explaining.work.slips` that changes one definition alone is traced
beside the right one. What goes into the page is what differs: a few nodes more, and the results
that they are. The page puts a slip into a step of any network, at any of its layers.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.layers import Chain, Dense, Tanh
from clearprop.definitions.losses import Loss, SquaredError
from clearprop.definitions.optimizers import SGD, Optimizer
from clearprop.explaining.opened import explain
from clearprop.explaining.work.changes import leaves
from clearprop.explaining.work.recorded import RecordedArray, UntraceableError
from clearprop.explaining.work.situation import Situation, situation_of
from clearprop.explaining.work.slips import Slip, slips_of
from clearprop.explaining.work.slips.updates import NewParameters
from clearprop.explaining.work.wrong_layers import Wrong
from clearprop.explaining.work.wrong_losses import WrongLoss
from clearprop.explaining.work.wrong_optimizers import WrongOptimizer
from clearprop.explaining.work.wrong_parts import Seen, Watched, WrongDense
from clearprop.learning.tracing import OpenTrace
from clearprop.readings.symbol import Symbol

SIZES = ((7, 13, 3, 2), (11, 17, 5, 4))
"""Rows, units of hidden layers, outputs and inputs of the two steps that a slip is traced in."""
FAULTS = (UntraceableError, TypeError, AttributeError, ValueError, KeyError, IndexError)
"""What a formula raises that needs more than its own definition."""

UNSEEN = Seen(object(), object(), object())
"""What the layers beside a dense one have seen: a formula that computes with it is left out."""

Sizes = tuple[int, int, int, int]
Results = dict[str, Any]


def layer_slips(
    layer: Layer, name: str, results: Callable[..., tuple[Results, Results]]
) -> list[dict[str, Any]]:
    """Return the slips of a kind of layer, which a network calls `name`.

    ``results(trace, wrong)`` runs the layer in a trace, ``wrong`` of its open twin in its place.
    """
    return _general(lambda sizes: dict(_of_layer(layer, name, sizes, results)), LAYER_SIZES)


def loss_slips(loss: Loss, both: Callable[..., tuple[Results, Results]]) -> list[dict[str, Any]]:
    """Return the slips of a loss, and of the divisor of its mean."""
    return _general(lambda sizes: dict(_of_loss(loss, sizes, both)), LOSS_SIZES)


def optimizer_slips(
    optimizer: Optimizer, parts: Callable[..., tuple[Any, ...]]
) -> list[dict[str, Any]]:
    """Return the slips of an optimizer's update, and of the rate."""
    return _general(lambda sizes: dict(_of_optimizer(optimizer, sizes, parts)), {})


LAYER_SIZES = {0: ("x", 0), 1: ("x", 1), 2: ("dy", 1)}
LOSS_SIZES = {0: ("t", 0), 2: ("t", 1)}
"""The given array, and its axis, that has each of the sizes."""


class SlipTrace(OpenTrace):
    """The namespace that a definition and its slips are traced in."""

    def numbers(self, symbol: Symbol) -> RecordedArray:
        """Return what a formula of plain arrays computes with in place of a symbol."""
        return RecordedArray(symbol)


def _situation(layer: Layer, loss: Loss, optimizer: Optimizer, sizes: Sizes) -> Situation:
    rows, hidden, units, inputs = sizes
    again = () if isinstance(layer, Dense) else (Dense(hidden, hidden), layer)
    last = layer if isinstance(layer, Dense) else Dense(hidden, units)
    between = Tanh() if isinstance(layer, Dense) else layer
    network = Chain(Dense(inputs, hidden), between, *again, last)
    x = np.random.default_rng(0).normal(size=(rows, inputs))
    t = np.eye(units)[np.arange(rows) % units]
    params = network.init(np.random.default_rng(1))
    return situation_of(explain(network, loss, params, x, t, optimizer=optimizer))


def _of_layer(
    layer: Layer, name: str, sizes: Sizes, results: Callable[..., tuple[Results, Results]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    is_dense = isinstance(layer, Dense)
    used = Dense(sizes[1], sizes[2]) if is_dense else layer
    base = _situation(used, SquaredError(), SGD(), sizes)
    place, shape = "dense2" if is_dense else name, sizes[:2]
    known = dict(leaves(base.task.network))
    slips = list(slips_of(base))
    names = {slip.name for slip in slips}
    for slip in slips:
        where = f" in {place}"
        if where not in slip.name:
            continue
        wrong = _wrong_layer(base, slip.make(base), known, place)
        if wrong is None:
            continue
        found = _traced(lambda trace, change: results(known[place], trace, change, shape), wrong)
        if found is not None:
            said = slip.name.replace(where, "{}")
            is_later = is_dense and said.replace("{}", " in dense1") not in names
            later = {"later": True} if is_later else {}
            each = {} if said.replace("{}", "") in names else {"each": True}
            yield said, {"name": said, "sentence": slip.sentence, **later, **each, **found}


def _wrong_layer(base: Situation, made: Situation, known: Any, place: str) -> Any:
    """Return the layer that a slip changed, None where it changed more."""
    changed = {path: _plain(one) for path, one in leaves(made.task.network)}
    others = any(changed[path] is not one for path, one in known.items() if path != place)
    same = (made.batch, made.position, made.rate, made.after, made.task.loss)
    if others or any(
        a is not b
        for a, b in zip(
            same, (base.batch, base.position, base.rate, base.after, base.task.loss), strict=True
        )
    ):
        return None
    return changed[place] if changed[place] is not known[place] else None


def _plain(layer: Any) -> Any:
    """Return a layer without what only watches it."""
    return _plain(layer.inner) if isinstance(layer, Watched) else layer


def _around(wrong: Any, twin: Any) -> Any:
    """Return a wrong definition of the open one, in place of the one that it was made of."""
    if not isinstance(wrong, Wrong | WrongLoss | WrongOptimizer):
        return wrong if type(wrong) is not type(twin) else twin
    if isinstance(wrong, WrongDense):
        wrong = replace(wrong, before=UNSEEN, after=UNSEEN, first=UNSEEN)
    return replace(wrong, inner=_around(wrong.inner, twin))


def _of_loss(
    loss: Loss, sizes: Sizes, both: Callable[..., tuple[Results, Results]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    base = _situation(Dense(sizes[1], sizes[2]), loss, SGD(), sizes)
    rows, _, units, _ = sizes
    for slip in slips_of(base):
        made = slip.make(base)
        same = made.task.network is base.task.network and made.position is base.position
        divided = made.batch is base.batch
        is_sum = made.batch.divisor == 1.0 and made.batch.x is base.batch.x
        if not same or made.rate != base.rate or made.after or not (divided or is_sum):
            continue
        if not divided or made.task.loss is not loss:
            found = _traced(
                lambda trace, wrong, divided=divided: both(
                    loss, trace, (rows, units), wrong, divided
                ),
                made.task.loss,
            )
            if found is not None:
                yield slip.name, {"name": slip.name, "sentence": slip.sentence, **found}


def _of_optimizer(
    optimizer: Optimizer, sizes: Sizes, parts: Callable[..., tuple[Any, ...]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    base = _situation(Dense(sizes[1], sizes[2]), SquaredError(), optimizer, sizes)
    for slip in slips_of(base):
        made = slip.make(base)
        kept = (base.task.network, base.position, base.batch, base.task.loss, base.task.l2)
        now = (made.task.network, made.position, made.batch, made.task.loss, made.task.l2)
        every = set(base.task.layout.paths)
        is_whole = all(isinstance(one, NewParameters) and one.paths == every for one in made.after)
        if is_whole and all(a is b for a, b in zip(kept, now, strict=True)):
            found = _traced(
                lambda trace, wrong, slip=slip, made=made: _both_updates(
                    trace, wrong, optimizer, parts, base, slip, made
                ),
                made.task.optimizer,
            )
            if found is not None:
                yield slip.name, {"name": slip.name, "sentence": slip.sentence, **found}


def _both_updates(
    trace: OpenTrace, wrong: Callable[[Any], Any], optimizer: Optimizer,
    parts: Callable[..., tuple[Any, ...]], base: Situation, slip: Slip, made: Situation,
) -> tuple[Results, Results]:  # fmt: skip
    """Return the right update and the wrong one in one trace."""
    twin, grads, state, params, rate = parts(trace, optimizer)

    def results(definition: Any, rate: Any) -> Results:
        moved, memory = definition.update(trace, grads, state, params, rate)
        return {"params": moved, **{f"state.{name}": one for name, one in memory.items()}}

    right = results(twin, rate)
    other = rate
    if made.rate != base.rate:
        decided = len(trace.decisions)
        other = slip.make(replace(base, rate=rate)).rate
        del trace.decisions[decided:]  # whether there is a rate at all
    changed = results(wrong(twin), other)
    for one in made.after:
        moved = cast(Any, one).change(RecordedArray(params), RecordedArray(changed["params"]))
        changed["params"] = moved.symbol
    return right, changed


def _traced(results: Callable[..., tuple[Results, Results]], wrong: Any) -> dict[str, Any] | None:
    """Return the nodes that a slip adds to the right program, and the results that differ."""
    trace = SlipTrace()
    try:
        with np.errstate(all="ignore"):
            own, other = results(trace, lambda twin: _around(wrong, twin))
        program, both = trace.program(**own), trace.program(**own, **_marked(own, other))
    except FAULTS:
        return None
    count = len(program["nodes"])
    if both["nodes"][:count] != program["nodes"] or len(both["when"]) != len(program["when"]):
        return None
    changed = {
        name: both["results"][f"wrong.{name}"]
        for name in own
        if f"wrong.{name}" in both["results"]
        and both["results"][f"wrong.{name}"] != program["results"][name]
    }
    if not changed:
        return None
    return {"right": program, "nodes": both["nodes"][count:], "results": changed}


def _marked(own: Results, other: Results) -> Results:
    return {f"wrong.{name}": other[name] for name in own if name in other}


def _general(
    slips: Callable[[Sizes], dict[str, dict[str, Any]]], known: dict[int, tuple[str, int]]
) -> list[dict[str, Any]]:
    """Return the slips that are the same at both sizes, numbers that are sizes named so."""
    first, second = (slips(sizes) for sizes in SIZES)
    found = []
    for name, one in first.items():
        other = second.get(name)
        nodes = other and _named(one["nodes"], other["nodes"], known)
        if nodes is not None and other and one["results"] == other["results"]:
            found.append({**one, "nodes": nodes})
    return found


def _named(
    first: list[dict[str, Any]], second: list[dict[str, Any]], known: dict[int, tuple[str, int]]
) -> list[dict[str, Any]] | None:
    if len(first) != len(second):
        return None
    nodes = []
    for one, other in zip(first, second, strict=True):
        if one == other:
            nodes.append(one)
            continue
        if one["op"] != "constant" or other["op"] != "constant":
            return None
        named = _as_sizes(one["value"], other["value"], known)
        if named is None:
            return None
        nodes.append(named)
    return nodes


def _as_sizes(first: Any, second: Any, known: dict[int, tuple[str, int]]) -> dict[str, Any] | None:
    """Return a constant that is a product of sizes, from its values at both sizes."""
    if not isinstance(first, int | float) or not isinstance(second, int | float):
        return None
    for powers in itertools.product((0, 1, -1), repeat=len(known)):
        factors = []
        for sizes, value in zip(SIZES, (first, second), strict=True):
            product = float(
                np.prod([float(sizes[at]) ** p for at, p in zip(known, powers, strict=True)])
            )
            factors.append(value / product)
        if abs(factors[0] - factors[1]) <= 1e-12 * abs(factors[0]):
            sizes_ = [[*known[at], p] for at, p in zip(known, powers, strict=True) if p]
            return {"op": "constant", "value": round(factors[0], 12), "sizes": sizes_}
    return None
