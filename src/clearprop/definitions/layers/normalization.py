"""Normalization: standardise values to mean 0 and variance 1, then scale and shift them.

LayerNorm standardises each row, BatchNorm each column of the batch. The mathematics is the same
along another axis, so it is written once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from clearprop.definitions.initializers import Ones, Zeros
from clearprop.definitions.layer import Array, Layer, Namespace, Tree
from clearprop.definitions.layers.sizes import check_width, plain_floats, positive, within

if TYPE_CHECKING:
    from clearprop.definitions.initializers import RandomSource


class Standardised(NamedTuple):
    """x̂ = (x - μ) / sqrt(v + ε), 1 / sqrt(v + ε), μ and the (biased) variance v."""

    x_hat: Array
    inverse_sd: Array
    mean: Array
    variance: Array


def standardise(xp: Namespace, x: Array, axis: int, epsilon: float) -> Standardised:
    """Return x̂, 1 / sqrt(v + ε), μ and v, with mean and variance along `axis`."""
    mean = xp.mean(x, axis=axis, keepdims=True)
    centred = x - mean
    variance = xp.mean(centred * centred, axis=axis, keepdims=True)
    inverse_sd = 1.0 / xp.sqrt(variance + epsilon)
    return Standardised(centred * inverse_sd, inverse_sd, mean, variance)


def standardise_pullback(
    xp: Namespace, x_hat: Array, inverse_sd: Array, d_x_hat: Array, axis: int
) -> Array:
    """Return dx = (dx̂ - mean dx̂ - x̂ mean(dx̂ x̂)) / sqrt(v + ε)."""
    through_mean = xp.mean(d_x_hat, axis=axis, keepdims=True)
    through_variance = x_hat * xp.mean(d_x_hat * x_hat, axis=axis, keepdims=True)
    return inverse_sd * (d_x_hat - through_mean - through_variance)


@dataclass(frozen=True)
class LayerNorm(Layer):
    """Each row standardised over its own values, then scaled and shifted unit by unit.

    y = γ x̂ + β, x̂ = (x - μ) / sqrt(v + ε), μ and v the row's mean and (biased) variance.
    dβ = Σ_rows dy, dγ = Σ_rows dy x̂, and with dx̂ = γ dy:
    dx = (dx̂ - mean dx̂ - x̂ mean(dx̂ x̂)) / sqrt(v + ε).

    Shapes: x, y (N, width); gamma, beta (width,). Source: Ba, Kiros and Hinton 2016, eq. 3 and 4.
    """

    width: int
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        positive(self, "width")
        plain_floats(self, "epsilon")

    def forward(
        self, xp: Namespace, params: Tree, x: Array, given: Any = None
    ) -> tuple[Array, Any]:
        """Return y = γ x̂ + β."""
        saved = standardise(xp, x, 1, self.epsilon)
        return params["gamma"] * saved.x_hat + params["beta"], saved

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return dx, and dγ and dβ."""
        x_hat, inverse_sd, _, _ = saved
        gradients = {"gamma": xp.sum(dy * x_hat, axis=0), "beta": xp.sum(dy, axis=0)}
        return standardise_pullback(xp, x_hat, inverse_sd, params["gamma"] * dy, 1), gradients

    def init(self, rng: RandomSource, dtype: Any = float) -> dict[str, Any]:
        """Return γ = 1 and β = 0."""
        return _unit_scale(rng, self.width, dtype)

    def output_width(self, input_width: int | None) -> int:
        """Return the width; raise WidthError unless rows have it."""
        check_width(self, self.width, input_width)
        return self.width


@dataclass(frozen=True)
class BatchNorm(Layer):
    """Each unit standardised over the batch's rows, then scaled and shifted.

    The equations are LayerNorm's with μ and v over rows instead of units. In prediction μ and v
    are running averages, constants: y = γ (x - μ) / sqrt(v + ε) + β and dx = γ dy / sqrt(v + ε).
    After each training batch, running ← (1 - momentum) running + momentum batch, the variance
    made unbiased by N / (N - 1); a batch of a single row has no variance and leaves it as it was.

    Shapes: x, y (N, width); gamma, beta and the running statistics (width,).
    Source: Ioffe and Szegedy 2015, algorithms 1 and 2. `momentum` is PyTorch's; Keras's is one
    minus it, and Keras averages the biased variance.
    """

    width: int
    momentum: float = 0.1
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        positive(self, "width")
        within(self, "momentum", 0.0, 1.0 + 1e-12)
        plain_floats(self, "momentum", "epsilon")

    def forward(
        self, xp: Namespace, params: Tree, x: Array, given: Any = None
    ) -> tuple[Array, Any]:
        """Return y = γ x̂ + β, with the batch's statistics or the `given` running ones."""
        if given is None:
            saved, rows = standardise(xp, x, 0, self.epsilon), x.shape[0]
        else:
            inverse_sd = 1.0 / xp.sqrt(given["variance"] + self.epsilon)
            x_hat = (x - given["mean"]) * inverse_sd
            saved, rows = Standardised(x_hat, inverse_sd, given["mean"], given["variance"]), None
        return params["gamma"] * saved.x_hat + params["beta"], (saved, rows)

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        """Return dx, and dγ and dβ; running statistics are constants."""
        (x_hat, inverse_sd, _, _), rows = saved
        gradients = {"gamma": xp.sum(dy * x_hat, axis=0), "beta": xp.sum(dy, axis=0)}
        d_x_hat = params["gamma"] * dy
        if rows is None:
            return d_x_hat * inverse_sd, gradients
        return standardise_pullback(xp, x_hat, inverse_sd, d_x_hat, 0), gradients

    def init(self, rng: RandomSource, dtype: Any = float) -> dict[str, Any]:
        """Return γ = 1 and β = 0."""
        return _unit_scale(rng, self.width, dtype)

    def output_width(self, input_width: int | None) -> int:
        """Return the width; raise WidthError unless rows have it."""
        check_width(self, self.width, input_width)
        return self.width

    def initial_state(self, dtype: Any = float) -> Any:
        """Return running mean 0 and variance 1."""
        shape = (self.width,)
        return {"mean": Zeros()(None, shape, dtype), "variance": Ones()(None, shape, dtype)}

    def recall(self, state: Any) -> Any:
        """Return the running statistics."""
        return state

    def remember(self, state: Any, saved: Any) -> Any:
        """Return the running statistics moved towards the batch's."""
        (_, _, mean, variance), rows = saved
        if rows < 2:
            return state
        keep, take = 1.0 - self.momentum, self.momentum
        unbiased = variance[0] * (rows / (rows - 1))
        return {
            "mean": keep * state["mean"] + take * mean[0],
            "variance": keep * state["variance"] + take * unbiased,
        }


def _unit_scale(rng: RandomSource, width: int, dtype: Any) -> dict[str, Any]:
    return {"gamma": Ones()(rng, (width,), dtype), "beta": Zeros()(rng, (width,), dtype)}
