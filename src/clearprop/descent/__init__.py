"""Gradient descent to watch: landscapes, walks over them, and the loss surfaces of networks."""

from clearprop.descent import landscapes
from clearprop.descent.basins import BasinMap, OptimizerRace, Reach, basin_map, race, reach
from clearprop.descent.formula import FormulaError
from clearprop.descent.landscape import Landscape, Minimum
from clearprop.descent.network import NetworkLoss
from clearprop.descent.paths import PathRecorder, TrainingPath, train_paths
from clearprop.descent.sharpness import Sharpness, sharpness
from clearprop.descent.surface import Surface, path_surface, random_surface
from clearprop.descent.walk import Walk, Walks
from clearprop.descent.walking import descend

__all__ = [
    "BasinMap",
    "FormulaError",
    "Landscape",
    "Minimum",
    "NetworkLoss",
    "PathRecorder",
    "OptimizerRace",
    "Reach",
    "Sharpness",
    "Surface",
    "TrainingPath",
    "Walk",
    "Walks",
    "basin_map",
    "descend",
    "landscapes",
    "path_surface",
    "race",
    "random_surface",
    "reach",
    "sharpness",
    "train_paths",
]
