"""Loss and gradient of many rows, batch by batch, without a step."""

import numpy as np

from clearprop.engines.compiled.kernel_files import kept
from clearprop.engines.compiled.kernels.blocks import block
from clearprop.engines.compiled.kernels.losses import loss_and_gradient
from clearprop.engines.compiled.kernels.network import backward, forward, take_rows
from clearprop.engines.compiled.kernels.sharing import TAKEN, add, start_of


@kept
def run_full_batch(
    plan,  # in: PlanTables
    data,  # in: Data, all rows of the fit
    rows,  # in (n,): row indices, int64
    divisor,  # in: D, see backprop.py
    params,  # in (parameters,)
    work,  # in, out: Workspace of this thread
    values,  # in, out (pieces,): losses, float64
    gradients,  # in, out (pieces, parameters): float64
    shared,  # in, out (SHARED_SIZE,): the team's counters, int64
):
    """Add loss and gradient of each piece of the rows to `values` and `gradients`.

    All threads of a team call this, each with its own workspace, and each takes the next piece
    until none is left.
    """
    team, pieces, room, grads = start_of(shared), values.size, work.room, work.grads[0]
    running, operations = work.zeros[:0], plan.ops.shape[0]
    while True:
        piece = add(team, TAKEN, 1)
        if piece >= pieces:
            break
        end = (piece + 1) * rows.size // pieces
        for start in range(piece * rows.size // pieces, end, room):
            batch = rows[start : min(start + room, end)]
            take_rows(data, batch, work)
            forward(
                plan, data, batch, 0, batch.size, params, running, work, np.uint64(0), True, 0,
                operations,
            )  # fmt: skip
            o = block(work.values, plan.output, plan.outputs, batch.size, room)
            d = block(work.slopes, plan.output, plan.outputs, batch.size, room)
            values[piece] += loss_and_gradient(
                plan.loss, plan.loss_number, o, data.t, data.weights, batch, divisor, d, work.loss
            )
            backward(plan, data, batch, batch.size, params, grads, work, 0, operations)
            for place in range(grads.size):
                gradients[piece, place] += grads[place]
