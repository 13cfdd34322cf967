"""What enters and leaves every layer in one pass over rows, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clearprop.definitions.layer import Array, Layer, Namespace, Tree
from clearprop.definitions.layers.combine import Combined


@dataclass
class Seen:
    """One layer's input (N, I), output (N, O), and dE/dy (N, O), once they are computed."""

    layer: Layer
    x: Any = None
    y: Any = None
    dy: Any = None


@dataclass(frozen=True)
class Watched(Layer):
    """A layer that notes its input, its output and dE/dy, and computes what it would anyway."""

    inner: Layer
    seen: Seen = field(compare=False)

    def forward(
        self, xp: Namespace, params: Tree, x: Array, given: Any = None
    ) -> tuple[Array, Any]:
        """Return what the layer inside returns."""
        y, saved = self.inner.forward(xp, params, x, given)
        self.seen.x, self.seen.y = x, y
        return y, saved

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return what the layer inside returns."""
        self.seen.dy = dy
        return self.inner.pullback(xp, params, saved, dy)

    def parameter_gradients(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> dict[str, Any]:
        """Return what the layer inside returns."""
        self.seen.dy = dy
        return self.inner.parameter_gradients(xp, params, saved, dy)

    def output_width(self, input_width: int | None) -> int | None:
        """Return the width of the layer inside."""
        return self.inner.output_width(input_width)


def watched(network: Layer) -> tuple[Layer, dict[str, Seen]]:
    """Return the network with every plain layer watched, and what each saw, by path, in order.

    A network that is one plain layer has the path "".
    """
    log: dict[str, Seen] = {}
    return _watched(network, log, ""), log


def _watched(layer: Layer, log: dict[str, Seen], path: str) -> Layer:
    if isinstance(layer, Combined):
        children = {
            name: _watched(child, log, f"{path}.{name}" if path else name)
            for name, child in layer.children.items()
        }
        return layer.with_children(children)
    log[path] = seen = Seen(layer)
    return Watched(layer, seen)
