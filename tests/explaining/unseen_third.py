"""The third set of slips: written before the catalogue was read, measured once it had grown.

The catalogue grew by what the second set showed; these programs were not run before that. So they
tell how far that growth reaches. Each has one slip, told by its docstring.
"""

from tests.explaining.third import THIRD, gradients, rules, values

__all__ = ["THIRD", "gradients", "rules", "values"]

EXACT = frozenset({
    "error of the next layer in dW1", "divided by all numbers of X",
    "averaged velocity without the rate", "clipped by the sum of absolute values",
    "clipped by the squared norm", "stretched to the largest norm", "threshold subtracted",
    "half of branch and shortcut",
})  # fmt: skip
"""At first sight: told by an exact statement, or named in part."""

MISSED = frozenset({
    "mean error goes back", "targets of the row before", "mean of all rows as one row",
    "layer norm gradient over the rows", "adam without its division",
    "adam forgets its averages", "adam with one squared norm", "inputs through the activation",
    "bias added twice", "sigmoid twice as steep", "relu cut off at 1", "softmax of base two",
    "softmax of minus z", "mean of absolute errors", "logarithm of the mean",
    "class numbers as targets", "dropout before the activation",
})  # fmt: skip
"""At first sight: the first wrong quantity alone was found."""

TOLD = {
    "dropout before the activation": "first wrong: dense2.dW[",
}
"""What is said now of those that are not named."""
