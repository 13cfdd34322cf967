"""A run of steps without coming back to Python: forward, loss, backward, update."""

import numba as nb
import numpy as np

from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.cache import kept
from clearprop.engines.compiled.kernels.activations import (
    activate,
    activate_in_place,
    multiply_by_slope,
)
from clearprop.engines.compiled.kernels.layers import (
    batch_norm,
    batch_norm_pullback,
    child_key,
    copy_or_add,
    dropout,
    layer_norm,
    layer_norm_pullback,
    multiply,
    sparse_times_dense,
    sparse_transposed_times_dense,
    sum_rows,
)
from clearprop.engines.compiled.kernels.losses import loss_and_gradient
from clearprop.engines.compiled.kernels.optimizers import norm_with_penalty, update
from clearprop.engines.compiled.vectormath import KERNEL


@nb.njit(**KERNEL)
def block(buffer, offset, width, rows, room):
    """Return the rows of one buffer of the workspace; `room` is the most rows it holds."""
    start = offset * room
    return buffer[start : start + rows * width].reshape(rows, width)


@nb.njit(**KERNEL)
def gather(x, batch, target):
    """Copy the batch's rows."""
    units = target.shape[1]
    for i in range(batch.size):
        row = batch[i]
        for j in range(units):
            target[i, j] = x[row, j]


@nb.njit(**KERNEL)
def forward(plan, data, batch, params, running, work, key):
    """Run every operation on the batch."""
    rows, room = batch.size, work.room
    for index in range(plan.ops.shape[0]):
        op, alpha, beta_number = plan.ops[index], plan.numbers[index, 0], plan.numbers[index, 1]
        kind, width, units = op[c.KIND], op[c.IN_WIDTH], op[c.OUT_WIDTH]
        x = block(work.values, op[c.IN], width, rows, room)
        y = block(work.values, op[c.OUT], units, rows, room)
        bias = work.zeros[:units]
        if op[c.BIAS] >= 0:
            bias = params[op[c.BIAS] : op[c.BIAS] + units]
        if kind == c.DENSE:
            z = y if op[c.PRE] < 0 else block(work.values, op[c.PRE], units, rows, room)
            W = params[op[c.WEIGHT] : op[c.WEIGHT] + width * units].reshape(width, units)
            if op[c.FIRST] and data.starts.size > 0:
                sparse_times_dense(data.values, data.columns, data.starts, batch, W, z)
            else:
                np.dot(x, W, z)
            if op[c.PRE] < 0:
                activate_in_place(op[c.ACTIVATION_CODE], y, bias)
            else:
                activate(op[c.ACTIVATION_CODE], alpha, z, bias, y)
        elif kind == c.ACTIVATION:
            if op[c.PRE] < 0:
                copy_or_add(x, y, 0)
                activate_in_place(op[c.ACTIVATION_CODE], y, bias)
            else:
                activate(op[c.ACTIVATION_CODE], alpha, x, bias, y)
        elif kind == c.DROPOUT:
            stream = key
            for label in op[c.PATH :]:
                if label >= 0:
                    stream = child_key(stream, label)
            mask = block(work.values, op[c.SAVED], units, rows, room)
            dropout(x, stream, alpha, y, mask)
        elif kind == c.ADD:
            shortcut = block(work.values, op[c.SCALES], units, rows, room)
            copy_or_add(shortcut, y, 0)
            copy_or_add(x, y, 1)
        else:
            gamma = params[op[c.WEIGHT] : op[c.WEIGHT] + units]
            x_hat = block(work.values, op[c.SAVED], units, rows, room)
            scales = work.scales[op[c.SCALES] : op[c.SCALES] + max(room, units)]
            if kind == c.LAYER_NORM:
                layer_norm(x, gamma, bias, alpha, y, x_hat, scales)
            else:
                statistics = running[op[c.STATE] : op[c.STATE] + 2 * units]
                batch_norm(
                    x, gamma, bias, alpha, beta_number, y, x_hat, scales, work.means, statistics
                )


