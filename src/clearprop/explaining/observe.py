"""Watch a pass: wrap every layer of a network, and record what enters and leaves it.

The wrapped network computes what the network computes: a chain folds its wrapped layers as its own,
and each wrapper only calls the layer inside. So what is recorded is what was computed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from clearprop.definitions.layer import Array, Layer, Namespace, Tree
from clearprop.definitions.layers.combine import Combined
from clearprop.readings.symbol import Symbol


@dataclass(frozen=True)
class NamedSymbol:
    """One symbol that entered or left a layer, and its path."""

    path: str
    symbol: Symbol
    layer: str


@dataclass
class PassLog:
    """The recorded symbols of both passes, in the order of computation."""

    forward: list[NamedSymbol] = field(default_factory=list)
    backward: list[NamedSymbol] = field(default_factory=list)


@dataclass(frozen=True)
class Observed(Layer):
    """A layer that records x, what it saved and y; then dy, the gradients and dx."""

    inner: Layer
    path: str
    log: PassLog

    def forward(
        self, xp: Namespace, params: Tree, x: Array, given: Any = None
    ) -> tuple[Array, Any]:
        """Return what the layer inside returns."""
        y, saved = self.inner.forward(xp, params, x, given)
        self._note(self.log.forward, "x", x)
        if not isinstance(self.inner, Combined):
            for name, symbol in sorted(_named(saved), key=lambda pair: pair[1].serial):
                self._note(self.log.forward, name, symbol)
        self._note(self.log.forward, "y", y)
        return y, saved

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return what the layer inside returns."""
        self._note(self.log.backward, "dy", dy)
        dx, gradients = self.inner.pullback(xp, params, saved, dy)
        if not isinstance(self.inner, Combined):
            for name, gradient in gradients.items():
                self._note(self.log.backward, f"d{name}", gradient)
        self._note(self.log.backward, "dx", dx)
        return dx, gradients

    def _note(self, notes: list[NamedSymbol], name: str, symbol: Any) -> None:
        if isinstance(symbol, Symbol):
            notes.append(NamedSymbol(join(self.path, name), symbol, self.path))


def observed(layer: Layer, log: PassLog, path: str = "") -> Layer:
    """Return the network with every layer in it wrapped, the outermost chain excepted."""
    if isinstance(layer, Combined):
        children = {
            name: observed(child, log, join(path, name)) for name, child in layer.children.items()
        }
        wrapped = layer.with_children(children)
        return Observed(wrapped, path, log) if path else wrapped
    return Observed(layer, path, log)


def join(path: str, name: str) -> str:
    """Return the path of `name` inside `path`."""
    return f"{path}.{name}" if path else name


def _named(saved: Any, name: str = "saved") -> Iterator[tuple[str, Symbol]]:
    """Yield what a layer saved and its names: fields of a named tuple, keys of a dict."""
    if isinstance(saved, Symbol):
        yield name, saved
    elif hasattr(saved, "_asdict"):
        for key, branch in saved._asdict().items():
            yield from _named(branch, key)
    elif isinstance(saved, dict):
        for key, branch in saved.items():
            yield from _named(branch, key)
    elif isinstance(saved, tuple):
        for branch in saved:
            yield from _named(branch, name)
