"""Train a network: `train`, and the settings of the loop that follow from its arguments."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.backprop import warn_of_doubled_link
from clearprop.checking import check_loss_once
from clearprop.definitions.layer import Layer, Tree
from clearprop.definitions.losses import Loss
from clearprop.definitions.noise import Noise
from clearprop.definitions.optimizers import LBFGS, SGD, Adam, Optimizer
from clearprop.definitions.parameters import Layout, check_parameters
from clearprop.definitions.penalty import L2
from clearprop.definitions.schedules import Constant, Schedule
from clearprop.engines import EngineChoice, get_engine, get_objective
from clearprop.engines.base import (
    Burst,
    Engine,
    Request,
    TrainingState,
    TrainingTask,
    never,
)
from clearprop.engines.by_size import is_worth_loading
from clearprop.health.record import TrainingRecord, few_of
from clearprop.training.arguments import (
    check_counts,
    check_optimizer,
    check_validation,
)
from clearprop.training.blocks import RowSource
from clearprop.training.checkpoint import Checkpoint
from clearprop.training.examination import VitalsLog, record_of
from clearprop.training.given import Data, Given, check_streamed, in_memory, streamed
from clearprop.training.keeper import NOTHING_KEPT, Keeper
from clearprop.training.kept import Kept
from clearprop.training.lbfgs import run_lbfgs
from clearprop.training.loop import epochs_of, run_alone
from clearprop.training.outcome import Outcome
from clearprop.training.restarts import best_of_restarts
from clearprop.training.result import TrainingResult
from clearprop.training.stopping import EarlyStopping
from clearprop.training.validation import (
    Metric,
    check_monitor,
    monitors_of,
    one_at_a_time,
    remembering,
)
from clearprop.training.watch import EpochReport, Settings

if TYPE_CHECKING:
    from clearprop.health.vitals import Vitals


def train(
    network: Layer,
    loss: Loss,
    params: Tree,
    x: Any,
    t: Any = None,
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
    engine: EngineChoice = "auto",
    restarts: int = 1,
    on_epoch: Callable[[EpochReport], Any] | None = None,
    checkpoint: str | os.PathLike[str] | Checkpoint | None = None,
    resume: bool = False,
    vitals: int = 0,
) -> TrainingResult:
    """Return the network trained on the rows, from the given parameters.

    Each epoch goes through all rows once, in mini-batches. A step is: gradient of the batch's
    mean loss, plus λ W, shortened to `clip_norm`, handed to the optimizer with the schedule's
    learning rate. `params` is not changed.

    Parameters
    ----------
    network, loss, params, x, t, sample_weight, l2
        As for :func:`~clearprop.backprop.backprop`. The dtype of `params` is that of training.
        `x` may be a :class:`~clearprop.data.stream.Stream`, which has the targets: rows that do
        not fit into memory, `docs/stream.md`.
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
        TrainingRows to measure on after each epoch: "validation_loss" and the metrics.
    validation_fraction : float
        Or the part of the rows to set aside for that, drawn at random with `seed`.
    metrics : dict of name to function
        Each is called with the targets as given and the predictions (the loss's link).
        One that remembers something between epochs has it as a `state`, which checkpoints keep.
    early_stopping : bool or EarlyStopping
        True is ``EarlyStopping()``: the validation loss, patience 10, best weights restored.
    seed : int, optional
        For the order of rows, the validation split and dropout. The same seed gives the same
        numbers on one machine with one number of threads: large batches are summed in as many
        pieces as there are threads, and sums of other pieces round differently. OMP_NUM_THREADS
        sets the number. L-BFGS gives the same numbers with any.
    engine : str or Jax
        "auto", "compiled", "numpy" or "jax". "auto" is compiled where it knows every part of the
        network, loss and optimizer; otherwise NumPy, with a warning that names the part. "jax"
        needs ``clearprop[jax]`` and runs on JAX's CPU, GPU or TPU; `Jax` has its settings, such as
        several devices.
    restarts : int
        The number of starts, the first from `params`, the others freshly drawn, several at
        a time in threads; the best is returned, all of them ranked as its `restarts`. A walker
        dropped many times on a mountain finds more than one valley.
    on_epoch : function, optional
        Called with an :class:`EpochReport` after each epoch; training ends if it returns True,
        and goes on with another learning rate if it returns a :class:`RateChange`.
        Where it has a true attribute ``counts_only``, it is called for several epochs at a time,
        with the `position` after the last of them: small networks train faster so. With restarts
        the epochs of several runs come in any order, from the threads of the runs, and True ends
        one run. `on_epoch` and `metrics` are called by one thread at a time.

    checkpoint : path-like or Checkpoint, optional
        A file that the training saves itself to: while it runs, at the end, and after Ctrl-C. A
        path is ``Checkpoint(path)``, saved every half a minute. With restarts it is a folder, with
        a file for each run.
    resume : bool
        Go on with the training that the file holds; start anew where there is no file yet. The
        result is that of the uninterrupted training, bit for bit, and rows, settings, engine,
        threads and versions must be the same. L-BFGS goes on from the saved weights, but without
        its memory of gradients, on another path. Without `resume` a file that exists is an error.
    vitals : int
        Measure the vital signs of the network after every so many epochs, into the result's
        `vitals`: `docs/health.md`. 0 for never.

    Returns
    -------
    TrainingResult
        Ctrl-C and numbers that are not finite end training early: the result is then the last
        good one, and its `reason` says so. With restarts Ctrl-C ends all of them, and the result
        is the best so far.

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C came before the end of the first epoch.
    ResumeError
        If the checkpoint holds another training, or one and `resume` is false, or is damaged.

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
    check_counts(epochs, batch_size, restarts, clip_norm)
    check_validation(validation_fraction, validation_data)
    optimizer = Adam() if optimizer is None else optimizer
    check_optimizer(optimizer, schedule, clip_norm, vitals)
    kept = Kept.of(checkpoint, resume, seed, restarts)
    penalty = l2 if isinstance(l2, L2) else L2(l2)
    stopping = EarlyStopping() if early_stopping is True else (early_stopping or None)
    runner = get_engine(engine)

    check_parameters(network, params)
    layout = Layout.of(params)
    vector = layout.pack(params)
    seeds, split_seeds = kept.source.spawn(2)
    how_given = Given(
        network, loss, vector.dtype, batch_size, shuffle, epochs, validation_data,
        validation_fraction,
    )  # fmt: skip
    if isinstance(x, RowSource):
        check_streamed(t, sample_weight, optimizer, restarts)
        data: Data = streamed(how_given, x, seeds, split_seeds)
    else:
        data = in_memory(how_given, x, t, sample_weight, split_seeds)
    rows = data.rows
    check_loss_once(loss, rows.count, rows.t)
    warn_of_doubled_link(network, loss)

    penalised = layout.penalised(network, vector.dtype)
    if restarts > 1:
        on_epoch, metrics = one_at_a_time(on_epoch, metrics or {})

    def settings(
        cancelled: Callable[[], bool],
        keeper: Keeper = NOTHING_KEPT,
        told: Callable[[EpochReport], Any] | None = None,
    ) -> Settings:
        judge, validation = runner, data.validation
        if validation is not None and is_worth_loading(len(validation[1]), vector.size, epochs):
            judge = trainer  # its kernels are loaded already
        monitors = monitors_of(network, loss, layout, judge, validation, metrics or {})
        check_monitor(stopping, monitors)
        return Settings(
            epochs=epochs,
            batch_size=min(batch_size, data.count),
            shuffle=shuffle,
            schedule=schedule or Constant(),
            stopping=stopping,
            monitors=monitors,
            on_epoch=told,
            cancelled=cancelled,
            keeper=keeper,
            remembering=remembering(metrics or {}),
        )

    rule = SGD() if isinstance(optimizer, LBFGS) else optimizer
    task = TrainingTask(network, loss, rule, layout, penalised, penalty, clip_norm)
    trainer = runner
    if not isinstance(optimizer, LBFGS):
        trainer = data.engine(get_engine(engine, task, rows.x.shape[1]))

    held = cache(partial(few_of, rows))

    def keeper_of(number: int, start: np.ndarray, trainer: str) -> Keeper:
        if kept.checkpoint is None:
            return NOTHING_KEPT
        own = kept if restarts == 1 else kept.one_run(number)
        return own.keeper(
            data.fingerprints, {"first parameters": start}, metrics,
            network=network, loss=loss, optimizer=optimizer, schedule=schedule or Constant(),
            epochs=epochs, batch_size=batch_size, shuffle=shuffle, l2=penalty,
            clip_norm=clip_norm, early_stopping=stopping, metrics=sorted(metrics or {}),
            dtype=str(vector.dtype), engine=trainer,
        )  # fmt: skip

    def run(
        trainer: Engine,
        number: int,
        start: np.ndarray,
        seeds: np.random.SeedSequence,
        cancelled: Callable[[], bool] = never,
    ) -> Generator[Request, Burst, TrainingResult]:
        state = network.initial_state(vector.dtype)
        report: tuple[str, ...] = ()
        log = VitalsLog(vitals, on_epoch)
        position = TrainingState(start, {}, state)
        if isinstance(optimizer, LBFGS):
            how = settings(cancelled, keeper_of(number, start, str(engine)), on_epoch)
            outcome = run_lbfgs(task, optimizer, position, rows, how, engine)
        else:
            position = TrainingState(start, optimizer.init(start, penalised), state)
            noise = Noise(int(seeds.generate_state(1, np.uint64)[0]))
            order = data.orders or np.random.default_rng(seeds)
            how = settings(
                cancelled, keeper_of(number, start, trainer.name), log.callback(task, rows)
            )
            outcome = yield from epochs_of(task, trainer, position, rows, how, order, noise)
            report = trainer.report()
        by_itself = isinstance(optimizer, LBFGS)
        record = record_of(
            task, rows, position, outcome, batch_size, by_itself, _restores(stopping, outcome),
            held(),
        )  # fmt: skip
        return _result(
            network, loss, layout, outcome, stopping, engine, report, record, tuple(log.vitals)
        )

    if restarts == 1:
        with data.closing:
            return run_alone(trainer, run(trainer, 0, vector, seeds))
    settings(never)  # raises for wrong arguments, before anything is compiled
    # Compile the kernels here, where Ctrl-C ends the compiler: threads do not get it.
    if isinstance(optimizer, LBFGS):
        get_objective(engine, network, loss, layout, rows, vector.dtype)
    else:
        start_state = network.initial_state(vector.dtype)
        position = TrainingState(vector, optimizer.init(vector, penalised), start_state)
        trainer.prepare(task, position, rows, min(batch_size, rows.count))
    return best_of_restarts(run, trainer, network, layout, vector, restarts, seeds)


def _result(
    network: Layer,
    loss: Loss,
    layout: Layout,
    outcome: Outcome,
    stopping: EarlyStopping | None,
    engine: EngineChoice,
    report: tuple[str, ...],
    record: TrainingRecord,
    vitals: tuple[Vitals, ...],
) -> TrainingResult:
    best = outcome.best if _restores(stopping, outcome) else None
    position = outcome.position if best is None else best
    params = layout.unpack(position.params)
    return TrainingResult(
        network, loss, params, position.network_state, outcome.history, outcome.reason,
        outcome.failure, engine, report, restored=best is not None, incident=outcome.incident,
        record=record, vitals=vitals,
    )  # fmt: skip


def _restores(stopping: EarlyStopping | None, outcome: Outcome) -> bool:
    """Return whether the weights of the best epoch are kept."""
    return stopping is not None and stopping.restore_best and outcome.best is not None
