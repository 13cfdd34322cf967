"""Layers with one formula exchanged for another: what goes forward, what goes back, a gradient.

The other formula computes with plain arrays, and its result enters the step as a given number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from clearprop.definitions.layer import Array, Layer, Namespace, Tree
from clearprop.definitions.layers.combine import Combined
from clearprop.explaining.work.recorded import RecordedArray
from clearprop.explaining.work.wrong_layers import Wrong, right
from clearprop.readings.symbol import Symbol, TracingNamespace

Formula = Callable[..., Any]


def numbers(value: Any) -> Any:
    """Return the numbers of a symbol or an array, or of a nested structure of these."""
    if isinstance(value, dict):
        return {name: numbers(branch) for name, branch in value.items()}
    if isinstance(value, Symbol) and hasattr(value.trace, "numbers"):
        return value.trace.numbers(value)
    return getattr(value, "value", value)


def as_symbol(xp: Namespace, array: Any) -> Any:
    """Return numbers as a symbol of the step, as they are where nothing is traced."""
    if isinstance(array, RecordedArray):
        return array.symbol
    wide = np.asarray(array, np.float64)
    return xp.given(wide) if isinstance(xp, TracingNamespace) else wide


@dataclass(frozen=True)
class WrongSlope(Wrong):
    """An activation with another slope: `formula(layer, z, a, dy)`, (N, K)."""

    formula: Formula

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return dy times the formula's slope."""
        z, a = saved
        slope = self.formula(right(self), numbers(z), numbers(a), numbers(dy))
        if np.ndim(slope) == 0:
            return dy * float(slope), {}
        return dy * as_symbol(xp, slope), {}


@dataclass(frozen=True)
class WrongValue(Wrong):
    """An activation with another value: `formula(layer, z)`, (N, K).

    Its slope is taken of that value, or, where `kept`, of the right one.
    """

    formula: Formula
    kept: bool = False

    def forward(
        self, xp: Namespace, params: Tree, x: Array, given: Any = None
    ) -> tuple[Array, Any]:
        """Return the formula's value."""
        a = as_symbol(xp, self.formula(right(self), numbers(x)))
        return a, (x, self.inner.value(xp, x) if self.kept else a)


@dataclass(frozen=True)
class WrongForward(Wrong):
    """A dense layer with another sum: `formula(W, b, x)`, (N, O)."""

    formula: Formula

    def forward(
        self, xp: Namespace, params: Tree, x: Array, given: Any = None
    ) -> tuple[Array, Any]:
        """Return the formula's value."""
        bias = numbers(params["b"]) if "b" in params else 0.0
        return as_symbol(xp, self.formula(numbers(params["W"]), bias, numbers(x))), x


@dataclass(frozen=True)
class WithActivation(Wrong):
    """A dense layer with an activation behind it; its slope comes in where `slope` says so."""

    activation: Any
    slope: bool

    def forward(
        self, xp: Namespace, params: Tree, x: Array, given: Any = None
    ) -> tuple[Array, Any]:
        """Return f(x W + b)."""
        z, saved = self.inner.forward(xp, params, x)
        a = self.activation.value(xp, z)
        return a, (saved, z, a)

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return dx and the gradients of dy, or of dy f'(z)."""
        x, z, a = saved
        if self.slope:
            dy = dy * self.activation.slope(xp, z, a)
        dx, gradients = self.inner.pullback(xp, params, x, dy)
        return dx, gradients


@dataclass
class Seen:
    """What a layer was given and gave, for its neighbours: z and a forward, dE/da back."""

    z: Any = None
    a: Any = None
    dy: Any = None


@dataclass(frozen=True)
class Watched(Wrong):
    """A layer that keeps what passes, for its neighbours."""

    seen: Seen = field(default_factory=Seen)

    def forward(
        self, xp: Namespace, params: Tree, x: Array, given: Any = None
    ) -> tuple[Array, Any]:
        """Return what the layer inside returns."""
        y, saved = self.inner.forward(xp, params, x, given)
        self.seen.z, self.seen.a = numbers(x), numbers(y)
        return y, saved

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return what the layer inside returns."""
        self.seen.dy = numbers(dy)
        dx, gradients = self.inner.pullback(xp, params, saved, dy)
        return dx, gradients


@dataclass(frozen=True)
class At:
    """What a formula of a dense layer computes with.

    x (N, I), delta (N, O), W (I, O), b (O,), the right gradients by name; `before` and `after`
    are the neighbours, `first` what the first layer was given.
    """

    x: Any
    delta: Any
    W: Any
    b: Any
    gradients: dict[str, Any]
    before: Seen
    after: Seen
    first: Seen

    @property
    def raw(self) -> Any:
        """The error dE/da behind the next activation; delta where there is none."""
        return self.delta if self.after.dy is None else self.after.dy


@dataclass(frozen=True)
class WrongDense(Wrong):
    """A dense layer with another dx, or other gradients: formulas of an `At`, None for right."""

    back: Formula | None = None
    gradients_of: Formula | None = None
    before: Seen = field(default_factory=Seen)
    after: Seen = field(default_factory=Seen)
    first: Seen = field(default_factory=Seen)

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return dx and the gradients, replaced by the wrong formulas where there are any."""
        dx, gradients = self.inner.pullback(xp, params, saved, dy)
        x = saved[0] if isinstance(saved, tuple) else saved
        at = At(
            numbers(x), numbers(dy), numbers(params["W"]), numbers(params.get("b")),
            numbers(gradients), self.before, self.after, self.first,
        )  # fmt: skip
        if self.back is not None:
            dx = as_symbol(xp, self.back(at))
        if self.gradients_of is not None:
            changed = self.gradients_of(at)
            gradients = {**gradients, **{name: as_symbol(xp, g) for name, g in changed.items()}}
        return dx, gradients


