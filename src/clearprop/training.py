"""Training a network: `train`, its result, and what it asks of the loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.backprop import L2, as_inputs, as_weights, check_sparse, prepare_rows
from clearprop.checking import check_loss_once
from clearprop.engines import get_engine
from clearprop.engines.base import Engine, NotFinite, Position, Rows, Task
from clearprop.history import History
from clearprop.layer import Layer, Tree
from clearprop.lbfgs import run_lbfgs
from clearprop.loop import Outcome, run_epochs
from clearprop.losses import Loss
from clearprop.noise import Noise
from clearprop.optimizers import LBFGS, Adam, Optimizer
from clearprop.parameters import Layout
from clearprop.readings import numpy as xp
from clearprop.schedules import Constant, Schedule
from clearprop.stopping import EarlyStopping
from clearprop.watch import EpochReport, Monitor, Settings

Metric = Callable[[np.ndarray, np.ndarray], float]
"""A function of targets and predictions, as scikit-learn's metrics are."""


@dataclass(frozen=True)
class TrainingResult:
    """A trained network: its parameters, what it remembers, and how it got there.

    Attributes
    ----------
    params : dict
        Arrays by name, nested as the network is.
    state : Any
        Running statistics of BatchNorm; None for networks without.
    history : History
        Loss, metrics, learning rate and seconds of each epoch.
    reason : str
        Why training ended: "epochs", "stopped improving", "callback", "interrupted",
        "not finite", or for L-BFGS "converged".
    failure : NotFinite or None
        What was not finite, where and in which step.
    """

    network: Layer
    loss: Loss
    params: dict[str, Any]
    state: Any
    history: History
    reason: str
    failure: NotFinite | None = None
    engine: str = "auto"

    def outputs(self, x: Any) -> np.ndarray:
        """Return the raw outputs for `x`, shape (N, K)."""
        dtype = Layout.of(self.params).pack(self.params).dtype
        inputs = as_inputs(x, dtype)
        self.network.output_width(inputs.shape[1])  # raises where the width is wrong
        return get_engine(self.engine).outputs(self.network, self.params, self.state, inputs)

    def predict(self, x: Any) -> np.ndarray:
        """Return the loss's link of the outputs: probabilities, counts or values, (N, K)."""
        return np.asarray(self.loss.link(xp, self.outputs(x)))

    def __str__(self) -> str:
        epochs, last = len(self.history), self.history.loss[-1:] or [float("nan")]
        lines = [f"{epochs} epochs, loss {last[0]:.6g}, ended: {self.reason}"]
        if self.failure is not None:
            lines.append(str(self.failure))
        return "\n".join(lines)