@nb.njit(**KERNEL)
def backward(plan, data, batch, params, grads, work):
    """Run every operation's pullback, last first; the last buffer's gradient stands ready."""
    rows, room = batch.size, work.room
    for index in range(plan.ops.shape[0] - 1, -1, -1):
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
            multiply_by_slope(op[c.ACTIVATION_CODE], alpha, z, y, d)
        if kind == c.DENSE:
            size = width * units
            dW = grads[op[c.WEIGHT] : op[c.WEIGHT] + size].reshape(width, units)
            if op[c.FIRST] and data.starts.size > 0:
                sparse_transposed_times_dense(data.values, data.columns, data.starts, batch, d, dW)
            else:
                np.dot(x.T, d, dW)
            if op[c.BIAS] >= 0:
                sum_rows(d, grads[op[c.BIAS] : op[c.BIAS] + units])
            if not op[c.FIRST]:
                W = params[op[c.WEIGHT] : op[c.WEIGHT] + size].reshape(width, units)
                if op[c.ADDS]:
                    product = work.product[: rows * width].reshape(rows, width)
                    np.dot(d, W.T, product)
                    copy_or_add(product, dx, 1)
                else:
                    np.dot(d, W.T, dx)
            continue
        if kind == c.DROPOUT:
            multiply(d, block(work.values, op[c.SAVED], units, rows, room))
        elif kind == c.ADD:
            if op[c.SCALES] > 0:
                # The shortcut's gradient first: what is inside adds its own to it later.
                copy_or_add(d, block(work.slopes, op[c.SCALES], units, rows, room), op[c.STATE])
        elif kind in (c.LAYER_NORM, c.BATCH_NORM):
            gamma = params[op[c.WEIGHT] : op[c.WEIGHT] + units]
            d_gamma = grads[op[c.WEIGHT] : op[c.WEIGHT] + units]
            d_beta = grads[op[c.BIAS] : op[c.BIAS] + units]
            x_hat = block(work.values, op[c.SAVED], units, rows, room)
            scales = work.scales[op[c.SCALES] : op[c.SCALES] + max(room, units)]
            if kind == c.LAYER_NORM:
                layer_norm_pullback(d, gamma, x_hat, scales, d_gamma, d_beta)
            else:
                batch_norm_pullback(d, gamma, x_hat, scales, d_gamma, d_beta)
        if not op[c.FIRST]:
            copy_or_add(d, dx, op[c.ADDS])


@kept
def run_steps(plan, data, rule, orders, batch_size, rates, key, moving, work, first_step, losses):
    """Make a step for each rate; return how many were made before a number was not finite.

    `orders` holds an order of the rows for each epoch, one after another; the steps are those
    from `first_step` on, counted through all epochs. `losses` receives for each epoch the sums
    of loss and penalty, weighted by the batches' rows, and of rows. The step that fails has
    changed parameters and state: the caller starts again from copies.
    """
    params, grads = moving.params, work.grads
    rows_each = data.t.shape[0]
    steps_each = (rows_each + batch_size - 1) // batch_size
    for index in range(rates.size):
        step = first_step + index
        epoch, place = step // steps_each, (step % steps_each) * batch_size
        start = epoch * rows_each + place
        batch = orders[start : start + min(batch_size, rows_each - place)]
        rows = batch.size
        divisor = rows * data.mean_weight
        if data.starts.size == 0:
            gather(data.x, batch, block(work.values, 0, data.x.shape[1], rows, work.room))
        stream = child_key(np.uint64(key), moving.steps + step)
        forward(plan, data, batch, params, moving.running, work, stream)
        o = block(work.values, plan.output, plan.outputs, rows, work.room)
        d = block(work.slopes, plan.output, plan.outputs, rows, work.room)
        value = loss_and_gradient(
            plan.loss, plan.loss_number, o, data.t, data.weights, batch, divisor, d
        )
        if not np.isfinite(value):
            return index
        backward(plan, data, batch, params, grads, work)
        l2 = rule.l2 / divisor if rule.l2_per_row else rule.l2
        scale, remaining_l2 = 1.0, l2
        if rule.clip_norm > 0:
            norm = norm_with_penalty(params, grads, rule.penalised, l2)
            remaining_l2 = 0.0
            scale = rule.clip_norm / norm if norm > rule.clip_norm else 1.0
        squares, check = update(
            rule.code,
            rule.numbers,
            moving.updates + step + 1,
            rates[index],
            remaining_l2,
            scale,
            params,
            grads,
            rule.penalised,
            moving.first,
            moving.second,
            work.tiny[0],
        )
        penalty = 0.5 * l2 * np.float64(squares)
        if not (np.isfinite(np.float64(check)) and np.isfinite(penalty)):
            return index
        losses[epoch, 0] += value * rows
        losses[epoch, 1] += penalty * rows
        losses[epoch, 2] += rows
    return rates.size
