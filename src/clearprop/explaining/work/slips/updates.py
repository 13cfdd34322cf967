"""Slips of the update: nothing moved, uphill, no learning rate, weights moved too early."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.layers import Dense
from clearprop.definitions.layers.combine import Combined
from clearprop.explaining.work.changes import change_after, change_optimizer
from clearprop.explaining.work.situation import Situation, state_part
from clearprop.explaining.work.slips.penalties import ClippedAlone, length_of
from clearprop.explaining.work.slips.slip import Slip, dense_layers, places
from clearprop.explaining.work.wrong_layers import RawError, UpdatedFirst, right

Change = Callable[[np.ndarray, np.ndarray], np.ndarray]


def order_slips(situation: Situation) -> Iterator[Slip]:
    """Yield the raw error sent back, and weights that moved too early."""
    yield Slip(
        "raw error sent back",
        "W times the raw error went back; it must be W times delta",
        lambda s: replace(s, task=replace(s.task, network=RawError.in_place_of(s.task.network))),
        common=2,
    )
    if situation.rate is not None:
        later = [path for path, _ in dense_layers(situation)[1:]]
        each = places(later) if len(later) > 1 else [("", "")]
        for path, where in each:
            yield Slip(
                f"weights updated before the error went back{where}",
                "the error goes back through the forward pass's weights, not new ones",
                partial(_updated_first, path),
                common=0 if where else 3,
            )


def update_slips(situation: Situation) -> Iterator[Slip]:
    """Yield the slips of how gradients move parameters."""
    if situation.rate is None:
        return
    yield Slip(
        "step uphill",
        "the update added η times the gradient; descending subtracts it",
        lambda s: replace(s, rate=-(s.rate or 0.0)),
        "update",
        common=1,
    )
    if situation.rate != 1.0:
        yield Slip(
            "no learning rate",
            "the whole gradient was subtracted, without η",
            lambda s: replace(s, rate=1.0),
            "update",
        )
        yield Slip(
            "learning rate taken twice",
            "η came in once more",
            lambda s: replace(s, rate=(s.rate or 0.0) ** 2),
            "update",
        )
    paths = situation.task.layout.paths
    biases = [path for path in paths if path.rpartition(".")[2] == "b"]
    weights = [path for path in paths if path not in biases]
    layers = list(dict.fromkeys(path.rpartition(".")[0] for path in paths))
    groups: list[tuple[str, list[str]]] = [("anything", list(paths))]
    groups += [("the biases", biases), ("the weights", weights)] if biases else []
    if len(layers) > 1:
        groups += [(one, [p for p in paths if p.rpartition(".")[0] == one]) for one in layers]
    groups += [(path, [path]) for path in paths if len(paths) > 1]
    for name, sentence, direction in LENGTHS:
        make = change_optimizer(partial(ClippedAlone, clip=direction))
        yield Slip(name, sentence, make, "update", whole=True)
    for name, some in groups:
        for slip, sentence, change in MOVES:
            if slip == "step uphill" and name == "anything":
                continue
            words = "nothing updated" if (slip, name) == ("{} not updated", "anything") else ""
            full = words or (slip.format(name) if "{}" in slip else f"{slip} for {name}")
            full = full.removesuffix(" for anything")
            yield Slip(
                full, sentence, change_after(NewParameters(situation, some, change)), "update"
            )


class NewParameters:
    """Other new parameters at some paths, made from the old one and the right new one."""

    def __init__(self, situation: Situation, paths: list[str], change: Change) -> None:
        vector = np.asarray(situation.position.params, float)
        layout = situation.task.layout
        slices = layout.slices()
        self._old = {f"{path}.new": vector[slices[path]] for path in paths}
        self.paths = frozenset(paths)
        self.change = change

    def __call__(self, path: str, array: np.ndarray) -> np.ndarray:
        """Return another new parameter at one of the paths; other quantities as they are."""
        if path not in self._old:
            return array
        return self.change(self._old[path].reshape(array.shape), array)


LENGTHS: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("each gradient divided by its norm", "the step is η g, not η g / |g|",
     lambda g: g / np.maximum(length_of(g), 1e-300)),
    ("sign of the gradient in place of the gradient", "the step is η g, not η sign(g)", np.sign),
)  # fmt: skip
"""What the gradient of each parameter was replaced by."""

MOVES: tuple[tuple[str, str, Change], ...] = (
    ("{} not updated", "new parameters are the old ones (was a copy or a local name changed?)",
     lambda old, new: old),
    ("step uphill", "the update added η times the gradient; descending subtracts it",
     lambda old, new: old - (new - old)),
    ("old value forgotten", "the change itself was kept as the parameter; it is to be added",
     lambda old, new: new - old),
    ("updated twice", "the change was added twice", lambda old, new: new + (new - old)),
)  # fmt: skip


def _updated_first(only: str, situation: Situation) -> Situation:
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
        if not isinstance(right(layer), Dense) or only not in ("", path):
            return layer
        part = slices[f"{path}.W" if path else "W"]
        shape = right(layer).inputs, right(layer).outputs
        state = state_part(situation.position.optimizer_state, part, shape)
        return UpdatedFirst(layer, task.optimizer, state, situation.rate or 0.0)

    return replace(situation, task=replace(task, network=wrong(task.network, "")))
