"""The compiled engine: whole epochs in fused kernels over one workspace."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from clearprop.engines.base import Burst, Losses, Position, Rows, Task, epoch_done
from clearprop.engines.compiled.cache import say_if_compiling
from clearprop.engines.compiled.kernels.epoch import run_steps
from clearprop.engines.compiled.plan import NotLowered, lower, lower_optimizer
from clearprop.engines.compiled.tables import (
    Data,
    PlanTables,
    Rule,
    Workspace,
    copies_of,
    data_of,
    place_scales,
    position_of,
)
from clearprop.engines.numpy import NumpyEngine
from clearprop.noise import Noise

SLICE_SECONDS = 0.2
"""The longest the kernels run before Python may see a Ctrl-C."""

FIRST_CHUNK = 4096
BURST_STEPS = 1000

SINGLE_THREADED_PRODUCT = 100_000
"""Below so many multiplications OpenBLAS uses one thread by itself, and asking costs more."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A plan and its workspace, for one task, its rows and its batch size."""

    task: Task
    rows: Rows
    batch_size: int
    tables: PlanTables
    data: Data
    rule: Rule
    work: Workspace
    names: list[str]
    largest_product: int

    def fits(self, task: Task, rows: Rows, batch_size: int) -> bool:
        """Return whether this is for the very same task, rows and batch size."""
        return self.task is task and self.rows is rows and self.batch_size == batch_size


class CompiledEngine(NumpyEngine):
    """Runs the package's own layers, losses and optimizers; anything else is `NotLowered`.

    Same numbers as the reference to rounding. Predictions are the reference's.
    """

    name = "compiled"

    def __init__(self) -> None:
        self._prepared: Prepared | None = None
        self._blas: ThreadpoolController | None = None

    def epochs_at_once(self, steps: int) -> int:
        """Return how many epochs make about a thousand steps: then a call's cost is nothing."""
        return max(1, BURST_STEPS // steps)

    def epochs(
        self,
        task: Task,
        position: Position,
        rows: Rows,
        orders: np.ndarray,
        batch_size: int,
        rates: np.ndarray,
        noise: Noise,
    ) -> Burst:
        """Return the outcome of one epoch for each row of `orders`."""
        prepared = self._prepare(task, rows, batch_size)
        moving = copies_of(position, prepared.names)
        steps = rates.size
        flat_orders, flat_rates = np.ravel(orders), np.ravel(rates)
        losses, done, interrupted = np.zeros((len(orders), 3)), 0, False
        chunk = min(steps, FIRST_CHUNK)
        try:
            with self._one_blas_thread(prepared):
                while done < steps:
                    started = time.perf_counter()
                    part = flat_rates[done : done + chunk]
                    made = run_steps(
                        prepared.tables, prepared.data, prepared.rule, flat_orders, batch_size,
                        part, np.uint64(noise.key), moving, prepared.work, done, losses,
                    )  # fmt: skip
                    done += made
                    if made < len(part):
                        return self._failed(
                            task, position, rows, orders, batch_size, rates, noise, done
                        )
                    seconds = max(time.perf_counter() - started, 1e-6)
                    chunk = max(1, int(made * SLICE_SECONDS / seconds))
        except KeyboardInterrupt:
            interrupted = True
            # It comes when the kernels return, before `done` has heard of their steps; the rows
            # they have counted tell.
            done = int(np.ceil(losses[:, 2] / batch_size).sum())
        reached = position_of(position, moving, prepared.names, done)
        whole = done // rates.shape[1]
        return Burst(
            epoch_done(reached, rows.count, whole), _means(losses[:whole]), None, interrupted
        )

    def _failed(
        self,
        task: Task,
        position: Position,
        rows: Rows,
        orders: np.ndarray,
        batch_size: int,
        rates: np.ndarray,
        noise: Noise,
        good: int,
    ) -> Burst:
        """Return the position before the step that failed, and the reference's words for it.

        The kernels work in place, so the good epochs are made again from the start, being
        deterministic, and the reference engine makes the epoch that fails.
        """
        whole = good // rates.shape[1]
        losses: tuple[Losses, ...] = ()
        if whole:
            again = self.epochs(
                task, position, rows, orders[:whole], batch_size, rates[:whole], noise
            )
            position, losses = again.position, again.losses
        last = super().epochs(
            task, position, rows, orders[whole : whole + 1], batch_size,
            rates[whole : whole + 1], noise,
        )  # fmt: skip
        return replace(last, losses=losses + last.losses)

    def _one_blas_thread(self, prepared: Prepared) -> AbstractContextManager[Any]:
        """Return what keeps BLAS on one thread, where products are large enough for more."""
        if prepared.largest_product < SINGLE_THREADED_PRODUCT:
            return nullcontext()
        if self._blas is None:
            self._blas = ThreadpoolController()
        return self._blas.limit(limits=1, user_api="blas")

    def _prepare(self, task: Task, rows: Rows, batch_size: int) -> Prepared:
        """Return tables and workspace, made once for a task, its rows and its batch size."""
        kept = self._prepared
        if kept is not None and kept.fits(task, rows, batch_size):
            return kept
        say_if_compiling(run_steps)
        dtype = task.penalised.dtype
        plan = lower(task.network, task.loss, task.layout, rows.x.shape[1])
        code, numbers, names = lower_optimizer(task.optimizer)
        room = min(batch_size, rows.count)
        slot = max(room, plan.widest)
        ops = plan.ops.copy()
        place_scales(ops, slot)
        tables = PlanTables(
            ops, plan.numbers, plan.output, plan.outputs, plan.loss, plan.loss_number
        )
        rule = Rule(
            code, numbers, task.penalised, task.l2.strength, task.l2.per_row, task.clip_norm or 0.0
        )
        work = Workspace(
            values=np.empty(plan.width * room, dtype),
            slopes=np.empty(plan.width * room, dtype),
            grads=np.empty(task.layout.size, dtype),
            product=np.empty(plan.widest * room, dtype),
            scales=np.empty(max(plan.slots, 1) * slot, dtype),
            means=np.empty(plan.widest, dtype),
            zeros=np.zeros(plan.widest, dtype),
            tiny=np.array([np.finfo(dtype).tiny], dtype),
            room=room,
        )
        self._prepared = Prepared(
            task, rows, batch_size, tables, data_of(rows, dtype), rule, work, names,
            plan.widest * plan.widest * room,
        )  # fmt: skip
        return self._prepared


def check_lowered(task: Task, input_width: int) -> None:
    """Raise NotLowered where the compiled engine cannot run the task."""
    if task.penalised.dtype not in (np.float32, np.float64):
        raise NotLowered(f"parameters of {task.penalised.dtype}")
    lower(task.network, task.loss, task.layout, input_width)
    lower_optimizer(task.optimizer)


def _means(losses: np.ndarray) -> tuple[Losses, ...]:
    """Return each epoch's means from its sums and its number of rows."""
    return tuple(Losses(float(loss / n), float(penalty / n)) for loss, penalty, n in losses)


__all__ = ["CompiledEngine", "NotLowered", "check_lowered"]
