"""The dense layer: every output is a weighted sum of every input."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from clearprop.definitions.initializers import GlorotUniform, Initializer, Zeros
from clearprop.definitions.layer import Array, Layer, Namespace, Tree
from clearprop.definitions.layers.sizes import check_width, positive

if TYPE_CHECKING:
    from clearprop.definitions.initializers import RandomSource


@dataclass(frozen=True)
class Dense(Layer):
    """A weighted sum of the inputs for each output, plus a bias.

    z = x W + b. Backwards, with dy = dE/dz:
    dx = dy Wᵀ, dW = xᵀ dy, db = Σ_rows dy.

    Shapes: x (N, I), W (I, O), b (O,), z (N, O).
    Source: Rumelhart, Hinton and Williams 1986, eq. 1 and 6; Nielsen 2015, eq. BP3 and BP4
    (columns there, rows here). PyTorch's ``Linear`` keeps Wᵀ; scikit-learn's ``coefs_`` are W.

    Parameters
    ----------
    inputs : int
        I, the values a row has.
    outputs : int
        O, the units.
    bias : bool
        Whether there is a b.
    weight_init, bias_init : Initializer
        How W and b start.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> layer = cp.Dense(2, 1)
    >>> params = {"W": np.array([[3.0], [4.0]]), "b": np.array([1.0])}
    >>> z, saved = layer.forward(np, params, np.array([[1.0, 2.0]]))
    >>> z
    array([[12.]])
    >>> layer.pullback(np, params, saved, np.array([[10.0]]))[0]
    array([[30., 40.]])
    """

    inputs: int
    outputs: int
    bias: bool = True
    weight_init: Initializer = field(default_factory=GlorotUniform)
    bias_init: Initializer = field(default_factory=Zeros)

    penalised: ClassVar[tuple[str, ...]] = ("W",)
    takes_sparse: ClassVar[bool] = True

    def __post_init__(self) -> None:
        positive(self, "inputs", "outputs")

    def forward(
        self, xp: Namespace, params: Tree, x: Array, given: Any = None
    ) -> tuple[Array, Any]:
        """Return z = x W + b."""
        z = x @ params["W"]
        if self.bias:
            z = z + params["b"]
        return z, x

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return dx = dy Wᵀ, and dW and db."""
        dx = dy @ params["W"].T
        return dx, self.parameter_gradients(xp, params, saved, dy)

    def parameter_gradients(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> dict[str, Any]:
        """Return dW = xᵀ dy and db = Σ_rows dy."""
        x = saved
        gradients = {"W": x.T @ dy}
        if self.bias:
            gradients["b"] = xp.sum(dy, axis=0)
        return gradients

    def init(self, rng: RandomSource, dtype: Any = float) -> dict[str, Any]:
        """Return W and b, drawn in this order."""
        fans = (self.inputs, self.outputs)
        params = {"W": self.weight_init(rng, fans, dtype, fans)}
        if self.bias:
            params["b"] = self.bias_init(rng, (self.outputs,), dtype, fans)
        return params

    def output_width(self, input_width: int | None) -> int:
        """Return O; raise WidthError unless rows have I values."""
        check_width(self, self.inputs, input_width)
        return self.outputs
