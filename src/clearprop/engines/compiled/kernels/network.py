"""Forward and back through a plan's operations, for some rows of a batch."""

import numba as nb

from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.kernels.activations import (
    activate,
    activate_in_place,
    multiply_by_slope,
)
from clearprop.engines.compiled.kernels.blocks import block, matrix, vector
from clearprop.engines.compiled.kernels.layers import (
    child_key,
    copy_or_add,
    dropout,
    gather,
    multiply,
    sum_rows,
)
from clearprop.engines.compiled.kernels.normalization import (
    batch_norm,
    batch_norm_by_averages,
    batch_norm_pullback,
    layer_norm,
    layer_norm_pullback,
    mean_of_sums,
    moments_of_batch,
    moments_of_rows,
    move_averages,
    scale_and_shift_gradients,
)
from clearprop.engines.compiled.kernels.products import (
    error_of_inputs,
    gradient_of_weights,
    times_weights,
)
from clearprop.engines.compiled.kernels.tiles import times, times_transposed, transposed_times
from clearprop.engines.compiled.vectormath import KERNEL


@nb.njit(inline="always", **KERNEL)
def take_rows(
    data,  # in: Data, all rows of the fit
    batch,  # in (rows,): row indices
    work,  # out: Workspace of this thread, whose first buffer is written
):
    """Copy a batch's rows, less the common values; sparse rows stay where they are."""
    if data.starts.size > 0:
        return
    x = block(work.values, 0, data.x.shape[1], batch.size, work.room)
    gather(data.x, batch, x)
    if data.common.size > 0:
        for i in range(batch.size):
            for j in range(x.shape[1]):
                x[i, j] -= data.common[j]


@nb.njit(**KERNEL)
def forward(
    plan,  # in: PlanTables
    data,  # in: Data, all rows of the fit
    batch,  # in (rows,): row indices of a piece of a batch
    piece,  # in: number of the piece
    whole,  # in: rows of the batch
    params,  # in (parameters,)
    running,  # in, out (averages,): running means and variances
    work,  # in, out: Workspace of this thread; dense rows stand in `values`
    key,  # in: key of the step's noise, uint64
    training,  # in: whether to drop units and to use the batch's statistics
    begin,  # in: first operation
    end,  # in: operation behind the last; of a BatchNorm there, the moments of the rows are written
):
    """Run operations on a piece of a batch's rows.

    In training a BatchNorm is the first of them: it needs the moments of all pieces. Without
    `training` nothing is dropped, and running averages are used and not moved.
    """
    rows, room, pieces = batch.size, work.room, work.grads.shape[0]
    first_row = piece * whole // pieces
    for index in range(begin, min(end + 1, plan.ops.shape[0])):
        op, alpha, beta_number = plan.ops[index], plan.numbers[index, 0], plan.numbers[index, 1]
        kind, width, units = op[c.KIND], op[c.IN_WIDTH], op[c.OUT_WIDTH]
        x = block(work.values, op[c.IN], width, rows, room)
        y = block(work.values, op[c.OUT], units, rows, room)
        bias = vector(work.zeros, 0, units)
        if op[c.BIAS] >= 0:
            bias = vector(params, op[c.BIAS], units)
        if kind == c.DENSE:
            z = y if op[c.PRE] < 0 else block(work.values, op[c.PRE], units, rows, room)
            W = matrix(params, op[c.WEIGHT], width, units)
            # A call with all these arguments takes longer than a product of a small network.
            if op[c.ZEROS_IN] or (op[c.FIRST] and data.starts.size > 0):
                times_weights(index, op, data, batch, x, W, work, z)
            else:
                times(x, W, z)
            if op[c.PRE] < 0:
                activate_in_place(op[c.ACTIVATION_CODE], y, bias)
            else:
                activate(op[c.ACTIVATION_CODE], alpha, z, bias, y, True)
        elif kind == c.ACTIVATION:
            if op[c.PRE] < 0:
                copy_or_add(x, y, 0)
                activate_in_place(op[c.ACTIVATION_CODE], y, bias)
            else:
                activate(op[c.ACTIVATION_CODE], alpha, x, bias, y, False)
        elif kind == c.DROPOUT and not training:
            copy_or_add(x, y, 0)
        elif kind == c.DROPOUT:
            stream = key
            for label in op[c.PATH :]:
                if label >= 0:
                    stream = child_key(stream, label)
            mask = block(work.values, op[c.SAVED], units, rows, room)
            dropout(x, stream, first_row, alpha, y, mask)
        elif kind == c.ADD:
            shortcut = block(work.values, op[c.SCALES], units, rows, room)
            copy_or_add(shortcut, y, 0)
            copy_or_add(x, y, 1)
        else:
            gamma = vector(params, op[c.WEIGHT], units)
            x_hat = block(work.values, op[c.SAVED], units, rows, room)
            scales = vector(work.scales, op[c.SCALES], max(room, units))
            if kind == c.LAYER_NORM:
                layer_norm(x, gamma, bias, alpha, y, x_hat, scales)
                continue
            averages = vector(running, op[c.STATE], 2 * units)
            if not training:
                batch_norm_by_averages(x, gamma, bias, alpha, y, scales, averages)
            elif index == end:
                place = piece * running.size + op[c.STATE]
                moments_of_rows(
                    x, vector(work.moments, place, units),
                    vector(work.moments, place + units, units),
                )  # fmt: skip
            else:
                mean, variance = vector(work.product, 0, units), vector(scales, 0, units)
                moments_of_batch(work.moments, op[c.STATE], pieces, whole, mean, variance)
                if piece == pieces - 1:  # one of them, which always has rows
                    move_averages(mean, variance, whole, beta_number, averages)
                batch_norm(x, gamma, bias, alpha, mean, scales, y, x_hat)


