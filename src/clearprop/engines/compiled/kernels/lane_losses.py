"""Losses of many small networks at once.

Where one network has a number, there is a vector here, a number of each. What is elementwise is a
loop over all numbers; sums over the outputs of a row stay in registers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numba as nb
import numpy as np
from numba.core import cgutils

from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.kernels.blocks import vector
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
from clearprop.engines.compiled.vectormath import KERNEL, exp_below, like, log1p


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
    at, size, width = plan.output * work.room * lanes, rows * outputs * lanes, outputs * lanes
    # What is written behind the targets is written over by the values.
    lane_rows(work.t, orders, first, rows, outputs, work.loss, 0, width, lanes)
    o, d = vector(work.values, at, size), vector(work.slopes, at, size)
    t, values = vector(work.loss, 0, size), vector(work.loss, size, size)
    each = outputs
    if plan.loss == c.CROSS:
        each = 1
        plane = rows * lanes
        values, masses = vector(work.loss, size, plane), vector(work.loss, size + plane, plane)
        others = vector(work.loss, size + 2 * plane, plane)
        lane_cross_entropy(plan.loss_number, o, t, d, values, masses, others, rows)
    else:
        elementwise(plan.loss, plan.loss_number, o, t, d, values)
    work.shares[:] = 1.0 / divisor
    if work.weights_of_rows.size == 0:
        share = like(1.0 / divisor, d[0])
        for n in range(size):
            d[n] *= share
        added_exactly(work.tallies, values, 0, rows * each, work.shares)
        return
    for i in range(rows):
        for lane in range(lanes):
            weight = np.float64(work.weights_of_rows[row_of(orders, lane, first + i)])
            work.shares[lane] = weight / divisor
            share = like(work.shares[lane], d[0])
            for j in range(outputs):
                d[i * width + j * lanes + lane] *= share
        added_exactly(work.tallies, values, i * each * lanes, each, work.shares)


@nb.njit(**KERNEL)
def lane_cross_entropy(
    smoothing,  # in: label smoothing
    o,  # in (rows * K * lanes,): raw outputs
    t,  # in, out (rows * K * lanes,): targets, then smoothed ones
    d,  # out (rows * K * lanes,): p - t
    values,  # out (rows * lanes,): losses
    masses,  # out (rows * lanes,): room
    others,  # out (rows * lanes,): room
    rows,  # in: rows of each network
):
    """Write -sum t ln softmax(o) to `values`, and p - t to `d`; see `cross_entropy`."""
    width, lanes = o.size // rows, values.size // rows
    outputs = width // lanes
    one = like(1.0, o[0])
    if smoothing != 0.0:
        keep, add = like(1.0 - smoothing, o[0]), like(smoothing / outputs, o[0])
        for n in range(t.size):
            t[n] = keep * t[n] + add
    for i in range(rows):
        below_largest(o, i * width, outputs, t, d, values, masses, i * lanes)
    for n in range(d.size):
        d[n] = exp_below(d[n])
    for i in range(rows):
        sum_but_largest(d, i * width, outputs, others, i * lanes)
    for n in range(values.size):
        values[n] = masses[n] * log1p(others[n]) - values[n]
        others[n] = one / (one + others[n])
    for i in range(rows):
        less_targets(d, i * width, outputs, others, i * lanes, t)


@contextmanager
def _each_output(builder: Any, vectors: Vectors, outputs: Any, first: Any) -> Iterator[Any]:
    """Write a loop over the outputs of a row; the context is the place of one."""
    with cgutils.for_range(builder, outputs) as loop:
        yield builder.add(first, builder.mul(loop.index, WHOLE(vectors.lanes)))


@intrinsic
def below_largest(
    typing_context: Any,
    o: Any,
    place: Any,
    outputs: Any,
    t: Any,
    d: Any,
    scores: Any,
    masses: Any,
    row: Any,
) -> Any:
    """Write o - max o of a row to `d`; sum t (o - max o) to `scores`, and sum t to `masses`.

    The row's outputs begin at `place`, its sums at `row`.
    """

    def code(context, builder, signature, arguments):
        source, targets, goal, totals, counts = arrays_of(
            context, builder, signature, arguments, (0, 3, 4, 5, 6)
        )
        vectors = _vectors(context, builder, signature.args[0])
        _, place, outputs, _, _, _, _, row = arguments
        largest = cgutils.alloca_once_value(builder, vectors.load(source, place))
        with _each_output(builder, vectors, outputs, place) as here:
            value, most = vectors.load(source, here), builder.load(largest)
            above = builder.fcmp_ordered(">", value, most)
            builder.store(builder.select(above, value, most), largest)
        score = cgutils.alloca_once_value(builder, vectors.zero())
        mass = cgutils.alloca_once_value(builder, vectors.zero())
        most = builder.load(largest)
        with _each_output(builder, vectors, outputs, place) as here:
            value = builder.fsub(vectors.load(source, here), most)
            target = vectors.load(targets, here)
            builder.store(vectors.plus_product(builder.load(score), target, value), score)
            builder.store(builder.fadd(builder.load(mass), target), mass)
            vectors.store(value, goal, here)
        vectors.store(builder.load(score), totals, row)
        vectors.store(builder.load(mass), counts, row)
        return context.get_dummy_value()

    whole = types.intp
    return types.void(o, whole, whole, t, d, scores, masses, whole), code


@intrinsic
def sum_but_largest(
    typing_context: Any, values: Any, place: Any, outputs: Any, sums: Any, row: Any
) -> Any:
    """Write the sum of a row's values but one that is 1, the largest, to `sums`.

    Those that are 1 are counted apart, so that a small sum keeps its digits.
    """

    def code(context, builder, signature, arguments):
        source, goal = arrays_of(context, builder, signature, arguments, (0, 3))
        vectors = _vectors(context, builder, signature.args[0])
        _, place, outputs, _, row = arguments
        zero, one = vectors.zero(), vectors.constant(1.0)
        rest = cgutils.alloca_once_value(builder, zero)
        ties = cgutils.alloca_once_value(builder, vectors.constant(-1.0))
        with _each_output(builder, vectors, outputs, place) as here:
            value = vectors.load(source, here)
            at_top = builder.fcmp_ordered("==", value, one)
            less = builder.select(at_top, zero, value)
            builder.store(builder.fadd(builder.load(rest), less), rest)
            more = builder.select(at_top, one, zero)
            builder.store(builder.fadd(builder.load(ties), more), ties)
        vectors.store(builder.fadd(builder.load(rest), builder.load(ties)), goal, row)
        return context.get_dummy_value()

    whole = types.intp
    return types.void(values, whole, whole, sums, whole), code


@intrinsic
def less_targets(
    typing_context: Any, d: Any, place: Any, outputs: Any, factors: Any, row: Any, t: Any
) -> Any:
    """Write d times the row's factor, less t, to `d`."""

    def code(context, builder, signature, arguments):
        goal, shares, targets = arrays_of(context, builder, signature, arguments, (0, 3, 5))
        vectors = _vectors(context, builder, signature.args[0])
        _, place, outputs, _, row, _ = arguments
        factor = vectors.load(shares, row)
        with _each_output(builder, vectors, outputs, place) as here:
            product = builder.fmul(vectors.load(goal, here), factor, flags=("contract",))
            target = vectors.load(targets, here)
            vectors.store(builder.fsub(product, target, flags=("contract",)), goal, here)
        return context.get_dummy_value()

    whole = types.intp
    return types.void(d, whole, whole, factors, whole, t), code