def train(
    network: Layer,
    loss: Loss,
    params: Tree,
    x: Any,
    t: Any,
    *,
    optimizer: Optimizer | LBFGS | None = None,
    schedule: Schedule | None = None,
    epochs: int = 100,
    batch_size: int = 32,
    shuffle: bool = True,
    sample_weight: Any = None,
    l2: float | L2 = 0.0,
    clip_norm: float | None = None,
    validation_data: tuple[Any, ...] | None = None,
    validation_fraction: float = 0.0,
    metrics: Mapping[str, Metric] | None = None,
    early_stopping: bool | EarlyStopping = False,
    seed: int | None = None,
    engine: str = "auto",
    on_epoch: Callable[[EpochReport], Any] | None = None,
) -> TrainingResult:
    """Return the network trained on the rows, from the given parameters.

    Each epoch goes through all rows once, in mini-batches. A step is: gradient of the batch's
    mean loss, plus λ W, shortened to `clip_norm`, handed to the optimizer with the schedule's
    learning rate. `params` is not changed.

    Parameters
    ----------
    network, loss, params, x, t, sample_weight, l2
        As for :func:`~clearprop.backprop.backprop`. The dtype of `params` is that of training.
    optimizer : Optimizer or LBFGS
        ``Adam()`` unless given. With ``LBFGS`` an epoch is one iteration on all rows.
    schedule : Schedule
        Constant unless given.
    epochs, batch_size : int
        The last batch of an epoch may be shorter; its gradient is the mean over its own rows.
    shuffle : bool
        Whether rows come in a new order each epoch.
    clip_norm : float, optional
        The longest gradient, over all parameters, that is not shortened.
    validation_data : (x, t) or (x, t, sample_weight), optional
        Rows to measure on after each epoch: "validation_loss" and the metrics.
    validation_fraction : float
        Or the part of the rows to set aside for that, drawn at random with `seed`.
    metrics : dict of name to function
        Each is called with the targets as given and the predictions (the loss's link).
    early_stopping : bool or EarlyStopping
        True is ``EarlyStopping()``: the validation loss, patience 10, best weights restored.
    seed : int, optional
        For the order of rows, the validation split and dropout: the same seed, the same numbers.
    engine : str
        "auto" or "numpy".
    on_epoch : function, optional
        Called with an :class:`EpochReport` after each epoch; training ends if it returns True.

    Returns
    -------
    TrainingResult
        Ctrl-C and numbers that are not finite end training early: the result is then the last
        good one, and its `reason` says so.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> net = cp.Chain(cp.Dense(2, 4), cp.Tanh(), cp.Dense(4, 1))
    >>> result = cp.train(net, cp.BinaryCrossEntropy(), net.init(rng), x, [0, 1, 1, 0],
    ...                   optimizer=cp.Adam(0.05), epochs=200, batch_size=4, seed=0)
    >>> result.predict(x).round().ravel()
    array([0., 1., 1., 0.])
    """
    _check_counts(epochs, batch_size, validation_fraction, validation_data, clip_norm)
    optimizer = Adam() if optimizer is None else optimizer
    penalty = l2 if isinstance(l2, L2) else L2(l2)
    stopping = EarlyStopping() if early_stopping is True else (early_stopping or None)
    runner = get_engine(engine)

    layout = Layout.of(params)
    vector = layout.pack(params)
    x_all, t_all, weights = prepare_rows(network, loss, x, t, sample_weight, vector.dtype)
    check_sparse(network, x_all)
    check_loss_once(loss, x_all.shape[0], t_all)
    seeds = np.random.SeedSequence(seed)
    rng = np.random.default_rng(seeds)
    keep, held_out = _split(x_all.shape[0], validation_fraction, rng)
    if held_out is not None:
        raw_t = np.asarray(t)[held_out]
        held_weights = None if weights is None else weights[held_out]
        validation: tuple[Any, Any, Any] | None = (x_all[held_out], raw_t, held_weights)
        x_all, t_all = x_all[keep], t_all[keep]
        weights = None if weights is None else weights[keep]
    else:
        validation = _given(validation_data, vector.dtype)

    rows = Rows.of(x_all, t_all, weights)
    monitors = _monitors(network, loss, layout, runner, validation, metrics or {})
    _check_monitor(stopping, monitors)
    penalised = layout.penalised(network, vector.dtype)
    state = network.initial_state(vector.dtype)
    settings = Settings(
        epochs=epochs,
        batch_size=min(batch_size, rows.count),
        shuffle=shuffle,
        schedule=schedule or Constant(),
        stopping=stopping,
        monitors=monitors,
        on_epoch=on_epoch,
    )
    if isinstance(optimizer, LBFGS):
        if schedule is not None or clip_norm is not None:
            raise ValueError(
                "L-BFGS has no learning rate and chooses its own steps: leave out schedule and "
                "clip_norm"
            )
        start = Position(vector, {}, state)
        outcome = run_lbfgs(
            network, loss, layout, penalised, penalty, optimizer, start, rows, settings
        )
    else:
        task = Task(network, loss, optimizer, layout, penalised, penalty, clip_norm)
        start = Position(vector, optimizer.init(vector, penalised), state)
        noise = Noise(int(seeds.generate_state(1, np.uint64)[0]))
        trainer = get_engine(engine, task, x_all.shape[1])
        outcome = run_epochs(task, trainer, start, rows, settings, rng, noise)
    return _result(network, loss, layout, outcome, stopping, engine)


