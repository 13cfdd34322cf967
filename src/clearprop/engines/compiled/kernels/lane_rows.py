"""Rows of many networks, side by side: a number of each makes a vector.

Each network has its own order of rows. Four numbers of a row are read at once, and turned where
they stand: one by one they take six times as long.
"""

from __future__ import annotations

from typing import Any

import numba as nb
from llvmlite import ir

from clearprop.engines.compiled.kernels.vectors import (
    SHORT,
    WHOLE,
    Vectors,
    arrays_of,
    intrinsic,
    lanes_of,
    types,
)
from clearprop.engines.compiled.vectormath import KERNEL

AT_ONCE = 4
"""Numbers of a row that are read at once."""


@intrinsic
def side_by_side(
    typing_context: Any,
    table: Any,
    column: Any,
    orders: Any,
    number: Any,
    target: Any,
    start: Any,
    step: Any,
) -> Any:
    """Write AT_ONCE columns of a row of each network: a vector for each column, `step` apart.

    The row of a network is that which its order has at `number`.
    """

    def code(context, builder, signature, arguments):
        source, order, goal = arrays_of(context, builder, signature, arguments, (0, 2, 4))
        _, column, _, number, _, start, step = arguments
        kind = context.get_data_type(signature.args[0].dtype)
        vectors = Vectors(builder, kind, lanes_of(signature.args[0]))
        few = ir.VectorType(kind, AT_ONCE)
        width = builder.extract_value(source.shape, 1)
        rows = []
        for lane in range(vectors.lanes):
            row = _row(builder, order, WHOLE(lane), number)
            first = builder.add(builder.mul(row, width), column)
            address = builder.bitcast(builder.gep(source.data, [first]), few.as_pointer())
            rows.append(builder.load(address, align=vectors.bytes))
        for j, values in enumerate(_turned(builder, rows)):
            vectors.store(values, goal, builder.add(start, builder.mul(WHOLE(j), step)))
        return context.get_dummy_value()

    whole = types.intp
    return types.void(table, whole, orders, whole, target, whole, whole), code


@intrinsic
def row_of(typing_context: Any, orders: Any, lane: Any, number: Any) -> Any:
    """Return the row that a network's order has at `number`."""

    def code(context, builder, signature, arguments):
        (order,) = arrays_of(context, builder, signature, arguments, (0,))
        return _row(builder, order, *arguments[1:])

    return types.intp(orders, types.intp, types.intp), code


def _row(builder: Any, orders: Any, lane: Any, number: Any) -> Any:
    address = builder.load(builder.gep(orders.data, [lane]))
    order = builder.inttoptr(address, WHOLE.as_pointer())
    return builder.load(builder.gep(order, [number]))


def _turned(builder: Any, rows: list[Any]) -> list[Any]:
    """Return the columns of rows of AT_ONCE numbers."""

    def shuffled(a: Any, b: Any, places: list[int]) -> Any:
        constant = ir.Constant(ir.VectorType(SHORT, len(places)), places)
        return builder.shuffle_vector(a, b, constant)

    def joined(parts: list[Any]) -> Any:
        while len(parts) > 1:
            both = list(range(2 * parts[0].type.count))
            pairs = zip(parts[::2], parts[1::2], strict=True)
            parts = [shuffled(a, b, both) for a, b in pairs]
        return parts[0]

    def alternating(a: Any, b: Any, half: int) -> Any:
        """Return numbers of a and b in turn, of one half of each four."""
        fours = range(2 * half, len(rows), AT_ONCE)
        return shuffled(
            a, b, [n for k in fours for i in range(2) for n in (k + i, len(rows) + k + i)]
        )

    first, second, third, fourth = (joined(rows[k::AT_ONCE]) for k in range(AT_ONCE))
    columns = []
    for half in range(2):
        even, odd = alternating(first, third, half), alternating(second, fourth, half)
        columns += [alternating(even, odd, 0), alternating(even, odd, 1)]
    return columns


@nb.njit(**KERNEL)
def lane_rows(
    table,  # in (N, width): rows of all networks, AT_ONCE numbers or more
    orders,  # in (lanes,): addresses of each network's row indices, int64
    first,  # in: where the batch begins there
    rows,  # in: rows of each network
    columns,  # in: columns that are wanted; where they are fewer, AT_ONCE are written
    target,  # out: a flat buffer
    start,  # in: where the first row begins; this and what follows in numbers
    row_step,  # in: from a row to the next
    step,  # in: from a column to the next
):
    """Copy a batch of each network, row by row, so that later rows write over what is too much.

    The last columns end with the row: they may take some of those before them again.
    """
    for i in range(rows):
        for j in range(0, columns, AT_ONCE):
            column = min(j, max(columns - AT_ONCE, 0))
            place = start + i * row_step + column * step
            side_by_side(table, column, orders, first + i, target, place, step)
