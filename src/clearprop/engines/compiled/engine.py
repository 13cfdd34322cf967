"""The compiled engine: whole epochs in fused kernels over one workspace."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from clearprop.engines.base import EpochOutcome, NotFinite, Position, Rows, Task
from clearprop.engines.compiled.cache import say_if_compiling
from clearprop.engines.compiled.kernels.epoch import run_steps
from clearprop.engines.compiled.plan import NotLowered, Plan, lower, lower_optimizer
from clearprop.engines.compiled.tables import (
    PlanTables,
    Rule,
    Workspace,
    copies_of,
    data_of,
    moved_on,
    place_scales,
    position_of,
)
from clearprop.engines.numpy import NumpyEngine, step
from clearprop.noise import Noise

SLICE_SECONDS = 0.2
"""The longest the kernels run before Python may see a Ctrl-C."""

SINGLE_THREADED_PRODUCT = 100_000
"""Below so many multiplications OpenBLAS uses one thread by itself, and asking costs more."""


class CompiledEngine(NumpyEngine):
    """Runs the package's own layers, losses and optimizers; anything else is `NotLowered`.

    Same numbers as the reference to rounding. Predictions are the reference's.
    """

    name = "compiled"

    def __init__(self) -> None:
        self._prepared: tuple[Any, ...] | None = None
        self._blas: ThreadpoolController | None = None

    def epoch(
        self,
        task: Task,
        position: Position,
        rows: Rows,
        order: np.ndarray,
        batch_size: int,
        rates: np.ndarray,
        noise: Noise,
    ) -> EpochOutcome:
        """Return the outcome of one step for each batch of `order`."""
        plan, tables, data, rule, work, names = self._prepare(task, rows, batch_size)
        moving = copies_of(position, names)
        losses, done, interrupted = np.zeros(3), 0, False
        chunk = min(len(rates), 16)
        try:
            with self._one_blas_thread(plan, work):
                while done < len(rates):
                    started = time.perf_counter()
                    part = rates[done : done + chunk]
                    before = moved_on(moving, done)
                    made = run_steps(
                        tables, data, rule, order[done * batch_size :], batch_size, part,
                        np.uint64(noise.key), before, work, losses,
                    )  # fmt: skip
                    done += made
                    if made < len(part):
                        return self._failed(
                            task, position, rows, order, batch_size, rates, noise, done
                        )
                    seconds = max(time.perf_counter() - started, 1e-6)
                    chunk = max(1, int(made * SLICE_SECONDS / seconds))
        except KeyboardInterrupt:
            interrupted = True
        seen = losses[2] or float("nan")
        reached = position_of(position, moving, names, done)
        return EpochOutcome(
            reached, float(losses[0] / seen), float(losses[1] / seen), interrupted=interrupted
        )

    def _failed(
        self,
        task: Task,
        position: Position,
        rows: Rows,
        order: np.ndarray,
        batch_size: int,
        rates: np.ndarray,
        noise: Noise,
        good: int,
    ) -> EpochOutcome:
        """Return the position before the step that failed, and the reference's words for it.

        The kernels work in place, so the good steps are made again from the start of the epoch;
        being deterministic, they lead to the same numbers.
        """
        if good:
            again = self.epoch(
                task, position, rows, order[: good * batch_size], batch_size, rates[:good], noise
            )
            position, loss, penalty = again.position, again.loss, again.penalty
        else:
            loss = penalty = float("nan")
        batch = order[good * batch_size : (good + 1) * batch_size]
        _, stepped = step(task, position, rows, batch, float(rates[good]), noise)
        if not isinstance(stepped, NotFinite):
            where = "only just, the reference engine's rounding stays below overflow"
            stepped = NotFinite("step", where, position.steps + 1, position.epochs + 1)
        return EpochOutcome(position, loss, penalty, stepped)

    def _one_blas_thread(self, plan: Plan, work: Workspace) -> AbstractContextManager[Any]:
        """Return what keeps BLAS on one thread, where products are large enough for more."""
        if plan.widest * plan.widest * work.room < SINGLE_THREADED_PRODUCT:
            return nullcontext()
        if self._blas is None:
            self._blas = ThreadpoolController()
        return self._blas.limit(limits=1, user_api="blas")

    def _prepare(self, task: Task, rows: Rows, batch_size: int) -> tuple[Any, ...]:
        """Return tables and workspace, made once for a task, its rows and its batch size."""
        if self._prepared is not None and self._prepared[0] == (id(task), id(rows), batch_size):
            return self._prepared[2]
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
        prepared = plan, tables, data_of(rows, dtype), rule, work, names
        # The task and the rows are kept alive, so that their ids stay theirs.
        self._prepared = (id(task), id(rows), batch_size), (task, rows), prepared
        return prepared


def check_lowered(task: Task, input_width: int) -> None:
    """Raise NotLowered where the compiled engine cannot run the task."""
    lower(task.network, task.loss, task.layout, input_width)
    lower_optimizer(task.optimizer)


__all__ = ["CompiledEngine", "NotLowered", "check_lowered"]
