"""Layers made of layers: Chain applies one after another, Residual adds a shortcut."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeVar

from clearprop.definitions.layer import NOTHING, Array, Layer, Namespace, Tree
from clearprop.definitions.layers.sizes import WidthError

if TYPE_CHECKING:
    from clearprop.definitions.initializers import RandomSource
    from clearprop.definitions.noise import Noise


MOST_LEVELS = 100
"""Layers within layers that Python's own limit of calls within calls leaves room for."""

CombinedLayer = TypeVar("CombinedLayer", bound="Combined")


class Combined(Layer):
    """A layer made of child layers; parameters, draws and state are held by the child's name."""

    @cached_property
    def levels(self) -> int:
        """How many layers deep this one is nested, itself included.

        Raises
        ------
        ValueError
            If it is too deep to be computed.
        """
        inner = [child.levels for child in self.children.values() if isinstance(child, Combined)]
        levels = 1 + max(inner, default=0)
        if levels > MOST_LEVELS:
            raise ValueError(
                f"{type(self).__name__} is nested more than {MOST_LEVELS} levels deep: put the "
                "layers into one Chain"
            )
        return levels

    @abstractmethod
    def with_children(self, children: Mapping[str, Layer]) -> Self:
        """Return the same combination with other layers, under the same names."""

    def init(self, rng: RandomSource, dtype: Any = float) -> dict[str, Any]:
        """Return the children's parameters, drawn in order."""
        return self._gather(lambda name, layer: layer.init(rng, dtype) or None)

    def initial_state(self, dtype: Any = float) -> Any:
        """Return the children's states."""
        return self._gather(lambda name, layer: layer.initial_state(dtype)) or None

    def recall(self, state: Any) -> Any:
        """Return what each child recalls from its state."""
        state = state or NOTHING
        return self._gather(lambda name, layer: layer.recall(state.get(name))) or None

    def remember(self, state: Any, saved: Any) -> Any:
        """Return each child's new state."""
        state = state or NOTHING
        return (
            self._gather(lambda name, layer: layer.remember(state.get(name), saved[name])) or None
        )

    def _gather(self, ask: Callable[[str, Layer], Any]) -> dict[str, Any]:
        answers = {name: ask(name, layer) for name, layer in self.children.items()}
        return {name: answer for name, answer in answers.items() if answer is not None}


@dataclass(frozen=True, init=False)
class Chain(Combined):
    """Layers one after another: the output of each is the input of the next.

    y = f_L(… f_2(f_1(x))). The pullback applies the chain rule from the last layer to the first:
    dx = f_1*(f_2*(… f_L*(dy))), where f* is a layer's pullback with what its forward pass saved.

    Children are named by kind and order: ``dense1``, ``tanh1``, ``dense2``. Raise WidthError where
    a layer does not take as many values as the layer before it gives.

    Examples
    --------
    >>> import clearprop as cp
    >>> net = cp.Chain(cp.Dense(2, 3), cp.Tanh(), cp.Dense(3, 1))
    >>> list(net.children)
    ['dense1', 'tanh1', 'dense2']
    >>> cp.Chain(cp.Dense(2, 3), cp.Tanh(), cp.Dense(4, 1))
    Traceback (most recent call last):
    clearprop.definitions.layers.sizes.WidthError: dense2: Dense takes 4 values a row, gets 3
    """

    layers: tuple[Layer, ...]

    def __init__(self, *layers: Layer) -> None:
        for position, layer in enumerate(layers, 1):
            if not isinstance(layer, Layer):
                raise TypeError(f"Chain: item {position} is not a layer but {layer!r}")
        object.__setattr__(self, "layers", layers)
        _ = self.levels
        self.output_width(None)

    def __repr__(self) -> str:
        return f"Chain({', '.join(map(repr, self.layers))})"

    @cached_property
    def children(self) -> Mapping[str, Layer]:
        """The layers by name."""
        return dict(zip(_names(self.layers), self.layers, strict=True))

    def with_children(self, children: Mapping[str, Layer]) -> Self:
        """Return a chain of other layers, under the same names."""
        return _renamed(type(self)(*children.values()), children)

    def forward(
        self, xp: Namespace, params: Tree, x: Array, given: Any = None
    ) -> tuple[Array, Any]:
        """Return the last layer's output."""
        given = given or NOTHING
        saved = {}
        for name, layer in self.children.items():
            x, saved[name] = layer.forward(xp, params.get(name, NOTHING), x, given.get(name))
        return x, saved

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return the first layer's dx, and every layer's gradients."""
        return self._backwards(xp, params, saved, dy, list(self.children.items()))

    def parameter_gradients(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> dict[str, Any]:
        """Return every layer's gradients; the first layer's dx is not computed."""
        if not self.layers:
            return {}
        (name, first), *rest = self.children.items()
        dy, gradients = self._backwards(xp, params, saved, dy, rest)
        own = first.parameter_gradients(xp, params.get(name, NOTHING), saved[name], dy)
        return {name: own, **gradients} if own else gradients

    def _backwards(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array, layers: list[tuple[str, Layer]]
    ) -> tuple[Array, dict[str, Any]]:
        gradients: dict[str, Any] = {}
        for name, layer in reversed(layers):
            dy, own = layer.pullback(xp, params.get(name, NOTHING), saved[name], dy)
            if own:
                gradients = {name: own, **gradients}
        return dy, gradients

    def output_width(self, input_width: int | None) -> int | None:
        """Return the last layer's width; raise WidthError, naming the layer, if widths differ."""
        width = input_width
        for name, layer in self.children.items():
            width = _named(name, layer.output_width, width)
        return width

    def draw(self, noise: Noise, rows: int, input_width: int, dtype: Any) -> Any:
        """Return each child's draw, each from its own stream of random numbers."""
        drawn, width = {}, input_width
        for position, (name, layer) in enumerate(self.children.items()):
            drawn[name] = layer.draw(noise.child(position), rows, width, dtype)
            width = layer.output_width(width) or width
        return {name: draw for name, draw in drawn.items() if draw is not None} or None