@intrinsic
def added_exactly(
    typing_context: Any, sums: Any, values: Any, place: Any, count: Any, shares: Any
) -> Any:
    """Add `count` vectors of values, times float64 shares, to float64 sums."""

    def code(context, builder, signature, arguments):
        totals, source, weights = arrays_of(context, builder, signature, arguments, (0, 1, 4))
        vectors = _vectors(context, builder, signature.args[1])
        exact = context.get_data_type(signature.args[0].dtype)
        doubles = Vectors(builder, exact, vectors.lanes, 8)
        total = cgutils.alloca_once_value(builder, doubles.load(totals, WHOLE(0)))
        share = doubles.load(weights, WHOLE(0))
        with _each_output(builder, vectors, arguments[3], arguments[2]) as here:
            terms = vectors.load(source, here)
            if terms.type != doubles.type:
                terms = builder.fpext(terms, doubles.type)
            builder.store(doubles.plus_product(builder.load(total), terms, share), total)
        doubles.store(builder.load(total), totals, WHOLE(0))
        return context.get_dummy_value()

    return types.void(sums, values, types.intp, types.intp, shares), code


def _vectors(context: Any, builder: Any, array: Any) -> Vectors:
    return Vectors(builder, context.get_data_type(array.dtype), lanes_of(array))
