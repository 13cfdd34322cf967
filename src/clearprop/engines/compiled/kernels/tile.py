"""A tile of a product: a few of its rows by some vectors of neighbouring columns.

Its sums stay in registers. For each term a vector of the right matrix is read once for all of the
tile's rows, and a number of the left one once for all of its vectors.
"""

from typing import Any

from clearprop.engines.compiled.kernels.vectors import (
    VECTOR_BYTES,
    WHOLE,
    Vectors,
    arrays_of,
    intrinsic,
    lanes_of,
    types,
)

HEIGHTS = (6, 4, 2, 1)
"""Rows of a tile, as `rows_of_tile` takes them."""

WIDTHS = (4, 2, 1) if VECTOR_BYTES == 64 else (2, 1)
"""Vectors of a tile. The largest tile's sums fit into the registers: 32 long ones, 16 short."""

WIDEST = max(WIDTHS)

NARROW = 4
"""Numbers of a narrow vector, for products with too few columns for a whole one."""

NARROW_HEIGHTS, NARROW_WIDTHS = (8, 4, 2, 1), (2, 1)
"""The same for tiles of narrow vectors."""

NARROW_WIDEST = max(NARROW_WIDTHS)


def tile_of(lanes: int | None, heights: tuple[int, ...], widths: tuple[int, ...]) -> Any:
    """Return a tile's function; `lanes` are the numbers of a vector, None for a whole one."""

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
        """Write Σ_k left[begin + i row_step + k step] · right[origin + k] to rows of `target`.

        They are those from `row` on. There are `terms` terms. The tile has `height` rows and
        `width` vectors: those from column `first` of `target` on, one after another, but the last
        of them, which begins at column `last`. In `right` they stand from `right_first` on, and at
        `right_last`. Sums that have `begun` go on from what `target` holds. `left` is taken as a
        flat array.
        """
        numbers = lanes or lanes_of(left)

        def code(context, builder, signature, arguments):
            _, begin, row_step, step, _, origin, terms, begun = arguments[:8]
            _, row, first, last, right_first, right_last, height, width = arguments[8:]
            left, right, target = arrays_of(context, builder, signature, arguments, (0, 4, 8))
            size = signature.args[0].dtype.bitwidth // 8
            vector = Vectors(builder, left.data.type.pointee, numbers, size)
            right_width = builder.extract_value(right.shape, 1)
            target_width = builder.extract_value(target.shape, 1)
            right_begin = builder.mul(origin, right_width)

            def write(rows, vectors):
                columns, right_columns = (
                    [builder.add(begin, WHOLE(numbers * k)) for k in range(vectors - 1)] + [end]
                    for begin, end in ((first, last), (right_first, right_last))
                )
                starts = [
                    builder.mul(builder.add(row, WHOLE(i)), target_width) for i in range(rows)
                ]
                places = [builder.add(start, column) for start in starts for column in columns]
                old, new, head, body, done = (
                    builder.append_basic_block(name)
                    for name in ("old", "new", "next", "add", "done")
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
            for rows in heights:
                for vectors in widths:
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

    return tile


tile = tile_of(None, HEIGHTS, WIDTHS)
narrow_tile = tile_of(NARROW, NARROW_HEIGHTS, NARROW_WIDTHS)
