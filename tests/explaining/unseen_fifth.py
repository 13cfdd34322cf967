"""The fifth set of slips: areas that the others leave out, written when the fourth was named.

Blocks, layer normalization, other losses, weighted rows, deeper loops, optimizers. Each program
has one slip, told by its docstring; none was run before the set was complete.
"""

from tests.explaining.fifth import FIFTH, programs, updates

__all__ = ["FIFTH", "programs", "updates"]
