"""Layers and losses with one line wrong, each for one known slip.

Each is right except for the line that its name says. They serve to recognise slips, not to train.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from clearprop.definitions.layer import Array, Layer, Namespace, Tree
from clearprop.definitions.layers import Activation, Dense
from clearprop.definitions.layers.combine import Combined
from clearprop.definitions.losses import Loss
from clearprop.definitions.optimizers import Optimizer


@dataclass(frozen=True)
class Wrong(Layer):
    """A layer that passes every call on to another; subclasses override one method."""

    inner: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def forward(
        self, xp: Namespace, params: Tree, x: Array, given: Any = None
    ) -> tuple[Array, Any]:
        """Return what the layer inside returns."""
        y, saved = self.inner.forward(xp, params, x, given)
        return y, saved

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return what the layer inside returns."""
        dx, gradients = self.inner.pullback(xp, params, saved, dy)
        return dx, gradients


class SlopeOfZ(Wrong):
    """The slope's formula, which takes a, is given z."""

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return dy · f'(z, a := z)."""
        z, _ = saved
        return dy * self.inner.slope(xp, z, z), {}


class NoSlope(Wrong):
    """The slope is left out."""

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return dy."""
        return dy, {}


class NotTransposed(Wrong):
    """The error goes back through W, not its transpose."""

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return dy W."""
        return dy @ params["W"], self.inner.parameter_gradients(xp, params, saved, dy)


class TransposedGradient(Wrong):
    """The gradient of W is transposed."""

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return (xᵀ dy)ᵀ for dW."""
        dx, gradients = self.inner.pullback(xp, params, saved, dy)
        return dx, {**gradients, "W": gradients["W"].T}


@dataclass(frozen=True)
class BiasAgain(Wrong):
    """The bias's gradient counts several times."""

    times: float = 2.0

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return `times` db."""
        dx, gradients = self.inner.pullback(xp, params, saved, dy)
        if "b" in gradients:
            gradients = {**gradients, "b": gradients["b"] * self.times}
        return dx, gradients


@dataclass(frozen=True)
class UpdatedFirst(Wrong):
    """The weights are updated before the error goes back through them."""

    optimizer: Optimizer
    state: Any
    rate: float

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return dy times the new W, transposed."""
        gradients = self.inner.parameter_gradients(xp, params, saved, dy)
        W, _ = self.optimizer.update(xp, gradients["W"], self.state, params["W"], self.rate)
        dx, _ = self.inner.pullback(xp, {**params, "W": W}, saved, dy)
        return dx, gradients


@dataclass
class ArrivedError:
    """The error dE/da that arrived at an activation, for the layer before it."""

    dy: Any = None


@dataclass(frozen=True)
class ErrorRecorder(Wrong):
    """An activation that records the error arriving at it, for the layer before."""

    arrived: ArrivedError = field(default_factory=ArrivedError)

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return what the activation returns."""
        self.arrived.dy = dy
        dx, gradients = self.inner.pullback(xp, params, saved, dy)
        return dx, gradients


@dataclass(frozen=True)
class RawError(Wrong):
    """A dense layer that sends back the raw error dE/da in place of delta = dE/dz."""

    arrived: ArrivedError = field(default_factory=ArrivedError)

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return the raw error times Wᵀ; the gradients are those of the error signal."""
        gradients = self.inner.parameter_gradients(xp, params, saved, dy)
        dx, _ = self.inner.pullback(xp, params, saved, self.arrived.dy)
        return dx, gradients

    @classmethod
    def in_place_of(cls, network: Layer) -> Layer:
        """Return the network with this slip in every dense layer before an activation."""
        if not isinstance(network, Combined):
            return network
        children = {name: cls.in_place_of(child) for name, child in network.children.items()}
        names = list(children)
        for name, after in pairwise(names):
            pair = right(children[name]), right(children[after])
            if isinstance(pair[0], Dense) and isinstance(pair[1], Activation):
                arrived = ArrivedError()
                children[name] = cls(children[name], arrived)
                children[after] = ErrorRecorder(children[after], arrived)
        return network.with_children(children)


def right(layer: Any) -> Any:
    """Return the layer that a wrong one was made of."""
    return right(layer.inner) if isinstance(layer, Wrong) else layer


@dataclass(frozen=True)
class ScaledGradient(Loss):
    """A loss whose gradient is multiplied."""

    inner: Any
    factor: float

    def link(self, xp: Namespace, o: Array) -> Array:
        """Return the loss's link."""
        return self.inner.link(xp, o)

    def value(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return the loss's value."""
        return self.inner.value(xp, o, t)

    def gradient(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return the gradient times the factor."""
        return self.factor * self.inner.gradient(xp, o, t)


class ScaledValue(ScaledGradient):
    """A loss whose value is multiplied, and its gradient not."""

    def value(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return the value times the factor."""
        return self.factor * self.inner.value(xp, o, t)

    def gradient(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return the loss's gradient."""
        return self.inner.gradient(xp, o, t)


@dataclass(frozen=True)
class DoubledLink(Loss):
    """A loss whose gradient has the link's derivative in it once more."""

    inner: Any

    def link(self, xp: Namespace, o: Array) -> Array:
        """Return the loss's link."""
        return self.inner.link(xp, o)

    def value(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return the loss's value."""
        return self.inner.value(xp, o, t)

    def gradient(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return J g: for softmax p ⊙ (g − Σ p g), for the logistic function p (1 − p) g."""
        p, g = self.link(xp, o), self.inner.gradient(xp, o, t)
        return LINK_PULLBACKS[self.inner.link_name](xp, p, g)


LINK_PULLBACKS: dict[str, Callable[[Namespace, Array, Array], Array]] = {
    "softmax": lambda xp, p, g: p * (g - xp.sum(p * g, axis=1, keepdims=True)),
    "sigmoid": lambda xp, p, g: p * (1.0 - p) * g,
}
"""J g for a link's prediction p, by the link's name."""
