"""The fourth set of slips: written before the catalogue was read.

What is common in coursework and forums: copied lines, arrays of integers, aliases, loops that end
too early, textbook formulas of another loss or optimizer. Each program has one slip, told by its
docstring.
"""

from tests.explaining.fourth import FOURTH, gradients, passes, updates

__all__ = ["FOURTH", "gradients", "passes", "updates"]

EXACT = frozenset({
    "bias summed over the units", "one array for both biases", "whole number division",
    "one mask for all rows",
})  # fmt: skip
"""At first sight: told by an exact statement, or named in part."""

MISSED = frozenset({
    "class numbers off by one", "reshaped for transposed", "inputs in an array of integers",
    "leaky relu constant below zero", "inputs standardised by one mean",
    "penalty counted without its square",
})  # fmt: skip
"""At first sight: the first wrong quantity alone was found."""

MISNAMED: frozenset[str] = frozenset()
"""At first sight: another slip was named."""

TOLD: dict[str, str] = {}
"""What is said now of those that are not named."""
