"""Known slips in backpropagation, each as a step with one line wrong.

A slip changes the task; running the same step on it gives the numbers of a person who made this
slip and no other. Nothing is guessed from the size of a difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.layers import Activation, Dense
from clearprop.definitions.layers.combine import Combined
from clearprop.definitions.optimizers import Adam, Optimizer, WeightDecay
from clearprop.engines.base import Batch, Position, TrainingTask
from clearprop.explaining.wrong_layers import (
    LINK_PULLBACKS,
    BiasAgain,
    DoubledLink,
    NoSlope,
    NotTransposed,
    RawError,
    ScaledGradient,
    ScaledValue,
    SlopeOfZ,
    TransposedGradient,
    UpdatedFirst,
    right,
)


@dataclass(frozen=True)
class Situation:
    """The inputs of a step: task, position, rows and rate; a slip changes one of them."""

    task: TrainingTask
    position: Position
    batch: Batch
    rate: float | None


@dataclass(frozen=True)
class Slip:
    """One known slip: its name, a sentence on it, and the change of the situation."""

    name: str
    sentence: str
    make: Callable[[Situation], Situation]


def slips_of(situation: Situation) -> Iterator[Slip]:
    """Yield the slips that are possible in this situation, the most common first."""
    for maker in (_of_slopes, _of_errors, _of_scale, _of_shapes, _of_biases, _of_updates):
        yield from maker(situation)


def _of_slopes(situation: Situation) -> Iterator[Slip]:
    network = situation.task.network
    slopes = [path for path, layer in leaves(network) if isinstance(layer, Activation)]
    for path in ["", *slopes] if len(slopes) > 1 else slopes[:1]:
        where = f" in {path}" if path else ""
        yield Slip(
            f"slope taken at z{where}",
            "the slope's formula takes the activation a and was given z (tanh: 1 − z²)",
            _layers(Activation, SlopeOfZ, path),
        )
        yield Slip(
            f"activation slope missing{where}",
            "the error went back through the activation without its slope",
            _layers(Activation, NoSlope, path),
        )


def _of_errors(situation: Situation) -> Iterator[Slip]:
    loss = situation.task.loss
    yield Slip(
        "raw error sent back",
        "W times the raw error went back; it must be W times delta",
        lambda s: replace(s, task=replace(s.task, network=RawError.in_place_of(s.task.network))),
    )
    if situation.rate is not None:
        yield Slip(
            "weights updated before the error went back",
            "the error goes back through the forward pass's weights, not new ones",
            _updated_first,
        )
    if loss.link_name in LINK_PULLBACKS:
        yield Slip(
            "softmax and cross-entropy derivative doubled",
            "p − t is the gradient of the raw output; the link's slope came in once more",
            _loss(DoubledLink),
        )
    yield Slip(
        "wrong sign",
        "the gradient of the loss has the sign of o − t; t − o is the direction of the update",
        _scaled(1.0, -1.0),
    )


def _of_scale(situation: Situation) -> Iterator[Slip]:
    outputs = situation.task.network.output_width(None) or 1
    if situation.batch.divisor != 1:
        yield Slip(
            "1/N missing",
            "summed over the rows; the step takes their mean",
            lambda s: replace(s, batch=replace(s.batch, divisor=1.0)),
        )
    factors = (
        (2.0, "1/2 missing", "the loss was taken without its factor 1/2, or a 2 slipped in"),
        (0.5, "a factor 1/2 too many", "the loss was halved once too often"),
        (1.0 / outputs, "mean over outputs", "the loss sums over outputs; their mean was taken"),
    )
    for factor, name, sentence in factors:
        if factor != 1.0:
            yield Slip(name, sentence, _scaled(factor, factor))
            alone = f"{sentence}; the gradient is right"
            yield Slip(f"{name}, in the loss alone", alone, _scaled(factor, 1.0))


def _scaled(value: float, gradient: float) -> Callable[[Situation], Situation]:
    return _loss(lambda loss: ScaledValue(ScaledGradient(loss, gradient), value))


def _of_shapes(situation: Situation) -> Iterator[Slip]:
    dense = [(path, layer) for path, layer in leaves(situation.task.network)]
    square = [p for p, d in dense if isinstance(d, Dense) and d.inputs == d.outputs > 1]
    for path in square:
        yield Slip(
            f"W not transposed in {path}",
            "the error goes back through W transposed",
            _layers(Dense, NotTransposed, path),
        )
        yield Slip(
            f"dW transposed in {path}",
            "the gradient of W is (inputs, units), like W; rows and columns were exchanged",
            _layers(Dense, TransposedGradient, path),
        )


def _of_biases(situation: Situation) -> Iterator[Slip]:
    rows = situation.batch.divisor
    biased = [d for _, d in leaves(situation.task.network) if isinstance(d, Dense) and d.bias]
    if not biased:
        return
    yield Slip(
        "bias stepped once per weight",
        "the bias was moved in the loop over the inputs, once for each of them",
        _layers(Dense, lambda layer: BiasAgain(layer, float(layer.inputs)), ""),
    )
    if rows > 1:
        yield Slip(
            "bias summed, not averaged",
            "the bias's gradient is without the 1/N that the weights' has",
            _layers(Dense, lambda layer: BiasAgain(layer, rows), ""),
        )


def _of_updates(situation: Situation) -> Iterator[Slip]:
    if situation.rate is None:
        return
    task, steps = situation.task, _adam_steps(situation.position.optimizer_state)
    yield Slip(
        "step uphill",
        "the update added η times the gradient; descending subtracts it",
        lambda s: replace(s, rate=-(s.rate or 0.0)),
    )
    if _is_adam(task.optimizer) and steps is not None:
        yield Slip(
            "Adam's step counted one too high",
            "bias corrections start at t = 1 for the first step",
            _adam(lambda t: t + 1),
        )
        if steps > 0:
            yield Slip(
                "Adam's step counted one too low",
                "bias corrections start at t = 1 for the first step",
                _adam(lambda t: t - 1),
            )
        yield Slip(
            "Adam without bias correction",
            "m and v were used without dividing by 1 − βᵗ",
            _adam(lambda t: 10**9),
        )
    if task.l2.strength:
        yield Slip(
            "L2 on biases",
            "the penalty acts on weights alone; biases were shrunk too",
            lambda s: replace(s, task=replace(s.task, penalised=np.ones_like(s.task.penalised))),
        )
        yield Slip("L2 forgotten", "the gradient was taken without the penalty's", _l2(0.0))
        yield Slip(
            "L2 doubled", "the penalty is ½ λ Σ W², its gradient λ W; 2 λ W was used", _l2(2)
        )


def leaves(layer: Layer, path: str = "") -> Iterator[tuple[str, Layer]]:
    """Yield path and layer of every layer that contains no others."""
    if not isinstance(layer, Combined):
        yield path, layer
    for name, child in layer.children.items():
        yield from leaves(child, f"{path}.{name}" if path else name)


def _exchanged(
    layer: Layer, kind: Any, wrong: Callable[[Any], Layer], only: str, path: str = ""
) -> Layer:
    if isinstance(layer, Combined):
        children = {
            name: _exchanged(child, kind, wrong, only, f"{path}.{name}" if path else name)
            for name, child in layer.children.items()
        }
        return layer.with_children(children)
    return wrong(layer) if isinstance(right(layer), kind) and only in ("", path) else layer


def _layers(
    kind: Any, wrong: Callable[[Any], Layer], only: str
) -> Callable[[Situation], Situation]:
    def make(situation: Situation) -> Situation:
        network = _exchanged(situation.task.network, kind, wrong, only)
        return replace(situation, task=replace(situation.task, network=network))

    return make


def _loss(wrong: Callable[[Any], Any]) -> Callable[[Situation], Situation]:
    return lambda s: replace(s, task=replace(s.task, loss=wrong(s.task.loss)))


def _l2(factor: float) -> Callable[[Situation], Situation]:
    def make(situation: Situation) -> Situation:
        penalty = replace(situation.task.l2, strength=factor * situation.task.l2.strength)
        return replace(situation, task=replace(situation.task, l2=penalty))

    return make


def _updated_first(situation: Situation) -> Situation:
    task = situation.task
    slices = task.layout.slices()

    def wrong(layer: Layer, path: str) -> Layer:
        if isinstance(layer, Combined):
            return layer.with_children(
                {
                    name: wrong(child, f"{path}.{name}" if path else name)
                    for name, child in layer.children.items()
                }
            )
        if not isinstance(right(layer), Dense):
            return layer
        part = slices[f"{path}.W" if path else "W"]
        shape = right(layer).inputs, right(layer).outputs
        state = _state_part(situation.position.optimizer_state, part, shape)
        return UpdatedFirst(layer, task.optimizer, state, situation.rate or 0.0)

    return replace(situation, task=replace(task, network=wrong(task.network, "")))


def _state_part(state: Any, part: slice, shape: tuple[int, ...]) -> Any:
    if isinstance(state, dict):
        return {name: _state_part(branch, part, shape) for name, branch in state.items()}
    return state[part].reshape(shape) if np.ndim(state) else state


def _is_adam(optimizer: Optimizer) -> bool:
    inner = optimizer.optimizer if isinstance(optimizer, WeightDecay) else optimizer
    return isinstance(inner, Adam)


def _adam_steps(state: Any) -> int | None:
    inner = state.get("inner", state)
    return inner.get("t")


def _adam(change: Callable[[int], int]) -> Callable[[Situation], Situation]:
    def counted(state: Any) -> Any:
        if "inner" in state:
            return {**state, "inner": counted(state["inner"])}
        return {**state, "t": change(state["t"])}

    def make(situation: Situation) -> Situation:
        position = situation.position
        return replace(
            situation,
            position=replace(position, optimizer_state=counted(position.optimizer_state)),
        )

    return make
