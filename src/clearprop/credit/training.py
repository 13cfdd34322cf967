"""Train by any rule: plain gradient steps, and the loss after each epoch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clearprop.backprop import check_sparse, mean_loss, prepare_rows
from clearprop.credit.backward import backward, stages_of
from clearprop.credit.comparison import describe
from clearprop.credit.rules import CancellingWeightsError, CreditRule
from clearprop.definitions.layer import Tree
from clearprop.definitions.layers import Chain
from clearprop.definitions.losses import Loss
from clearprop.definitions.optimizers import SGD
from clearprop.definitions.parameters import Layout, check_parameters
from clearprop.readings import numpy as xp
from clearprop.training.orders import Orders
from clearprop.writing.numbers import figure


@dataclass(frozen=True)
class CreditRun:
    """A network trained by a rule.

    Attributes
    ----------
    losses : tuple of float
        The loss of all rows: before training, then after each epoch.
    stopped : str
        Why training ended early, with the last good parameters; empty if it did not.
    """

    rule: CreditRule
    network: Chain
    loss: Loss
    params: dict[str, Any] = field(repr=False)
    losses: tuple[float, ...] = field(repr=False)
    stopped: str = ""

    def __str__(self) -> str:
        epochs = len(self.losses) - 1
        told = f"{describe(self.rule)}: loss {figure(self.losses[0])} → {figure(self.losses[-1])}"
        ended = f"; stopped in {self.stopped}" if self.stopped else ""
        return f"{told} in {epochs} epoch{'s' if epochs != 1 else ''}{ended}"

    def predict(self, x: Any) -> np.ndarray:
        """Return the loss's link of the network's outputs, (N, K)."""
        output, _ = self.network.forward(xp, self.params, np.asarray(x, float))
        return np.asarray(self.loss.link(xp, output))


def train(
    network: Chain,
    loss: Loss,
    params: Tree,
    x: Any,
    t: Any,
    rule: CreditRule,
    *,
    rate: float = 0.1,
    epochs: int = 20,
    batch_size: int = 32,
    shuffle: bool = True,
    seed: int | None = None,
) -> CreditRun:
    """Return the network trained with what the rule uses as gradients.

    θ ← θ - η g, with g from :func:`gradients`: plain steps (:class:`~clearprop.SGD`), so that only
    the rule makes a difference. The loop is its own; Ctrl-C raises KeyboardInterrupt. `params` is
    not changed.

    Parameters
    ----------
    network, loss, params, x, t, rule
        As for :func:`gradients`.
    rate : float
        η.
    epochs, batch_size, shuffle, seed
        As for :func:`~clearprop.train`; ``batch_size=1`` is the course's one row a step. The same
        seed gives every rule the rows in the same order.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((60, 2))
    >>> t = (x[:, 0] > x[:, 1]).astype(float)
    >>> net = cp.Chain(cp.Dense(2, 3), cp.Sigmoid(), cp.Dense(3, 1), cp.Sigmoid())
    >>> start = net.init(rng)
    >>> for rule in (cp.credit.Exact(), cp.credit.FeedbackAlignment(seed=1)):
    ...     run = train(net, cp.SquaredError(), start, x, t, rule, rate=5.0, batch_size=5, seed=0)
    ...     print(run)
    exact: loss 0.1380 → 0.003022 in 20 epochs
    feedback alignment: loss 0.1380 → 0.01160 in 20 epochs
    """
    if epochs < 1 or batch_size < 1:
        raise ValueError(f"epochs and batch_size must be at least 1, got {epochs} and {batch_size}")
    stages_of(network)
    check_parameters(network, params)
    layout = Layout.of(params)
    vector = layout.pack(params)
    x, t, _ = prepare_rows(network, loss, x, t, None, vector.dtype)
    check_sparse(network, x)
    optimizer = SGD(rate)
    orders = Orders(x.shape[0], shuffle, np.random.default_rng(seed))

    def measured(vector: np.ndarray) -> float:
        output, _ = network.forward(xp, layout.unpack(vector), x)
        return float(mean_loss(xp, loss, output, t))

    losses = [measured(vector)]
    stopped = ""
    # A rule that diverges overflows, which `stopped` reports.
    with np.errstate(over="ignore", invalid="ignore"):
        for epoch in range(1, epochs + 1):
            order = orders.draw(1)[0]
            for start in range(0, len(order), batch_size):
                batch = order[start : start + batch_size]
                tree = layout.unpack(vector)
                try:
                    _, found = backward(network, loss, tree, x[batch], t[batch], rule, rate)
                except CancellingWeightsError as error:
                    stopped = f"epoch {epoch}: {error}"
                    break
                moved, _ = optimizer.update(
                    xp, layout.pack(found), {}, vector, optimizer.learning_rate
                )
                if not np.isfinite(moved).all():
                    stopped = f"epoch {epoch}: the weights ran away to infinity"
                    break
                vector = moved
            losses.append(measured(vector))
            if stopped:
                break
    return CreditRun(rule, network, loss, layout.unpack(vector), tuple(losses), stopped)
