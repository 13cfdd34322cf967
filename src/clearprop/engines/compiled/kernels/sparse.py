"""Products of sparse rows with a matrix, and of their transpose: sums held in registers.

A row of the product is a sum of rows of the matrix, each times one number. The sum of a panel,
some vectors of neighbouring columns, stays in registers until it is complete. A row of the matrix
is read for each number that is not zero, and little else is read or written. Loops over arrays do
not get there: the compiler cannot know that the row it adds to is none of those it reads, and
stores it after each addition.

Rows may be sparse about a common value m of each column: x = m + s, and s is sparse. Then
x W = s W + m W, one row for the whole batch, and xᵀ d = sᵀ d + m (sum of d over the rows).
"""

from typing import Any

import numba as nb
from llvmlite import binding, ir
from numba.core import types as _types
from numba.extending import intrinsic as _intrinsic
from numba.np.arrayobj import make_array

from clearprop.engines.compiled.vectormath import KERNEL, like

# Numba's own annotations know nothing of the arguments these take.
intrinsic: Any = _intrinsic
types: Any = _types

VECTOR_BYTES = 64 if binding.get_host_cpu_features().get("avx512f") else 32
"""Length of a vector. A processor with shorter ones takes two or more for it."""

VECTORS = 8
"""The most vectors of a panel: their sums, and no more, fit into the registers."""


@intrinsic
def sum_panel(
    typing_context: Any,
    numbers: Any,
    places: Any,
    begin: Any,
    end: Any,
    table: Any,
    offset: Any,
    scale: Any,
    target: Any,
    row: Any,
    first: Any,
    last: Any,
    vectors: Any,
) -> Any:
    """Write a panel of scale · offset + Σ_k numbers[k] · table[places[k]] to a row of `target`.

    The panel is `vectors` vectors: those from column `first` on, one after another, but the last of
    them, which begins at column `last`. k goes from `begin` to `end`.
    """
    arrays = (numbers, places, table, offset, target)
    size = numbers.dtype.bitwidth // 8
    lanes = VECTOR_BYTES // size

    def code(context, builder, signature, arguments):
        (numbers, places, begin, end, table, offset, scale, target, row, first, last, vectors) = (
            arguments
        )
        numbers, places, table, offset, target = (
            make_array(kind)(context, builder, array)
            for kind, array in zip(arrays, (numbers, places, table, offset, target), strict=True)
        )
        number, whole, short = numbers.data.type.pointee, ir.IntType(64), ir.IntType(32)
        vector = ir.VectorType(number, lanes)
        width = builder.extract_value(table.shape, 1)
        target_row = builder.mul(row, builder.extract_value(target.shape, 1))

        def everywhere(value):
            nothing = ir.Constant(vector, ir.Undefined)
            one = builder.insert_element(nothing, value, ir.Constant(short, 0))
            first_lane = ir.Constant(ir.VectorType(short, lanes), [0] * lanes)
            return builder.shuffle_vector(one, nothing, first_lane)

        def address(array, place):
            return builder.bitcast(builder.gep(array.data, [place]), vector.as_pointer())

        def panel(count):
            columns = [builder.add(first, whole(lanes * k)) for k in range(count - 1)] + [last]
            factor = everywhere(scale)
            begun = [
                builder.fmul(factor, builder.load(address(offset, at), align=size))
                for at in columns
            ]
            before = builder.basic_block
            head = builder.append_basic_block("next")
            body = builder.append_basic_block("add")
            done = builder.append_basic_block("done")
            builder.branch(head)

            builder.position_at_end(head)
            k = builder.phi(whole)
            k.add_incoming(begin, before)
            sums = [builder.phi(vector) for _ in columns]
            for total, value in zip(sums, begun, strict=True):
                total.add_incoming(value, before)
            builder.cbranch(builder.icmp_signed("<", k, end), body, done)

            builder.position_at_end(body)
            value = everywhere(builder.load(builder.gep(numbers.data, [k])))
            place = builder.load(builder.gep(places.data, [k]))
            start = builder.mul(builder.sext(place, whole), width)
            for total, column in zip(sums, columns, strict=True):
                found = builder.load(address(table, builder.add(start, column)), align=size)
                product = builder.fmul(value, found, flags=("contract",))
                total.add_incoming(builder.fadd(total, product, flags=("contract",)), body)
            k.add_incoming(builder.add(k, whole(1)), body)
            builder.branch(head)

            builder.position_at_end(done)
            for total, column in zip(sums, columns, strict=True):
                builder.store(total, address(target, builder.add(target_row, column)), align=size)

        end_of_all = builder.append_basic_block("end")
        choice = builder.switch(vectors, end_of_all)
        for count in range(1, VECTORS + 1):
            case = builder.append_basic_block(f"panel.{count}")
            choice.add_case(whole(count), case)
            builder.position_at_end(case)
            panel(count)
            builder.branch(end_of_all)
        builder.position_at_end(end_of_all)
        return context.get_dummy_value()

    at = types.intp
    return types.void(
        numbers, places, at, at, table, offset, numbers.dtype, target, at, at, at, at
    ), code


