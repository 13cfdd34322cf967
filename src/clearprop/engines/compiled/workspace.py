"""Room for the steps of a fit."""

from __future__ import annotations

import numpy as np

from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.chunks import ALIGNED
from clearprop.engines.compiled.division import Division
from clearprop.engines.compiled.kernels.epoch import TALLIES
from clearprop.engines.compiled.kernels.losses import loss_room
from clearprop.engines.compiled.plan import KernelPlan
from clearprop.engines.compiled.rooms import aligned, mask_room
from clearprop.engines.compiled.tables import Data, Workspace, sparse_room


def workspace_of(
    plan: KernelPlan,
    division: Division,
    chunks: np.ndarray,
    data: Data,
    part: int,
    parameters: int,
) -> Workspace:
    """Return room for pieces of up to `part` rows and for the chunks of the parameters."""
    dtype, slot = data.x.dtype, max(part, plan.widest)
    threads, pieces = division.threads, division.pieces
    panels = chunks[chunks[:, c.OPERATION] >= 0]
    largest = int((panels[:, c.STOP] - panels[:, c.START]).max(initial=0))
    norms = plan.ops[plan.ops[:, c.KIND] == c.BATCH_NORM]
    rooms = pieces if largest or len(norms) else threads
    return Workspace(
        values=aligned((rooms, plan.width * part), dtype),
        slopes=aligned((rooms, plan.width * part), dtype),
        product=aligned((rooms, plan.widest * part), dtype),
        scales=np.empty((rooms, max(plan.slots, 1) * slot), dtype),
        loss=np.empty((rooms, loss_room(plan.outputs) * part), dtype),
        moments=np.empty(pieces * 2 * int(norms[:, c.OUT_WIDTH].sum())),
        zeros=np.zeros(plan.widest, dtype),
        tiny=np.array([np.finfo(dtype).tiny], dtype),
        grads=aligned((pieces, whole_lines(parameters)), dtype),
        left=np.zeros((rooms, len(plan.ops)), np.int64),
        panels=aligned((threads, whole_lines(largest)), dtype),
        tallies=np.empty((TALLIES, max(pieces, len(chunks)))),
        room=part,
        chunks=chunks,
        claims=np.zeros(pieces + len(chunks), np.int64),
        sparse=sparse_room(data, part, rooms),
        masked=mask_room(plan, part, dtype, rooms),
    )


def whole_lines(numbers: int) -> int:
    """Return so many numbers or a few more: what stands behind them begins a line of the cache."""
    return -(-numbers // ALIGNED) * ALIGNED
