"""Steps of many small networks at once: each number of a vector belongs to another network.

A network of some hundred weights has products too small for a processor's vectors. Networks of one
plan, each with its own parameters, order of rows and loss, fill them together: where one network
has a number, a buffer has a row of `lanes` numbers here. A network's numbers depend on none of the
others'.
"""

import numba as nb
import numpy as np

from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.kernel_files import kept
from clearprop.engines.compiled.kernels.activations import (
    activate,
    activate_all,
    multiply_by_slope,
)
from clearprop.engines.compiled.kernels.blocks import matrix, vector
from clearprop.engines.compiled.kernels.lane_losses import lane_losses
from clearprop.engines.compiled.kernels.lane_products import lane_product
from clearprop.engines.compiled.kernels.lane_rows import lane_rows
from clearprop.engines.compiled.kernels.layers import copy_or_add
from clearprop.engines.compiled.kernels.optimizers import update
from clearprop.engines.compiled.vectormath import KERNEL


@kept
def run_lanes(
    plan,  # in: PlanTables, of Dense layers and activations
    mean_weight,  # in: the mean weight of all rows
    rule,  # in: UpdateRule with `penalised` for all networks, without clipping
    orders,  # in (lanes,): addresses of each network's row indices (epochs * N,), int64
    batch_size,  # in: rows a step
    rates,  # in (steps,): learning rates, float64
    state,  # in, out: KernelState of all networks
    work,  # in, out: LaneRoom
    first_step,  # in: number of the first step, counted from 0 through all epochs
    losses,  # in, out (lanes, epochs, 3): sums of loss, of penalty, and of rows, float64
):
    """Make a step of each network for each rate; `losses` are as those of `run_steps`.

    A network that meets a number that is not finite gets NaN for a loss, and the others go on.
    """
    lanes, rows_each = orders.size, work.t.shape[0]
    inputs = plan.ops[0, c.IN_WIDTH]
    steps_each = (rows_each + batch_size - 1) // batch_size
    grads = work.grads
    for index in range(rates.size):
        step = first_step + index
        epoch, row = step // steps_each, (step % steps_each) * batch_size
        start, size = epoch * rows_each + row, min(batch_size, rows_each - row)
        divisor = size * mean_weight
        l2 = rule.l2 / divisor if rule.l2_per_row else rule.l2
        work.tallies[:] = 0.0
        for first in range(0, size, work.room):
            rows, place = min(work.room, size - first), start + first
            lane_rows(work.x, orders, place, rows, inputs, work.values, 0, inputs * lanes, lanes)
            lane_forward(plan, rows, lanes, state.params, work)
            lane_losses(plan, orders, place, rows, divisor, work)
            lane_backward(plan, rows, lanes, first > 0, state.params, grads, work)
        if l2 != 0.0:
            lane_squares(state.params, rule.penalised, lanes, work)
        _, check = update(
            rule.code, rule.numbers, state.updates + step + 1, rates[index], l2, 1.0, state.params,
            grads, rule.penalised, state.moment_1, state.moment_2, work.tiny[0],
        )  # fmt: skip
        if not np.isfinite(check):
            lane_check(state.params, grads, lanes, losses[:, epoch])
        for lane in range(lanes):
            losses[lane, epoch, 0] += work.tallies[lane] * size
            losses[lane, epoch, 1] += 0.5 * l2 * work.squares[lane] * size
            losses[lane, epoch, 2] += size


@nb.njit(**KERNEL)
def lane_forward(
    plan,  # in: PlanTables
    rows,  # in: rows of each network
    lanes,  # in: networks
    params,  # in (parameters * lanes,)
    work,  # in, out: LaneRoom, with the rows in its first buffer
):
    """Run every operation on the rows of each network."""
    room = work.room * lanes
    for index in range(plan.ops.shape[0]):
        op, alpha = plan.ops[index], plan.numbers[index, 0]
        code, width, units = op[c.ACTIVATION_CODE], op[c.IN_WIDTH], op[c.OUT_WIDTH]
        in_place, numbers = op[c.PRE] < 0, rows * units * lanes
        x = matrix(work.values, op[c.IN] * room, rows, units * lanes)
        y = matrix(work.values, op[c.OUT] * room, rows, units * lanes)
        nothing = vector(work.zeros, 0, units * lanes)
        if op[c.KIND] == c.DENSE:
            place = op[c.OUT] if in_place else op[c.PRE]
            x = matrix(work.values, place * room, rows, units * lanes)
            bias = nothing
            if op[c.BIAS] >= 0:
                bias = vector(params, op[c.BIAS] * lanes, units * lanes)
            lane_product(
                work.values, op[c.IN] * room, width * lanes, lanes, params, op[c.WEIGHT] * lanes,
                units * lanes, lanes, rows, width, units, lanes, bias, 0,
                work.values, place * room,
            )  # fmt: skip
        elif in_place:
            copy_or_add(x, y, 0)
        if in_place:
            activate_all(code, vector(work.values, op[c.OUT] * room, numbers))
        else:
            activate(code, alpha, x, nothing, y, op[c.KIND] == c.DENSE)


