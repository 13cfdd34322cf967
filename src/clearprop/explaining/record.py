"""One training step, run once on symbols: every quantity with its path, value and origin.

Quantities come in the order of computation: given, forward, loss, backward, update. The new
parameters are compared with those of the reference engine's own step, bit by bit: where they
differ, there is no record but an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from clearprop.backprop import run_pass
from clearprop.definitions.clipping import clip_factor
from clearprop.definitions.parameters import leaves_of, tree_of
from clearprop.engines.base import Batch, TrainingState, TrainingTask
from clearprop.engines.numpy import Arithmetic, arithmetic
from clearprop.explaining.observe import NamedSymbol, PassLog, join, observed
from clearprop.explaining.parts import Part, parts_of
from clearprop.readings.symbol import Symbol, TracingNamespace

Phase = Literal["given", "forward", "loss", "backward", "update"]
PHASES: tuple[Phase, ...] = ("given", "forward", "loss", "backward", "update")


@dataclass(frozen=True)
class Quantity:
    """One array of a step: its path, how it was made, and in which phase.

    `layer` is the path of the layer it belongs to, "" for the whole network's.
    """

    path: str
    symbol: Symbol
    phase: Phase
    layer: str = ""

    @property
    def value(self) -> Any:
        """The numbers: an ndarray, or a plain number."""
        return self.symbol.value


@dataclass
class Record:
    """The quantities of a step by path, in the order of computation, and their other names."""

    quantities: dict[str, Quantity] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    parts: dict[str, tuple[Part, ...]] = field(default_factory=dict)
    _paths: dict[int, str] = field(default_factory=dict)

    def add(self, path: str, symbol: Symbol, phase: Phase, layer: str = "") -> None:
        """Add a quantity, or another name of one that is there."""
        known = self._paths.get(symbol.serial)
        if known is not None:
            if known != path:
                self.aliases.setdefault(path, known)
        elif symbol.op != "constant":
            self._paths[symbol.serial] = path
            self.quantities[path] = Quantity(path, symbol, phase, layer)

    def of(self, symbol: Symbol) -> Quantity | None:
        """Return the quantity a symbol is, None if it has no name."""
        path = self._paths.get(symbol.serial)
        return None if path is None else self.quantities[path]

    def sort(self) -> None:
        """Sort by phase; within forward, by computation order."""

        def place(quantity: Quantity) -> tuple[int, int]:
            forward = quantity.phase == "forward"
            return PHASES.index(quantity.phase), quantity.symbol.serial if forward else 0

        self.quantities = {q.path: q for q in sorted(self.quantities.values(), key=place)}


def record_step(
    task: TrainingTask,
    position: TrainingState,
    batch: Batch,
    rate: float | None,
    trial: TracingNamespace | None = None,
) -> Record:
    """Return the record of one step on these rows; without a `rate`, of its gradients alone.

    With a `trial` trace the step is only tried: it may be computed a little wrong on purpose, and
    its changes are not taken apart.
    """
    trace, record = trial or TracingNamespace(), Record()
    params = {
        path: trace.given(value) for path, value in leaves_of(task.layout.unpack(position.params))
    }
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        gradients, total = _passes(trace, record, task, params, batch)
        if rate is not None:
            _update(trace, record, task, position, params, gradients, total, rate, trial is None)
    if rate is not None and trial is None:
        _compare(record, task, arithmetic(task, position, batch, rate))
    record.sort()
    return record


def _passes(
    trace: TracingNamespace,
    record: Record,
    task: TrainingTask,
    params: Mapping[str, Symbol],
    batch: Batch,
) -> tuple[dict[str, Symbol], Symbol]:
    """Record both passes; return every parameter's gradient by path, and the divisor D."""
    loss, log = task.loss, PassLog()
    network = observed(task.network, log)
    rows = {"x": trace.given(batch.x), "t": trace.given(batch.t)}
    if batch.weights is not None:
        rows["weights"] = trace.given(batch.weights)
    total = trace.given(batch.divisor)
    for path, symbol in {**rows, "N": total}.items():
        record.add(path, symbol, "given")
    for path, symbol in params.items():
        record.add(path, symbol, "given", _layer(path))
    given_symbols = _given(trace, record, batch.given)
    done = run_pass(
        trace, network, loss, tree_of(params), rows["x"], rows["t"], rows.get("weights"),
        total, given_symbols,
    )  # fmt: skip

    _add_notes(record, (n for n in log.forward if n.path.endswith("y")), "forward")
    _add_notes(record, log.forward, "forward")
    record.add("o", done.output, "forward")
    record.add("p", loss.link(trace, done.output), "loss")
    record.add("row_loss", loss.value(trace, done.output, rows["t"]), "loss")
    record.add("E", done.value, "loss")
    if task.l2.strength:
        weights_of = [symbol for path, symbol in params.items() if _penalised(task, path)]
        if weights_of:
            penalty = task.l2.value(trace, trace.pack(*weights_of), 1.0, total)
            record.add("penalty", penalty, "loss")
    first = {note.symbol.serial for note in log.backward if note.path.endswith("dy")}
    ends = [n for n in log.backward if not (n.path.endswith("dx") and n.symbol.serial in first)]
    _add_notes(record, ends, "backward")
    _add_notes(record, log.backward, "backward")
    return dict(leaves_of(done.gradients)), total


