"""What a layer is: hyper-parameters, and three pure methods that hold all the mathematics.

A layer is a frozen dataclass. ``forward`` computes the output and hands over, as ``saved``,
exactly what ``pullback`` will need; ``pullback`` turns the gradient that arrives at the output
into the gradient that leaves at the input, and the gradients of the layer's own parameters.
Neither changes an argument or remembers anything: every array they use enters through the
arguments and leaves through the results.

``xp`` is whoever is reading: NumPy, JAX, the complex-step checker or the tracing reader. The
primitives it offers are listed in :mod:`clearprop.readings`.

Randomness and memory do not live in a layer either. Before a training pass a layer *draws* what
it needs (a dropout mask); for a prediction it *recalls* it from the network's state (running
statistics); after a training pass it *remembers* what it saw. All three are pure functions, and
all three default to nothing. What was drawn or recalled enters ``forward`` as ``given``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

if TYPE_CHECKING:
    from clearprop.definitions.initializers import RandomSource
    from clearprop.definitions.noise import Noise

Array: TypeAlias = Any
"""Whatever ``xp`` computes with: an ndarray, a JAX array, a symbol."""

Namespace: TypeAlias = Any
"""The reader's primitives; see :mod:`clearprop.readings`."""

Tree: TypeAlias = Mapping[str, Any]
"""Arrays by name, nested as the network is: ``{"dense1": {"W": ..., "b": ...}}``."""

NOTHING: Tree = {}


class Layer(ABC):
    """One differentiable function with parameters; the unit a network is built of."""

    penalised: ClassVar[tuple[str, ...]] = ()
    """Names of the parameters that L2 and weight decay act on."""

    @abstractmethod
    def forward(
        self, xp: Namespace, params: Tree, x: Array, given: Any = None
    ) -> tuple[Array, Any]:
        """Return the output for input `x` and what the pullback needs."""

    @abstractmethod
    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return dE/dx and dE/dparams, given `dy` = dE/dy."""

    def parameter_gradients(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> dict[str, Any]:
        """Return dE/dparams alone: what a network's first layer is asked for."""
        return self.pullback(xp, params, saved, dy)[1]

    def init(self, rng: RandomSource, dtype: Any = float) -> dict[str, Any]:
        """Return freshly drawn parameters."""
        return {}

    def output_width(self, input_width: int | None) -> int | None:
        """Return how many values a row has after this layer; ``None`` is "any"."""
        return input_width

    def draw(self, noise: Noise, rows: int, input_width: int, dtype: Any) -> Any:
        """Return what a training pass over `rows` rows is given."""
        return None

    def initial_state(self, dtype: Any = float) -> Any:
        """Return what the layer remembers before it has seen anything."""
        return None

    def recall(self, state: Any) -> Any:
        """Return what a prediction is given, out of the layer's state."""
        return None

    def remember(self, state: Any, saved: Any) -> Any:
        """Return the state after a training pass that saved `saved`."""
        return state

    @property
    def children(self) -> Mapping[str, Layer]:
        """The layers inside this one, by name; empty for a plain layer."""
        return {}
