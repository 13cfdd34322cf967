"""The fifth set of slips: areas that the others leave out, written when the fourth was named.

Blocks, layer normalization, other losses, weighted rows, deeper loops, optimizers. Each program
has one slip, told by its docstring; none was run before the set was complete.
"""

from tests.explaining.fifth import FIFTH, programs, updates

__all__ = ["FIFTH", "programs", "updates"]

EXACT = frozenset({
    "loop ends before the first layer", "weighted rows divided by their number",
    "one mean square for each array", "sums of the rows along the columns",
    "rate over the root of t",
})  # fmt: skip
"""At first sight: told by an exact statement, or named in part."""

MISSED = frozenset({
    "gelu by a sigmoid", "huber without its half", "output changed by the error",
    "only the misclassified rows", "tanh stretched", "gradient at the weights ahead",
    "decay of the new weights",
})  # fmt: skip
"""At first sight: the first wrong quantity alone was found."""

MISNAMED = frozenset({"each layer clipped by itself"})
"""At first sight: another slip was named, for the first wrong quantity."""

TOLD: dict[str, str] = {}
"""What is said now of those that are not named."""
