"""A network, its loss and its optimizer as data: which definitions, with which settings."""

from __future__ import annotations

import dataclasses
from typing import Any

from clearprop.definitions.initializers import VarianceScaling
from clearprop.definitions.layer import Layer
from clearprop.definitions.layers.combine import Chain, Combined, Residual
from clearprop.definitions.losses import Loss
from clearprop.definitions.optimizers import Optimizer, WeightDecay
from clearprop.definitions.penalty import L2
from clearprop.learning import exported
from clearprop.learning.tracing import settings_of


def task_of(
    network: Layer, loss: Loss, optimizer: Optimizer, l2: float | L2 = 0.0
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what is trained and how, and the definitions for it.

    Layers and losses of your own are traced and join the package's definitions.
    """
    known, penalty = exported.known_definitions(), l2 if isinstance(l2, L2) else L2(l2)
    if network.children and not isinstance(network, Chain):
        network = Chain(network)
    spec = {
        "network": _network(network, known["layers"]),
        "loss": _part(loss),
        "optimizer": _optimizer(optimizer, known["optimizers"]),
        "l2": penalty.strength,
        "l2_per_row": penalty.per_row,
    }
    if type(loss).__name__ not in known["losses"]:
        known["losses"][type(loss).__name__] = exported.loss_of(loss)
    return spec, known


def _network(layer: Layer, known: dict[str, Any]) -> dict[str, Any]:
    kind = type(layer).__name__
    if isinstance(layer, Combined):
        if not isinstance(layer, Chain | Residual):
            raise TypeError(f"the page combines layers by Chain and Residual, not by {kind}")
        children = {name: _network(child, known) for name, child in layer.children.items()}
        return {"kind": kind, "children": children}
    if kind not in known:
        known[kind] = exported.layer_of((layer,))
    spec = {**_part(layer), "sizes": _sizes(layer)}
    start = getattr(layer, "weight_init", None)
    if isinstance(start, VarianceScaling):
        for name in exported.INITIALIZERS:
            if exported.initializer(name) == start:
                spec["start"] = name
    return spec


def _part(part: Any) -> dict[str, Any]:
    return {"kind": type(part).__name__, "settings": settings_of(part)}


def _sizes(layer: Any) -> dict[str, int]:
    if not dataclasses.is_dataclass(layer):
        return {}
    fields = {one.name: getattr(layer, one.name) for one in dataclasses.fields(layer)}
    return {
        name: value
        for name, value in fields.items()
        if isinstance(value, int) and not isinstance(value, bool)
    }


def _optimizer(optimizer: Optimizer, known: dict[str, Any]) -> dict[str, Any]:
    decay = 0.0
    while isinstance(optimizer, WeightDecay):
        if decay:
            raise TypeError("the page knows one weight decay around an optimizer, not two")
        decay, optimizer = optimizer.decay, optimizer.optimizer
    if type(optimizer).__name__ not in known:
        raise TypeError(
            f"the page trains with {', '.join(known)}, not with {type(optimizer).__name__}"
        )
    return {**_part(optimizer), "decay": decay}
