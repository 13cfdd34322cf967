"""Steps of one thread: a batch in one piece, the parameters in one chunk.

A step of a small network takes two or three microseconds, of which the counters of a team and what
finds the next item would be a fifth.
"""

import numba as nb
import numpy as np

from clearprop.engines.compiled.kernels.blocks import block
from clearprop.engines.compiled.kernels.layers import child_key
from clearprop.engines.compiled.kernels.losses import loss_and_gradient
from clearprop.engines.compiled.kernels.network import backward, forward, take_rows
from clearprop.engines.compiled.kernels.optimizers import add_penalty, update
from clearprop.engines.compiled.vectormath import KERNEL


@nb.njit(**KERNEL)
def run_alone(
    plan,  # in: PlanTables
    data,  # in: Data, all rows of the fit
    rule,  # in: UpdateRule
    orders,  # in (epochs * N,): row indices, int64
    batch_size,  # in: rows a step
    rates,  # in (steps,): learning rates, float64
    key,  # in: key of the noise, uint64
    state,  # in, out: KernelState
    room,  # in, out: Workspace of this thread
    first_step,  # in: number of the first step, counted from 0 through all epochs
    losses,  # in, out (epochs, 3): sums of loss, of penalty, and of rows, float64
):
    """Make a step for each rate, as `run_steps` does; return how many before one failed."""
    rows_each = data.t.shape[0]
    steps_each = (rows_each + batch_size - 1) // batch_size
    params, stages = state.params, plan.stages.size - 1
    grads = room.grads[0, : params.size]
    epoch, row = first_step // steps_each, (first_step % steps_each) * batch_size
    for index in range(rates.size):
        step, start = first_step + index, epoch * rows_each + row
        batch = orders[start : start + min(batch_size, rows_each - row)]
        rows = batch.size  # fewer where a step alone is made again
        divisor = rows * data.mean_weight
        l2 = rule.l2 / divisor if rule.l2_per_row else rule.l2
        take_rows(data, batch, room)
        stream = child_key(np.uint64(key), state.steps + step)
        for stage in range(stages):
            forward(
                plan, data, batch, 0, rows, params, state.running, room, stream, True,
                plan.stages[stage], plan.stages[stage + 1],
            )  # fmt: skip
        o = block(room.values, plan.output, plan.outputs, rows, room.room)
        d = block(room.slopes, plan.output, plan.outputs, rows, room.room)
        value = loss_and_gradient(
            plan.loss, plan.loss_number, o, data.t, data.weights, batch, divisor, d, room.loss
        )
        if not np.isfinite(value):
            return index
        for stage in range(stages - 1, -1, -1):
            begin, end = plan.stages[stage], plan.stages[stage + 1]
            backward(plan, data, batch, rows, params, grads, room, begin, end)
        scale, remaining_l2 = 1.0, l2
        if rule.clip_norm > 0:
            length = np.sqrt(add_penalty(params, grads, rule.penalised, l2))
            scale = rule.clip_norm / length if length > rule.clip_norm else 1.0
            remaining_l2 = 0.0
        squares, check = update(
            rule.code, rule.numbers, state.updates + step + 1, rates[index], remaining_l2, scale,
            params, grads, rule.penalised, state.moment_1, state.moment_2, room.tiny[0],
        )  # fmt: skip
        penalty = 0.5 * l2 * np.float64(squares)
        if not (np.isfinite(np.float64(check)) and np.isfinite(penalty)):
            return index
        losses[epoch, 0] += value * rows
        losses[epoch, 1] += penalty * rows
        losses[epoch, 2] += rows
        row += batch_size
        if row >= rows_each:
            epoch, row = epoch + 1, 0
    return rates.size
