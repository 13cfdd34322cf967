"""Losses with one line changed: conventions that are right, and known slips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.definitions.layer import Array, Namespace
from clearprop.definitions.losses import Loss
from clearprop.explaining.work.wrong_parts import as_symbol, numbers


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


@dataclass(frozen=True)
class OwnFormulas(WrongLoss):
    """A loss with other formulas, of plain arrays; None for the right one.

    `link_of(o)` is the prediction, (N, K); `value_of(loss, o, t)` each row's loss, (N,);
    `gradient_of(loss, o, t)` its gradient, (N, K).
    """

    link_of: Callable[..., Any] | None = None
    value_of: Callable[..., Any] | None = None
    gradient_of: Callable[..., Any] | None = None

    def link(self, xp: Namespace, o: Array) -> Array:
        """Return the formula's prediction."""
        if self.link_of is None:
            return self.inner.link(xp, o)
        return as_symbol(xp, self.link_of(numbers(o)))

    def value(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return the formula's loss of each row."""
        if self.value_of is None:
            return self.inner.value(xp, o, t)
        return as_symbol(xp, self.value_of(self.inner, numbers(o), numbers(t)))

    def gradient(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return the formula's gradient."""
        if self.gradient_of is None:
            return self.inner.gradient(xp, o, t)
        return as_symbol(xp, self.gradient_of(self.inner, numbers(o), numbers(t)))


@dataclass(frozen=True)
class OtherLink(WrongLoss):
    """A cross-entropy of another prediction: gradient p - t, loss from ln p."""

    link_of: Callable[..., Any] = lambda o: o

    def link(self, xp: Namespace, o: Array) -> Array:
        """Return the other prediction."""
        return as_symbol(xp, self.link_of(numbers(o)))

    def value(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return the loss of the other prediction."""
        p, hot = self.link_of(numbers(o)), numbers(t)
        with np.errstate(all="ignore"):
            likely = hot * np.log(p)
            if self.link_name == "sigmoid":
                likely = likely + (1 - hot) * np.log(1 - p)
        return as_symbol(xp, -likely.sum(axis=1))

    def gradient(self, xp: Namespace, o: Array, t: Array) -> Array:
        """Return p - t."""
        return as_symbol(xp, self.link_of(numbers(o)) - numbers(t))
