"""What a layer is: hyper-parameters, and three pure methods that hold all the mathematics.

A layer is a frozen dataclass. ``forward`` computes the output y and returns, as ``saved``, what
``pullback`` will need. ``pullback`` takes dE/dy, the gradient with respect to the output, and
returns dE/dx, the gradient with respect to the input, and the gradients of the layer's parameters.
Neither changes an argument or keeps anything: all arrays enter as arguments and leave as results.

``xp`` is the namespace that the definition computes in: NumPy, JAX, the complex-step checker or the
tracing reader. :mod:`clearprop.readings` lists the primitives it offers.

Randomness and state are arguments too. Before a training pass ``draw`` returns what the layer needs
at random (a dropout mask). For a prediction ``recall`` returns what it needs from the network's
state (running statistics). After a training pass ``remember`` returns the new state. All three are
pure functions and return nothing by default. What was drawn or recalled enters ``forward`` as
``given``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

if TYPE_CHECKING:
    from clearprop.definitions.initializers import RandomSource
    from clearprop.definitions.noise import Noise

Array: TypeAlias = Any
"""What ``xp`` computes with: an ndarray, a JAX array, a symbol."""

Namespace: TypeAlias = Any
"""The primitives a definition may use; see :mod:`clearprop.readings`."""

Tree: TypeAlias = Mapping[str, Any]
"""Arrays by name, nested as the network is: ``{"dense1": {"W": ..., "b": ...}}``."""

NOTHING: Tree = {}


class Layer(ABC):
    """One differentiable function with parameters; the unit a network is built of."""

    penalised: ClassVar[tuple[str, ...]] = ()
    """Names of the parameters that L2 and weight decay act on."""

    takes_sparse: ClassVar[bool] = False
    """Whether `x` may be a sparse matrix."""

    @abstractmethod
    def forward(
        self, xp: Namespace, params: Tree, x: Array, given: Any = None
    ) -> tuple[Array, Any]:
        """Return y, (N, O), for input `x`, (N, I), and what the pullback needs."""

    @abstractmethod
    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return dE/dx, (N, I), and dE/dparams, given `dy` = dE/dy, (N, O)."""

    def parameter_gradients(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> dict[str, Any]:
        """Return dE/dparams alone; a network's first layer needs no dE/dx."""
        return self.pullback(xp, params, saved, dy)[1]

    def init(self, rng: RandomSource, dtype: Any = float) -> dict[str, Any]:
        """Return freshly drawn parameters."""
        return {}

    def output_width(self, input_width: int | None) -> int | None:
        """Return the number of values a row has after this layer; ``None`` means any number."""
        return input_width

    def draw(self, noise: Noise, rows: int, input_width: int, dtype: Any) -> Any:
        """Return what a training pass over `rows` rows gets as `given`."""
        return None

    def initial_state(self, dtype: Any = float) -> Any:
        """Return the layer's state before training."""
        return None

    def recall(self, state: Any) -> Any:
        """Return what a prediction gets as `given`, from the layer's state."""
        return None

    def remember(self, state: Any, saved: Any) -> Any:
        """Return the state after a training pass that saved `saved`."""
        return state

    @property
    def children(self) -> Mapping[str, Layer]:
        """The layers inside this one, by name; empty for a plain layer."""
        return {}
