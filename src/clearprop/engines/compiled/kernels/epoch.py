"""A run of steps without coming back to Python: forward, loss, backward, update.

A step has two phases, three where the gradient's length is cut. In the first, each piece of the
batch's rows goes forward and back and leaves its own gradient; in the others, each chunk of the
parameters sums the pieces' gradients and is updated. Pieces, chunks and the order of all sums
are fixed by the workspace: whichever thread does what, and however many there are, the numbers
are the same.
"""

import numba as nb
import numpy as np

from clearprop.engines.compiled.kernel_files import kept
from clearprop.engines.compiled.kernels.blocks import block
from clearprop.engines.compiled.kernels.layers import child_key, gather
from clearprop.engines.compiled.kernels.losses import loss_and_gradient
from clearprop.engines.compiled.kernels.network import backward, forward
from clearprop.engines.compiled.kernels.optimizers import add_penalty, sum_pieces, update
from clearprop.engines.compiled.kernels.sharing import (
    FINISHED,
    PUBLISHED,
    STOPPED,
    TAKEN,
    add,
    look,
    publish,
    start_of,
    wait_until,
)
from clearprop.engines.compiled.tables import Workspace
from clearprop.engines.compiled.vectormath import KERNEL

# Rows of the tallies: what each piece or chunk leaves for the sums.
LOSS, LENGTH, SQUARES, CHECK = range(4)
TALLIES = 4
ALIGNED = 16
"""Chunks of parameters begin at multiples of so many numbers, a cache line or two."""


@kept
def run_steps(
    plan, data, rule, orders, batch_size, rates, key, moving, work, first_step, losses, shared,
    thread,
):  # fmt: skip
    """Make a step for each rate; return how many were made before a number was not finite.

    `orders` holds an order of the rows for each epoch, one after another; the steps are those
    from `first_step` on, counted through all epochs. `losses` receives for each epoch the sums
    of loss and penalty, weighted by the batches' rows, and of rows. The step that fails has
    changed parameters and state: the caller starts again from copies.

    The threads of a team call this with the same arguments but for `thread`, the number of the
    workspace each uses. A call returns when there is nothing left to do.
    """
    rows_each = data.t.shape[0]
    steps_each = (rows_each + batch_size - 1) // batch_size
    pieces, chunks = work.grads.shape[0], work.chunks
    phases = 3 if rule.clip_norm > 0 else 2
    items = pieces + (phases - 1) * chunks
    room, team = own_room(work, thread), start_of(shared)
    while True:
        item = add(team, TAKEN, 1)
        if item >= rates.size * items:
            break
        index, place = item // items, item % items
        phase = 0 if place < pieces else 1 + (place - pieces) // chunks
        wait_until(team, index * phases + phase)
        if look(team, STOPPED) > 0:
            break

        step = first_step + index
        epoch, row = step // steps_each, (step % steps_each) * batch_size
        start = epoch * rows_each + row
        batch = orders[start : start + min(batch_size, rows_each - row)]
        divisor = batch.size * data.mean_weight
        l2 = rule.l2 / divisor if rule.l2_per_row else rule.l2
        if phase == 0:
            stream = child_key(np.uint64(key), moving.steps + step)
            run_piece(plan, data, batch, place, pieces, divisor, stream, moving, room, work)
        else:
            chunk = (place - pieces) % chunks
            run_chunk(
                phase, phases, chunk, rule, l2, moving.updates + step + 1, rates[index], moving,
                work,
            )  # fmt: skip

        last = pieces + phase * chunks
        if add(team, FINISHED, 1) + 1 == index * items + last:
            if is_good(phase, phases, l2, work, batch.size, losses, epoch):
                publish(team, PUBLISHED, index * phases + phase + 1)
            else:
                publish(team, STOPPED, index + 1)
    wait_until(team, rates.size * phases)
    stopped = look(team, STOPPED)
    return stopped - 1 if stopped > 0 else rates.size


@nb.njit(**KERNEL)
def total(tallies, row, count):
    """Return the sum of the first numbers of a row, in their order."""
    result = 0.0
    for place in range(count):
        result += tallies[row, place]
    return result


@nb.njit(**KERNEL)
def own_room(work, thread):
    """Return the workspace with a thread's own buffers."""
    return Workspace(
        work.values[thread],
        work.slopes[thread],
        work.product[thread],
        work.scales[thread],
        work.loss[thread],
        work.means,
        work.zeros,
        work.tiny,
        work.grads,
        work.tallies,
        work.room,
        work.chunks,
    )


@nb.njit(inline="always", **KERNEL)
def run_piece(plan, data, whole, piece, pieces, divisor, stream, moving, room, work):
    """Go forward and back with one piece of the rows; leave its gradient and its loss."""
    first, end = piece * whole.size // pieces, (piece + 1) * whole.size // pieces
    batch, grads = whole[first:end], work.grads[piece]
    if batch.size == 0:
        grads[:] = 0.0
        work.tallies[LOSS, piece] = 0.0
        return
    if data.starts.size == 0:
        gather(data.x, batch, block(room.values, 0, data.x.shape[1], batch.size, work.room))
    forward(plan, data, batch, first, moving.params, moving.running, room, stream, True)
    o = block(room.values, plan.output, plan.outputs, batch.size, work.room)
    d = block(room.slopes, plan.output, plan.outputs, batch.size, work.room)
    value = loss_and_gradient(
        plan.loss, plan.loss_number, o, data.t, data.weights, batch, divisor, d, room.loss
    )
    work.tallies[LOSS, piece] = value
    if np.isfinite(value):
        backward(plan, data, batch, moving.params, grads, room)


@nb.njit(inline="always", **KERNEL)
def run_chunk(phase, phases, chunk, rule, l2, updates, rate, moving, work):
    """Sum and update one chunk of the parameters, or sum it and measure its length."""
    size = moving.params.size
    lines = (size + ALIGNED - 1) // ALIGNED
    start = min(size, chunk * lines // work.chunks * ALIGNED)
    stop = min(size, (chunk + 1) * lines // work.chunks * ALIGNED)
    params, grads = moving.params[start:stop], work.grads[0, start:stop]
    penalised = rule.penalised[start:stop]
    if phase == 1:
        sum_pieces(work.grads, start, stop)
    if phase < phases - 1:
        work.tallies[LENGTH, chunk] = add_penalty(params, grads, penalised, l2)
        return
    scale, remaining_l2 = 1.0, l2
    if phases == 3:
        length = np.sqrt(total(work.tallies, LENGTH, work.chunks))
        scale = rule.clip_norm / length if length > rule.clip_norm else 1.0
        remaining_l2 = 0.0
    squares, check = update(
        rule.code, rule.numbers, updates, rate, remaining_l2, scale, params, grads, penalised,
        moving.first[start:stop], moving.second[start:stop], work.tiny[0],
    )  # fmt: skip
    work.tallies[SQUARES, chunk], work.tallies[CHECK, chunk] = squares, check


@nb.njit(inline="always", **KERNEL)
def is_good(phase, phases, l2, work, rows, losses, epoch):
    """Return whether all numbers of a finished phase are finite; count a finished step."""
    value = total(work.tallies, LOSS, work.grads.shape[0])
    if phase == 0:
        return np.isfinite(value)
    if phase < phases - 1:
        return True
    penalty = 0.5 * l2 * total(work.tallies, SQUARES, work.chunks)
    check = total(work.tallies, CHECK, work.chunks)
    if not (np.isfinite(check) and np.isfinite(penalty)):
        return False
    losses[epoch, 0] += value * rows
    losses[epoch, 1] += penalty * rows
    losses[epoch, 2] += rows
    return True
