"""Losses with one line changed: conventions that are right, and known slips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clearprop.definitions.layer import Array, Namespace
from clearprop.definitions.losses import Loss


@dataclass(frozen=True)
class WrongLoss(Loss):
    """A loss that passes every call on to another; subclasses override one method."""

    inner: Any

    @property
    def link_name(self) -> str:  # type: ignore[override]
        """The name of the link."""
        return str(self.inner.link_name)

    def link(self, xp: Namespace, o: Array) -> Array:
        """Return the loss's link."""
        return self.inner.link(xp, o)

    def value(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return the loss's value."""
        return self.inner.value(xp, o, t)

    def gradient(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return the loss's gradient."""
        return self.inner.gradient(xp, o, t)


@dataclass(frozen=True)
class ScaledGradient(WrongLoss):
    """A loss whose gradient is multiplied."""

    factor: float = 1.0

    def gradient(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return the gradient times the factor."""
        return self.factor * self.inner.gradient(xp, o, t)


@dataclass(frozen=True)
class ScaledValue(WrongLoss):
    """A loss whose value is multiplied, and its gradient not."""

    factor: float = 1.0

    def value(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return the value times the factor."""
        return self.factor * self.inner.value(xp, o, t)


class ScaledLoss(ScaledGradient):
    """A loss multiplied, its gradient too."""

    def value(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return the value times the factor."""
        return self.factor * self.inner.value(xp, o, t)


class DoubledLink(WrongLoss):
    """A loss whose gradient has the link's derivative in it once more."""

    def gradient(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return J g: for softmax p ⊙ (g − Σ p g), for the logistic function p (1 − p) g."""
        p, g = self.link(xp, o), self.inner.gradient(xp, o, t)
        return LINK_PULLBACKS[self.link_name](xp, p, g)


LINK_PULLBACKS: dict[str, Callable[[Namespace, Array, Array], Array]] = {
    "softmax": lambda xp, p, g: p * (g - xp.sum(p * g, axis=1, keepdims=True)),
    "sigmoid": lambda xp, p, g: p * (1.0 - p) * g,
}
"""J g for a link's prediction p, by the link's name."""


@dataclass(frozen=True)
class LogOfMore(WrongLoss):
    """A cross-entropy that takes the logarithm of p + `more`."""

    more: float = 1e-12

    def value(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return the loss with ln(p + more)."""
        p = self.link(xp, o)
        if self.link_name == "softmax":
            return -xp.sum(t * xp.log(p + self.more), axis=1)
        likely = t * xp.log(p + self.more) + (1.0 - t) * xp.log(1.0 - p + self.more)
        return -xp.sum(likely, axis=1)
