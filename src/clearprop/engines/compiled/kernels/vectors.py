"""Vectors of the processor, for the few loops that a compiler does not turn into them well.

Numba has no vectors of its own. The functions here write LLVM's terms for them, which LLVM makes
fit any processor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba as nb
from llvmlite import binding, ir
from numba.core import types as _types
from numba.extending import intrinsic as _intrinsic
from numba.np.arrayobj import make_array

from clearprop.engines.compiled.vectormath import KERNEL

# Numba's own annotations know nothing of the arguments these take.
intrinsic: Any = _intrinsic
types: Any = _types

VECTOR_BYTES = 64 if binding.get_host_cpu_features().get("avx512f") else 32
"""Length of a vector. A processor with shorter ones takes two or more for it."""

SIZES = (8, 4, 2, 1)
"""Vectors of a panel. The sums of eight, and no more, fit into the registers."""

VECTORS = max(SIZES)

WHOLE, SHORT = ir.IntType(64), ir.IntType(32)


class Vectors:
    """What a function does with vectors of the numbers of one dtype, as LLVM has it.

    Parameters
    ----------
    builder
        The builder of the function's code.
    number
        LLVM's type of a number.
    lanes : int
        Numbers of a vector.
    size : int
        Bytes of a number; by default those of which `lanes` fill a vector of the processor.
    """

    def __init__(self, builder: Any, number: Any, lanes: int, size: int | None = None) -> None:
        self.builder, self.lanes, self.bytes = builder, lanes, size or VECTOR_BYTES // lanes
        self.type = ir.VectorType(number, lanes)

    def zero(self) -> Any:
        """Return zeros."""
        return self.constant(0.0)

    def constant(self, value: float) -> Any:
        """Return a number that is known here in all places."""
        return ir.Constant(self.type, [value] * self.lanes)

    def everywhere(self, value: Any) -> Any:
        """Return a number in all places."""
        nothing = ir.Constant(self.type, ir.Undefined)
        one = self.builder.insert_element(nothing, value, ir.Constant(SHORT, 0))
        return self.shuffle(one, nothing, [0] * self.lanes)

    def shuffle(self, a: Any, b: Any, places: list[int]) -> Any:
        """Return the numbers at some places of a and b, those of b after those of a."""
        return self.builder.shuffle_vector(
            a, b, ir.Constant(ir.VectorType(SHORT, self.lanes), places)
        )

    def load(self, array: Any, place: Any) -> Any:
        """Return the numbers of an array from a place on."""
        return self.builder.load(self._address(array, place), align=self.bytes)

    def store(self, value: Any, array: Any, place: Any) -> None:
        """Write numbers to an array from a place on."""
        self.builder.store(value, self._address(array, place), align=self.bytes)

    def plus_product(self, total: Any, a: Any, b: Any) -> Any:
        """Return total + a b, rounded once where the processor can."""
        product = self.builder.fmul(a, b, flags=("contract",))
        return self.builder.fadd(total, product, flags=("contract",))

    def _address(self, array: Any, place: Any) -> Any:
        return self.builder.bitcast(self.builder.gep(array.data, [place]), self.type.as_pointer())


def arrays_of(context: Any, builder: Any, signature: Any, arguments: Any, places: Any) -> Any:
    """Return those arguments that are arrays, at some places of the signature."""
    return [
        make_array(signature.args[place])(context, builder, arguments[place]) for place in places
    ]


def lanes_of(array: Any) -> int:
    """Return how many numbers of an array type make a vector."""
    return VECTOR_BYTES * 8 // int(array.dtype.bitwidth)


def for_each_size(builder: Any, vectors: Any, write: Callable[[int], None]) -> None:
    """Write code for each size of a panel, of which `vectors` chooses one when it runs."""
    end = builder.append_basic_block("end")
    choice = builder.switch(vectors, end)
    for size in SIZES:
        case = builder.append_basic_block(f"panel.{size}")
        choice.add_case(WHOLE(size), case)
        builder.position_at_end(case)
        write(size)
        builder.branch(end)
    builder.position_at_end(end)


@nb.njit(**KERNEL)
def panel_at(
    first,  # in: first column of the panel
    units,  # in: columns of the matrix, a vector or more
    lanes,  # in: numbers of a vector
    most,  # in: vectors of a panel
):
    """Return how many vectors the panel has that begins there, and where its last one begins.

    The last vector of a row ends with the row: it may take columns of the one before it again.
    """
    left = (units - first + lanes - 1) // lanes
    vectors = most
    while vectors > left:
        vectors //= 2
    return vectors, min(first + (vectors - 1) * lanes, units - lanes)
