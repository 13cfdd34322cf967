"""MNIST, ten epochs: pixels 0 to 1 and standardised; 784-128-10 and 784-512-512-10."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

import real_sets
from cases import Case
from measure import Measured
from real import measure_real
from report import Table
from running import Conditions

EPOCHS = 10


NETWORKS = {(784, 128, 10): 128, (784, 512, 512, 10): 256}
"""Widths, and rows of a batch."""

STANDARDISED = "standardised pixels"
PIXELS = ("pixels 0 to 1", STANDARDISED)


def measure_mnist(
    names: Sequence[str], conditions: Conditions, repeats: int, widths: tuple[int, ...], pixels: str
) -> tuple[Table, list[Measured]]:
    """Return the table and what is in it; every contender trains `repeats` times, in turn."""
    digits = real_sets.mnist()
    if pixels == STANDARDISED:
        mean, sd = digits.X.mean(axis=0), digits.X.std(axis=0)
        X, X_test = ((part - mean) / np.where(sd > 0, sd, 1) for part in (digits.X, digits.X_test))
        digits = replace(digits, X=X, X_test=X_test)
    case = Case(widths, NETWORKS[widths], len(digits.X), shuffle=True)
    title = f"MNIST, {pixels}, {EPOCHS} epochs of 60,000 rows"
    return measure_real(title, digits, case, EPOCHS, names, conditions, repeats)
