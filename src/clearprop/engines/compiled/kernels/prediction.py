"""The forward pass alone, for rows that lie in the workspace."""

import numpy as np

from clearprop.engines.compiled.cache import kept
from clearprop.engines.compiled.kernels.network import block, forward


@kept
def run_forward(plan, data, rows, params, running, work, outputs):
    """Write the raw outputs of the workspace's first rows, or of sparse `data`, to `outputs`."""
    forward(plan, data, rows, 0, params, running, work, np.uint64(0), False)
    o = block(work.values, plan.output, plan.outputs, rows.size, work.room)
    for i in range(rows.size):
        for j in range(plan.outputs):
            outputs[i, j] = o[i, j]
