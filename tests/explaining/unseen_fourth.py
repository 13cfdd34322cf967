"""The fourth set of slips: written before the catalogue was read.

What is common in coursework and forums: copied lines, arrays of integers, aliases, loops that end
too early, textbook formulas of another loss or optimizer. Each program has one slip, told by its
docstring.
"""

from tests.explaining.fourth import FOURTH, gradients, passes, updates

__all__ = ["FOURTH", "gradients", "passes", "updates"]
