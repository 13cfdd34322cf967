"""Gradient descent to watch: landscapes, walks over them, and the loss surfaces of networks."""

from clearprop.descent import landscapes
from clearprop.descent.formula import FormulaError
from clearprop.descent.landscape import Landscape, Minimum
from clearprop.descent.walk import Walk, Walks, descend

__all__ = ["FormulaError", "Landscape", "Minimum", "Walk", "Walks", "descend", "landscapes"]
