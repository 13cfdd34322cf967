"""Products of a matrix with many zeros: a bit for each number says whether it is there.

A row of the product is a sum of rows of the other matrix, each times one number; those times 0 are
left out. The numbers are taken in groups of 64. A mask of 64 bits tells which of a group are not
0, and the loop goes from one bit to the next. Masks cost little: no lists are made of the numbers,
and nothing is known of them in advance.

What is multiplied is packed first: 64 rows of a panel, some vectors of neighbouring columns, stand
side by side in the first cache. The panel's sums stay in registers while a group lasts.
"""

from typing import Any

import numba as nb
import numpy as np

from clearprop.engines.compiled.kernels.vectors import (
    VECTOR_BYTES,
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

GROUP = 64
"""Numbers of a mask."""

SAMPLED = 16
"""About so many rows, evenly spaced, tell how many numbers of a matrix are 0."""

FEWEST_ROWS = 16
"""Products of fewer rows cost less than packing what they multiply."""

LARGE = 1_000_000
"""Multiplications from which OpenBLAS packs the matrices, too."""

MOST_IN_TEN, MOST_IN_TEN_OF_SMALL = 7, 4
"""So many numbers in ten may differ from 0: above that dense products are about as fast."""


@intrinsic
def sum_masked(
    typing_context: Any,
    numbers: Any,
    begin: Any,
    step: Any,
    mask: Any,
    panel: Any,
    offset: Any,
    scale: Any,
    begun: Any,
    target: Any,
    row: Any,
    first: Any,
    last: Any,
    vectors: Any,
) -> Any:
    """Add Σ_k numbers[begin + k step] · panel[k] to a row of `target`, over the bits k of a mask.

    The row's columns are those of `vectors` vectors: from column `first` on, one after another, but
    the last of them, which begins at column `last`. Unless the sum has `begun` it starts with
    scale · offset, not with what `target` holds. Arrays are taken as flat ones.
    """
    lanes = lanes_of(numbers)

    def code(context, builder, signature, arguments):
        _, begin, step, mask, _, _, scale, begun, _, row, first, last, vectors = arguments
        numbers, panel, offset, target = arrays_of(
            context, builder, signature, arguments, (0, 4, 5, 8)
        )
        number = numbers.data.type.pointee
        vector = Vectors(builder, number, lanes)
        origin = builder.gep(numbers.data, [begin])
        start = builder.mul(row, builder.extract_value(target.shape, 1))

        def write(size):
            columns = [builder.add(first, WHOLE(lanes * k)) for k in range(size - 1)] + [last]
            old, new, head, body, done = (
                builder.append_basic_block(name) for name in ("old", "new", "next", "add", "done")
            )
            builder.cbranch(begun, old, new)
            begins = []
            for block in (old, new):
                builder.position_at_end(block)
                if block is old:
                    found = [vector.load(target, builder.add(start, at)) for at in columns]
                else:
                    factor = vector.everywhere(scale)
                    found = [builder.fmul(factor, vector.load(offset, at)) for at in columns]
                begins.append((found, block))
                builder.branch(head)

            builder.position_at_end(head)
            bits = builder.phi(WHOLE)
            sums = [builder.phi(vector.type) for _ in columns]
            for found, block in begins:
                bits.add_incoming(mask, block)
                for total, value in zip(sums, found, strict=True):
                    total.add_incoming(value, block)
            builder.cbranch(builder.icmp_unsigned("!=", bits, WHOLE(0)), body, done)

            builder.position_at_end(body)
            k = builder.cttz(bits, nb.core.cgutils.true_bit)
            others = builder.and_(bits, builder.sub(bits, WHOLE(1)))
            value = builder.load(builder.gep(origin, [builder.mul(k, step)]))
            value = vector.everywhere(value)
            packed = builder.mul(k, WHOLE(lanes * size))
            for place, total in enumerate(sums):
                found = vector.load(panel, builder.add(packed, WHOLE(lanes * place)))
                total.add_incoming(vector.plus_product(total, value, found), body)
            bits.add_incoming(others, body)
            builder.branch(head)

            builder.position_at_end(done)
            for total, at in zip(sums, columns, strict=True):
                vector.store(total, target, builder.add(start, at))

        for_each_size(builder, vectors, write)
        return context.get_dummy_value()

    at = types.intp
    return types.void(
        numbers, at, at, types.uint64, panel, offset, numbers.dtype, types.boolean, target, at,
        at, at, at,
    ), code  # fmt: skip


@intrinsic
def copy_vectors(
    typing_context: Any,
    table: Any,
    first: Any,
    last: Any,
    panel: Any,
    to: Any,
    vectors: Any,
) -> Any:
    """Copy vectors of `table`, from its place `first` on, the last from `last`, to `panel`."""
    lanes = lanes_of(table)

    def code(context, builder, signature, arguments):
        _, first, last, _, to, vectors = arguments
        table, panel = arrays_of(context, builder, signature, arguments, (0, 3))
        vector = Vectors(builder, table.data.type.pointee, lanes)

        def write(size):
            places = [builder.add(first, WHOLE(lanes * k)) for k in range(size - 1)] + [last]
            found = [vector.load(table, place) for place in places]
            for k, value in enumerate(found):
                vector.store(value, panel, builder.add(to, WHOLE(lanes * k)))

        for_each_size(builder, vectors, write)
        return context.get_dummy_value()

    at = types.intp
    return types.void(table, at, at, panel, at, at), code


@intrinsic
def transpose_square(
    typing_context: Any,
    table: Any,
    begin: Any,
    step: Any,
    panel: Any,
    to: Any,
    wide: Any,
) -> Any:
    """Write the transpose of a square of `table` to `panel`; a side is as long as a vector.

    The square begins at a place of the flat table, whose rows are `step` numbers long; it is
    written from the place `to` of the panel on, whose rows are `wide` numbers long.
    """
    lanes = lanes_of(table)

    def code(context, builder, signature, arguments):
        _, begin, step, _, to, wide = arguments
        table, panel = arrays_of(context, builder, signature, arguments, (0, 3))
        vector = Vectors(builder, table.data.type.pointee, lanes)
        rows = [
            vector.load(table, builder.add(begin, builder.mul(step, WHOLE(k))))
            for k in range(lanes)
        ]
        side = lanes // 2
        while side:  # exchange the two squares off the diagonal, in smaller and smaller squares
            above = [lanes + (k ^ side) if k & side else k for k in range(lanes)]
            below = [lanes + k if k & side else k | side for k in range(lanes)]
            for k in range(lanes):
                if not k & side:
                    a, b = rows[k], rows[k | side]
                    rows[k] = vector.shuffle(a, b, above)
                    rows[k | side] = vector.shuffle(a, b, below)
            side //= 2
        for k, row in enumerate(rows):
            vector.store(row, panel, builder.add(to, builder.mul(wide, WHOLE(k))))
        return context.get_dummy_value()

    at = types.intp
    return types.void(table, at, at, panel, at, at), code


@nb.njit(**KERNEL)
def has_many_zeros(
    x,  # in (rows, width)
    others,  # in: rows or columns of what it is multiplied by, those that x does not sum over
    choices,  # in, out (products, 4): batches; those multiplied so; numbers seen; those not 0
    product,  # in: row of `choices`
):
    """Return whether to leave out the zeros of x; note what was seen, and that."""
    rows, width = x.shape
    seen, there = 0, 0
    for i in range(0, rows, max(1, rows // SAMPLED)):
        seen += width
        for j in range(width):
            there += x[i, j] != 0.0
    most = MOST_IN_TEN if rows * width * others >= LARGE else MOST_IN_TEN_OF_SMALL
    many = rows >= FEWEST_ROWS and 10 * there <= most * seen
    choices[product, 0] += 1
    choices[product, 1] += many
    choices[product, 2] += seen
    choices[product, 3] += there
    return many


@nb.njit(**KERNEL)
def mask_rows(
    x,  # in (rows, width)
    masks,  # out (groups of columns, rows), uint64
):
    """Write a mask for each row's numbers of each group of columns."""
    rows, width = x.shape
    for i in range(rows):
        for group in range(masks.shape[0]):
            start, bits = group * GROUP, np.uint64(0)
            if start + GROUP <= width:  # a loop of known length
                for k in range(GROUP):
                    bits |= np.uint64(x[i, start + k] != 0.0) << np.uint64(k)
            else:
                for k in range(width - start):
                    bits |= np.uint64(x[i, start + k] != 0.0) << np.uint64(k)
            masks[group, i] = bits


@nb.njit(**KERNEL)
def mask_columns(
    x,  # in (rows, width)
    masks,  # out (groups of rows, width), uint64
):
    """Write a mask for each column's numbers of each group of rows."""
    rows, width = x.shape
    masks[:] = np.uint64(0)
    for i in range(rows):
        group, bit = i // GROUP, np.uint64(1) << np.uint64(i % GROUP)
        for j in range(width):
            masks[group, j] |= bit if x[i, j] != 0.0 else np.uint64(0)


@nb.njit(**KERNEL)
def pack(
    table,  # in (depth, units), or (units, depth) where it is transposed
    transposed,  # in
    start,  # in: first row of the group
    stop,  # in: its end
    first,  # in: first column of the panel
    last,  # in: where its last vector begins
    vectors,  # in: vectors of the panel
    panel,  # out (1, numbers): a row of the panel after the other
):
    """Copy the rows of a group, as far as a panel goes, side by side."""
    lanes, wide = VECTOR_BYTES // table.itemsize, table.shape[1]
    row = vectors * lanes
    if not transposed:
        for k in range(start, stop):
            copy_vectors(
                table, k * wide + first, k * wide + last, panel, (k - start) * row, vectors
            )
        return
    for place in range(vectors):
        column = first + place * lanes if place < vectors - 1 else last
        whole = start + (stop - start) // lanes * lanes
        for k in range(start, whole, lanes):
            transpose_square(
                table, column * wide + k, wide, panel, (k - start) * row + place * lanes, row
            )
        for k in range(whole, stop):
            for j in range(lanes):
                panel[0, (k - start) * row + place * lanes + j] = table[column + j, k]


@nb.njit(**KERNEL)
def masked_product(
    x,  # in: the matrix with zeros
    rows,  # in: rows of the product
    depth,  # in: how many numbers of x a sum has at most
    across,  # in: places from a sum's number to the same one of the next sum, in x as a flat array
    along,  # in: places from a sum's number to its next one
    masks,  # in (groups, rows), uint64
    table,  # in (depth, units), or (units, depth) where it is transposed: the other matrix
    transposed,  # in
    offset,  # in (units,): with `scales`, what the product begins with
    scales,  # in (rows,), or (0,) where all are 1
    panel,  # out (1, GROUP * VECTORS * lanes): room for a panel
    z,  # out (rows, units): a vector wide, or wider
):
    """Write scales ⊗ offset + x · table to `z`; x is taken by its rows or by its columns."""
    units, lanes = z.shape[1], VECTOR_BYTES // z.itemsize
    scale = z.dtype.type(1.0)
    first = 0
    while first < units:
        vectors, last = panel_at(first, units, lanes)
        for group in range(masks.shape[0]):
            start, stop = group * GROUP, min(depth, (group + 1) * GROUP)
            pack(table, transposed, start, stop, first, last, vectors, panel)
            for i in range(rows):
                if scales.size > 0:
                    scale = scales[i]
                sum_masked(
                    x, i * across + start * along, along, masks[group, i], panel, offset, scale,
                    group > 0, z, i, first, last, vectors,
                )  # fmt: skip
        first += vectors * lanes
