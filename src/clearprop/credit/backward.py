"""The backward loop that all rules share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.backprop import check_sparse, mean_loss, prepare_rows
from clearprop.credit.rules import CreditRule, ErrorAtLayer
from clearprop.definitions.layer import NOTHING, Layer, Tree
from clearprop.definitions.layers import Activation, Chain, Dense
from clearprop.definitions.losses import Loss
from clearprop.definitions.parameters import Layout, check_parameters
from clearprop.readings import numpy as xp


def gradients(
    network: Chain,
    loss: Loss,
    params: Tree,
    x: Any,
    t: Any,
    rule: CreditRule,
    *,
    rate: float | None = None,
) -> tuple[float, dict[str, Any]]:
    """Return the loss, and what the rule uses as its gradient.

    The rule decides only how the error passes from layer to layer. Each layer's own gradients are
    the usual ones, dW = xᵀ δ and db = Σ δ, with δ = (the error that arrived) · f'(z).

    Parameters
    ----------
    network : Chain
        Of Dense layers and activations, any number in any order, with biases or without.
    loss, params, x, t
        As for :func:`~clearprop.backprop`.
    rule : CreditRule
        How an error is sent back.
    rate : float, optional
        The learning rate of the step these gradients are for; only a rule that sends the error
        through updated weights needs it.

    Returns
    -------
    value : float
        E, the same for every rule.
    gradients : dict
        Shaped and named as `params`; with ``Exact()`` they are :func:`~clearprop.backprop`'s.

    Raises
    ------
    TypeError
        For a network with another layer than Dense or an activation.
    CancellingWeightsError
        From :class:`Proportional`, if the weights into an output sum to zero.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> net = cp.Chain(cp.Dense(1, 2, bias=False), cp.Dense(2, 1, bias=False))
    >>> W1, W2 = np.array([[1.0, 1.0]]), np.array([[3.0], [1.0]])
    >>> params = {"dense1": {"W": W1}, "dense2": {"W": W2}}
    >>> for rule in (cp.credit.Exact(), cp.credit.Even(), cp.credit.Proportional()):
    ...     value, grads = gradients(net, cp.SquaredError(), params, [[1.0]], [[0.0]], rule)
    ...     print(rule, value, grads["dense1"]["W"])    # o = 4: the error to share is 4
    Exact() 8.0 [[12.  4.]]
    Even(raw_error=True) 8.0 [[2. 2.]]
    Proportional(raw_error=True) 8.0 [[3. 1.]]
    """
    if rule.needs_rate and rate is None:
        raise ValueError(f"{rule} sends the error through updated weights: give rate=...")
    stages_of(network)
    check_parameters(network, params)
    dtype = Layout.of(params).pack(params).dtype
    inputs, targets, _ = prepare_rows(network, loss, x, t, None, dtype)
    check_sparse(network, inputs)
    return backward(network, loss, params, inputs, targets, rule, rate)


@dataclass(frozen=True)
class Stage:
    """A Dense layer and the activations that follow it."""

    name: str
    dense: Dense
    activations: tuple[tuple[str, Activation], ...]


def stages_of(network: Layer) -> list[Stage]:
    """Return the network as Dense layers with their activations; raise if another layer occurs."""
    if not isinstance(network, Chain):
        raise TypeError(f"credit rules work on a Chain, got {type(network).__name__}")
    stages: list[Stage] = []
    for name, layer in network.children.items():
        if isinstance(layer, Dense):
            stages.append(Stage(name, layer, ()))
        elif not isinstance(layer, Activation):
            raise TypeError(
                f"{name}: credit rules know Dense layers and activations, not "
                f"{type(layer).__name__}; backprop differentiates every layer"
            )
        elif stages:
            last = stages[-1]
            stages[-1] = Stage(last.name, last.dense, (*last.activations, (name, layer)))
        # An activation before the first Dense layer has nothing to learn and nothing behind it.
    if not stages:
        raise TypeError("credit rules need at least one Dense layer")
    return stages


def backward(
    network: Chain,
    loss: Loss,
    params: Tree,
    x: np.ndarray,
    t: np.ndarray,
    rule: CreditRule,
    rate: float | None,
) -> tuple[float, dict[str, Any]]:
    """Return loss and gradients for checked rows: x (N, I), t (N, K), in the dtype of training."""
    output, saved = network.forward(xp, params, x)
    error = loss.gradient(xp, output, t) / output.shape[0]
    output_delta = None
    found: dict[str, Any] = {}
    stages = stages_of(network)
    for place, stage in reversed(list(enumerate(stages))):
        delta = error
        for name, activation in reversed(stage.activations):
            delta, _ = activation.pullback(xp, NOTHING, saved[name], delta)
        output_delta = delta if output_delta is None else output_delta
        own, before = params[stage.name], saved[stage.name]
        found[stage.name] = stage.dense.parameter_gradients(xp, own, before, delta)
        if place:  # nothing is before the first layer
            error = rule.send_back(
                ErrorAtLayer(
                    stage.name, place, stage.dense, own, before,
                    error, delta, output_delta, found[stage.name], rate,
                )
            )  # fmt: skip
    value = float(mean_loss(xp, loss, output, t))
    return value, {stage.name: found[stage.name] for stage in stages}
