"""Room for the steps of a fit."""

from __future__ import annotations

import numpy as np

from clearprop.engines.compiled.division import Division
from clearprop.engines.compiled.kernels.epoch import ALIGNED, TALLIES
from clearprop.engines.compiled.kernels.losses import loss_room
from clearprop.engines.compiled.plan import KernelPlan
from clearprop.engines.compiled.rooms import aligned, mask_room
from clearprop.engines.compiled.tables import Data, Workspace, sparse_room


def workspace_of(
    plan: KernelPlan, division: Division, data: Data, part: int, parameters: int
) -> Workspace:
    """Return room for pieces of up to `part` rows."""
    dtype, slot = data.x.dtype, max(part, plan.widest)
    threads, pieces, chunks = division.threads, division.pieces, division.chunks
    return Workspace(
        values=aligned((threads, plan.width * part), dtype),
        slopes=aligned((threads, plan.width * part), dtype),
        product=aligned((threads, plan.widest * part), dtype),
        scales=np.empty((threads, max(plan.slots, 1) * slot), dtype),
        loss=np.empty((threads, loss_room(plan.outputs) * part), dtype),
        means=np.empty(plan.widest, dtype),
        zeros=np.zeros(plan.widest, dtype),
        tiny=np.array([np.finfo(dtype).tiny], dtype),
        grads=aligned((pieces, whole_lines(parameters)), dtype),
        tallies=np.empty((TALLIES, max(pieces, chunks))),
        room=part,
        chunks=chunks,
        sparse=sparse_room(data, part, threads),
        masked=mask_room(plan, part, dtype, threads),
    )


def whole_lines(numbers: int) -> int:
    """Return so many numbers or a few more: what stands behind them begins a line of the cache."""
    return -(-numbers // ALIGNED) * ALIGNED
