"""Products of many small matrices at once: each number of a vector belongs to another network.

Where one network has a matrix, a buffer has a row of numbers for each of its places, one number a
network. Sums stay in registers, several together, and have the terms of a network's own product in
their order.
"""

from typing import Any

import numba as nb

from clearprop.engines.compiled.kernels.vectors import (
    WHOLE,
    Vectors,
    arrays_of,
    intrinsic,
    lanes_of,
    types,
)
from clearprop.engines.compiled.vectormath import KERNEL

TALLEST, WIDEST = 4, 4
"""Rows and columns of sums that are kept in registers together."""

SHAPES = [(rows, columns) for rows in (TALLEST, 2, 1) for columns in (WIDEST, 3, 2, 1)]


@intrinsic
def lane_block(
    typing_context: Any,
    a: Any,
    a_start: Any,
    a_row: Any,
    a_step: Any,
    b: Any,
    b_start: Any,
    b_step: Any,
    b_column: Any,
    depth: Any,
    earlier: Any,
    earlier_start: Any,
    earlier_row: Any,
    target: Any,
    start: Any,
    row: Any,
    shape: Any,
) -> Any:
    """Write a block of earlier numbers and a product: e[i, j] + sum over k of a[i, k] b[k, j].

    `shape` is 2 WIDEST i + j of SHAPES. Places and steps are in numbers; see `lane_product`.
    """

    def code(context, builder, signature, arguments):
        arrays = arrays_of(context, builder, signature, arguments, (0, 4, 9, 12))
        number = context.get_data_type(signature.args[0].dtype)
        vectors = Vectors(builder, number, lanes_of(signature.args[0]))
        end = builder.append_basic_block("written")
        choice = builder.switch(arguments[15], end)
        for rows, columns in SHAPES:
            case = builder.append_basic_block(f"block.{rows}.{columns}")
            choice.add_case(WHOLE(2 * WIDEST * rows + columns), case)
            builder.position_at_end(case)
            _write_block(builder, vectors, arrays, arguments, rows, columns)
            builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    whole = types.intp
    factors = a, whole, whole, whole, b, whole, whole, whole, whole
    return types.void(*factors, earlier, whole, whole, target, whole, whole, whole), code


def _write_block(
    builder: Any, vectors: Vectors, arrays: Any, arguments: Any, rows: int, columns: int
) -> None:
    """Write the loop over `depth` with rows x columns sums, and what stores them."""
    a, b, earlier, target = arrays
    _, a_start, a_row, a_step, _, b_start, b_step, b_column, depth, *places, _ = arguments
    _, earlier_start, earlier_row, _, start, row = places

    def place(first: Any, *steps: tuple[Any, Any]) -> Any:
        for count, step in steps:
            first = builder.add(first, builder.mul(count, step))
        return first

    def sum_at(first: Any, row: Any, n: int) -> Any:
        return place(first, (WHOLE(n // columns), row), (WHOLE(n % columns), WHOLE(vectors.lanes)))

    begun = [
        vectors.load(earlier, sum_at(earlier_start, earlier_row, n)) for n in range(rows * columns)
    ]
    before, loop = builder.block, builder.append_basic_block("depth")
    after = builder.append_basic_block("sums")
    builder.branch(loop)
    builder.position_at_end(loop)
    k = builder.phi(WHOLE)
    k.add_incoming(WHOLE(0), before)
    sums = [builder.phi(vectors.type) for _ in range(rows * columns)]
    of_a = [vectors.load(a, place(a_start, (k, a_step), (WHOLE(i), a_row))) for i in range(rows)]
    of_b = [
        vectors.load(b, place(b_start, (k, b_step), (WHOLE(j), b_column))) for j in range(columns)
    ]
    for n, total in enumerate(sums):
        total.add_incoming(begun[n], before)
        longer = vectors.plus_product(total, of_a[n // columns], of_b[n % columns])
        total.add_incoming(longer, loop)
        sums[n] = longer
    following = builder.add(k, WHOLE(1))
    k.add_incoming(following, loop)
    builder.cbranch(builder.icmp_signed("<", following, depth), loop, after)
    builder.position_at_end(after)
    for n, total in enumerate(sums):
        vectors.store(total, target, sum_at(start, row, n))


@nb.njit(**KERNEL)
def lane_product(
    a,  # in: a flat buffer with the left factor
    a_start,  # in: where it begins; this and all that follows in numbers
    a_row,  # in: from one of its rows to the next
    a_step,  # in: from one of its columns to the next
    b,  # in: a flat buffer with the right factor
    b_start,  # in: where it begins
    b_step,  # in: from one of its rows to the next
    b_column,  # in: from one of its columns to the next
    rows,  # in: rows of the product
    depth,  # in: columns of the left factor, 1 or more
    columns,  # in: columns of the product
    lanes,  # in: numbers of a vector, one a network
    earlier,  # in: a flat buffer with what the product is added to; it may be the target
    earlier_row,  # in: from one of its rows to the next
    target,  # out: a flat buffer
    start,  # in: where the result begins, row by row
):
    """Write the product of two matrices, added to earlier numbers, of each network its own."""
    width = columns * lanes
    i = 0
    while i < rows:
        below = rows - i
        tall = TALLEST if below >= TALLEST else 2 if below >= 2 else 1
        j = 0
        while j < columns:
            wide = min(columns - j, WIDEST)
            lane_block(
                a, a_start + i * a_row, a_row, a_step, b, b_start + j * b_column, b_step, b_column,
                depth, earlier, i * earlier_row + j * lanes, earlier_row,
                target, start + i * width + j * lanes, width, 2 * WIDEST * tall + wide,
            )  # fmt: skip
            j += wide
        i += tall
