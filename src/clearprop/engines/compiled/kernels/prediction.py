"""The forward pass alone, batch by batch."""

import numpy as np

from clearprop.engines.compiled.kernel_files import kept
from clearprop.engines.compiled.kernels.blocks import block
from clearprop.engines.compiled.kernels.layers import gather
from clearprop.engines.compiled.kernels.network import forward


@kept
def run_forward(plan, data, order, first, step, params, running, work, outputs):
    """Write the raw outputs of the batches `first`, `first` + `step`, ... to `outputs`."""
    for start in range(first * work.room, order.size, step * work.room):
        batch = order[start : start + work.room]
        if data.starts.size == 0:
            gather(data.x, batch, block(work.values, 0, data.x.shape[1], batch.size, work.room))
        forward(plan, data, batch, 0, params, running, work, np.uint64(0), False)
        o = block(work.values, plan.output, plan.outputs, batch.size, work.room)
        for i in range(batch.size):
            for j in range(plan.outputs):
                outputs[start + i, j] = o[i, j]