@nb.njit(**KERNEL)
def lane_backward(
    plan,  # in: PlanTables
    rows,  # in: rows of each network
    lanes,  # in: networks
    adds,  # in: whether to add to the gradients of earlier rows
    params,  # in (parameters * lanes,)
    grads,  # out, or in, out (parameters * lanes,)
    work,  # in, out: LaneRoom, with dE/do in the last buffer of `slopes`
):
    """Run every operation's pullback, last first."""
    room = work.room * lanes
    for index in range(plan.ops.shape[0] - 1, -1, -1):
        op, alpha = plan.ops[index], plan.numbers[index, 0]
        width, units = op[c.IN_WIDTH], op[c.OUT_WIDTH]
        # One row, so that there is one loop.
        y = matrix(work.values, op[c.OUT] * room, 1, rows * units * lanes)
        d = matrix(work.slopes, op[c.OUT] * room, 1, rows * units * lanes)
        z = y
        if op[c.PRE] >= 0:
            z = matrix(work.values, op[c.PRE] * room, 1, rows * units * lanes)
        multiply_by_slope(op[c.ACTIVATION_CODE], alpha, z, y, d, op[c.KIND] == c.DENSE)
        if op[c.KIND] != c.DENSE:
            if not op[c.FIRST]:
                copy_or_add(d, matrix(work.slopes, op[c.IN] * room, 1, rows * units * lanes), 0)
            continue
        before, row = vector(work.zeros, 0, units * lanes), 0
        if adds:
            before, row = vector(grads, op[c.WEIGHT] * lanes, units * lanes), units * lanes
        lane_product(
            work.values, op[c.IN] * room, lanes, width * lanes, work.slopes, op[c.OUT] * room,
            units * lanes, lanes, width, rows, units, lanes, before, row,
            grads, op[c.WEIGHT] * lanes,
        )  # fmt: skip
        if op[c.BIAS] >= 0:
            if adds:
                before = vector(grads, op[c.BIAS] * lanes, units * lanes)
            lane_product(
                work.ones, 0, 0, 0, work.slopes, op[c.OUT] * room, units * lanes, lanes,
                1, rows, units, lanes, before, 0, grads, op[c.BIAS] * lanes,
            )  # fmt: skip
        if not op[c.FIRST]:
            lane_product(
                work.slopes, op[c.OUT] * room, units * lanes, lanes, params, op[c.WEIGHT] * lanes,
                lanes, units * lanes, rows, units, width, lanes, work.zeros, 0,
                work.slopes, op[c.IN] * room,
            )  # fmt: skip


@nb.njit(**KERNEL)
def lane_squares(
    params,  # in (parameters * lanes,)
    penalised,  # in (parameters * lanes,): 0 or 1
    lanes,  # in: networks
    work,  # out: LaneRoom: squares, and weights on the way
):
    """Write each network's sum of squares of the parameters with a penalty."""
    weights = work.weights
    for n in range(params.size):
        weights[n] = penalised[n] * params[n]
    lane_product(
        weights, 0, 0, lanes, weights, 0, lanes, 0, 1, params.size // lanes, 1, lanes,
        work.zeros, 0, work.squares, 0,
    )  # fmt: skip


@nb.njit(**KERNEL)
def lane_check(
    params,  # in (parameters * lanes,)
    grads,  # in (parameters * lanes,)
    lanes,  # in: networks
    losses,  # in, out (lanes, 3): NaN for the loss of each whose numbers are not finite
):
    """Mark the networks with a gradient or parameters that are not finite."""
    for n in range(params.size):
        if not (np.isfinite(params[n]) and np.isfinite(grads[n])):
            losses[n % lanes, 0] = np.nan
