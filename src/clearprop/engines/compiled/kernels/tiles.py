"""Products of two dense matrices: a tile of the product at a time, its sums held in registers.

A tile is a few rows of the product by some vectors of neighbouring columns. For each term of the
sums a vector of the right matrix is read once for all of the tile's rows, and a number of the left
one once for all of its vectors. BLAS packs both matrices first, from a size on that batches of a
hundred rows reach; at the sizes of these networks that takes longer than it gains.
"""

from typing import Any

import numba as nb
import numpy as np

from clearprop.engines.compiled.kernels.blocks import matrix
from clearprop.engines.compiled.kernels.packing import GROUP, pack
from clearprop.engines.compiled.kernels.vectors import (
    VECTOR_BYTES,
    WHOLE,
    Vectors,
    arrays_of,
    intrinsic,
    lanes_of,
    panel_at,
    types,
)
from clearprop.engines.compiled.vectormath import KERNEL

HEIGHTS = (6, 4, 2, 1)
"""Rows of a tile, as `rows_of_tile` takes them."""

WIDTHS = (4, 2, 1) if VECTOR_BYTES == 64 else (2, 1)
"""Vectors of a tile. The largest tile's sums fit into the registers: 32 long ones, 16 short."""

WIDEST = max(WIDTHS)

TERMS = 512
"""Terms that are summed before the next tile: their rows of the right matrix stay in the cache."""

LARGE = 1_000_000
"""Multiplications from which OpenBLAS packs both matrices."""

VERY_LARGE_32, VERY_LARGE_64 = 300_000_000, 60_000_000
"""Multiplications from which that pays, by dtype: tiles take the products between the two."""

FEWEST_ROWS = 16
"""Tiles take products with a transposed matrix from so many rows on."""


@intrinsic
def tile(
    typing_context: Any,
    left: Any,
    begin: Any,
    row_step: Any,
    step: Any,
    right: Any,
    origin: Any,
    terms: Any,
    begun: Any,
    target: Any,
    row: Any,
    first: Any,
    last: Any,
    right_first: Any,
    right_last: Any,
    height: Any,
    width: Any,
) -> Any:
    """Write Σ_k left[begin + i row_step + k step] · right[origin + k] to row `row` + i of `target`.

    There are `terms` terms. The tile has `height` rows and `width` vectors: those from column
    `first` of `target` on, one after another, but the last of them, which begins at column `last`.
    In `right` they stand from `right_first` on, and at `right_last`. Sums that have `begun` go on
    from what `target` holds. `left` is taken as a flat array.
    """
    lanes = lanes_of(left)

    def code(context, builder, signature, arguments):
        _, begin, row_step, step, _, origin, terms, begun = arguments[:8]
        _, row, first, last, right_first, right_last, height, width = arguments[8:]
        left, right, target = arrays_of(context, builder, signature, arguments, (0, 4, 8))
        vector = Vectors(builder, left.data.type.pointee, lanes)
        right_width = builder.extract_value(right.shape, 1)
        target_width = builder.extract_value(target.shape, 1)
        right_begin = builder.mul(origin, right_width)

        def write(rows, vectors):
            columns, right_columns = (
                [builder.add(begin, WHOLE(lanes * k)) for k in range(vectors - 1)] + [end]
                for begin, end in ((first, last), (right_first, right_last))
            )
            starts = [builder.mul(builder.add(row, WHOLE(i)), target_width) for i in range(rows)]
            places = [builder.add(start, column) for start in starts for column in columns]
            old, new, head, body, done = (
                builder.append_basic_block(name) for name in ("old", "new", "next", "add", "done")
            )
            builder.cbranch(begun, old, new)
            builder.position_at_end(old)
            before = [vector.load(target, place) for place in places]
            builder.branch(head)
            builder.position_at_end(new)
            builder.branch(head)

            builder.position_at_end(head)
            k, at, start = (builder.phi(WHOLE) for _ in range(3))
            sums = [builder.phi(vector.type) for _ in places]
            for block in (old, new):
                k.add_incoming(WHOLE(0), block)
                at.add_incoming(begin, block)
                start.add_incoming(right_begin, block)
                for total, value in zip(sums, before, strict=True):
                    total.add_incoming(value if block is old else vector.zero(), block)
            builder.cbranch(builder.icmp_signed("<", k, terms), body, done)

            builder.position_at_end(body)
            found = [vector.load(right, builder.add(start, place)) for place in right_columns]
            for i in range(rows):
                place = builder.add(at, builder.mul(row_step, WHOLE(i)))
                value = vector.everywhere(builder.load(builder.gep(left.data, [place])))
                for j in range(vectors):
                    total = sums[i * vectors + j]
                    total.add_incoming(vector.plus_product(total, value, found[j]), body)
            k.add_incoming(builder.add(k, WHOLE(1)), body)
            at.add_incoming(builder.add(at, step), body)
            start.add_incoming(builder.add(start, right_width), body)
            builder.branch(head)

            builder.position_at_end(done)
            for total, place in zip(sums, places, strict=True):
                vector.store(total, target, place)

        finished = builder.append_basic_block("end")
        choice = builder.switch(builder.add(builder.mul(height, WHOLE(8)), width), finished)
        for rows in HEIGHTS:
            for vectors in WIDTHS:
                case = builder.append_basic_block(f"tile.{rows}.{vectors}")
                choice.add_case(WHOLE(rows * 8 + vectors), case)
                builder.position_at_end(case)
                write(rows, vectors)
                builder.branch(finished)
        builder.position_at_end(finished)
        return context.get_dummy_value()

    at = types.intp
    return types.void(
        left, at, at, at, right, at, at, types.boolean, target, at, at, at, at, at, at, at
    ), code  # fmt: skip


