"""The third set of slips: written before the catalogue was read, measured once it had grown.

The catalogue grew by what the second set showed; these programs were not run before that. So they
tell how far that growth reaches. Each has one slip, told by its docstring.
"""

from tests.explaining.third import THIRD, gradients, rules, values

__all__ = ["THIRD", "gradients", "rules", "values"]
