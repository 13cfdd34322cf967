"""Views of the workspace: matrices and vectors that begin somewhere in a buffer.

In a small network, a slice that is reshaped takes as long as the products: it checks bounds, calls
a function and counts references twice. These views are an address and a shape. They own no memory:
the buffer must outlive them, as the workspace of a call does.
"""

from typing import Any

import numba as nb
from numba.core import cgutils
from numba.core import types as _types
from numba.extending import intrinsic as _intrinsic
from numba.np.arrayobj import make_array, populate_array

from clearprop.engines.compiled.vectormath import KERNEL

# Numba's own annotations know nothing of the arguments these take.
intrinsic: Any = _intrinsic
types: Any = _types


def _view(context, builder, buffer, start, shape, signature):
    """Return the array of the signature's type that begins at `start` of a buffer."""
    source = make_array(signature.args[0])(context, builder, buffer)
    view = make_array(signature.return_type)(context, builder)
    size = context.get_abi_sizeof(context.get_data_type(signature.return_type.dtype))
    strides = [cgutils.intp_t(size)]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    populate_array(
        view,
        data=builder.gep(source.data, [start]),
        shape=shape,
        strides=strides,
        itemsize=cgutils.intp_t(size),
        meminfo=None,
    )
    return view._getvalue()


@intrinsic
def vector(typing_context: Any, buffer: Any, start: Any, size: Any) -> Any:
    """Return `size` numbers of a one-dimensional buffer, from `start` on."""

    def code(context, builder, signature, arguments):
        buffer, start, size = arguments
        return _view(context, builder, buffer, start, [size], signature)

    whole = types.intp
    return types.Array(buffer.dtype, 1, "C", not buffer.mutable)(buffer, whole, whole), code


@intrinsic
def matrix(typing_context: Any, buffer: Any, start: Any, rows: Any, width: Any) -> Any:
    """Return `rows` rows of `width` numbers of a one-dimensional buffer, from `start` on."""

    def code(context, builder, signature, arguments):
        buffer, start, rows, width = arguments
        return _view(context, builder, buffer, start, [rows, width], signature)

    whole = types.intp
    kind = types.Array(buffer.dtype, 2, "C", not buffer.mutable)
    return kind(buffer, whole, whole, whole), code


@nb.njit(**KERNEL)
def block(
    buffer,  # in (numbers,): a buffer of the workspace
    offset,  # in: where the block begins, in numbers a row
    width,  # in: numbers a row of the block
    rows,  # in: rows of the block
    room,  # in: the most rows that the buffer holds
):
    """Return the rows of one buffer of the workspace; `room` is the most rows it holds."""
    return matrix(buffer, offset * room, rows, width)