@nb.njit(**KERNEL)
def write_tiles(
    left,  # in: as in `tile`
    begin,  # in: place of the first row's first term
    rows,  # in: of the product
    row_step,  # in: as in `tile`
    step,  # in: as in `tile`
    right,  # in (terms or more, columns)
    origin,  # in: as in `tile`
    terms,  # in: as in `tile`
    begun,  # in: as in `tile`
    target,  # out (rows, any)
    first,  # in: as in `tile`
    last,  # in: as in `tile`
    right_first,  # in: as in `tile`
    right_last,  # in: as in `tile`
    width,  # in: as in `tile`
):
    """Write the tiles of some columns, one below the other."""
    row = 0
    while row < rows:
        height = rows_of_tile(rows - row)
        tile(
            left, begin + row * row_step, row_step, step, right, origin, terms, begun, target, row,
            first, last, right_first, right_last, height, width,
        )  # fmt: skip
        row += height


@nb.njit(inline="always", **KERNEL)
def rows_of_tile(
    left,  # in: rows that are left
):
    """Return how many rows the next tile has."""
    if left >= 6:
        return 6
    return 4 if left >= 4 else 2 if left >= 2 else 1


@nb.njit(**KERNEL)
def product(
    left,  # in: as in `tile`
    rows,  # in: of the product
    row_step,  # in: as in `tile`
    step,  # in: as in `tile`
    right,  # in (terms, columns), a vector or more
    target,  # out (rows, columns)
):
    """Write a product, panel by panel; of many terms, some of them at a time."""
    all_terms, columns = right.shape
    lanes, first = VECTOR_BYTES // right.itemsize, 0
    while first < columns:
        width, last = panel_at(first, columns, lanes, WIDEST)
        # Of columns that two panels share the second one's sums begin anew: all terms come first.
        for start in range(0, all_terms, TERMS):
            terms = min(TERMS, all_terms - start)
            write_tiles(
                left, start * step, rows, row_step, step, right, start, terms, start > 0, target,
                first, last, first, last, width,
            )  # fmt: skip
        first += width * lanes


@nb.njit(**KERNEL)
def product_with_transposed(
    left,  # in (rows, terms)
    right,  # in (columns, terms): columns of the product, a vector or more
    panel,  # in, out (1, numbers): room for a packed panel
    target,  # out (rows, columns)
):
    """Write left rightᵀ to `target`; panels of the transposed matrix are packed."""
    (rows, all_terms), columns = left.shape, right.shape[0]
    lanes = VECTOR_BYTES // right.itemsize
    first = 0
    while first < columns:
        width, last = panel_at(first, columns, lanes, WIDEST)
        packed = matrix(panel[0], 0, GROUP, width * lanes)
        for start in range(0, all_terms, GROUP):
            terms = min(GROUP, all_terms - start)
            pack(right, True, start, start + terms, first, last, width, panel)
            write_tiles(
                left, start, rows, all_terms, 1, packed, 0, terms, start > 0, target, first,
                last, 0, (width - 1) * lanes, width,
            )  # fmt: skip
        first += width * lanes


@nb.njit(inline="always", **KERNEL)
def very_large(
    x,  # in: a matrix of the dtype
):
    """Return the most multiplications of a product that tiles take."""
    return VERY_LARGE_32 if x.itemsize == 4 else VERY_LARGE_64


@nb.njit(inline="always", **KERNEL)
def tiles_pay(
    x,  # in: the left matrix, or what is transposed to it
    right,  # in (terms, columns)
):
    """Return whether tiles take a product with `right` in less time than BLAS."""
    columns = right.shape[1]
    wide = columns * right.itemsize >= VECTOR_BYTES
    return wide and LARGE <= x.size * columns <= very_large(x)


@nb.njit(inline="always", **KERNEL)
def times(
    x,  # in (rows, width)
    W,  # in (width, units)
    z,  # out (rows, units)
):
    """Write x W to `z`."""
    if tiles_pay(x, W):
        product(x, x.shape[0], x.shape[1], 1, W, z)
    else:
        np.dot(x, W, z)


@nb.njit(inline="always", **KERNEL)
def transposed_times(
    x,  # in (rows, width)
    d,  # in (rows, units)
    dW,  # out (width, units)
):
    """Write xᵀ d to `dW`."""
    if tiles_pay(x, d):
        product(x, x.shape[1], 1, x.shape[1], d, dW)
    else:
        np.dot(x.T, d, dW)


@nb.njit(inline="always", **KERNEL)
def times_transposed(
    d,  # in (rows, units)
    W,  # in (width, units)
    panel,  # in, out (1, numbers): room for a packed panel
    dx,  # out (rows, width)
):
    """Write d Wᵀ to `dx`."""
    width, units = W.shape
    square = min(width, units) * W.itemsize >= VECTOR_BYTES
    if square and d.shape[0] >= FEWEST_ROWS and d.size * width <= very_large(d):
        product_with_transposed(d, W, panel, dx)
    else:
        np.dot(d, W.T, dx)
