"""Losses of many small networks at once.

Outputs stand plane by plane: those of the first unit for all rows of all networks, then those of
the second. Loops over a plane are long enough to vectorise, however few units there are.
"""

from typing import Any

import numba as nb
import numpy as np

from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.kernels.blocks import matrix, vector
from clearprop.engines.compiled.kernels.lane_rows import lane_rows, row_of
from clearprop.engines.compiled.kernels.losses import elementwise
from clearprop.engines.compiled.kernels.vectors import (
    WHOLE,
    Vectors,
    arrays_of,
    intrinsic,
    lanes_of,
    types,
)
from clearprop.engines.compiled.vectormath import KERNEL, exp, like, log1p


@intrinsic
def copied(typing_context: Any, source: Any, place: Any, target: Any, start: Any) -> Any:
    """Copy a vector."""

    def code(context, builder, signature, arguments):
        one, other = arrays_of(context, builder, signature, arguments, (0, 2))
        kind = context.get_data_type(signature.args[0].dtype)
        vectors = Vectors(builder, kind, lanes_of(signature.args[0]))
        vectors.store(vectors.load(one, arguments[1]), other, arguments[3])
        return context.get_dummy_value()

    return types.void(source, types.intp, target, types.intp), code


@intrinsic
def added_exactly(typing_context: Any, sums: Any, values: Any, place: Any, shares: Any) -> Any:
    """Add a vector of values, times float64 shares, to float64 sums."""

    def code(context, builder, signature, arguments):
        totals, source, weights = arrays_of(context, builder, signature, arguments, (0, 1, 3))
        kind = context.get_data_type(signature.args[1].dtype)
        lanes = lanes_of(signature.args[1])
        exact = context.get_data_type(signature.args[0].dtype)
        doubles = Vectors(builder, exact, lanes, 8)
        terms = Vectors(builder, kind, lanes).load(source, arguments[2])
        if terms.type != doubles.type:
            terms = builder.fpext(terms, doubles.type)
        start = WHOLE(0)
        total = doubles.plus_product(
            doubles.load(totals, start), terms, doubles.load(weights, start)
        )
        doubles.store(total, totals, start)
        return context.get_dummy_value()

    return types.void(sums, values, types.intp, shares), code


@nb.njit(**KERNEL)
def lane_losses(
    plan,  # in: PlanTables
    orders,  # in (lanes,): addresses of each network's row indices, int64
    first,  # in: where the batch begins there
    rows,  # in: rows of each network
    divisor,  # in: D, see backprop.py
    work,  # in, out: LaneRoom; each network's loss is added to its tally
):
    """Add up each network's loss; write dE/do to the last buffer of `slopes`."""
    outputs, lanes = plan.outputs, orders.size
    plane = rows * lanes
    at, size = plan.output * work.room * lanes, plane * outputs
    o, d = matrix(work.outputs, 0, outputs, plane), matrix(work.errors, 0, outputs, plane)
    # What is written behind the targets is written over by the values.
    lane_rows(work.t, orders, first, rows, outputs, work.loss, 0, lanes, plane)
    t, values = matrix(work.loss, 0, outputs, plane), matrix(work.loss, size, outputs, plane)
    for i in range(rows):
        for j in range(outputs):
            place = at + (i * outputs + j) * lanes
            copied(work.values, place, work.outputs, j * plane + i * lanes)
    each = 1 if plan.loss == c.CROSS else outputs
    if plan.loss == c.CROSS:
        sums = matrix(work.loss, 2 * size, 2, plane)
        lane_cross_entropy(plan.loss_number, o, t, d, values[0], sums[0], sums[1])
    else:
        flat = vector(work.outputs, 0, size), vector(work.loss, 0, size)
        slopes, flat_values = vector(work.errors, 0, size), vector(work.loss, size, size)
        elementwise(plan.loss, plan.loss_number, flat[0], flat[1], slopes, flat_values)
    share, weighted = like(1.0 / divisor, work.loss[0]), work.weights_of_rows.size > 0
    work.shares[:] = 1.0 / divisor
    for i in range(rows):
        if weighted:
            for lane in range(lanes):
                weight = np.float64(work.weights_of_rows[row_of(orders, lane, first + i)])
                work.shares[lane] = weight / divisor
                share = like(work.shares[lane], share)
                for j in range(outputs):
                    work.errors[j * plane + i * lanes + lane] *= share
        for j in range(each):
            place = size + j * plane + i * lanes
            added_exactly(work.tallies, work.loss, place, work.shares)
    if not weighted:
        for n in range(size):
            work.errors[n] *= share
    for i in range(rows):
        for j in range(outputs):
            place = at + (i * outputs + j) * lanes
            copied(work.errors, j * plane + i * lanes, work.slopes, place)


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
