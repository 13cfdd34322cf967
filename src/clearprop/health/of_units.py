"""Checks of units: alike, dead, dormant, saturated."""

from __future__ import annotations

from collections.abc import Iterator

from clearprop.health.curves import stands_still
from clearprop.health.record import TrainingRecord
from clearprop.health.signs import Sign
from clearprop.health.vitals import LayerVitals, Vitals
from clearprop.writing.numbers import shown

MANY = 0.5
"""A layer is told if more than this part of its units are dead, dormant or saturated.

Source: Amazon SageMaker Debugger, rules DeadRelu and SaturatedActivation, ``threshold_layer``. In
trained networks for tables 29 % dead units are ordinary: Gorishniy et al. 2024, "TabM", 5.4.
"""

ALIKE = 1e-9
"""Weights that differ by less are equal."""

PASSES = 0.05
"""An activation through which less than this part of the most possible error passes is flat."""


def alike(record: TrainingRecord) -> Iterator[Sign]:
    """Yield each hidden Dense layer whose units all have the same weights."""
    for layer in hidden(record.after):
        if layer.unequal is not None and layer.unequal < ALIKE:
            what = f"all {layer.units} units of {layer.path} have the same weights"
            yield Sign(layer.path, what, layer.unequal)


def dead(record: TrainingRecord) -> Iterator[Sign]:
    """Yield each layer most of whose units are 0 for nearly every row, and let no error pass."""
    yield from _many(record, "dead", "give 0 for at least 99 % of the rows, and no error passes")


def dormant(record: TrainingRecord) -> Iterator[Sign]:
    """Yield each hidden layer most of whose units give next to nothing beside the others."""
    yield from _many(record, "dormant", "give at most 2.5 % of the layer's mean activation")


def saturated(record: TrainingRecord) -> Iterator[Sign]:
    """Yield each layer most of whose units are beyond the ends of their activation."""
    yield from _many(record, "saturated", "are beyond the ends of their activation")


def flat(record: TrainingRecord) -> Iterator[Sign]:
    """Yield each tanh or sigmoid that hardly lets an error pass, while the loss stands still."""
    if not stands_still(record.loss):
        return
    for layer in record.after.layers:
        if layer.passes is not None and layer.passes < PASSES:
            passed = f"{shown(100 * layer.passes, 2)} % of the error that could pass"
            yield Sign(layer.path, f"{layer.path} passes {passed}", layer.passes)


def _many(record: TrainingRecord, name: str, told: str) -> Iterator[Sign]:
    for layer in hidden(record.after):
        share = getattr(layer, name)
        if share is not None and share > MANY:
            units = f"{round(share * layer.units)} of {layer.units} units of {layer.path}"
            yield Sign(layer.path, f"{units} {told}", share)


def hidden(vitals: Vitals) -> tuple[LayerVitals, ...]:
    """Return all layers before the last Dense one, whose units are the network's outputs."""
    places = [place for place, one in enumerate(vitals.layers) if one.kind == "Dense"]
    return vitals.layers[: places[-1]] if places else vitals.layers