def _add_notes(record: Record, notes: Iterable[NamedSymbol], phase: Phase) -> None:
    for note in notes:
        record.add(note.path, note.symbol, phase, note.layer)


def _given(trace: TracingNamespace, record: Record, given: Any, path: str = "") -> Any:
    """Return dropout masks or running statistics as symbols, and record them."""
    if given is None:
        return None
    if isinstance(given, Mapping):
        return {
            name: _given(trace, record, branch, join(path, name)) for name, branch in given.items()
        }
    *_, owner = path.split(".")
    name = path if owner in ("mean", "variance") else join(path, "mask")
    symbol = trace.given(given)
    record.add(name, symbol, "given", _layer(name))
    return symbol


def _update(
    trace: TracingNamespace,
    record: Record,
    task: TrainingTask,
    position: TrainingState,
    params: Mapping[str, Symbol],
    gradients: Mapping[str, Symbol],
    total: Symbol,
    rate: float,
    in_parts: bool,
) -> None:
    """Record how each parameter's gradient becomes its change."""
    eta = trace.given(rate)
    record.add("rate", eta, "given")
    ways = {path: {"gradient": gradient} for path, gradient in gradients.items()}
    pulls = dict(gradients)
    if task.l2.strength:
        for path in (path for path in params if _penalised(task, path)):
            ways[path]["L2"] = task.l2.gradient(params[path], 1.0, total)
            record.add(f"{path}.l2", ways[path]["L2"], "update", _layer(path))
            pulls[path] = gradients[path] + ways[path]["L2"]
            record.add(f"{path}.descended", pulls[path], "update", _layer(path))
    if task.clip_norm is not None:
        length = trace.norm(trace.pack(*pulls.values()))
        record.add("length", length, "update")
        factor = clip_factor(length, task.clip_norm)
        if factor is not None:
            record.add("clip", factor, "update")
            for path, pull in pulls.items():
                pulls[path] = pull * factor
                ways[path]["clipping"] = pulls[path] - pull

    states = _States(trace, position.optimizer_state, task.layout.slices())
    for path, parameter in params.items():
        before = states.before(path, parameter.shape, _penalised(task, path))
        _add_state(record, path, before, ".before", "given")
        record.add(f"{path}.g", pulls[path], "update", _layer(path))
        moved, after = task.optimizer.update(trace, pulls[path], before, parameter, eta)
        _add_state(record, path, after, "", "update")
        record.add(f"{path}.new", moved, "update", _layer(path))
        record.add(f"{path}.change", moved - parameter, "update", _layer(path))
        if not in_parts:
            continue
        memory = {symbol.serial: name for name, symbol in state_leaves(before)}
        parts = parts_of(moved, parameter, pulls[path], ways[path], memory)
        record.parts[path] = parts
        for part in parts:
            record.add(f"{path}.part.{part.name}", part.symbol, "update", _layer(path))


def _add_state(
    record: Record, path: str, state: Mapping[str, Any], suffix: str, phase: Phase
) -> None:
    for name, symbol in state_leaves(state):
        if symbol.shape:
            record.add(f"{path}.{name}{suffix}", symbol, phase, _layer(path))
        else:
            record.add(f"state.{name}{suffix}", symbol, phase)


class _States:
    """The optimizer's state as symbols, parameter by parameter; numbers are shared by all."""

    def __init__(
        self, trace: TracingNamespace, state: Mapping[str, Any], slices: Mapping[str, slice]
    ) -> None:
        self._trace, self._state, self._slices = trace, state, slices
        self._shared: dict[str, Symbol] = {}

    def before(self, path: str, shape: tuple[int, ...], penalised: bool) -> dict[str, Any]:
        """Return the state that one parameter's update starts from."""
        part = self._slices[path]

        def symbols(branch: Any, name: str) -> Any:
            if isinstance(branch, Mapping):
                return {key: symbols(value, key) for key, value in branch.items()}
            if name == "penalised":
                return 1.0 if penalised else self._trace.nothing
            if np.ndim(branch):
                return self._trace.given(branch[part].reshape(shape))
            return self._shared.setdefault(name, self._trace.given(branch))

        return {key: symbols(value, key) for key, value in self._state.items()}


def state_leaves(state: Mapping[str, Any]) -> Iterator[tuple[str, Symbol]]:
    """Yield the last name and the symbol of everything in an optimizer's state."""
    for path, symbol in leaves_of(state):
        if isinstance(symbol, Symbol) and not path.endswith("penalised"):
            yield path.rpartition(".")[2], symbol


def _layer(path: str) -> str:
    """Return the path of the layer a parameter belongs to."""
    return path.rpartition(".")[0]


def _penalised(task: TrainingTask, path: str) -> bool:
    return bool(task.penalised[task.layout.slices()[path]].any())


def _compare(record: Record, task: TrainingTask, engine: Arithmetic) -> None:
    """Raise unless the record's new parameters are the engine's, bit by bit."""
    for path, part in task.layout.slices().items():
        ours = record.quantities[record.aliases.get(f"{path}.new", f"{path}.new")].value
        if not np.array_equal(np.ravel(ours), engine.params[part], equal_nan=True):
            raise ValueError(
                f"{type(task.optimizer).__name__} treats parameters differently when it gets one "
                f"at a time ({path} differs): its update cannot be taken apart. Give "
                "optimizer=None for the step without its update"
            )
