"""A run of steps without a return to Python: forward, loss, backward, update.

A step has two phases, or three with clipping. In the first phase each piece of the batch's rows
goes forward and back. In the others the gradient is summed and the parameters updated, chunk by
chunk. A BatchNorm makes two phases more: pieces go forward stage by stage, and back. A piece has a
gradient of its own, but for large matrices of weights: their gradients are products over all rows,
panel by panel. The workspace fixes pieces, chunks and the order of all sums: the numbers are the
same for any number of threads, and whichever thread takes an item.
"""

import numba as nb
import numpy as np

from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.kernel_files import kept
from clearprop.engines.compiled.kernels.alone import run_alone
from clearprop.engines.compiled.kernels.blocks import block, vector
from clearprop.engines.compiled.kernels.layers import child_key
from clearprop.engines.compiled.kernels.losses import loss_and_gradient
from clearprop.engines.compiled.kernels.network import backward, forward, take_rows
from clearprop.engines.compiled.kernels.optimizers import add_penalty, sum_pieces, update
from clearprop.engines.compiled.kernels.panels import gradient_of_panel
from clearprop.engines.compiled.kernels.sharing import (
    FINISHED,
    PUBLISHED,
    STOPPED,
    TAKEN,
    THREADS,
    add,
    claim,
    look,
    now,
    offer_processor,
    publish,
    start_of,
    wait_until,
)
from clearprop.engines.compiled.rooms import MaskRoom
from clearprop.engines.compiled.tables import SparseRoom, Workspace
from clearprop.engines.compiled.vectormath import KERNEL

# Rows of the tallies: each piece's or chunk's part of a sum.
LOSS, LENGTH, SQUARES, CHECK = range(4)
TALLIES = 4


@kept
def run_steps(
    plan,  # in: PlanTables
    data,  # in: Data, all rows of the fit
    rule,  # in: UpdateRule
    orders,  # in (epochs * N,): row indices, int64
    batch_size,  # in: rows a step
    rates,  # in (steps,): learning rates, float64
    key,  # in: key of the noise, uint64
    state,  # in, out: KernelState
    work,  # in, out: Workspace
    first_step,  # in: number of the first step, counted from 0 through all epochs
    losses,  # in, out (epochs, 3): sums of loss, of penalty, and of rows, float64
    shared,  # in, out (SHARED_SIZE,): the team's counters, int64
    thread,  # in: this thread's number in the team
):
    """Make a step for each rate; return how many before a number was not finite.

    `losses` gets for each epoch the sums of loss and penalty, weighted by the batches' rows, and
    of rows. A step that fails has changed parameters and state: the caller starts again from
    copies.

    All threads of a team call this, with arguments that differ in `thread` only. A call returns
    when no item is left.
    """
    rows_each = data.t.shape[0]
    steps_each = (rows_each + batch_size - 1) // batch_size
    pieces, chunks, threads = work.grads.shape[0], work.chunks.shape[0], work.panels.shape[0]
    stages = plan.stages.size - 1
    of_pieces, of_chunks = 2 * stages - 1, 2 if rule.clip_norm > 0 else 1
    phases, items = of_pieces + of_chunks, of_pieces * pieces + of_chunks * chunks
    mine, first_chunk = thread * pieces // threads, thread * chunks // threads
    by_piece, team = stages > 1 or work.panels.shape[1] > 0, start_of(shared)
    room = own_room(work, mine if by_piece else thread)
    if pieces == 1 and chunks == 1:
        made = run_alone(
            plan, data, rule, orders, batch_size, rates, key, state, room, first_step, losses
        )
        if made < rates.size:
            publish(team, STOPPED, made + 1)
        return made
    clock, has_helpers = np.empty(2, np.int64), shared[THREADS] > 1
    since = now(clock)
    while True:
        if has_helpers:
            since = offer_processor(clock, since)
        item = add(team, TAKEN, 1)
        if item >= rates.size * items:
            break
        index, place = item // items, item % items
        phase, last = place // pieces, (place // pieces + 1) * pieces
        if phase >= of_pieces:
            phase = of_pieces + (place - of_pieces * pieces) // chunks
            last = items - (phases - 1 - phase) * chunks
        wait_until(team, index * phases + phase)
        if look(team, STOPPED) > 0:
            break

        step = first_step + index
        epoch, row = step // steps_each, (step % steps_each) * batch_size
        start = epoch * rows_each + row
        batch = orders[start : start + min(batch_size, rows_each - row)]
        divisor = batch.size * data.mean_weight
        l2 = rule.l2 / divisor if rule.l2_per_row else rule.l2
        number = index * phases + phase + 1
        if phase < of_pieces:
            piece = claim(work.claims, 0, pieces, mine, number)
            stream = child_key(np.uint64(key), state.steps + step)
            # Views of all buffers take a while to make, beside a step of a small network.
            here = own_room(work, piece) if by_piece and piece != mine else room
            run_piece(plan, data, batch, piece, phase, divisor, stream, state, here, work)
        else:
            chunk = claim(work.claims, pieces, chunks, first_chunk, number)
            run_chunk(
                plan, batch.size, thread, phase - of_pieces, of_chunks, chunk, rule, l2,
                state.updates + step + 1, rates[index], state, work,
            )  # fmt: skip

        if add(team, FINISHED, 1) + 1 == index * items + last:
            has_loss, is_step = phase == stages - 1, phase == phases - 1
            if is_good(has_loss, is_step, l2, work, batch.size, losses, epoch):
                publish(team, PUBLISHED, index * phases + phase + 1)
            else:
                publish(team, STOPPED, index + 1)
    wait_until(team, rates.size * phases)
    stopped = look(team, STOPPED)
    return stopped - 1 if stopped > 0 else rates.size