def with_dense(
    network: Layer,
    only: str | None,
    back: Formula | None = None,
    gradients_of: Formula | None = None,
    path: str = "",
) -> Layer:
    """Return the network with a wrong dense layer at the path `only`, or all, None, wrong."""
    if not isinstance(network, Combined):
        return network
    children = dict(network.children)
    names = list(children)
    watched = {name: Seen() for name in names}
    first = watched[names[0]] if names else Seen()
    for name in names:
        where = f"{path}.{name}" if path else name
        if isinstance(children[name], Combined):
            children[name] = with_dense(children[name], only, back, gradients_of, where)
    neighbours = dict.fromkeys(names, (Seen(), Seen()))
    for one, other in pairwise(names):
        neighbours[other] = (watched[one], neighbours[other][1])
        neighbours[one] = (neighbours[one][0], watched[other])
    used: set[str] = set()
    for place, name in enumerate(names):
        where = f"{path}.{name}" if path else name
        if type(right(children[name])).__name__ != "Dense" or only not in (None, where):
            continue
        used |= {names[0], *names[max(place - 1, 0) : place + 2]}
        before, after = neighbours[name]
        children[name] = WrongDense(children[name], back, gradients_of, before, after, first)
    for name in used:
        if isinstance(children[name], Combined):
            continue  # a block keeps its layers' own records: nothing is seen of it as a whole
        children[name] = Watched(children[name], watched[name])
    return network.with_children(children)


@dataclass(frozen=True)
class WrongStatistics(Wrong):
    """A normalization with other statistics, forward and back: `formula(layer, x)`.

    The formula returns x̂ (N, K) and 1 / sd.
    """

    formula: Formula

    def forward(
        self, xp: Namespace, params: Tree, x: Array, given: Any = None
    ) -> tuple[Array, Any]:
        """Return γ x̂ + β of the formula's x̂, which goes back too."""
        _, saved = self.inner.forward(xp, params, x, given)
        x_hat, inverse = self.formula(right(self), numbers(x))
        x_hat, inverse = as_symbol(xp, x_hat), as_symbol(xp, inverse)
        held = saved if hasattr(saved, "_replace") else saved[0]
        held = held._replace(x_hat=x_hat, inverse_sd=inverse)
        y = params["gamma"] * x_hat + params["beta"]
        return y, held if hasattr(saved, "_replace") else (held, *saved[1:])


@dataclass(frozen=True)
class WrongOther(Wrong):
    """A layer of another kind with other formulas: `forward_of` and `back_of`, of plain arrays.

    `forward_of(layer, params, x, given)` returns y; `back_of(layer, params, saved, dy, dx)`
    returns dx and the gradients that are not the right ones.
    """

    forward_of: Formula | None = None
    back_of: Formula | None = None

    def forward(
        self, xp: Namespace, params: Tree, x: Array, given: Any = None
    ) -> tuple[Array, Any]:
        """Return the formula's value; what was saved is the right layer's."""
        y, saved = self.inner.forward(xp, params, x, given)
        if self.forward_of is not None:
            made = self.forward_of(right(self), numbers(dict(params)), numbers(x), numbers(given))
            y = as_symbol(xp, made)
        return y, saved

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return the formula's dx and gradients."""
        dx, gradients = self.inner.pullback(xp, params, saved, dy)
        if self.back_of is None:
            return dx, gradients
        held = numbers(dict(params))
        wrong, other = self.back_of(right(self), held, saved, numbers(dy), numbers(dx))
        changed = {name: as_symbol(xp, array) for name, array in other.items()}
        return as_symbol(xp, wrong), {**gradients, **changed}
