"""Small data sets for the page: clean points, and the noise that a knob adds to them.

A row of the page is clean + level · noise, so that one knob blurs the data. In data of two classes
the noise moves the inputs, in data of numbers the targets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

ROWS, HELD = 240, 60
"""Rows of each data set, and how many of them are held out of training."""
SEED = 5
DIGITS = 3
SCALE = 1.8
"""Points of a unit square times this have a standard deviation of about 1."""


@dataclass(frozen=True)
class Toy:
    """A data set: what it shows, and how its clean points are made of uniform numbers u, (N,)."""

    about: str
    make: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
    level: float
    network: tuple[int, ...]
    activation: str = "Tanh"
    kind: str = "classes"
    rate: float = 0.3
    optimizer: str = "SGD"


def _xor(u: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    side = np.where(u < 0.5, -0.6, 0.6)
    return np.column_stack([side, np.where(label == 1, -side, side)]), label


def _circles(u: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    radius = np.where(label == 1, 0.9, 0.35)
    return _round(radius, 2 * np.pi * u), label


def _moons(u: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x = _round(np.full_like(u, 0.65), np.pi * u)
    return np.where(label[:, None] == 1, [[0.3, 0.15]] - x, x - [[0.3, 0.15]]), label


def _spirals(u: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    far = np.sqrt(u)
    return _round(0.05 + 0.95 * far, 3.2 * np.pi * far + np.pi * label), label


def _line(u: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x = 2 * u - 1
    return x[:, None], 0.7 * x + 0.1


def _curve(u: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x = 2 * u - 1
    return x[:, None], 0.7 * np.sin(4.5 * x)


def _round(radius: np.ndarray, angle: np.ndarray) -> np.ndarray:
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


TOYS = {
    "xor": Toy("Two classes in opposite corners: no straight line parts them.", _xor, 0.25, (4,)),
    "circles": Toy("One class around the other.", _circles, 0.12, (4,)),
    "moons": Toy("Two bent classes that reach into each other.", _moons, 0.15, (6,)),
    "spirals": Toy(
        "Two classes wound around each other.",
        _spirals,
        0.04,
        (8, 8),
        "ReLU",
        rate=0.01,
        optimizer="Adam",
    ),
    "line": Toy("A straight line: one layer is enough.", _line, 0.1, (), kind="numbers", rate=0.1),
    "curve": Toy("A wave, to be bent out of a few units.", _curve, 0.06, (6,), kind="numbers"),
}


def toy_of(name: str) -> dict[str, Any]:
    """Return one data set as plain data."""
    toy, rng = TOYS[name], np.random.default_rng(SEED)
    label = np.arange(ROWS) % 2
    x, t = toy.make(rng.uniform(size=ROWS), label)
    x = SCALE * x
    is_class = toy.kind == "classes"
    noise = rng.normal(size=x.shape if is_class else (ROWS, 1))
    targets = np.eye(2)[label] if is_class else t[:, None]
    return {
        "name": name,
        "about": toy.about,
        "kind": toy.kind,
        "inputs": ["x1", "x2"][: x.shape[1]],
        "outputs": ["orange", "blue"] if is_class else ["y"],
        "held": HELD,
        "image": None,
        "x": _listed(x),
        "t": _listed(targets),
        "noise": _listed(noise),
        "level": toy.level,
        "task": {
            "hidden": list(toy.network),
            "activation": toy.activation,
            "loss": "CrossEntropy" if is_class else "SquaredError",
            "optimizer": toy.optimizer,
            "rate": toy.rate,
        },
    }


def _listed(array: np.ndarray) -> list[Any]:
    rounded: list[Any] = np.round(array, DIGITS).tolist()
    return rounded
