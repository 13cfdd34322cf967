"""Loss and gradient of all rows by the compiled kernels, for optimizers that need both."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.losses import Loss
from clearprop.definitions.parameters import Layout
from clearprop.engines.base import Objective, TrainingRows
from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.compiling import make_sure_compiled
from clearprop.engines.compiled.kernels.full_batch import run_full_batch
from clearprop.engines.compiled.kernels.losses import loss_room
from clearprop.engines.compiled.plan import NotLowered, lower
from clearprop.engines.compiled.rooms import aligned, mask_room
from clearprop.engines.compiled.sparse_form import may_have_common
from clearprop.engines.compiled.tables import (
    Workspace,
    data_of,
    sparse_room,
    tables_of,
)
from clearprop.engines.compiled.team import Team
from clearprop.engines.threads import (
    allowed_threads,
    one_threaded_blas,
    share_of_processors,
)

BATCH_VALUES = 2**15
"""Values of a batch in all its buffers: with their gradients half of a second cache, in float64."""

FEWEST_ROWS, MOST_ROWS = 64, 1024

WORTH_A_PIECE = 3_000_000
"""Weights times rows of a piece: some tenths of a millisecond, next to which its sums are cheap."""

MOST_PIECES = 16
"""As many threads can be used. Each piece has a gradient, and L-BFGS itself has 25 of the size."""

MULTIPLICATIONS = 1_000_000_000
"""Weights times rows of a call: some tenths of a second, after which Python may see a Ctrl-C."""


class CompiledObjective(Objective):
    """The mean loss of all rows and its gradient, as a function of the parameters' vector.

    Size alone fixes pieces and batches of rows and the order of all sums, so that the numbers are
    the same for any number of threads.
    """

    def __init__(
        self, network: Layer, loss: Loss, layout: Layout, rows: TrainingRows, dtype: Any
    ) -> None:
        if dtype not in (np.float32, np.float64):
            raise NotLowered(f"parameters of {dtype}")
        plan = lower(network, loss, layout, rows.x.shape[1])
        if np.isin(plan.ops[:, c.KIND], (c.BATCH_NORM, c.DROPOUT)).any():
            raise NotLowered("a loss that is another function from batch to batch")
        fitting = min(max(BATCH_VALUES // plan.width, FEWEST_ROWS), MOST_ROWS)
        worth = rows.count * layout.size // WORTH_A_PIECE
        self._pieces = max(1, min(worth, MOST_PIECES, rows.count // FEWEST_ROWS))
        self._room = min(fitting, -(-rows.count // self._pieces))
        self._rows_a_call = max(MULTIPLICATIONS // max(layout.size, 1), self._pieces * self._room)
        self._divisor = rows.count * rows.mean_weight
        self._plan, self._parameters, self._dtype = plan, layout.size, dtype
        self._tables = tables_of(plan, max(self._room, plan.widest))
        make_sure_compiled(dtype)
        self._data = data_of(rows, dtype, may_have_common(plan))
        self._order = np.arange(rows.count)
        self._values = np.zeros(self._pieces)
        self._gradients = np.zeros((self._pieces, layout.size))
        self._workspaces: dict[int, Workspace] = {}
        self._team = Team()
        self._add(self._order[:0], np.zeros(layout.size, dtype), 1)

    def __call__(self, params: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the loss, and its gradient in float64."""
        self._values[:], self._gradients[:] = 0.0, 0.0
        params = np.array(params, self._dtype)  # contiguous, writable: another type compiles anew
        allowed = allowed_threads() if self._pieces > 1 else 1
        wanted = min(allowed, self._pieces)
        with one_threaded_blas(), share_of_processors(wanted, allowed) as threads:
            for start in range(0, self._order.size, self._rows_a_call):
                self._add(self._order[start : start + self._rows_a_call], params, threads)
        return float(self._values.sum()), self._gradients.sum(axis=0)

    def asked_often(self) -> AbstractContextManager[None]:
        """Keep BLAS on one thread: its threads would spin beside ours between two calls."""
        return one_threaded_blas()

    def _add(self, rows: np.ndarray, params: np.ndarray, threads: int) -> None:
        """Add loss and gradient of some rows to those of the pieces."""
        workspaces = [self._workspace(number) for number in range(threads)]

        def work(shared: np.ndarray, thread: int) -> int:
            run_full_batch(
                self._tables, self._data, rows, self._divisor, params, workspaces[thread],
                self._values, self._gradients, shared,
            )  # fmt: skip
            return 0

        self._team.run(work, threads)

    def _workspace(self, number: int) -> Workspace:
        """Return the buffers of one thread, made when it is first needed."""
        if number not in self._workspaces:
            plan, room, dtype = self._plan, self._room, self._dtype
            self._workspaces[number] = Workspace(
                values=aligned(plan.width * room, dtype),
                slopes=aligned(plan.width * room, dtype),
                product=np.empty(plan.widest * room, dtype),
                scales=np.empty(max(plan.slots, 1) * max(room, plan.widest), dtype),
                loss=np.empty(loss_room(plan.outputs) * room, dtype),
                moments=np.empty(0),
                zeros=np.zeros(plan.widest, dtype),
                tiny=np.empty(0, dtype),
                grads=np.empty((1, self._parameters), dtype),
                left=np.empty(0, np.int64),
                panels=np.empty((1, 0), dtype),
                tallies=np.empty((1, 0)),
                room=room,
                chunks=np.empty((0, 3), np.int64),
                claims=np.empty(0, np.int64),
                sparse=sparse_room(self._data, room),
                masked=mask_room(plan, room, dtype),
            )
        return self._workspaces[number]