@dataclass(frozen=True)
class Residual(Combined):
    """A shortcut around a layer: y = x + f(x), dx = dy + f*(dy), where f* is f's pullback.

    The inner layer must give as many values a row as it takes. Source: He et al. 2016, eq. 1.
    """

    inner: Layer

    def __post_init__(self) -> None:
        if not isinstance(self.inner, Layer):
            raise TypeError(f"Residual: takes one layer (a Chain for several), got {self.inner!r}")
        _ = self.levels

    @cached_property
    def children(self) -> Mapping[str, Layer]:
        """The one layer inside, by name."""
        return dict(zip(_names((self.inner,)), (self.inner,), strict=True))

    def with_children(self, children: Mapping[str, Layer]) -> Self:
        """Return a shortcut around another layer, under the same name."""
        return _renamed(type(self)(*children.values()), children)

    def forward(
        self, xp: Namespace, params: Tree, x: Array, given: Any = None
    ) -> tuple[Array, Any]:
        """Return x + f(x)."""
        name = self._name
        given = (given or NOTHING).get(name)
        y, saved = self.inner.forward(xp, params.get(name, NOTHING), x, given)
        return x + y, {name: saved}

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return dy + f*(dy), and the inner gradients."""
        name = self._name
        dx, own = self.inner.pullback(xp, params.get(name, NOTHING), saved[name], dy)
        return dy + dx, ({name: own} if own else {})

    def output_width(self, input_width: int | None) -> int | None:
        """Return the width; raise WidthError unless the inner layer keeps it."""
        width = _named(self._name, self.inner.output_width, input_width)
        if input_width is not None and width != input_width:
            raise WidthError(
                f"Residual: the inner layer must give as many values a row as it takes; "
                f"it takes {input_width} and gives {width}"
            )
        return width

    def draw(self, noise: Noise, rows: int, input_width: int, dtype: Any) -> Any:
        """Return the inner layer's draw."""
        drawn = self.inner.draw(noise.child(0), rows, input_width, dtype)
        return None if drawn is None else {self._name: drawn}

    @property
    def _name(self) -> str:
        return next(iter(self.children))


def _renamed(layer: CombinedLayer, children: Mapping[str, Layer]) -> CombinedLayer:
    layer.__dict__["children"] = dict(children)  # where the cached property keeps its answer
    return layer


def _names(layers: tuple[Layer, ...]) -> list[str]:
    """Return kind and order of each layer: dense1, tanh1, dense2."""
    seen: Counter[str] = Counter()
    names = []
    for layer in layers:
        kind = type(layer).__name__.lower()
        seen[kind] += 1
        names.append(f"{kind}{seen[kind]}")
    return names


def _named(
    name: str, output_width: Callable[[int | None], int | None], width: int | None
) -> int | None:
    try:
        return output_width(width)
    except WidthError as error:
        raise error.inside(name) from None
