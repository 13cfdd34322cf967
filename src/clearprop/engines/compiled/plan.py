"""Lowering: a tree of layers becomes a flat list of operations over one workspace.

Every operation reads one buffer and writes another; a buffer has a fixed number of values for each
row. A part that this package does not define cannot be lowered: `NotLowered` names it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.layers import BatchNorm, Chain, Dense, Dropout, LayerNorm, Residual
from clearprop.definitions.layers.activations import Activation, Identity
from clearprop.definitions.losses import Loss
from clearprop.definitions.optimizers import SGD, Adam, Optimizer, RMSProp, WeightDecay
from clearprop.definitions.parameters import Layout
from clearprop.engines.compiled import codes as c


class NotLowered(Exception):  # noqa: N818 - an answer, not a fault
    """The network, loss or optimizer has a part that the compiled engine does not know."""


@dataclass
class KernelPlan:
    """The operations, and how large their workspace is.

    Attributes
    ----------
    ops, numbers : (operations, COLUMNS) int64, (operations, 2) float64
        The operations, see `PlanTables`.
    width : int
        Numbers a row of all buffers together.
    output, outputs : int
        Offset and width of the buffer with the network's output.
    slots : int
        Normalization layers; each has scales of its own.
    widest : int
        Width of the widest buffer.
    loss, loss_number : int, float
        Code and number of the loss.
    """

    ops: np.ndarray
    numbers: np.ndarray
    width: int
    output: int
    outputs: int
    slots: int
    widest: int
    loss: int = 0
    loss_number: float = 0.0


def lower(network: Layer, loss: Loss | None, layout: Layout, input_width: int) -> KernelPlan:
    """Return the plan of a network and its loss for rows of `input_width` values.

    A plan without a loss can only predict.
    """
    builder = _Builder(layout, input_width)
    output, outputs = builder.add(network, 0, input_width, "", ())
    if not builder.ops:  # a network without operations still needs a buffer with a gradient
        raise NotLowered("a network without layers that compute")
    code, number_field = (0, None) if loss is None else _lookup(c.LOSSES, loss)
    builder.mark_adding()
    builder.mark_zeros()
    return KernelPlan(
        ops=np.array(builder.ops, np.int64),
        numbers=np.array(builder.numbers, np.float64),
        width=builder.width,
        output=output,
        outputs=outputs,
        slots=builder.slots,
        widest=max(builder.widths),
        loss=code,
        loss_number=float(getattr(loss, number_field)) if number_field else 0.0,
    )


@dataclass
class _Builder:
    layout: Layout
    input_width: int
    ops: list[list[int]] = field(default_factory=list)
    numbers: list[tuple[float, float]] = field(default_factory=list)
    slots: int = 0
    states: int = 0

    def __post_init__(self) -> None:
        self.width = self.input_width
        self.widths = [self.input_width]
        self.starts = {path: part.start for path, part in self.layout.slices().items()}

    def add(
        self, layer: Layer, source: int, width: int, path: str, labels: tuple[int, ...]
    ) -> tuple[int, int]:
        """Add a layer that reads the buffer `source`; return its output buffer and width."""
        if type(layer) is Chain:
            return self._chain(layer, source, width, path, labels)
        if type(layer) is Residual:
            return self._residual(layer, source, width, path, labels)
        if type(layer) is Dense:
            return self._dense(layer, None, source, width, path)
        if isinstance(layer, Activation):
            return self._activation(layer, source, width)
        if type(layer) is Dropout:
            return self._dropout(layer, source, width, labels)
        if type(layer) in (LayerNorm, BatchNorm):
            return self._normalization(layer, source, width, path)
        raise NotLowered(f"{path.rstrip('.') or 'the network'}, a {type(layer).__name__}")

    def _chain(
        self, chain: Chain, source: int, width: int, path: str, labels: tuple[int, ...]
    ) -> tuple[int, int]:
        children = list(chain.children.items())
        position = 0
        while position < len(children):
            name, layer = children[position]
            following = children[position + 1][1] if position + 1 < len(children) else None
            if type(layer) is Dense and isinstance(following, Activation):
                source, width = self._dense(layer, following, source, width, f"{path}{name}.")
                position += 2
                continue
            inner = (*labels, position)
            source, width = self.add(layer, source, width, f"{path}{name}.", inner)
            position += 1
        return source, width

    def _residual(
        self, layer: Residual, source: int, width: int, path: str, labels: tuple[int, ...]
    ) -> tuple[int, int]:
        (name, inner), *_ = layer.children.items()
        end, _ = self.add(inner, source, width, f"{path}{name}.", (*labels, 0))
        return self._op(c.ADD, end, width, width, {c.SCALES: source})

    def _dense(
        self, layer: Dense, activation: Activation | None, source: int, width: int, path: str
    ) -> tuple[int, int]:
        code, alpha = _activation_code(activation or Identity())
        entries = {
            c.WEIGHT: self.starts[f"{path}W"],
            c.BIAS: self.starts[f"{path}b"] if layer.bias else -1,
            c.ACTIVATION_CODE: code,
        }
        if code in c.NEED_PRE_ACTIVATION:
            entries[c.PRE] = self._buffer(layer.outputs)
        return self._op(c.DENSE, source, width, layer.outputs, entries, alpha)

    def _activation(self, layer: Activation, source: int, width: int) -> tuple[int, int]:
        if type(layer) is Identity:
            return source, width
        code, alpha = _activation_code(layer)
        entries = {c.ACTIVATION_CODE: code}
        if code in c.NEED_PRE_ACTIVATION:
            entries[c.PRE] = source
        return self._op(c.ACTIVATION, source, width, width, entries, alpha)

    def _dropout(
        self, layer: Dropout, source: int, width: int, labels: tuple[int, ...]
    ) -> tuple[int, int]:
        if not layer.rate:
            return source, width
        if len(labels) > c.PATH_LENGTH:
            raise NotLowered(f"a Dropout inside more than {c.PATH_LENGTH} layers")
        entries = {c.SAVED: self._buffer(width)}
        entries |= {c.PATH + depth: label for depth, label in enumerate(labels)}
        return self._op(c.DROPOUT, source, width, width, entries, layer.rate)

    def _normalization(self, layer: Any, source: int, width: int, path: str) -> tuple[int, int]:
        entries = {
            c.WEIGHT: self.starts[f"{path}gamma"],
            c.BIAS: self.starts[f"{path}beta"],
            c.SAVED: self._buffer(width),
            c.SCALES: self.slots,
            c.STATE: self.states,
        }
        self.slots += 1
        if type(layer) is LayerNorm:
            return self._op(c.LAYER_NORM, source, width, width, entries, layer.epsilon)
        self.states += 2 * width
        return self._op(c.BATCH_NORM, source, width, width, entries, layer.epsilon, layer.momentum)

    def _op(
        self,
        kind: int,
        source: int,
        width: int,
        units: int,
        entries: dict[int, int],
        first_number: float = 0.0,
        second_number: float = 0.0,
    ) -> tuple[int, int]:
        row = [-1] * c.COLUMNS
        target = self._buffer(units)
        row[c.KIND], row[c.IN], row[c.IN_WIDTH] = kind, source, width
        row[c.OUT], row[c.OUT_WIDTH], row[c.FIRST] = target, units, int(source == 0)
        row[c.ACTIVATION_CODE] = c.IDENTITY
        row[c.ZEROS_IN] = row[c.ZEROS_BACK] = row[c.PANELS] = 0
        for column, value in entries.items():
            row[column] = value
        self.ops.append(row)
        self.numbers.append((first_number, second_number))
        return target, units

    def _buffer(self, width: int) -> int:
        start, self.width = self.width, self.width + width
        self.widths.append(width)
        return start

    def mark_adding(self) -> None:
        """Mark, last operation first, which ones add to a gradient that is there already."""
        written: set[int] = set()
        for row in reversed(self.ops):
            if row[c.KIND] == c.ADD:
                row[c.STATE] = int(row[c.SCALES] in written)
                written.add(row[c.SCALES])
            row[c.ADDS] = int(row[c.IN] in written)
            written.add(row[c.IN])

    def mark_zeros(self) -> None:
        """Mark the Dense layers that may get many zeros, forward or back."""
        dropped = {row[c.IN] for row in self.ops if row[c.KIND] == c.DROPOUT}
        zeros = {0} | {
            row[c.OUT]
            for row in self.ops
            if row[c.KIND] == c.DROPOUT or row[c.ACTIVATION_CODE] == c.RELU
        }
        for row in self.ops:
            width, units = row[c.IN_WIDTH], row[c.OUT_WIDTH]
            large = min(width, units) >= c.FEWEST_UNITS and width * units >= c.FEWEST_WEIGHTS
            if row[c.KIND] == c.DENSE and large:
                back = row[c.ACTIVATION_CODE] == c.RELU or row[c.OUT] in dropped
                row[c.ZEROS_IN], row[c.ZEROS_BACK] = int(row[c.IN] in zeros), int(back)


def lower_optimizer(optimizer: Optimizer) -> tuple[int, tuple[float, ...], list[str]]:
    """Return code, numbers and the names of the state's vectors, for the compiled update."""
    decay = 0.0
    if isinstance(optimizer, WeightDecay):
        decay, optimizer = optimizer.decay, optimizer.optimizer
    if type(optimizer) is SGD:
        if not optimizer.momentum:
            return c.PLAIN_SGD, (0.0, 0.0, 0.0, 0.0, decay), []
        code = c.NESTEROV if optimizer.nesterov else c.MOMENTUM
        return code, (optimizer.momentum, 0.0, 0.0, 0.0, decay), ["velocity"]
    if type(optimizer) is RMSProp:
        numbers = (0.0, optimizer.decay, optimizer.epsilon, 0.0, decay)
        return c.RMSPROP, numbers, ["square"]
    if type(optimizer) is Adam:
        numbers = (
            optimizer.beta_1, optimizer.beta_2, optimizer.epsilon, float(optimizer.epsilon_hat),
            decay,
        )  # fmt: skip
        return c.ADAM, numbers, ["m", "v"]
    raise NotLowered(f"the optimizer {type(optimizer).__name__}")


def _activation_code(activation: Activation) -> tuple[int, float]:
    code = _lookup(c.ACTIVATIONS, activation)
    return code, float(getattr(activation, "alpha", 0.0))


def _lookup(table: Any, part: Any) -> Any:
    if type(part) not in table:
        raise NotLowered(f"a {type(part).__name__} of your own")
    return table[type(part)]
