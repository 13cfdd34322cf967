"""Validation rows: how they are set aside, and what is measured on them after each epoch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import numpy as np

from clearprop.backprop import as_inputs, as_weights
from clearprop.definitions.layer import Layer
from clearprop.definitions.losses import Loss
from clearprop.definitions.parameters import Layout
from clearprop.engines.base import Engine, TrainingState
from clearprop.readings import numpy as xp
from clearprop.training.following import Follower
from clearprop.training.stopping import EarlyStopping
from clearprop.training.watch import EpochReport, Monitor

Metric = Callable[[np.ndarray, np.ndarray], float]
"""A function of targets and predictions, as scikit-learn's metrics are."""


def monitors_of(
    network: Layer,
    loss: Loss,
    layout: Layout,
    engine: Engine,
    validation: tuple[Any, Any, Any] | None,
    metrics: Mapping[str, Metric],
) -> dict[str, Monitor]:
    """Return the validation loss and each metric as functions of a position.

    `validation` is x (N, I), the targets as the user has them, and weights (N,) or None.
    """
    if validation is None:
        if metrics:
            raise ValueError(
                "metrics are measured on validation rows: give validation_data or "
                "validation_fraction"
            )
        return {}
    taken = {"loss", "validation_loss"} & set(metrics)
    if taken:
        raise ValueError(f"{min(taken)!r} is measured anyway; give the metric another name")
    x, raw_t, weights = validation
    if weights is not None and not weights.sum() > 0:
        raise ValueError("every validation row has weight 0; give validation_data with weights")
    outputs_of = _remembering_last(engine.outputs_each_epoch(network, layout, x))
    width = network.output_width(x.shape[1]) or x.shape[1]
    t = loss.targets(raw_t, width, x.dtype)
    if t.shape[0] != x.shape[0]:
        raise ValueError(f"validation x has {x.shape[0]} rows, but t has {t.shape[0]}")

    def validation_loss(position: TrainingState) -> float:
        return float(np.average(loss.value(xp, outputs_of(position), t), weights=weights))

    def measured(metric: Metric) -> Monitor:
        return lambda position: float(metric(raw_t, loss.link(xp, outputs_of(position))))

    measured_metrics = {name: measured(metric) for name, metric in metrics.items()}
    return {"validation_loss": validation_loss, **measured_metrics}


def remembering(metrics: Mapping[str, Metric]) -> dict[str, Any]:
    """Return the metrics that remember something between epochs: those with a `state`."""
    return {name: metric for name, metric in metrics.items() if hasattr(metric, "state")}


def _remembering_last(compute: Callable[[TrainingState], Any]) -> Callable[[TrainingState], Any]:
    """Return `compute` with its last result kept, for several monitors of one position."""
    last: list[Any] = [None, None]

    def answer(position: TrainingState) -> Any:
        if last[0] is not position:
            last[:] = position, compute(position)
        return last[1]

    return answer


def set_aside(
    rows: int, fraction: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the rows to train on and those to validate on, drawn at random, each in order.

    The second is None if `fraction` is 0.
    """
    if not fraction:
        return np.arange(rows), None
    held = round(rows * fraction)
    if not 0 < held < rows:
        raise ValueError(
            f"validation_fraction={fraction} of {rows} rows leaves no rows on one side; give "
            "another fraction or validation_data"
        )
    order = rng.permutation(rows)
    return np.sort(order[held:]), np.sort(order[:held])


def given_rows(validation_data: tuple[Any, ...] | None, dtype: Any) -> tuple[Any, Any, Any] | None:
    """Return x (N, I), targets as given and weights (N,) or None; None without validation data."""
    if validation_data is None:
        return None
    if len(validation_data) not in (2, 3):
        raise ValueError("validation_data must be (x, t) or (x, t, sample_weight)")
    x = as_inputs(validation_data[0], dtype)
    weights = validation_data[2] if len(validation_data) == 3 else None
    return x, np.asarray(validation_data[1]), as_weights(weights, x.shape[0], dtype)


def check_monitor(stopping: EarlyStopping | None, monitors: Mapping[str, Monitor]) -> None:
    """Raise for early stopping on something that is not measured."""
    if stopping is not None and stopping.monitor not in ("loss", *monitors):
        raise ValueError(
            f"early stopping watches {stopping.monitor!r}, but only "
            f"{['loss', *monitors]} are measured; give validation_data or validation_fraction"
        )


def one_at_a_time(
    on_epoch: Callable[[EpochReport], Any] | None, metrics: Mapping[str, Metric]
) -> tuple[Callable[[EpochReport], Any] | None, dict[str, Metric]]:
    """Return the user's functions, called by one thread at a time."""
    lock = threading.RLock()

    def locked(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(*arguments: Any) -> Any:
            with lock:
                return function(*arguments)

        return call

    # A follower expects to be called from several threads.
    alone = on_epoch is None or isinstance(on_epoch, Follower)
    called = on_epoch if alone or on_epoch is None else locked(on_epoch)
    return called, {name: locked(metric) for name, metric in metrics.items()}
