"""Products of a matrix with many zeros: a bit for each number says whether it is there.

A row of the product is a sum of rows of the other matrix, each times one number; those times 0 are
left out. The numbers are taken in groups of 64. A mask of 64 bits tells which of a group are not
0, and the loop goes from one bit to the next. Masks cost little: no lists are made of the numbers,
and nothing is known of them in advance.

What is multiplied is packed first, as packing.py does it. The panel's sums stay in registers while
a group lasts.
"""

from typing import Any

import numba as nb
import numpy as np

from clearprop.engines.compiled.kernels.packing import GROUP, pack
from clearprop.engines.compiled.kernels.tiles import LARGE
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

SAMPLED = 16
"""About so many rows, evenly spaced, tell how many numbers of a matrix are 0."""

FEWEST_ROWS = 16
"""Products of fewer rows cost less than packing what they multiply."""

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
        vectors, last = panel_at(first, units, lanes, VECTORS)
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
