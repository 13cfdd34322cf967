"""Orders of rows, drawn as NumPy draws them.

A generator's ``permuted`` takes as long as a fifth of the steps of a small network: whether a
number that was drawn is in range is a branch that a processor cannot foresee. Here nothing
branches on it: an exchange that is not to be made exchanges a number with itself.
"""

from typing import Any

import numpy as np
from llvmlite import ir

from clearprop.engines.compiled.kernel_files import kept
from clearprop.engines.compiled.kernels.vectors import SHORT, intrinsic, types

BYTES = ir.IntType(8).as_pointer()


@intrinsic
def drawn(typing_context: Any, next_uint32: Any, generator: Any) -> Any:
    """Return the next 32 bits of a generator of NumPy's, by the address of its function."""

    def code(context, builder, signature, arguments):
        kind = ir.FunctionType(SHORT, [BYTES])
        function = builder.inttoptr(arguments[0], kind.as_pointer())
        return builder.call(function, [builder.inttoptr(arguments[1], BYTES)])

    return types.uint32(types.intp, types.intp), code


@kept
def shuffle_rows(
    orders,  # in, out (epochs, N): row indices, int64; N below 2^32
    next_uint32,  # in: address of the generator's function
    generator,  # in: address of its state, which moves on
):
    """Shuffle each row as NumPy does: from the last place on, with one before it or itself.

    The place is drawn by cutting 32 bits to as many as the largest place has, until it is in range.
    """
    for epoch in range(orders.shape[0]):
        order = orders[epoch]
        last, mask = order.size - 1, np.intp(0xFFFFFFFF)
        while last > 0:
            while mask >> 1 >= last:
                mask >>= 1
            place = np.intp(drawn(next_uint32, generator)) & mask
            in_range = place <= last
            place = place if in_range else last
            order[last], order[place] = order[place], order[last]
            last -= 1 if in_range else 0