def _result(
    network: Layer,
    loss: Loss,
    layout: Layout,
    outcome: Outcome,
    stopping: EarlyStopping | None,
    engine: str,
) -> TrainingResult:
    restore = stopping is not None and stopping.restore_best and outcome.best is not None
    position = outcome.best if restore and outcome.best is not None else outcome.position
    params = layout.unpack(position.params)
    return TrainingResult(
        network, loss, params, position.network_state, outcome.history, outcome.reason,
        outcome.failure, engine,
    )  # fmt: skip


def _monitors(
    network: Layer,
    loss: Loss,
    layout: Layout,
    engine: Engine,
    validation: tuple[Any, Any, Any] | None,
    metrics: Mapping[str, Metric],
) -> dict[str, Monitor]:
    """Return the validation loss and each metric as functions of a position."""
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
    outputs_of = _remembering_last(
        lambda position: engine.outputs(
            network, layout.unpack(position.params), position.network_state, x
        )
    )
    width = network.output_width(x.shape[1]) or x.shape[1]
    t = loss.targets(raw_t, width, x.dtype)
    if t.shape[0] != x.shape[0]:
        raise ValueError(f"validation x has {x.shape[0]} rows, but t has {t.shape[0]}")

    def validation_loss(position: Position) -> float:
        return float(np.average(loss.value(xp, outputs_of(position), t), weights=weights))

    def measured(metric: Metric) -> Monitor:
        return lambda position: float(metric(raw_t, loss.link(xp, outputs_of(position))))

    measured_metrics = {name: measured(metric) for name, metric in metrics.items()}
    return {"validation_loss": validation_loss, **measured_metrics}


def _remembering_last(compute: Callable[[Position], Any]) -> Callable[[Position], Any]:
    """Return `compute` with its last answer kept, for several monitors of one position."""
    last: list[Any] = [None, None]

    def answer(position: Position) -> Any:
        if last[0] is not position:
            last[:] = position, compute(position)
        return last[1]

    return answer


def _split(
    rows: int, fraction: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray | None]:
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


def _given(validation_data: tuple[Any, ...] | None, dtype: Any) -> tuple[Any, Any, Any] | None:
    if validation_data is None:
        return None
    if len(validation_data) not in (2, 3):
        raise ValueError("validation_data must be (x, t) or (x, t, sample_weight)")
    x = as_inputs(validation_data[0], dtype)
    weights = validation_data[2] if len(validation_data) == 3 else None
    return x, np.asarray(validation_data[1]), as_weights(weights, x.shape[0], dtype)


def _check_counts(
    epochs: int,
    batch_size: int,
    validation_fraction: float,
    validation_data: Any,
    clip_norm: float | None,
) -> None:
    if epochs < 1:
        raise ValueError(f"epochs must be at least 1, got {epochs}")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    if not 0 <= validation_fraction < 1:
        raise ValueError(f"validation_fraction must be in [0, 1), got {validation_fraction}")
    if validation_fraction and validation_data is not None:
        raise ValueError("give validation_data or validation_fraction, not both")
    if clip_norm is not None and not clip_norm > 0:
        raise ValueError(f"clip_norm must be above 0, got {clip_norm}")


def _check_monitor(stopping: EarlyStopping | None, monitors: Mapping[str, Monitor]) -> None:
    if stopping is not None and stopping.monitor not in ("loss", *monitors):
        raise ValueError(
            f"early stopping watches {stopping.monitor!r}, but only "
            f"{['loss', *monitors]} are measured; give validation_data or validation_fraction"
        )
