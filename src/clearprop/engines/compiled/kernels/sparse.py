"""Products of sparse rows with a matrix, and of their transpose: sums held in registers.

A row of the product is a sum of rows of the matrix, each times one number. The sum of a panel,
some vectors of neighbouring columns, stays in registers until it is complete. A row of the matrix
is read for each number that is not zero, and little else is read or written. Loops over arrays do
not get there: the compiler cannot know that the row it adds to is none of those it reads, and
stores it after each addition.
"""

from typing import Any

import numba as nb

from clearprop.engines.compiled.kernels.vectors import (
    VECTOR_BYTES,
    VECTORS,
    WHOLE,
    Vectors,
    arrays_of,
    for_each_size,
    intrinsic,
    lanes_of,
    panel_at,
    types,
)
from clearprop.engines.compiled.vectormath import KERNEL


@intrinsic
def sum_panel(
    typing_context: Any,
    numbers: Any,
    places: Any,
    begin: Any,
    end: Any,
    table: Any,
    target: Any,
    row: Any,
    first: Any,
    last: Any,
    vectors: Any,
) -> Any:
    """Write a panel of Σ_k numbers[k] · table[places[k]] to a row of `target`.

    The panel is `vectors` vectors: those from column `first` on, one after another, but the last of
    them, which begins at column `last`. k goes from `begin` to `end`.
    """
    lanes = lanes_of(numbers)

    def code(context, builder, signature, arguments):
        _, _, begin, end, _, _, row, first, last, vectors = arguments
        numbers, places, table, target = arrays_of(
            context, builder, signature, arguments, (0, 1, 4, 5)
        )
        vector = Vectors(builder, numbers.data.type.pointee, lanes)
        width = builder.extract_value(table.shape, 1)
        target_row = builder.mul(row, builder.extract_value(target.shape, 1))

        def write(size):
            columns = [builder.add(first, WHOLE(lanes * k)) for k in range(size - 1)] + [last]
            before = builder.basic_block
            head, body, done = (
                builder.append_basic_block(name) for name in ("next", "add", "done")
            )
            builder.branch(head)

            builder.position_at_end(head)
            k = builder.phi(WHOLE)
            k.add_incoming(begin, before)
            sums = [builder.phi(vector.type) for _ in columns]
            for total in sums:
                total.add_incoming(vector.zero(), before)
            builder.cbranch(builder.icmp_signed("<", k, end), body, done)

            builder.position_at_end(body)
            value = vector.everywhere(builder.load(builder.gep(numbers.data, [k])))
            place = builder.load(builder.gep(places.data, [k]))
            start = builder.mul(builder.sext(place, WHOLE), width)
            for total, column in zip(sums, columns, strict=True):
                found = vector.load(table, builder.add(start, column))
                total.add_incoming(vector.plus_product(total, value, found), body)
            k.add_incoming(builder.add(k, WHOLE(1)), body)
            builder.branch(head)

            builder.position_at_end(done)
            for total, column in zip(sums, columns, strict=True):
                vector.store(total, target, builder.add(target_row, column))

        for_each_size(builder, vectors, write)
        return context.get_dummy_value()

    at = types.intp
    return types.void(numbers, places, at, at, table, target, at, at, at, at), code


@nb.njit(**KERNEL)
def sum_narrow(
    numbers,  # in (n,)
    places,  # in (n,): rows of the table, int32
    begin,  # in: first of the numbers
    end,  # in: end of the numbers
    table,  # in (places, units)
    target,  # out (rows, units)
    row,  # in: row of the target
):
    """Do as `sum_panel` for a whole row that is narrower than a vector."""
    for j in range(table.shape[1]):
        target[row, j] = 0.0
    for k in range(begin, end):
        value, place = numbers[k], places[k]
        for j in range(table.shape[1]):
            target[row, j] += value * table[place, j]


@nb.njit(**KERNEL)
def sparse_times_dense(
    data,  # in: Data, of which the sparse rows are read
    batch,  # in (rows,): row indices
    W,  # in (width, units)
    z,  # out (rows, units)
):
    """Write s W to `z`, of the batch's sparse rows s."""
    units, lanes = W.shape[1], VECTOR_BYTES // W.itemsize
    if units < lanes:
        for i in range(batch.size):
            begin, end = data.starts[batch[i]], data.starts[batch[i] + 1]
            sum_narrow(data.values, data.columns, begin, end, W, z, i)
        return
    first = 0
    while first < units:
        vectors, last = panel_at(first, units, lanes, VECTORS)
        for i in range(batch.size):
            begin, end = data.starts[batch[i]], data.starts[batch[i] + 1]
            sum_panel(data.values, data.columns, begin, end, W, z, i, first, last, vectors)
        first += vectors * lanes


@nb.njit(**KERNEL)
def sparse_transposed_times_dense(
    data,  # in: Data, of which the sparse rows are read
    batch,  # in (rows,): row indices
    d,  # in (rows, units)
    room,  # in, out: SparseRoom of this thread
    dW,  # out (width, units)
):
    """Write sᵀ d to `dW`, of the batch's sparse rows s."""
    by_column(data, batch, room)
    units, lanes = dW.shape[1], VECTOR_BYTES // dW.itemsize
    if units < lanes:
        for j in range(dW.shape[0]):
            begin, end = room.starts[j], room.starts[j + 1]
            sum_narrow(room.values, room.rows, begin, end, d, dW, j)
        return
    first = 0
    while first < units:
        vectors, last = panel_at(first, units, lanes, VECTORS)
        for j in range(dW.shape[0]):
            begin, end = room.starts[j], room.starts[j + 1]
            sum_panel(room.values, room.rows, begin, end, d, dW, j, first, last, vectors)
        first += vectors * lanes


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
