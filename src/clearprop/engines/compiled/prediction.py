"""Prediction by the compiled kernels: in few buffers, batches shared out among threads."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.parameters import Layout, leaves_of
from clearprop.engines.base import TrainingRows, TrainingState
from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.compiling import make_sure_compiled
from clearprop.engines.compiled.division import WORTH_SHARING
from clearprop.engines.compiled.kernels.prediction import run_forward
from clearprop.engines.compiled.plan import KernelPlan, NotLowered, lower
from clearprop.engines.compiled.rooms import aligned, mask_room
from clearprop.engines.compiled.tables import (
    Data,
    PlanTables,
    SparseRoom,
    Workspace,
    data_of,
    running_averages,
    tables_of,
)
from clearprop.engines.compiled.team import Team
from clearprop.engines.threads import (
    allowed_threads,
    one_threaded_blas,
    share_of_processors,
)

BATCH_VALUES = 2**18
"""Numbers of one buffer: several buffers fit into a processor's second cache."""

FEWEST_ROWS = 64
"""Fewest rows of a batch, however wide the layers are: products of few rows are slow."""


@dataclass(frozen=True, eq=False)
class Predictor:
    """A network with its parameters, lowered for predicting."""

    tables: PlanTables
    plan: KernelPlan
    params: np.ndarray
    running: np.ndarray
    rows: int  # a batch

    @classmethod
    def of(
        cls, network: Layer, params: Any, state: Any, x: Any, dtype: Any, most_rows: int
    ) -> Predictor:
        """Return the predictor for rows like `x`; raise NotLowered for what kernels do not know."""
        layout, sparse = Layout.of(params), hasattr(x, "tocsr")
        lowered = lower(network, None, layout, x.shape[1])
        shortcut = (lowered.ops[:, c.KIND] == c.ADD) & (lowered.ops[:, c.SCALES] == 0)
        if sparse and shortcut.any():
            raise NotLowered("sparse rows around a shortcut")
        plan = reusing_buffers(lowered)
        if (plan.ops[:, c.KIND] == c.BATCH_NORM).any() and not list(leaves_of(state or {})):
            raise NotLowered("a BatchNorm without running averages")
        if sparse and ((plan.ops[:, c.FIRST] == 1) & (plan.ops[:, c.KIND] != c.DENSE)).any():
            raise NotLowered("sparse rows into anything but a Dense layer")
        rows = min(most_rows, max(FEWEST_ROWS, BATCH_VALUES // plan.widest))
        tables = tables_of(plan, max(rows, plan.widest))
        vector = layout.pack(params, dtype)
        return cls(tables, plan, vector, running_averages(state, dtype), rows)

    def at(self, params: np.ndarray, state: Any) -> Predictor:
        """Return the predictor of the same network with other parameters, a vector."""
        dtype = self.params.dtype
        return replace(
            self, params=params.astype(dtype, copy=False), running=running_averages(state, dtype)
        )

    def outputs(self, x: Any) -> np.ndarray:
        """Return the raw outputs of all rows, (N, K)."""
        result = np.empty((x.shape[0], self.plan.outputs), self.params.dtype)
        starts = range(0, x.shape[0], self.rows)
        as_it_is = self.takes_as_it_is(x)

        def work(shared: np.ndarray, thread: int) -> int:
            workspace = self.workspace()
            if as_it_is:
                self._batches(x, thread, threads, workspace, result)
                return 0
            for start in starts[thread::threads]:  # converted one by one: no copy of all rows
                end = start + self.rows
                self._batches(x[start:end], 0, 1, workspace, result[start:end])
            return 0

        with ExitStack() as stack:
            threads = 1
            if self.is_worth_sharing(x):
                stack.enter_context(one_threaded_blas())
                if len(starts) > 1:
                    allowed = allowed_threads()
                    wanted = min(allowed, len(starts))
                    threads = stack.enter_context(share_of_processors(wanted, allowed))
            Team().run(work, threads)
        return result

    def takes_as_it_is(self, x: Any) -> bool:
        """Return whether the kernels read rows without a copy of them."""
        return isinstance(x, np.ndarray) and x.dtype == self.params.dtype and x.flags.c_contiguous

    def is_worth_sharing(self, x: Any) -> bool:
        """Return whether BLAS would share the rows out among threads if it were not told."""
        return bool(x.shape[0] * self.params.size >= WORTH_SHARING)

    def workspace(self) -> Workspace:
        """Return buffers for one batch and one thread."""
        dtype, plan, nothing = self.params.dtype, self.plan, np.empty(0, self.params.dtype)
        return Workspace(
            values=aligned(plan.width * self.rows, dtype),
            slopes=nothing,
            product=nothing,
            scales=np.empty(max(plan.slots, 1) * max(self.rows, plan.widest), dtype),
            loss=nothing,
            moments=np.empty(0),
            zeros=np.zeros(plan.widest, dtype),
            tiny=nothing,
            grads=np.empty((1, 0), dtype),
            left=np.empty(0, np.int64),
            panels=np.empty((1, 0), dtype),
            tallies=np.empty((1, 0)),
            room=self.rows,
            chunks=np.empty((0, 3), np.int64),
            claims=np.empty(0, np.int64),
            sparse=SparseRoom(nothing, np.empty(0, np.int32), np.empty(0, np.int64)),
            masked=mask_room(plan, self.rows, dtype),
        )

    def data(self, x: Any) -> Data:
        """Return rows as the kernels read them."""
        return data_of(TrainingRows(x, np.empty((0, 1), self.params.dtype)), self.params.dtype)

    def _batches(self, x: Any, first: int, step: int, work: Workspace, outputs: np.ndarray) -> None:
        data, order = self.data(x), np.arange(x.shape[0])
        run_forward(self.tables, data, order, first, step, self.params, self.running, work, outputs)


class OneBatch:
    """Rows of one batch, predicted after each epoch: tables and buffers are made once.

    Parameters
    ----------
    predictor
        Of the network, at any parameters.
    x
        The rows, taken as they are.
    """

    def __init__(self, predictor: Predictor, x: np.ndarray) -> None:
        self._predictor = predictor
        self._data, self._order = predictor.data(x), np.arange(len(x))
        self._work = predictor.workspace()
        self._blas = one_threaded_blas if predictor.is_worth_sharing(x) else nullcontext

    def outputs(self, params: np.ndarray, state: Any) -> np.ndarray:
        """Return the raw outputs (N, K) at a vector of parameters."""
        predictor = self._predictor
        dtype = predictor.params.dtype
        result = np.empty((len(self._order), predictor.plan.outputs), dtype)
        self._work.masked.choices[:] = 0  # as in new buffers
        with self._blas():
            run_forward(
                predictor.tables, self._data, self._order, 0, 1, params.astype(dtype, copy=False),
                running_averages(state, dtype), self._work, result,
            )  # fmt: skip
        return result


def reusing_buffers(plan: KernelPlan) -> KernelPlan:
    """Return the plan with buffers used again as soon as no operation reads them any more.

    Training keeps all values for the way back; a prediction needs two or three buffers, one more
    for each shortcut inside another.
    """
    reads = (c.IN, c.SCALES)
    ops = plan.ops.copy()
    kinds = plan.ops[:, c.KIND]
    last_read = {plan.output: len(ops)}
    for index in range(len(ops) - 1, -1, -1):
        for column in reads[: 2 if kinds[index] == c.ADD else 1]:
            last_read.setdefault(int(plan.ops[index, column]), index)
    place_of: dict[int, int] = {0: 0}
    places = 1
    for index, old in enumerate(plan.ops):
        columns = [c.OUT]
        columns += [c.PRE] if old[c.PRE] >= 0 and old[c.PRE] != old[c.IN] else []
        columns += [c.SAVED] if old[c.SAVED] >= 0 else []
        for column in columns:
            taken = {at for buffer, at in place_of.items() if last_read[buffer] >= index}
            place = min(set(range(places + 1)) - taken)
            places = max(places, place + 1)
            place_of[int(old[column])] = place
            last_read.setdefault(int(old[column]), index)
        present = [c.IN, *columns, *([c.SCALES] if kinds[index] == c.ADD else [])]
        present += [c.PRE] if old[c.PRE] == old[c.IN] else []
        for column in present:
            ops[index, column] = place_of[int(old[column])] * plan.widest
    output = place_of[plan.output] * plan.widest
    return KernelPlan(
        ops, plan.numbers, places * plan.widest, output, plan.outputs, plan.slots, plan.widest
    )


def predictor_of(
    network: Layer, params: Any, state: Any, x: Any, most_rows: int = 4096
) -> Predictor:
    """Return the predictor for rows like `x`; raise NotLowered for a layer of the user's own."""
    dtype = np.result_type(x.dtype, *(leaf.dtype for _, leaf in leaves_of(params)))
    if dtype not in (np.float32, np.float64):
        raise NotLowered(f"numbers of {dtype}")
    predictor = Predictor.of(network, params, state, x, dtype, most_rows)
    make_sure_compiled(dtype)
    return predictor


def predicted(network: Layer, params: Any, state: Any, x: Any, most_rows: int) -> np.ndarray:
    """Return the raw outputs (N, K); raise NotLowered for a layer of the user's own."""
    return predictor_of(network, params, state, x, most_rows).outputs(x)


def outputs_each_epoch(
    network: Layer, layout: Layout, x: Any, otherwise: Callable[[TrainingState], np.ndarray]
) -> Callable[[TrainingState], np.ndarray]:
    """Return the outputs for `x` as a function of a position; `otherwise` for an unknown layer."""
    kept: list[Callable[[np.ndarray, Any], np.ndarray] | None] = []

    def answer(position: TrainingState) -> np.ndarray:
        state = position.network_state
        if not kept:
            try:
                predictor = predictor_of(network, layout.unpack(position.params), state, x)
            except NotLowered:
                kept.append(None)
            else:
                kept.append(_at_many(predictor, x))
        (outputs,) = kept
        return otherwise(position) if outputs is None else outputs(position.params, state)

    return answer


def _at_many(predictor: Predictor, x: Any) -> Callable[[np.ndarray, Any], np.ndarray]:
    """Return the raw outputs for `x` as a function of parameters and state."""
    if predictor.takes_as_it_is(x) and 0 < len(x) <= predictor.rows:
        return OneBatch(predictor, x).outputs
    return lambda params, state: predictor.at(params, state).outputs(x)
