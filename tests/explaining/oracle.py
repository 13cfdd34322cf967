"""A whole training step by others: what an opened step is held against.

JAX differentiates the forward passes itself, or complex steps do without any algebra; Optax has its
own update rules. None of them knows our pullbacks or optimizers.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from clearprop.definitions.parameters import Layout, leaves_of
from clearprop.readings import complex_step
from tests import jax_reading
from tests.explaining.steps import Situation
from tests.oracles import complex_gradient

LONGEST = 512
"""Vectors are padded with zeros to one length, so that JAX compiles Optax's rules once."""


class Slopes(NamedTuple):
    """The loss of the rows and its gradient for every parameter (one vector) and the input."""

    value: float
    gradient: np.ndarray
    input_gradient: np.ndarray


def by_autodiff(situation: Situation) -> Slopes:
    """Return the loss and its gradients, differentiated by JAX."""
    case = situation.case
    assert len(case.x) <= jax_reading.SAFE_ROWS

    def loss(params: Any, x: Any) -> Any:
        return mean_loss(jax_reading.xp, situation, params, x)

    params, x = jax.tree.map(jnp.asarray, (case.params, case.x))
    value, (gradients, dx) = jax.value_and_grad(loss, argnums=(0, 1))(params, x)
    return Slopes(float(value), _vector(case.params, gradients), np.asarray(dx))


def by_complex_steps(situation: Situation) -> Slopes:
    """Return the loss and its gradients, by a complex step of every parameter and input."""
    case = situation.case

    def loss(point: Any) -> Any:
        return mean_loss(complex_step, situation, *point)

    gradients, dx = complex_gradient(loss, (case.params, case.x))
    value = float(np.real(loss((case.params, case.x))))
    return Slopes(value, _vector(case.params, gradients), dx)


def mean_loss(xp: Any, situation: Situation, params: Any, x: Any) -> Any:
    """Return Σ w E_n / Σ w of the network's output."""
    case = situation.case
    o, _ = case.network.forward(xp, params, x, case.given)
    t = case.example.loss.targets(case.t, case.network.output_width(None))
    each = case.example.loss.value(xp, o, t)
    weights = np.ones(len(x)) if situation.weights is None else situation.weights
    return (weights * each).sum() / weights.sum()


class Penalty(NamedTuple):
    """½ λ Σ W² over the matrices of dense layers, and its gradient λ W."""

    value: float
    gradient: np.ndarray


def penalty(situation: Situation) -> Penalty:
    """Return the L2 penalty; the parameters it acts on are those called W."""
    l2, case = situation.l2, situation.case
    weights = np.ones(len(case.x)) if situation.weights is None else situation.weights
    strength = l2.strength / weights.sum() if l2.per_row else l2.strength
    matrices = only_weights(case.params)
    return Penalty(0.5 * strength * float(matrices @ matrices), strength * matrices)


def only_weights(params: Any) -> np.ndarray:
    """Return the vector of parameters with everything zero that is not called W."""
    parts = [
        np.ravel(array if path.split(".")[-1] == "W" else np.zeros_like(array))
        for path, array in leaves_of(params)
    ]
    return np.concatenate(parts)


def clipped(situation: Situation, gradient: np.ndarray) -> np.ndarray:
    """Return what Optax makes of a gradient that may be too long."""
    if situation.clip_norm is None:
        return gradient
    clip = optax.clip_by_global_norm(situation.clip_norm)
    padded = _padded(gradient)
    return np.asarray(clip.update(padded, clip.init(padded))[0])[: gradient.size]


def stepped(situation: Situation, pull: np.ndarray) -> np.ndarray:
    """Return the new parameters by Optax, from the state the step started in."""
    params = _vector(situation.case.params, situation.case.params)
    rate = situation.rate or situation.optimizer.learning_rate
    memory = dict(situation.state or {})
    memory.update(memory.pop("inner", {}))
    count = memory.get("t", 0)
    rule = _rule(situation, rate, count)
    start = rule.init(_padded(params))
    # Optax's momentum is ours divided by -η: it multiplies by the rate at the end.
    velocity = -memory["velocity"] / rate if "velocity" in memory else None
    theirs = {
        "mu": memory.get("m"), "nu": memory.get("v", memory.get("square")), "trace": velocity,
    }  # fmt: skip
    known = {name: _padded(vector) for name, vector in theirs.items() if vector is not None}
    if "mu" in known:
        known["count"] = jnp.asarray(count, jnp.int32)
    start = optax.tree.set(start, **known)
    # Rules read the parameters for weight decay only, and biases do not decay.
    decaying = _padded(only_weights(situation.case.params))
    change, _ = rule.update(_padded(pull), start, decaying)
    return params + np.asarray(change)[: params.size]


def _rule(situation: Situation, rate: float, count: int) -> Any:
    name, optimizer = situation.optimizer_name, situation.optimizer
    if name in ("sgd", "momentum", "nesterov"):
        return optax.sgd(rate, optimizer.momentum or None, optimizer.nesterov)
    if name == "rmsprop":
        return optax.rmsprop(rate, optimizer.decay, optimizer.epsilon, eps_in_sqrt=False)
    adam = optimizer.optimizer if name == "adamw" else optimizer
    betas, epsilon = (adam.beta_1, adam.beta_2), adam.epsilon
    if adam.epsilon_hat:
        # sqrt(v) + ε̂ is sqrt(1 - β₂ᵗ) (sqrt(v̂) + ε) for this ε, which is Optax's form.
        epsilon /= (1.0 - adam.beta_2 ** (count + 1)) ** 0.5
    if name == "adamw":
        return optax.adamw(rate, *betas, eps=epsilon, weight_decay=optimizer.decay)
    return optax.adam(rate, *betas, eps=epsilon)


def _padded(vector: np.ndarray) -> Any:
    assert vector.size <= LONGEST
    return jnp.asarray(np.pad(vector, (0, LONGEST - vector.size)))


def _vector(like: Any, tree: Any) -> np.ndarray:
    return Layout.of(like).pack(jax.tree.map(np.asarray, tree))
