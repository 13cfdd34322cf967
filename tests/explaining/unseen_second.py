"""The second set of slips that nobody had seen: written before the catalogue of slips was read.

The programs are in tests/explaining/second/, by the habits of those who write them: examples as
columns, loops over single numbers, classes and optimizers, pieces of a network. Each has one slip,
told by its docstring. Nothing of the package computes in a program.
"""

from tests.explaining.second import SECOND, columns, loops, pieces, updates

__all__ = ["SECOND", "columns", "loops", "pieces", "updates"]
