"""From a network and rows to the record of one training step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from clearprop.backprop import mean_loss, prepare_rows, warn_of_doubled_link
from clearprop.definitions.layer import Layer, Tree
from clearprop.definitions.layers import Dropout
from clearprop.definitions.losses import Loss
from clearprop.definitions.optimizers import SGD, Optimizer
from clearprop.definitions.parameters import Layout, check_parameters
from clearprop.definitions.penalty import L2
from clearprop.engines.base import Batch, TrainingState, TrainingTask
from clearprop.explaining.labels import StepLabels
from clearprop.explaining.record import Record, record_step
from clearprop.explaining.step import StepData
from clearprop.readings import numpy as xp


def step_on(
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
) -> StepData:
    """Return one true training step on these rows; :func:`clearprop.explain` has the arguments."""
    check_parameters(network, params)
    layout = Layout.of(params)
    vector = layout.pack(params)
    x, t, weights = prepare_rows(network, loss, x, t, sample_weight, vector.dtype)
    warn_of_doubled_link(network, loss, stacklevel=4)
    penalised = layout.penalised(network, vector.dtype)
    penalty = l2 if isinstance(l2, L2) else L2(l2)
    if clip_norm is not None and not clip_norm > 0:
        raise ValueError(f"clip_norm must be above 0, got {clip_norm!r}")
    used = optimizer if optimizer is not None else SGD()
    task = TrainingTask(network, loss, used, layout, penalised, penalty, clip_norm)
    start = used.init(vector, penalised)
    state = start if state is None else _packed(layout, _complete(state, start))
    given = _masks(network, given)
    if optimizer is None:
        rate = None
    elif rate is None:
        rate = optimizer.learning_rate
    batch = batch_of(x, t, weights, given)
    return explained(task, TrainingState(vector, state), batch, rate, StepLabels())


def _complete(state: dict[str, Any], start: dict[str, Any]) -> dict[str, Any]:
    """Return a state with all that the optimizer holds; what is inside a weight decay may be bare.

    Raises
    ------
    ValueError
        The state lacks something; the message says what.
    """
    if "inner" in start and "inner" not in state:
        return {**start, "inner": _complete(state, start["inner"])}
    missing = [name for name in start if name not in state]
    if missing:
        names = ", ".join(repr(name) for name in start)
        raise ValueError(
            f"state must be a dict with {names}; {', '.join(map(repr, missing))} missing"
        )
    return state


def _packed(layout: Layout, state: dict[str, Any]) -> dict[str, Any]:
    """Return an optimizer's state with averages nested as the parameters are packed."""
    return {
        name: _packed(layout, value)
        if name == "inner"
        else layout.pack(value)
        if isinstance(value, Mapping)
        else value
        for name, value in state.items()
    }


def _masks(network: Layer, given: Any) -> Any:
    """Return `given` by the layer's name where it is one dropout mask as an array."""
    if given is None or isinstance(given, Mapping):
        return given
    names = [name for name, layer in network.children.items() if isinstance(layer, Dropout)]
    if len(names) == 1:
        return {names[0]: np.asarray(given)}
    raise TypeError(
        f"given must hold masks by layer, such as {{'dropout1': mask}}, got "
        f"{type(given).__name__}; the network has the dropout layers {', '.join(names) or 'none'}"
    )


def batch_of(x: Any, t: np.ndarray, weights: np.ndarray | None, given: Any) -> Batch:
    """Return copies of rows, as the batch of one step."""
    x = x.toarray() if hasattr(x, "tocsr") else np.array(x)
    if weights is None:
        return Batch(x, np.array(t), None, float(len(x)), given)
    return Batch(x, np.array(t), np.array(weights), len(x) * float(weights.mean()), given)


def explained(
    task: TrainingTask,
    position: TrainingState,
    batch: Batch,
    rate: float | None,
    labels: StepLabels,
) -> StepData:
    """Return the step from `position` on rows that are arrays of the parameters' dtype."""
    record = record_step(task, position, batch, rate)
    _freeze(record)
    after = None
    if rate is not None:
        _check_parts(record, batch.x.dtype)
        after = _loss_after(task, record, batch)
    return StepData(task, position, batch, rate, record, after, labels)


def _freeze(record: Record) -> None:
    for quantity in record.quantities.values():
        if isinstance(quantity.value, np.ndarray):
            quantity.value.flags.writeable = False


def _loss_after(task: TrainingTask, record: Record, batch: Batch) -> float:
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
                f"the parts of {path}'s change do not sum to it: they differ from it by up to "
                f"{np.nanmax(error):.3g}. This is a fault of clearprop"
            )
