"""A training step as a textbook writes it, in plain NumPy, with a switch for each slip.

Nothing of the package computes here: the loops over the layers, the losses and the optimizers are
written out. `right_solution` draws a network and a convention, `slip_solution` a slip too; the
numbers come in the shapes, names and types in use.
"""

from tests.explaining.textbook.drawing import right_solution
from tests.explaining.textbook.slips import SLIPS, is_exact, outcome, slip_solution
from tests.explaining.textbook.step import Textbook

__all__ = ["SLIPS", "Textbook", "is_exact", "outcome", "right_solution", "slip_solution"]
