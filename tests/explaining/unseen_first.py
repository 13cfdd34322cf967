"""Slips written before the catalogue of known slips was read: whole programs, as learners write.

Each program is a training step or a pass in plain NumPy with one slip; its docstring tells the
slip. Nothing of the package computes in a program.
"""

from tests.explaining.first import FIRST, errors, gradients, layers, updates

__all__ = ["EXACT", "FIRST", "MISSED", "TOLD", "errors", "gradients", "layers", "updates"]

MISSED = frozenset({
    "hidden slope of the output", "mask of the next layer", "bias of the wrong layer",
    "second layer reads z", "bias behind the activation", "db summed along the wrong axis",
    "forgotten transpose of X", "dot in place of times", "product of the means",
    "loop ends one row early", "thresholded prediction in the error",
    "prediction changed in place", "adam squares the average",
    "penalty in place of its derivative", "weights shrunk after the step", "every number clipped",
    "slope of the dropped activations", "statistics over everything",
    "gamma gradient of the input", "shortcut forgotten going back",
    "shortcut multiplied by the slope",
})  # fmt: skip
"""At first sight, before the catalogue grew: the first wrong quantity was found, and no more."""

EXACT = frozenset({
    "integer division", "velocity times momentum again", "biases without momentum",
    "penalty in one layer only", "each array clipped by its own norm",
    "variance divided by one less",
})  # fmt: skip
"""At first sight: told by an exact statement, or named in part. The other 30 were named."""

TOLD: dict[str, str] = {
    "prediction changed in place": "these are the numbers of dense2.dy",
}
"""Those that are told exactly now; all others are named."""
