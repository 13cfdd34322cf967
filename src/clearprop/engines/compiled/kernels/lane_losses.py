"""Losses of many small networks at once.

Outputs stand plane by plane: those of the first unit for all rows of all networks, then those of
the second. Loops over a plane are long enough to vectorise, however few units there are.
"""

import numba as nb
import numpy as np

from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.kernels.blocks import matrix, vector
from clearprop.engines.compiled.kernels.losses import elementwise, weighted
from clearprop.engines.compiled.vectormath import KERNEL, exp, like, log1p


@nb.njit(**KERNEL)
def lane_losses(
    plan,  # in: PlanTables
    data,  # in: Data, all rows of the fit
    rows,  # in: rows of each network
    lanes,  # in: networks
    divisor,  # in: D, see backprop.py
    work,  # in, out: LaneRoom; each network's loss is added to its tally
):
    """Add up each network's loss; write dE/do to the last buffer of `slopes`."""
    outputs, plane = plan.outputs, rows * lanes
    at, size = plan.output * work.room * lanes, plane * outputs
    o, d = matrix(work.outputs, 0, outputs, plane), matrix(work.errors, 0, outputs, plane)
    t, values = matrix(work.loss, 0, outputs, plane), matrix(work.loss, size, outputs, plane)
    for i in range(rows):
        for j in range(outputs):
            place = at + (i * outputs + j) * lanes
            for lane in range(lanes):
                o[j, i * lanes + lane] = work.values[place + lane]
    shares = vector(work.loss, 2 * size, plane)
    shares[:] = like(1.0 / divisor, shares[0])
    for lane in range(lanes):
        for i in range(rows):
            row, n = work.batch[lane * rows + i], i * lanes + lane
            if data.weights.size > 0:
                shares[n] = like(np.float64(data.weights[row]) / divisor, shares[0])
            for j in range(outputs):
                t[j, n] = data.t[row, j]
    each = 1 if plan.loss == c.CROSS else outputs
    if plan.loss == c.CROSS:
        sums = matrix(work.loss, 2 * size + plane, 2, plane)
        lane_cross_entropy(plan.loss_number, o, t, d, values[0], sums[0], sums[1])
    else:
        flat = vector(work.outputs, 0, size), vector(work.loss, 0, size)
        slopes, flat_values = vector(work.errors, 0, size), vector(work.loss, size, size)
        elementwise(plan.loss, plan.loss_number, flat[0], flat[1], slopes, flat_values)
    for lane in range(lanes):
        own = vector(work.outputs, 0, rows * each)
        for i in range(rows):
            for j in range(each):
                own[i * each + j] = values[j, i * lanes + lane]
        batch = work.batch[lane * rows : (lane + 1) * rows]
        work.tallies[lane] += weighted(own, data.weights, batch, divisor, work.spare[:rows])
    for i in range(rows):
        for j in range(outputs):
            place = at + (i * outputs + j) * lanes
            for lane in range(lanes):
                n = i * lanes + lane
                work.slopes[place + lane] = d[j, n] * shares[n]


@nb.njit(**KERNEL)
def lane_cross_entropy(
    smoothing,  # in: label smoothing
    o,  # in, out (K, n): raw outputs, then room
    t,  # in, out (K, n): targets, then smoothed ones
    d,  # out (K, n): p - t
    values,  # out (n,): losses
    masses,  # out (n,): room
    others,  # out (n,): room
):
    """Write -sum t ln softmax(o) to `values`, and p - t to `d`; see `cross_entropy`."""
    outputs, plane = o.shape
    zero, one = like(0.0, o[0, 0]), like(1.0, o[0, 0])
    keep, add = like(1.0 - smoothing, o[0, 0]), like(smoothing / outputs, o[0, 0])
    for n in range(plane):
        others[n], values[n], masses[n] = o[0, n], zero, zero
    for j in range(1, outputs):
        for n in range(plane):
            others[n] = o[j, n] if o[j, n] > others[n] else others[n]
    for j in range(outputs):
        for n in range(plane):
            target = keep * t[j, n] + add
            t[j, n] = target
            d[j, n] = o[j, n] - others[n]
            values[n] += target * d[j, n]
            masses[n] += target
    exponentials = d.reshape(d.size)
    for n in range(d.size):
        exponentials[n] = exp(exponentials[n])
    rests = o[0]
    for n in range(plane):
        rests[n], others[n] = zero, -one
    for j in range(outputs):
        for n in range(plane):
            at_top = d[j, n] == one
            rests[n] += zero if at_top else d[j, n]
            others[n] += one if at_top else zero
    for n in range(plane):
        rest = rests[n] + others[n]
        values[n] = masses[n] * log1p(rest) - values[n]
        others[n] = one / (one + rest)
    for j in range(outputs):
        for n in range(plane):
            d[j, n] = d[j, n] * others[n] - t[j, n]
