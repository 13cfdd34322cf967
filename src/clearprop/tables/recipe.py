"""The recipe of the table estimators: every number that a fit uses, settled for its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import is_classifier

from clearprop.definitions.optimizers import AdamW, Optimizer
from clearprop.estimators.options import hidden_sizes

ALL, WITHOUT_PIECES = "all", "without pieces"
"""Which inputs a member sees: all of them, or those that are no pieces of a code."""

PRESETS: dict[str, dict[str, Any]] = {
    "fast": {
        "hidden_layer_sizes": (32, 32), "row_budget": (200_000, 200_000),
        "max_epochs": (32, 40), "members": (4, 3),
    },
    "default": {
        "hidden_layer_sizes": (64, 64), "row_budget": (400_000, 240_000),
        "max_epochs": (45, 60), "members": (8, 6),
    },
    "strong": {
        "hidden_layer_sizes": (64, 64), "row_budget": (500_000, 500_000),
        "max_epochs": (60, 60), "members": (16, 16),
    },
}  # fmt: skip
"""What an argument is where it is None. Of two numbers the first is for classes, the second for
numbers. From `FEW_ROWS` on there are half as many members.
"""

FEW_ROWS, SOME_ROWS = 1500, 5000
"""Below these, more probes: on few rows one eighth says little about the best epoch."""

PARTS = 8
"""A probe holds one of so many parts of the rows out."""

FEWEST_ROWS_TO_HOLD_OUT = 24
"""With fewer rows nothing is held out: all members train for all epochs."""


@dataclass(frozen=True)
class Recipe:
    """How the members of a table's estimator are trained, settled for the rows there are.

    Attributes
    ----------
    members, probes
        How many networks, and how many of them hold rows out to find the best epoch; 0 where
        there are too few rows.
    networks
        The widths of the hidden layers, and AdamW's weight decay, for each of the inputs.
    activation
        The name of the hidden layers' function.
    learning_rate, beta_2, rise
        Of AdamW and its schedule.
    row_budget, min_epochs, max_epochs
        Epochs are row_budget / rows, within the other two.
    steps_per_epoch, min_batch, max_batch
        A batch has rows / steps_per_epoch rows, rounded to a power of two within the other two.
    """

    members: int
    probes: int
    networks: Mapping[str, tuple[tuple[int, ...], float]]
    activation: str
    learning_rate: float
    beta_2: float
    rise: float
    row_budget: int
    min_epochs: int
    max_epochs: int
    steps_per_epoch: int
    min_batch: int
    max_batch: int

    def optimizer(self, inputs: str) -> Optimizer:
        """Return the optimizer of networks that see these inputs."""
        return AdamW(self.learning_rate, self.networks[inputs][1], 0.9, self.beta_2)

    def epochs(self, rows: int) -> int:
        """Return how many epochs so many rows are trained on."""
        return int(np.clip(round(self.row_budget / rows), self.min_epochs, self.max_epochs))

    def batch(self, rows: int) -> int:
        """Return how many rows a batch has."""
        wanted = max(rows / self.steps_per_epoch, 1)
        return int(np.clip(2 ** round(np.log2(wanted)), self.min_batch, self.max_batch))


def recipe_of(estimator: Any, rows: int) -> Recipe:
    """Return the recipe that an estimator's arguments and its rows ask for."""
    preset, task = PRESETS[estimator.preset], 0 if is_classifier(estimator) else 1
    pairs = ("row_budget", "max_epochs", "members")
    of_preset = {**preset, **{name: preset[name][task] for name in pairs}}

    def chosen(name: str) -> Any:
        value = getattr(estimator, name)
        return of_preset[name] if value is None else value

    members = estimator.members
    if members is None:
        most = of_preset["members"]
        members = most if rows < FEW_ROWS else -(-most // 2)
    probes = probes_for(rows, members)
    hidden = tuple(hidden_sizes(chosen("hidden_layer_sizes")))
    networks = {
        ALL: (hidden, estimator.weight_decay),
        WITHOUT_PIECES: (
            hidden + hidden[-1:] * estimator.extra_layers,
            estimator.plain_weight_decay,
        ),
    }
    return Recipe(
        members,
        probes,
        networks,
        estimator.activation,
        estimator.learning_rate_init,
        estimator.beta_2,
        estimator.rise,
        chosen("row_budget"),
        min(estimator.min_epochs, chosen("max_epochs")),
        chosen("max_epochs"),
        estimator.steps_per_epoch,
        min(estimator.min_batch, estimator.max_batch),
        estimator.max_batch,
    )


def probes_for(rows: int, members: int) -> int:
    """Return how many of the members of so many rows are probes."""
    if rows < FEWEST_ROWS_TO_HOLD_OUT:
        return 0
    return max(1, round(members / (2 if rows < SOME_ROWS else 4)))