@nb.njit(**KERNEL)
def backward(
    plan,  # in: PlanTables
    data,  # in: Data, all rows of the fit
    batch,  # in (rows,): row indices of a piece of a batch
    whole,  # in: rows of the batch
    params,  # in (parameters,)
    grads,  # out (parameters,), but for weights whose gradient is `left` to panels
    work,  # in, out: Workspace of this thread, with dE/do in the last buffer of `slopes`
    begin,  # in: first operation
    end,  # in: operation behind the last; a BatchNorm there has all pieces' gradients of gamma
):
    """Run operations' pullbacks, last first; expects the last one's gradient in `slopes`.

    Of a BatchNorm that is the first operation only the gradients of gamma and beta are written,
    which all pieces need to go on.
    """
    rows, room = batch.size, work.room
    for index in range(min(end, plan.ops.shape[0] - 1), begin - 1, -1):
        op, alpha = plan.ops[index], plan.numbers[index, 0]
        kind, width, units = op[c.KIND], op[c.IN_WIDTH], op[c.OUT_WIDTH]
        x = block(work.values, op[c.IN], width, rows, room)
        y = block(work.values, op[c.OUT], units, rows, room)
        d = block(work.slopes, op[c.OUT], units, rows, room)
        dx = block(work.slopes, op[c.IN], width, rows, room)
        if kind in (c.DENSE, c.ACTIVATION):
            z = y
            if op[c.PRE] >= 0:
                z = block(work.values, op[c.PRE], units, rows, room)
            multiply_by_slope(op[c.ACTIVATION_CODE], alpha, z, y, d, kind == c.DENSE)
        if kind == c.DENSE:
            dW = matrix(grads, op[c.WEIGHT], width, units)
            if op[c.ZEROS_IN] or (op[c.FIRST] and data.starts.size > 0):
                gradient_of_weights(index, op, data, batch, x, d, work, dW)
            elif op[c.PANELS]:
                work.left[index] = 1
            else:
                transposed_times(x, d, dW)
            if op[c.BIAS] >= 0:
                sum_rows(d, vector(grads, op[c.BIAS], units))
            if not op[c.FIRST]:
                W = matrix(params, op[c.WEIGHT], width, units)
                if op[c.ADDS]:
                    product = matrix(work.product, 0, rows, width)
                    error_of_inputs(index, op, d, W, work, product)
                    copy_or_add(product, dx, 1)
                elif op[c.ZEROS_BACK]:
                    error_of_inputs(index, op, d, W, work, dx)
                else:
                    times_transposed(d, W, work.masked.panel, dx)
            continue
        if kind == c.DROPOUT:
            multiply(d, block(work.values, op[c.SAVED], units, rows, room))
        elif kind == c.ADD:
            if op[c.SCALES] > 0:
                # The shortcut's gradient first: what is inside adds its own to it later.
                copy_or_add(d, block(work.slopes, op[c.SCALES], units, rows, room), op[c.STATE])
        elif kind in (c.LAYER_NORM, c.BATCH_NORM):
            gamma = vector(params, op[c.WEIGHT], units)
            d_gamma = vector(grads, op[c.WEIGHT], units)
            d_beta = vector(grads, op[c.BIAS], units)
            x_hat = block(work.values, op[c.SAVED], units, rows, room)
            scales = vector(work.scales, op[c.SCALES], max(room, units))
            if kind == c.LAYER_NORM:
                layer_norm_pullback(d, gamma, x_hat, scales, d_gamma, d_beta)
            elif index < end:
                scale_and_shift_gradients(d, x_hat, d_gamma, d_beta)
                continue
            elif not op[c.FIRST]:
                of_gamma, of_beta = (
                    vector(work.product, 0, units),
                    vector(work.product, units, units),
                )
                mean_of_sums(work.grads, op[c.WEIGHT], whole, of_gamma)
                mean_of_sums(work.grads, op[c.BIAS], whole, of_beta)
                batch_norm_pullback(d, gamma, x_hat, scales, of_gamma, of_beta)
        if not op[c.FIRST]:
            copy_or_add(d, dx, op[c.ADDS])
