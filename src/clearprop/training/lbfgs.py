"""L-BFGS through SciPy: the whole training set in every iteration."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.losses import Loss
from clearprop.definitions.noise import Noise
from clearprop.definitions.optimizers import LBFGS
from clearprop.definitions.parameters import Layout
from clearprop.definitions.penalty import L2
from clearprop.engines import get_objective
from clearprop.engines.base import Losses, NotFinite, Position, TrainingRows
from clearprop.readings import numpy as xp
from clearprop.training.loop import Outcome
from clearprop.training.watch import Settings, Watch


class _Stopped(Exception):  # noqa: N818 - a signal through SciPy, not an error
    """Ends SciPy's iteration from within its callback."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


def run_lbfgs(
    network: Layer,
    loss: Loss,
    layout: Layout,
    penalised: np.ndarray,
    l2: L2,
    optimizer: LBFGS,
    position: Position,
    rows: TrainingRows,
    settings: Settings,
    engine: str,
) -> Outcome:
    """Return where at most `settings.epochs` iterations lead from `position`."""
    from scipy.optimize import minimize

    _refuse_batch_layers(network, rows)
    divisor, dtype = rows.count * rows.mean_weight, position.params.dtype
    mean_loss = get_objective(engine, network, loss, layout, rows, dtype)

    def objective(vector: np.ndarray) -> tuple[float, np.ndarray]:
        params = vector.astype(dtype, copy=False)
        value, gradient = mean_loss(params)
        with np.errstate(over="ignore", invalid="ignore"):
            gradient += l2.gradient(params, penalised, divisor)
            return value + float(l2.value(xp, params, penalised, divisor)), gradient

    watch = Watch(settings, rows.count)
    start = position.params.astype(np.float64)
    began = time.perf_counter()

    # SciPy looks at the argument's name to know what the callback wants.
    def after_iteration(intermediate_result: Any) -> None:
        nonlocal position, began
        position = replace(
            position,
            params=intermediate_result.x.astype(dtype),  # a copy: SciPy goes on using its own
            epochs=position.epochs + 1,
            steps=position.steps + 1,
            rows_seen=position.rows_seen + rows.count,
        )
        penalty = float(l2.value(xp, position.params, penalised, divisor))
        data_loss = float(intermediate_result.fun) - penalty
        seconds, began = time.perf_counter() - began, time.perf_counter()
        reason = watch.after_epoch(position, Losses(data_loss, penalty), 1.0, seconds)
        if reason is not None:
            raise _Stopped(reason)

    try:
        value, gradient = objective(start)
        if not (np.isfinite(value) and np.isfinite(gradient).all()):
            failure = NotFinite("loss or its gradient", "at the starting weights", 1, 1)
            return Outcome.of(watch, position, "not finite", failure)
        with mean_loss.asked_often():
            result = minimize(
                objective,
                start,
                method="L-BFGS-B",
                jac=True,
                callback=after_iteration,
                options={
                    "maxiter": settings.epochs,
                    "maxfun": optimizer.max_evaluations,
                    "gtol": optimizer.tolerance,
                    "maxcor": optimizer.memory,
                },
            )
    except _Stopped as stopped:
        return Outcome.of(watch, position, stopped.reason)
    except KeyboardInterrupt:
        return Outcome.of(watch, position, "interrupted")
    position = replace(position, params=result.x.astype(dtype))
    return Outcome.of(watch, position, "converged" if result.status == 0 else result.message)


def _refuse_batch_layers(network: Layer, rows: TrainingRows) -> None:
    """Raise for a network whose loss is another function from batch to batch."""
    if network.draw(Noise(0), 1, rows.x.shape[1], float) is not None:
        raise ValueError(
            "L-BFGS needs a loss that is the same function each time, which dropout makes "
            "impossible; use SGD or Adam"
        )
    if network.initial_state(float) is not None:
        raise ValueError(
            "L-BFGS sees all rows at once, but BatchNorm predicts with averages over batches; use "
            "LayerNorm, or SGD or Adam"
        )
