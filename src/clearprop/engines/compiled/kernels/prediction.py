"""The forward pass alone, batch by batch."""

import numpy as np

from clearprop.engines.compiled.kernel_files import kept
from clearprop.engines.compiled.kernels.blocks import block
from clearprop.engines.compiled.kernels.network import forward, take_rows


@kept
def run_forward(
    plan,  # in: PlanTables
    data,  # in: Data, all rows of the fit
    order,  # in (N,): row indices, int64
    first,  # in: number of this thread's first batch
    step,  # in: batches from one of this thread's to its next
    params,  # in (parameters,)
    running,  # in (averages,): running means and variances
    work,  # in, out: Workspace of this thread
    outputs,  # out (N, K): raw outputs
):
    """Write the raw outputs of the batches `first`, `first` + `step`, ... to `outputs`."""
    for start in range(first * work.room, order.size, step * work.room):
        batch = order[start : start + work.room]
        take_rows(data, batch, work)
        forward(
            plan, data, batch, 0, batch.size, params, running, work, np.uint64(0), False, 0,
            plan.ops.shape[0],
        )  # fmt: skip
        o = block(work.values, plan.output, plan.outputs, batch.size, work.room)
        for i in range(batch.size):
            for j in range(plan.outputs):
                outputs[start + i, j] = o[i, j]
