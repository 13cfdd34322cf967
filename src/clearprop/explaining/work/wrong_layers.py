"""Layers with one line wrong, each for one known slip.

Each is right except for the line that its name says. They serve to recognise slips, not to train.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from clearprop.definitions.layer import Array, Layer, Namespace, Tree
from clearprop.definitions.layers import Activation, Dense
from clearprop.definitions.layers.combine import Combined
from clearprop.definitions.optimizers import Optimizer
from clearprop.readings.symbol import TracingNamespace


@dataclass(frozen=True)
class Wrong(Layer):
    """A layer that passes every call on to another; subclasses override one method."""

    inner: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def output_width(self, input_width: int | None) -> int | None:
        """Return what the layer inside returns."""
        width: int | None = self.inner.output_width(input_width)
        return width

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


def as_given(xp: Namespace, state: Any) -> Any:
    """Return an optimizer's state as given symbols, as it is where nothing is traced."""
    if isinstance(state, Mapping):
        return {name: as_given(xp, branch) for name, branch in state.items()}
    return xp.given(state) if isinstance(xp, TracingNamespace) and np.ndim(state) else state


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
        state = as_given(xp, self.state)
        W, _ = self.optimizer.update(xp, gradients["W"], state, params["W"], self.rate)
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
        arrived = dy if self.arrived.dy is None else self.arrived.dy
        dx, _ = self.inner.pullback(xp, params, saved, arrived)
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


class SlopeOneAtZero(Wrong):
    """ReLU whose slope at 0 is 1."""

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return dy where z is at least 0."""
        z, _ = saved
        return dy * xp.where(z < 0.0, 0.0, xp.ones_like(z)), {}
