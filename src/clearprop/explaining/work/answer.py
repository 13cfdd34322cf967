"""Running someone's own training step beside the true one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from clearprop.definitions.layer import Layer, Tree
from clearprop.definitions.losses import Loss
from clearprop.definitions.parameters import leaves_of
from clearprop.explaining.build import step_on
from clearprop.explaining.step import StepData, gradient
from clearprop.explaining.work.check import check
from clearprop.explaining.work.report import CheckReport


def check_work(
    step_function: Callable[[Any, np.ndarray, np.ndarray], Any],
    network: Layer,
    loss: Loss,
    params: Tree,
    x: Any,
    t: Any,
    **how: Any,
) -> CheckReport:
    """Run *your own* training step beside the true one, and compare.

    Parameters
    ----------
    step_function : callable
        ``step_function(params, x, t)`` gets copies: parameters nested as the network is, inputs
        (N, I) and targets as the loss takes them (N, K). It returns the new parameters; or loss
        and gradients, as ``(value, gradients)``; or any quantities by path, such as
        ``{"dense1.dW": ..., "dense1.W.new": ...}``; or nothing, having changed `params` in place.
    network, loss, params, x, t
        As in :func:`clearprop.explain`.
    **how
        The other arguments of :func:`clearprop.explain`: `optimizer`, `state`, `l2` ...

    Raises
    ------
    TypeError
        What came back is none of these.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> net = cp.Chain(cp.Dense(2, 1))
    >>> def mine(params, x, t):
    ...     o = x @ params["dense1"]["W"] + params["dense1"]["b"]
    ...     delta = (o - t)                         # forgot to divide by the rows
    ...     return {"dense1.dW": x.T @ delta, "dense1.db": delta.sum(axis=0)}
    >>> params = net.init(np.random.default_rng(0))
    >>> print(cp.check_work(mine, net, cp.SquaredError(), params, np.eye(2), [1.0, 2.0]))
      dense1.dW  WRONG   2 of 2 numbers, off by up to 1.326
      dense1.db  wrong   off by 1.632
    first wrong: dense1.dW[1,0] is −1.326, yours is −2.651
    cause: 1/N missing
           summed over the rows; the step takes their mean
           the same numbers also come from: 1/2 missing
    """
    step = step_on(network, loss, params, x, t, **how)
    layout = step.task.layout
    mine = layout.unpack(layout.pack(params))
    answer = step_function(mine, np.array(step["x"]), np.array(step["t"]))
    work = _as_work(step, mine if answer is None else answer)
    return check(step, work, weights_as_given=True)


def _as_work(step: StepData, answer: Any) -> Mapping[str, Any]:
    """Return what a training function gave as quantities by path."""
    if isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[1], Mapping):
        value, gradients = answer
        named = {gradient(path): array for path, array in leaves_of(gradients)}
        return {"E": value, **named}
    if not isinstance(answer, Mapping):
        raise TypeError(
            "the training function must return parameters, (value, gradients) or quantities by "
            f"path, got {type(answer).__name__}"
        )
    leaves = dict(leaves_of(answer))
    if set(leaves) != set(step.task.layout.paths):
        return answer
    if step.rate is None:
        raise TypeError(
            "the training function returned parameters; give the optimizer that makes the true "
            "step: optimizer=cp.SGD(0.1)"
        )
    return {f"{path}.new": array for path, array in leaves.items()}
