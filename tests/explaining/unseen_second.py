"""The second set of slips that nobody had seen: written before the catalogue of slips was read.

The programs are in tests/explaining/second/, by the habits of those who write them: examples as
columns, loops over single numbers, classes and optimizers, pieces of a network. Each has one slip,
told by its docstring. Nothing of the package computes in a program.
"""

from tests.explaining.second import SECOND, columns, loops, pieces, updates

__all__ = ["SECOND", "columns", "loops", "pieces", "updates"]

EXACT = frozenset({
    "cost with the same logarithm twice", "cache of the layer itself",
    "hidden error as a mean over the outputs", "swish slope without its second term",
    "huber as a square everywhere", "tenth of the rate in one layer",
    "step of the length of the rate", "rate in the velocity and again",
    "adam counts once for each array",
})  # fmt: skip
"""At first sight: told by an exact statement, or named in part or in other words."""

MISSED = frozenset({
    "plus in the derivative of the cost", "sum not set back to 0", "last hidden unit left out",
    "error of the last output only", "first row in every product", "one bias for all units",
    "activations computed once", "first batch only", "two batches in one call",
    "inputs turned without their targets", "inputs scaled inside", "sigmoid without its minus",
    "column of ones through the sigmoid", "wrong row of the bias left out",
    "minus 1 in whole columns", "gelu slope without its second term",
    "inverse of the hyperbolic cosine", "square of the mean", "sigmoids divided by their sum",
    "beta added before gamma", "adam beta times the counter",
    "adam averages of the wrong share", "decay without the rate",
})  # fmt: skip
"""At first sight: the first wrong quantity alone was found; the last one's state was refused."""

TOLD = {
    "activations computed once": "first wrong: dense1.b.new[0]",
    "tenth of the rate in one layer": "dense2.W.new: your update is exactly 1/10 × ours",
}
"""What is said now of those that are not named."""
