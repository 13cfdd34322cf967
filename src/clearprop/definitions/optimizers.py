"""Optimizers: from a gradient to a change of the parameters.

Each is a pair of pure functions. ``init(params)`` returns the state before the first step;
``update(xp, grads, state, params, rate)`` returns the parameters and the state after a step.
`params` and `grads` are the network's one vector of parameters and its gradient, shape (P,);
`rate` is the learning rate η of this step, which a schedule may change from step to step.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.definitions.layer import Array, Namespace


class Optimizer(ABC):
    """A rule that changes the parameters, given a gradient."""

    learning_rate: float

    @abstractmethod
    def init(self, params: np.ndarray, penalised: np.ndarray | None = None) -> dict[str, Any]:
        """Return the state before the first step.

        `penalised` is 1 where weight decay acts and 0 elsewhere; without it, it acts everywhere.
        """

    @abstractmethod
    def update(
        self, xp: Namespace, grads: Array, state: dict[str, Any], params: Array, rate: Any
    ) -> tuple[Array, dict[str, Any]]:
        """Return the parameters and the state after one step."""


@dataclass(frozen=True)
class SGD(Optimizer):
    """Gradient descent, with or without momentum.

    v ← μ v - η g, then θ ← θ + v, or with Nesterov's look-ahead θ ← θ + μ v - η g.
    Without momentum: θ ← θ - η g.

    Source: Polyak 1964; Nesterov 1983 in the form of Sutskever et al. 2013, eq. 3 and 4, and
    Bengio et al. 2013, eq. 7. As in scikit-learn; PyTorch multiplies v, not g, by η, which
    differs when η changes.

    Parameters
    ----------
    learning_rate : float
        η.
    momentum : float
        μ in [0, 1].
    nesterov : bool
        Whether to look ahead; needs momentum.
    """

    learning_rate: float = 0.1
    momentum: float = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        _above_zero(self, "learning_rate")
        _fraction(self, "momentum", include_one=True)

    def init(self, params: np.ndarray, penalised: np.ndarray | None = None) -> dict[str, Any]:
        """Return velocity 0."""
        return {"velocity": np.zeros_like(params)} if self.momentum else {}

    def update(
        self, xp: Namespace, grads: Array, state: dict[str, Any], params: Array, rate: Any
    ) -> tuple[Array, dict[str, Any]]:
        """Return θ + v, or with look-ahead θ + μ v - η g."""
        if not self.momentum:
            return params - rate * grads, state
        velocity = self.momentum * state["velocity"] - rate * grads
        change = self.momentum * velocity - rate * grads if self.nesterov else velocity
        return params + change, {"velocity": velocity}


@dataclass(frozen=True)
class RMSProp(Optimizer):
    """Divide each parameter's step by a running root mean square of its gradient.

    s ← ρ s + (1 - ρ) g², θ ← θ - η g / (sqrt(s) + ε).
    Source: Tieleman and Hinton 2012, lecture 6.5. As in PyTorch; others put ε under the root.

    Parameters
    ----------
    learning_rate : float
        η.
    decay : float
        ρ in [0, 1): how much of s is kept at each step.
    epsilon : float
        ε, in the units of a gradient.

    Shapes: θ, g, s (P,).
    """

    learning_rate: float = 0.001
    decay: float = 0.99
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        _above_zero(self, "learning_rate", "epsilon")
        _fraction(self, "decay")

    def init(self, params: np.ndarray, penalised: np.ndarray | None = None) -> dict[str, Any]:
        """Return s = 0."""
        return {"square": np.zeros_like(params)}

    def update(
        self, xp: Namespace, grads: Array, state: dict[str, Any], params: Array, rate: Any
    ) -> tuple[Array, dict[str, Any]]:
        """Return θ - η g / (sqrt(s) + ε)."""
        square = self.decay * state["square"] + (1.0 - self.decay) * (grads * grads)
        step = rate * grads / (xp.sqrt(square) + self.epsilon)
        return params - step, {"square": square}


@dataclass(frozen=True)
class Adam(Optimizer):
    """Step along a running mean of the gradient, divided by its running root mean square.

    m ← β₁ m + (1 - β₁) g, v ← β₂ v + (1 - β₂) g², m̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ),
    θ ← θ - η m̂ / (sqrt(v̂) + ε), t counting steps from 1.

    Source: Kingma and Ba 2015, algorithm 1. With ``epsilon_hat`` the form at the end of their
    section 2: θ ← θ - η sqrt(1 - β₂ᵗ) / (1 - β₁ᵗ) · m / (sqrt(v) + ε). That is what scikit-learn
    computes; PyTorch, JAX and Keras compute algorithm 1. They differ where ε is not small
    beside sqrt(v), most in the first steps.

    Parameters
    ----------
    learning_rate : float
        η, about the size of the first steps.
    beta_1, beta_2 : float
        β₁, β₂ in [0, 1): how much of m and v is kept at each step.
    epsilon : float
        ε, in the units of a gradient.
    epsilon_hat : bool
        Whether to compute scikit-learn's form.

    Shapes: θ, g, m, v (P,); t is a whole number.
    """

    learning_rate: float = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    epsilon_hat: bool = False

    def __post_init__(self) -> None:
        _above_zero(self, "learning_rate", "epsilon")
        _fraction(self, "beta_1")
        _fraction(self, "beta_2")

    def init(self, params: np.ndarray, penalised: np.ndarray | None = None) -> dict[str, Any]:
        """Return m = 0, v = 0, t = 0."""
        return {"m": np.zeros_like(params), "v": np.zeros_like(params), "t": 0}

    def update(
        self, xp: Namespace, grads: Array, state: dict[str, Any], params: Array, rate: Any
    ) -> tuple[Array, dict[str, Any]]:
        """Return θ - η m̂ / (sqrt(v̂) + ε)."""
        t = state["t"] + 1
        m = self.beta_1 * state["m"] + (1.0 - self.beta_1) * grads
        v = self.beta_2 * state["v"] + (1.0 - self.beta_2) * (grads * grads)
        bias_correction_1 = 1.0 - self.beta_1**t
        bias_correction_2 = 1.0 - self.beta_2**t
        epsilon = self.epsilon if self.epsilon_hat else self.epsilon * bias_correction_2**0.5
        step = (rate * bias_correction_2**0.5 / bias_correction_1) * m / (xp.sqrt(v) + epsilon)
        return params - step, {"m": m, "v": v, "t": t}


@dataclass(frozen=True)
class WeightDecay(Optimizer):
    """Another optimizer with decoupled weight decay: each step also shrinks weights by η λ.

    θ' = update(θ), θ ← θ' - η λ θ, on weights only: biases, scales and shifts do not decay.
    Unlike an L2 penalty it does not enter the optimizer's running averages.
    Source: Loshchilov and Hutter 2019, algorithms 1 and 2 (η here is their product α η). PyTorch's
    AdamW decays biases too.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer that makes θ' from θ and the gradient.
    decay : float
        λ, at least 0, in units of 1 / η.

    Shapes: θ and the mask of decaying parameters (P,).
    """

    optimizer: Optimizer
    decay: float = 0.01

    def __post_init__(self) -> None:
        if not _plain(self, "decay") >= 0:
            raise ValueError(f"WeightDecay: decay must not be negative, got {self.decay!r}")

    @property
    def learning_rate(self) -> float:  # type: ignore[override]
        """The learning rate of the inner optimizer."""
        return self.optimizer.learning_rate

    def init(self, params: np.ndarray, penalised: np.ndarray | None = None) -> dict[str, Any]:
        """Return the inner state, and which parameters decay."""
        penalised = np.ones_like(params) if penalised is None else penalised
        return {"penalised": penalised, "inner": self.optimizer.init(params, penalised)}

    def update(
        self, xp: Namespace, grads: Array, state: dict[str, Any], params: Array, rate: Any
    ) -> tuple[Array, dict[str, Any]]:
        """Return the inner update minus η λ θ."""
        moved, inner = self.optimizer.update(xp, grads, state["inner"], params, rate)
        penalised = state["penalised"]
        return moved - (rate * self.decay) * (penalised * params), {
            "penalised": penalised,
            "inner": inner,
        }


def AdamW(  # noqa: N802 - the field's name
    learning_rate: float = 0.001,
    weight_decay: float = 0.01,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-8,
) -> WeightDecay:
    """Return Adam with decoupled weight decay: Loshchilov and Hutter 2019, algorithm 2."""
    return WeightDecay(Adam(learning_rate, beta_1, beta_2, epsilon), weight_decay)


@dataclass(frozen=True)
class LBFGS:
    """The limited-memory quasi-Newton method of SciPy, on all rows at once.

    Every iteration searches along a direction built from the last `memory` gradients; it has no
    learning rate and no mini-batches. Source: Byrd, Lu, Nocedal and Zhu 1995.

    Parameters
    ----------
    tolerance : float
        Stop when every component of the gradient is at most this large. SciPy also stops when an
        iteration lowers the loss by less than a fraction of 2.2e-9.
    max_evaluations : int
        Stop after this many evaluations of loss and gradient.
    memory : int
        The number of past gradients kept.
    """

    tolerance: float = 1e-5
    max_evaluations: int = 15000
    memory: int = 10


def _above_zero(optimizer: Any, *names: str) -> None:
    for name in names:
        value = _plain(optimizer, name)
        if not value > 0:
            raise ValueError(f"{type(optimizer).__name__}: {name} must be above 0, got {value!r}")


def _plain(optimizer: Any, name: str) -> float:
    """Make the named field a plain float: NumPy's float64 would widen float32 parameters."""
    value = float(getattr(optimizer, name))
    object.__setattr__(optimizer, name, value)
    return value


def _fraction(optimizer: Any, name: str, include_one: bool = False) -> None:
    value = _plain(optimizer, name)
    if not (0.0 <= value < 1.0 or (include_one and value == 1.0)):
        kind = type(optimizer).__name__
        raise ValueError(f"{kind}: {name} must be at least 0 and below 1, got {value!r}")
