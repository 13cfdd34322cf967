"""Panels of a matrix, packed: some vectors of neighbouring columns, a group of rows side by side.

A product reads a panel once for each of its rows. Packed, it lies in the first cache in one piece,
whatever the width of the matrix, and a transposed matrix is read along its rows.
"""

from typing import Any

import numba as nb

from clearprop.engines.compiled.kernels.vectors import (
    VECTOR_BYTES,
    WHOLE,
    Vectors,
    arrays_of,
    for_each_size,
    intrinsic,
    lanes_of,
    types,
)
from clearprop.engines.compiled.vectormath import KERNEL

GROUP = 64
"""Rows of a packed panel."""


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
