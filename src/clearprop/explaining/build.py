"""``cp.explain``: one training step on given rows, opened."""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.backprop import L2, mean_loss, prepare_rows
from clearprop.definitions.layer import Layer, Tree
from clearprop.definitions.losses import Loss
from clearprop.definitions.optimizers import SGD, Optimizer
from clearprop.definitions.parameters import Layout, check_parameters
from clearprop.engines.base import Batch, Position, Task
from clearprop.explaining.record import Record, record_step
from clearprop.explaining.setting import Setting
from clearprop.explaining.step import Step
from clearprop.readings import numpy as xp


def explain(
    network: Layer,
    loss: Loss,
    params: Tree,
    x: Any,
    t: Any,
    *,
    optimizer: Optimizer | None = None,
    state: dict[str, Any] | None = None,
    rate: float | None = None,
    sample_weight: Any = None,
    l2: float | L2 = 0.0,
    clip_norm: float | None = None,
    given: Any = None,
) -> Step:
    """Return one true training step on these rows, with every number's origin.

    The layers' own definitions are run on values that remember how they were made, so what is
    shown is what was computed; the new parameters equal the NumPy engine's bit by bit.

    Parameters
    ----------
    network, loss, params, x, t
        As in :func:`clearprop.backprop`; x (N, I).
    optimizer : Optimizer, optional
        Makes the update. Without one the step ends with its gradients.
    state : dict, optional
        The optimizer's state before the step; without it, that of a first step.
    rate : float, optional
        The learning rate of this step; without it, the optimizer's.
    sample_weight : array (N,), optional
        As in :func:`clearprop.backprop`.
    l2 : float or L2
        The penalty's strength.
    clip_norm : float, optional
        The length a gradient is shortened to where it is longer.
    given : optional
        Dropout masks or running statistics: ``network.draw`` or ``network.recall``.

    Returns
    -------
    Step

    Raises
    ------
    ValueError, TypeError
        What is wrong with x, t, the parameters or the weights, and where.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> net = cp.Chain(cp.Dense(2, 2), cp.Tanh(), cp.Dense(2, 1))
    >>> params = net.init(np.random.default_rng(0))
    >>> step = cp.explain(net, cp.SquaredError(), params, [[0.5, -1.0]], [[0.2]],
    ...                   optimizer=cp.SGD(0.1))
    >>> step["dense1.dW"].shape, step["dense1.dW"] is step["dW1"]
    ((2, 2), True)
    >>> step.equation("dense1.dy"), step.equation("dense2.W.new")
    ('δ₁ = ∂E/∂a₁ ⊙ (1 − a₁²)', 'W₂ⁿᵉʷ = W₂ − η · ∂E/∂W₂')
    """
    check_parameters(network, params)
    layout = Layout.of(params)
    vector = layout.pack(params)
    x, t, weights = prepare_rows(network, loss, x, t, sample_weight, vector.dtype)
    penalised = layout.penalised(network, vector.dtype)
    penalty = l2 if isinstance(l2, L2) else L2(l2)
    if clip_norm is not None and not clip_norm > 0:
        raise ValueError(f"clip_norm must be above 0, got {clip_norm!r}")
    used = optimizer if optimizer is not None else SGD()
    task = Task(network, loss, used, layout, penalised, penalty, clip_norm)
    state = used.init(vector, penalised) if state is None else state
    if optimizer is None:
        rate = None
    elif rate is None:
        rate = optimizer.learning_rate
    batch = batch_of(x, t, weights, given)
    return explained(task, Position(vector, state), batch, rate, Setting())


def batch_of(x: Any, t: np.ndarray, weights: np.ndarray | None, given: Any) -> Batch:
    """Return copies of rows, as the batch of one step."""
    x = x.toarray() if hasattr(x, "tocsr") else np.array(x)
    if weights is None:
        return Batch(x, np.array(t), None, float(len(x)), given)
    return Batch(x, np.array(t), np.array(weights), len(x) * float(weights.mean()), given)


def explained(
    task: Task, position: Position, batch: Batch, rate: float | None, setting: Setting
) -> Step:
    """Return the step from `position` on rows that are arrays of the parameters' dtype."""
    record = record_step(task, position, batch, rate)
    _freeze(record)
    after = None
    if rate is not None:
        _check_parts(record, batch.x.dtype)
        after = _loss_after(task, record, batch)
    return Step(task, position, batch, rate, record, after, setting)


def _freeze(record: Record) -> None:
    for quantity in record.quantities.values():
        if isinstance(quantity.value, np.ndarray):
            quantity.value.flags.writeable = False


def _loss_after(task: Task, record: Record, batch: Batch) -> float:
    """Return the loss of the same rows with the new parameters, penalty included."""
    moved = np.concatenate(
        [np.ravel(record.quantities[f"{path}.new"].value) for path in task.layout.paths]
    )
    with np.errstate(all="ignore"):
        output, _ = task.network.forward(xp, task.layout.unpack(moved), batch.x, batch.given)
        loss = mean_loss(xp, task.loss, output, batch.t, batch.weights, batch.divisor)
        return float(loss) + float(task.l2.value(xp, moved, task.penalised, batch.divisor))


def _check_parts(record: Record, dtype: np.dtype[Any]) -> None:
    """Raise unless the parts of every change sum to it, but for the rounding of the parameter."""
    for path, parts in record.parts.items():
        change = np.asarray(record.quantities[f"{path}.change"].value, np.float64)
        terms = np.array([np.broadcast_to(part.symbol.value, change.shape) for part in parts])
        size = np.abs(record.quantities[path].value) + np.abs(terms).sum(axis=0, dtype=np.float64)
        with np.errstate(invalid="ignore"):  # infinities have no difference
            error = np.abs(terms.sum(axis=0, dtype=np.float64) - change)
        if np.any(error > 16 * np.finfo(dtype).eps * size):
            raise ArithmeticError(
                f"the parts of {path}'s change do not sum to it: "
                f"{type(record).__name__} is off by {np.nanmax(error):.3g}"
            )