@nb.njit(**KERNEL)
def sum_narrow(
    numbers,  # in (n,)
    places,  # in (n,): rows of the table, int32
    begin,  # in: first of the numbers
    end,  # in: end of the numbers
    table,  # in (places, units)
    offset,  # in (units,)
    scale,  # in
    target,  # out (rows, units)
    row,  # in: row of the target
):
    """Do as `sum_panel` for a whole row that is narrower than a vector."""
    for j in range(table.shape[1]):
        target[row, j] = scale * offset[j]
    for k in range(begin, end):
        value, place = numbers[k], places[k]
        for j in range(table.shape[1]):
            target[row, j] += value * table[place, j]


@nb.njit(inline="always", **KERNEL)
def panel_at(
    start,  # in: first column of the panel
    units,  # in: columns of the matrix, a vector or more
    lanes,  # in: numbers of a vector
):
    """Return how many vectors the panel has that begins there, and where its last one begins.

    The last vector of a row ends with the row: it may take columns of the one before it again.
    """
    vectors = min(VECTORS, (units - start + lanes - 1) // lanes)
    return vectors, min(start + (vectors - 1) * lanes, units - lanes)


@nb.njit(**KERNEL)
def common_times_dense(
    data,  # in: Data, of which the common values are read
    W,  # in (width, units)
    zeros,  # in (units,)
    row,  # out (1, units)
):
    """Write m W to `row`, of the common values m."""
    units, lanes, none = W.shape[1], VECTOR_BYTES // W.itemsize, like(0.0, W[0, 0])
    places, count = data.common_columns, data.common_columns.size
    if units < lanes:
        sum_narrow(data.common_values, places, 0, count, W, zeros, none, row, 0)
        return
    for start in range(0, units, VECTORS * lanes):
        vectors, last = panel_at(start, units, lanes)
        sum_panel(
            data.common_values, places, 0, count, W, zeros, none, row, 0, start, last, vectors
        )


@nb.njit(**KERNEL)
def sparse_times_dense(
    data,  # in: Data, of which the sparse rows are read
    batch,  # in (rows,): row indices
    W,  # in (width, units)
    offset,  # in (units,): what each row of the product begins with
    z,  # out (rows, units)
):
    """Write offset + s W to `z`, of the batch's sparse rows s."""
    units, lanes, one = W.shape[1], VECTOR_BYTES // W.itemsize, like(1.0, W[0, 0])
    if units < lanes:
        for i in range(batch.size):
            begin, end = data.starts[batch[i]], data.starts[batch[i] + 1]
            sum_narrow(data.values, data.columns, begin, end, W, offset, one, z, i)
        return
    for start in range(0, units, VECTORS * lanes):
        vectors, last = panel_at(start, units, lanes)
        for i in range(batch.size):
            begin, end = data.starts[batch[i]], data.starts[batch[i] + 1]
            sum_panel(
                data.values, data.columns, begin, end, W, offset, one, z, i, start, last, vectors
            )


@nb.njit(**KERNEL)
def sparse_transposed_times_dense(
    data,  # in: Data, of which the sparse rows are read
    batch,  # in (rows,): row indices
    d,  # in (rows, units)
    total,  # in (units,): sums over the rows of d
    room,  # in, out: SparseRoom of this thread
    dW,  # out (width, units)
):
    """Write sᵀ d + m total to `dW`, of the batch's sparse rows s and the common values m."""
    by_column(data, batch, room)
    units, lanes, zero = dW.shape[1], VECTOR_BYTES // dW.itemsize, like(0.0, d[0, 0])
    common = data.common.size > 0
    for start in range(0, units, VECTORS * lanes if units >= lanes else units):
        vectors, last = panel_at(start, units, lanes)
        for j in range(dW.shape[0]):
            begin, end = room.starts[j], room.starts[j + 1]
            scale = data.common[j] if common else zero
            if units < lanes:
                sum_narrow(room.values, room.rows, begin, end, d, total, scale, dW, j)
            else:
                sum_panel(
                    room.values, room.rows, begin, end, d, total, scale, dW, j, start, last,
                    vectors,
                )  # fmt: skip


@nb.njit(**KERNEL)
def by_column(
    data,  # in: Data, of which the sparse rows are read
    batch,  # in (rows,): row indices
    room,  # out: SparseRoom of this thread
):
    """Sort the numbers of a batch's sparse rows by their columns: a counting sort."""
    starts = room.starts
    starts[:] = 0
    for i in range(batch.size):
        for k in range(data.starts[batch[i]], data.starts[batch[i] + 1]):
            starts[data.columns[k] + 1] += 1
    for j in range(1, starts.size):
        starts[j] += starts[j - 1]
    for i in range(batch.size):
        for k in range(data.starts[batch[i]], data.starts[batch[i] + 1]):
            at = starts[data.columns[k]]
            room.values[at] = data.values[k]
            room.rows[at] = i
            starts[data.columns[k]] = at + 1
    # Each start has moved to the next column's.
    for j in range(starts.size - 1, 0, -1):
        starts[j] = starts[j - 1]
    starts[0] = 0
