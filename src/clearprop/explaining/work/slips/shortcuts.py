"""Slips of residual blocks: the error that a shortcut carries back."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from clearprop.definitions.layer import Array, Layer, Namespace, Tree
from clearprop.definitions.layers import Residual
from clearprop.definitions.layers.combine import Combined
from clearprop.explaining.work.changes import change_network
from clearprop.explaining.work.situation import Situation
from clearprop.explaining.work.slips.slip import Slip, places


class ForgottenShortcut(Residual):
    """A shortcut that carries no error back: dx = f*(dy) alone."""

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return f*(dy), and the inner gradients."""
        name = next(iter(self.children))
        dx, own = self.inner.pullback(xp, params.get(name, {}), saved[name], dy)
        return dx, ({name: own} if own else {})


def shortcut_slips(situation: Situation) -> Iterator[Slip]:
    """Yield the slip for each residual block."""
    for path, where in places(list(_shortcuts(situation.task.network))):
        yield Slip(
            f"the shortcut's error missing{where}",
            "dx = dy + f*(dy): the first dy comes by the shortcut",
            change_network(partial(_forgotten, only=path)),
            "backward",
        )


def _shortcuts(layer: Layer, path: str = "") -> Iterator[str]:
    """Yield the path of every residual block."""
    if isinstance(layer, Residual):
        yield path
    for name, child in layer.children.items():
        yield from _shortcuts(child, f"{path}.{name}" if path else name)


def _forgotten(layer: Layer, only: str, path: str = "") -> Layer:
    """Return the network without the error of the shortcut at a path, "" for all."""
    if not isinstance(layer, Combined):
        return layer
    children = {
        name: _forgotten(child, only, f"{path}.{name}" if path else name)
        for name, child in layer.children.items()
    }
    changed = layer.with_children(children)
    if isinstance(layer, Residual) and only in ("", path):
        return ForgottenShortcut(*children.values()).with_children(children)
    return changed
