"""The compiled engine: whole epochs in fused kernels over one workspace."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from ctypes import PYFUNCTYPE, c_char_p, c_void_p, py_object, pythonapi
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.noise import Noise
from clearprop.definitions.parameters import Layout
from clearprop.engines.base import (
    Burst,
    Losses,
    MeanLosses,
    Request,
    TrainingRows,
    TrainingState,
    TrainingTask,
    UnfinishedEpoch,
)
from clearprop.engines.compiled.chunks import chunks_of, with_panels
from clearprop.engines.compiled.compiling import make_sure_compiled
from clearprop.engines.compiled.division import Division, division_of
from clearprop.engines.compiled.kernels.epoch import run_steps
from clearprop.engines.compiled.kernels.orders import shuffle_rows
from clearprop.engines.compiled.lanes import (
    LaneRoom,
    alike,
    epochs_in_lanes,
    fill_lanes,
    fits_lanes,
    groups_for,
    lane_room,
)
from clearprop.engines.compiled.pace import Pace
from clearprop.engines.compiled.plan import KernelPlan, NotLowered, lower, lower_optimizer
from clearprop.engines.compiled.prediction import outputs_each_epoch, predicted
from clearprop.engines.compiled.report import report_of
from clearprop.engines.compiled.sparse_form import may_have_common
from clearprop.engines.compiled.tables import (
    Data,
    KernelState,
    PlanTables,
    UpdateRule,
    Workspace,
    copies_of,
    counted_from,
    data_of,
    position_of,
    tables_of,
)
from clearprop.engines.compiled.team import Team
from clearprop.engines.compiled.workspace import whole_lines, workspace_of
from clearprop.engines.numpy import NumpyEngine
from clearprop.engines.threads import one_threaded_blas, share_of_processors

SLICE_SECONDS = 0.2
"""The longest the kernels run before Python may see a Ctrl-C."""

MOST_STEPS = 4096
FIRST_MULTIPLICATIONS = 2e9
"""Weights times rows of the first call, before its time is known: less than `SLICE_SECONDS`."""

BURST_STEPS = 1000

_fields_of = PYFUNCTYPE(c_void_p, py_object, c_char_p)(("PyCapsule_GetPointer", pythonapi))
"""The address of what a capsule holds. NumPy's ``bitgen_t`` begins with the address of its state,
and those of `next_uint64` and `next_uint32`; as an attribute they take 20 µs to make."""

SINGLE_THREADED_PRODUCT = 100_000
"""Multiplications below which OpenBLAS uses one thread anyway, and setting it costs more."""


@dataclass(frozen=True, eq=False)
class PreparedKernels:
    """A plan and its workspace, for one task, its rows and its batch size."""

    task: TrainingTask
    rows: TrainingRows
    batch_size: int
    plan: KernelPlan
    tables: PlanTables
    data: Data
    rule: UpdateRule
    work: Workspace
    names: list[str]
    largest_product: int
    division: Division
    pace: Pace

    @cached_property
    def fits_lanes(self) -> bool:
        """Whether the network is trained beside others."""
        return fits_lanes(self)

    @property
    def first_steps(self) -> int:
        """How many steps to make in the first call, before their time is known."""
        multiplications = self.task.layout.size * self.batch_size
        return min(max(int(FIRST_MULTIPLICATIONS / multiplications), 1), MOST_STEPS)

    def fits(self, task: TrainingTask, rows: TrainingRows, batch_size: int) -> bool:
        """Return whether this is for the same task and rows (the same objects) and batch size."""
        return self.task is task and self.rows is rows and self.batch_size == batch_size

    def burst(
        self, request: Request, state: KernelState, losses: np.ndarray, done: int, interrupted: bool
    ) -> Burst:
        """Return the outcome of `done` steps that led to `state`.

        `losses` has each epoch's sums of loss, of penalty and of rows.
        """
        whole, more = divmod(done, request.rates.shape[1])
        unfinished = UnfinishedEpoch(more, losses[whole : whole + 1].copy()) if more else None
        steps = done - request.steps_begun
        position = position_of(
            request.position, state, self.names, steps, whole, request.rows.count
        )
        return Burst(position, _means(losses[:whole]), None, interrupted, unfinished)


class CompiledEngine(NumpyEngine):
    """Runs the package's own layers, losses and optimizers; raises NotLowered for any other.

    Numbers are those of the reference engine but for rounding.
    """

    name = "compiled"

    def __init__(self) -> None:
        self._prepared: PreparedKernels | None = None
        self._lane_room: LaneRoom | None = None
        self._reported: tuple[PreparedKernels, bytes, tuple[str, ...]] | None = None
        self._team = Team()

    def prepare(
        self, task: TrainingTask, position: TrainingState, rows: TrainingRows, batch_size: int
    ) -> None:
        """Make the workspace, and compile the kernels or load them."""
        ready = self._prepared is not None and self._prepared.fits(task, rows, batch_size)
        prepared = self._prepare(task, rows, batch_size)
        prepared.work.masked.choices[:] = 0
        if ready:
            return
        orders, rates = np.empty(0, np.int64), np.empty(0)
        request = Request(task, position, rows, orders, batch_size, rates, Noise(0))
        state = copies_of(position, prepared.names)
        self._steps(request, prepared, orders, rates, state, 0, np.empty((0, 3)))

    def epochs_at_once(self, steps: int) -> int:
        """Return how many epochs make about a thousand steps: a call costs little beside them."""
        return max(1, BURST_STEPS // steps)

    def epochs(self, request: Request) -> Burst:
        """Return the outcome of the epochs asked for."""
        prepared = self._prepare(request.task, request.rows, request.batch_size)
        # The kernels count steps from the beginning of the first epoch.
        begun = request.steps_begun
        state = counted_from(copies_of(request.position, prepared.names), begun)
        orders, rates = np.ravel(request.orders), np.ravel(request.rates)
        losses, done, interrupted = np.zeros((len(request.orders), 3)), begun, False
        if request.begun is not None:
            losses[0] = request.begun.sums[0]
        chunk = prepared.first_steps
        self._team.forget()
        try:
            with _one_blas_thread(prepared):
                while done < rates.size:
                    if request.cancelled():
                        interrupted = True
                        break
                    started = time.perf_counter()
                    part = rates[done : done + chunk]
                    made = self._steps(request, prepared, orders, part, state, done, losses)
                    done += made
                    if made < len(part):
                        break
                    seconds = max(time.perf_counter() - started, 1e-6)
                    chunk = max(1, int(made * SLICE_SECONDS * prepared.pace.part / seconds))
                    if request.pauses():
                        break
        except KeyboardInterrupt:
            interrupted = True
            # It is raised when the kernels return, before `done` counts their steps; the rows
            # that they have counted tell.
            done = int(np.ceil(losses[:, 2] / request.batch_size).sum())
        if self._team.stopped:
            return self._failed(request, done)
        return prepared.burst(request, state, losses, done, interrupted)

    def sibling(self) -> CompiledEngine:
        """Return an engine for another thread: with the same tables and rows, and its own room."""
        other = CompiledEngine()
        if (kept := self._prepared) is not None:
            size = kept.task.layout.size
            work = workspace_of(
                kept.plan, kept.division, kept.work.chunks, kept.data, kept.work.room, size
            )
            other._prepared = replace(kept, work=work, pace=Pace(kept.division.threads))
        return other

    def shuffle(self, orders: np.ndarray, rng: np.random.Generator) -> None:
        """Shuffle each row of `orders` (epochs, N) int64, to the bits of ``rng.permuted``."""
        draws = rng.bit_generator
        fields = _fields_of(draws.capsule, b"BitGenerator")
        state, _, next_uint32 = (c_void_p * 3).from_address(fields)
        with draws.lock:
            shuffle_rows(orders, next_uint32, state)

    def groups_of(self, runs: int, workers: int) -> list[int]:
        """Return groups of small networks that fill a vector, and others by themselves."""
        kept = self._prepared
        if kept is None or not kept.fits_lanes:
            return super().groups_of(runs, workers)
        return groups_for(kept.task, runs, workers)

    def epochs_together(self, requests: Sequence[Request]) -> list[Burst]:
        """Return the outcome of each request; small networks that are alike run side by side."""
        first, found = requests[0], dict[int, Burst | None]()
        places = [place for place, request in enumerate(requests) if alike(first, request)]
        prepared = self._prepare(first.task, first.rows, first.batch_size)
        if prepared.fits_lanes and fill_lanes(len(places), prepared.task):
            if self._lane_room is None:
                self._lane_room = lane_room(prepared)
            several = [requests[place] for place in places]
            bursts = epochs_in_lanes(prepared, self._lane_room, several, SLICE_SECONDS)
            found = dict(zip(places, bursts, strict=True))
        return [found.get(place) or self.epochs(request) for place, request in enumerate(requests)]

    def report(self) -> tuple[str, ...]:
        """Return which products left out zeros and why, a sentence each."""
        kept = self._prepared
        if kept is None:
            return ()
        choices = kept.work.masked.choices
        counted = choices.tobytes()
        if self._reported is None or self._reported[:2] != (kept, counted):
            sentences = report_of(kept.tables.ops, kept.task.layout, kept.data, choices)
            self._reported = kept, counted, sentences
        return self._reported[2]

    def prepare_outputs(self, network: Layer, params: Any, state: Any, x: Any) -> None:
        """Compile or load the kernels, by predicting one row."""
        with suppress(NotLowered):  # NumPy predicts then, which has nothing to prepare
            predicted(network, params, state, x[:1], 1)

    def outputs(
        self, network: Layer, params: Any, state: Any, x: Any, batch_size: int = 4096
    ) -> np.ndarray:
        """Return the raw outputs for `x`, shape (N, K); no batch is larger than `batch_size`.

        A network with a layer of the user's own is read with NumPy, as it was in training.
        """
        try:
            return predicted(network, params, state, x, batch_size)
        except NotLowered:
            return super().outputs(network, params, state, x, batch_size)

    def outputs_each_epoch(
        self, network: Layer, layout: Layout, x: Any
    ) -> Callable[[TrainingState], np.ndarray]:
        """Return the outputs for `x` as a function of a position; the network is lowered once."""
        return outputs_each_epoch(
            network, layout, x, super().outputs_each_epoch(network, layout, x)
        )

    def _steps(
        self,
        request: Request,
        prepared: PreparedKernels,
        orders: np.ndarray,
        rates: np.ndarray,
        state: KernelState,
        first: int,
        losses: np.ndarray,
    ) -> int:
        """Make a step for each rate, from step `first` on; return how many had finite numbers."""

        def work(shared: np.ndarray, thread: int) -> int:
            made: int = run_steps(
                prepared.tables, prepared.data, prepared.rule, orders, request.batch_size, rates,
                np.uint64(request.noise.key), state, prepared.work, first, losses, shared, thread,
            )  # fmt: skip
            return made

        division = prepared.division
        prepared.work.claims[:] = 0
        if division.threads == 1:
            return self._team.run(work, 1)
        with share_of_processors(prepared.pace.threads, division.threads) as threads:
            started = time.perf_counter()
            made = self._team.run(work, threads)
            prepared.pace.took(threads, made, time.perf_counter() - started)
            return made

    def _failed(self, request: Request, good: int) -> Burst:
        """Return the position before the step that failed, and the reference's words for it.

        The kernels work in place, and the step that fails has changed their arrays. They are
        deterministic: the good epochs are made again from the start, and the reference engine
        makes the epoch that fails. An interrupt ends this replay at good numbers; the failure is
        then not named.
        """
        whole = good // request.rates.shape[1]
        position = request.position
        losses: tuple[Losses, ...] = ()
        if whole:
            again = self.epochs(request.first(whole))
            if again.interrupted:
                return again
            position, losses = again.position, tuple(again.losses)
        last = super().epochs(_in_means(request.after(whole, position).first(1)))
        return replace(last, losses=(*losses, *last.losses))

    def _prepare(self, task: TrainingTask, rows: TrainingRows, batch_size: int) -> PreparedKernels:
        """Return tables and workspace, made once for a task, its rows and its batch size."""
        kept = self._prepared
        if kept is not None and kept.fits(task, rows, batch_size):
            return kept
        dtype = task.penalised.dtype
        make_sure_compiled(dtype)
        plan = lower(task.network, task.loss, task.layout, rows.x.shape[1])
        code, numbers, names = lower_optimizer(task.optimizer)
        room = min(batch_size, rows.count)
        division = division_of(plan, room, task.layout.size)
        part = whole_lines(-(-room // division.pieces))
        tables = tables_of(plan, max(part, plan.widest))
        rule = UpdateRule(
            code, numbers, task.penalised, float(task.l2.strength), bool(task.l2.per_row),
            float(task.clip_norm or 0.0),
        )  # fmt: skip
        data = data_of(rows, dtype, may_have_common(plan))
        tables = tables._replace(ops=with_panels(tables.ops, division, data, room))
        chunks = chunks_of(tables.ops, division, task.layout.size)
        work = workspace_of(plan, division, chunks, data, part, task.layout.size)
        self._prepared = PreparedKernels(
            task, rows, batch_size, plan, tables, data, rule, work, names,
            plan.widest * plan.widest * part, division, Pace(division.threads),
        )  # fmt: skip
        self._lane_room = None
        return self._prepared


def _one_blas_thread(prepared: PreparedKernels) -> AbstractContextManager[Any]:
    """Return a context that keeps BLAS on one thread, if products are large enough for more."""
    if prepared.largest_product < SINGLE_THREADED_PRODUCT:
        return nullcontext()
    return one_threaded_blas()


def check_lowered(task: TrainingTask, input_width: int) -> None:
    """Raise NotLowered where the compiled engine cannot run the task."""
    if task.penalised.dtype not in (np.float32, np.float64):
        raise NotLowered(f"parameters of {task.penalised.dtype}")
    lower(task.network, task.loss, task.layout, input_width)
    lower_optimizer(task.optimizer)


def _in_means(request: Request) -> Request:
    """Return the request with the reference engine's sums of the epoch that is begun."""
    begun = request.begun
    if begun is None:
        return request
    sums = begun.sums / [[begun.sums[0, 2], begun.sums[0, 2], 1.0]]
    return replace(request, begun=replace(begun, sums=sums))


def _means(losses: np.ndarray) -> MeanLosses:
    """Return each epoch's means from its sums and its number of rows."""
    return MeanLosses(losses[:, :2] / losses[:, 2:])


__all__ = ["CompiledEngine", "NotLowered", "check_lowered"]