@nb.njit(**KERNEL)
def total(
    tallies,  # in (TALLIES, places)
    row,  # in: LOSS, LENGTH, SQUARES or CHECK
    count,  # in: places to sum
):
    """Return the sum of the first numbers of a row, in their order."""
    result = 0.0
    for place in range(count):
        result += tallies[row, place]
    return result


@nb.njit(**KERNEL)
def own_room(
    work,  # in: Workspace of all rooms
    room,  # in: number of a thread, or of a piece
):
    """Return the workspace with one room's own buffers."""
    return Workspace(
        work.values[room],
        work.slopes[room],
        work.product[room],
        work.scales[room],
        work.loss[room],
        work.moments,
        work.zeros,
        work.tiny,
        work.grads,
        work.left[room],
        work.panels,
        work.tallies,
        work.room,
        work.chunks,
        work.claims,
        SparseRoom(
            work.sparse.values[room],
            work.sparse.rows[room],
            work.sparse.starts[room],
        ),
        MaskRoom(
            work.masked.masks[room],
            work.masked.panel[room],
            work.masked.row[room],
            work.masked.choices[room],
        ),
    )


@nb.njit(inline="always", **KERNEL)
def run_piece(
    plan,  # in: PlanTables
    data,  # in: Data, all rows of the fit
    whole,  # in (rows of the batch,): row indices
    piece,  # in: number of the piece
    phase,  # in: 0 to stages - 1 forward, from stages - 1 on back
    divisor,  # in: D, see backprop.py
    stream,  # in: key of the step's noise
    state,  # in, out: KernelState, of which running averages are moved
    room,  # in, out: Workspace of this thread or piece
    work,  # out: Workspace of all rooms: the piece's gradient and loss
):
    """Go forward or back through a stage with a piece of the rows, or both through the last.

    Writes the piece's gradient of the stage, and its loss.
    """
    pieces, stages = work.grads.shape[0], plan.stages.size - 1
    stage = min(phase, 2 * (stages - 1) - phase)
    begin, end = plan.stages[stage], plan.stages[stage + 1]
    rows = whole.size
    batch, grads = whole[piece * rows // pieces : (piece + 1) * rows // pieces], work.grads[piece]
    if phase == 0:
        room.left[:] = 0
        take_rows(data, batch, room)
    if batch.size == 0:
        grads[:] = 0.0
        work.tallies[LOSS, piece] = 0.0
        return
    if phase < stages:
        forward(
            plan, data, batch, piece, rows, state.params, state.running, room, stream, True, begin,
            end,
        )  # fmt: skip
    if phase < stages - 1:
        return
    o = block(room.values, plan.output, plan.outputs, batch.size, work.room)
    d = block(room.slopes, plan.output, plan.outputs, batch.size, work.room)
    if phase == stages - 1:
        work.tallies[LOSS, piece] = loss_and_gradient(
            plan.loss, plan.loss_number, o, data.t, data.weights, batch, divisor, d, room.loss
        )
    if np.isfinite(work.tallies[LOSS, piece]):
        backward(plan, data, batch, rows, state.params, grads, room, begin, end)


@nb.njit(inline="always", **KERNEL)
def run_chunk(
    plan,  # in: PlanTables
    rows,  # in: rows of the batch
    thread,  # in: this thread's number in the team
    phase,  # in: 0 or 1
    phases,  # in: 1, or 2 where the gradient is clipped
    chunk,  # in: number of the chunk
    rule,  # in: UpdateRule
    l2,  # in: penalty strength of this step
    updates,  # in: number of this update, from 1
    rate,  # in: learning rate
    state,  # in, out: KernelState
    work,  # in, out: Workspace
):
    """Sum and update one chunk of the parameters, or sum it and measure its length."""
    start, stop = work.chunks[chunk, c.START], work.chunks[chunk, c.STOP]
    index = work.chunks[chunk, c.OPERATION]
    params, grads = state.params[start:stop], work.grads[0, start:stop]
    penalised = rule.penalised[start:stop]
    if phase == 0 and (index < 0 or not work.left[:, index].any()):
        sum_pieces(work.grads, start, stop)
    elif phase == 0:
        panel = vector(work.panels, thread * work.panels.shape[1], stop - start)
        gradient_of_panel(index, plan.ops[index], start, rows, work, panel)
        if phases == 2:
            grads[:] = panel
        else:
            grads = panel
    if phase < phases - 1:
        work.tallies[LENGTH, chunk] = add_penalty(params, grads, penalised, l2)
        return
    scale, remaining_l2 = 1.0, l2
    if phases == 2:
        length = np.sqrt(total(work.tallies, LENGTH, work.chunks.shape[0]))
        scale = rule.clip_norm / length if length > rule.clip_norm else 1.0
        remaining_l2 = 0.0
    squares, check = update(
        rule.code, rule.numbers, updates, rate, remaining_l2, scale, params, grads, penalised,
        state.moment_1[start:stop], state.moment_2[start:stop], work.tiny[0],
    )  # fmt: skip
    work.tallies[SQUARES, chunk], work.tallies[CHECK, chunk] = squares, check


@nb.njit(inline="always", **KERNEL)
def is_good(
    has_loss,  # in: whether the phase that is finished has computed the loss
    is_step,  # in: whether it ends a step
    l2,  # in: penalty strength of this step
    work,  # in: Workspace, of which the tallies are read
    rows,  # in: rows of the batch
    losses,  # in, out (epochs, 3)
    epoch,  # in: the row of `losses`
):
    """Return whether all numbers of a finished phase are finite; count a finished step."""
    value = total(work.tallies, LOSS, work.grads.shape[0])
    if not is_step:
        return not has_loss or np.isfinite(value)
    chunks = work.chunks.shape[0]
    penalty = 0.5 * l2 * total(work.tallies, SQUARES, chunks)
    check = total(work.tallies, CHECK, chunks)
    if not (np.isfinite(check) and np.isfinite(penalty)):
        return False
    losses[epoch, 0] += value * rows
    losses[epoch, 1] += penalty * rows
    losses[epoch, 2] += rows
    return True
