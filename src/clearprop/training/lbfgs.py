"""L-BFGS through SciPy: the whole training set in every iteration."""

from __future__ import annotations

import time
import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.noise import Noise
from clearprop.definitions.optimizers import LBFGS
from clearprop.engines import EngineChoice, get_objective
from clearprop.engines.base import Losses, NotFinite, TrainingRows, TrainingState, TrainingTask
from clearprop.readings import numpy as xp
from clearprop.training.following import FollowedRun
from clearprop.training.orders import Orders
from clearprop.training.outcome import Outcome, interrupted
from clearprop.training.watch import Settings, Watch
from clearprop.writing.sentences import count

EVALUATIONS = "evaluations"
"""The name, in the optimizer's state, of how often the loss was computed."""

ANOTHER_PATH = (
    "L-BFGS goes on after {} from the saved weights, without its memory of earlier gradients: it "
    "takes another path than the uninterrupted training, and ends in other numbers"
)


def run_lbfgs(
    task: TrainingTask,
    optimizer: LBFGS,
    position: TrainingState,
    rows: TrainingRows,
    settings: Settings,
    engine: EngineChoice,
) -> Outcome:
    """Return where at most `settings.epochs` iterations lead from `position`.

    Parameters
    ----------
    task : TrainingTask
        The mean loss over all rows, plus the penalty, is minimised. The network must compute the
        same function each time: no dropout, no BatchNorm. The task's own optimizer is not used.
    optimizer : LBFGS
        Tolerance, memory, and the most evaluations of the loss.
    position : TrainingState
        Where to start: parameters (P,), in float32 or float64. SciPy itself works in float64.
    rows : TrainingRows
        N inputs (N, I) and targets (N, K), with weights (N,) or without.
    settings : Settings
        Batches, schedule and shuffling do not apply.
    engine : str
        The name of the engine that computes loss and gradient.

    Returns
    -------
    Outcome
        Its `reason` is one of `train`'s, or "converged", "evaluations" or "no descent".

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C came before the first iteration had ended.
    """
    _refuse_batch_layers(task.network, rows)
    watch = Watch(settings, rows.count)
    with watch.telling_of_errors():
        outcome = _run(task, optimizer, position, rows, settings, engine, watch)
    watch.ends(outcome.reason)
    return outcome


def _run(
    task: TrainingTask,
    optimizer: LBFGS,
    position: TrainingState,
    rows: TrainingRows,
    settings: Settings,
    engine: EngineChoice,
    watch: Watch,
) -> Outcome:
    from scipy.optimize import minimize

    divisor, dtype = rows.count * rows.mean_weight, position.params.dtype
    orders, keeper = Orders.none(), settings.keeper
    position = replace(position, optimizer_state={EVALUATIONS: 0})
    first = None if position.steps else position
    position, _, ended = keeper.begin(position, watch, orders)
    watch.begins(
        FollowedRun(
            task, rows, settings.epochs, rows.count, watch.history, None,
            cancelled=settings.cancelled, start=first,
        )
    )  # fmt: skip
    if ended is not None:
        return Outcome.of(watch, position, ended)
    if len(watch.history):
        warnings.warn(ANOTHER_PATH.format(count(len(watch.history), "iteration")), stacklevel=4)
    evaluations: int = position.optimizer_state[EVALUATIONS]
    start = position.params.astype(np.float64)
    began = time.perf_counter()
    reason: str | None = None

    def objective(vector: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal evaluations
        if settings.cancelled():
            raise KeyboardInterrupt
        evaluations += 1
        params = vector.astype(dtype, copy=False)
        value, gradient = mean_loss(params)
        with np.errstate(over="ignore", invalid="ignore"):
            gradient += task.l2.gradient(params, task.penalised, divisor)
            return value + float(task.l2.value(xp, params, task.penalised, divisor)), gradient

    # SciPy reads the argument's name to learn what the callback wants.
    def after_iteration(intermediate_result: Any) -> None:
        nonlocal position, began, reason
        position = replace(
            position,
            params=intermediate_result.x.astype(dtype),  # a copy: SciPy goes on using its own
            optimizer_state={EVALUATIONS: evaluations},
            epochs=position.epochs + 1,
            steps=position.steps + 1,
            rows_seen=position.rows_seen + rows.count,
        )
        penalty = float(task.l2.value(xp, position.params, task.penalised, divisor))
        data_loss = float(intermediate_result.fun) - penalty
        seconds, began = time.perf_counter() - began, time.perf_counter()
        reason = watch.after_epoch(position, Losses(data_loss, penalty), 1.0, seconds)
        if watch.steered(position) is not position:
            raise ValueError("L-BFGS has no learning rate that a RateChange could change")
        if reason is not None:
            raise StopIteration
        keeper.reached(position, watch, orders)

    iterations = settings.epochs - len(watch.history)
    most = optimizer.max_evaluations - evaluations
    try:
        mean_loss = get_objective(engine, task.network, task.loss, task.layout, rows, dtype)
        value, gradient = objective(start)
        if not (np.isfinite(value) and np.isfinite(gradient).all()):
            failure = NotFinite("loss or its gradient", "at the starting weights", 1, 1)
            return Outcome.of(watch, position, "not finite", failure)
        evaluations -= 1  # of the test: SciPy makes it again
        with mean_loss.asked_often():
            result = minimize(
                objective,
                start,
                method="L-BFGS-B",
                jac=True,
                callback=after_iteration,
                options={
                    "maxiter": iterations,
                    "maxfun": most,
                    "gtol": optimizer.tolerance,
                    "maxcor": optimizer.memory,
                },
            )
    except KeyboardInterrupt:
        keeper.cut_off()
        return interrupted(watch, position)
    if reason is None:
        position = replace(position, params=result.x.astype(dtype))
        reason = _reason(result, iterations, most)
    keeper.ended(position, watch, orders, reason)
    return Outcome.of(watch, position, reason)


def _reason(result: Any, iterations: int, evaluations: int) -> str:
    """Return why SciPy ended; its own words for it differ between versions."""
    if result.success:
        return "converged"
    if result.nit >= iterations:
        return "epochs"
    return "evaluations" if result.nfev > evaluations else "no descent"


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
