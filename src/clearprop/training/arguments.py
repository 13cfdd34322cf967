"""What the arguments of `train` may be."""

from __future__ import annotations

from typing import Any

from clearprop.definitions.optimizers import LBFGS, Optimizer
from clearprop.definitions.schedules import Schedule


def check_counts(epochs: int, batch_size: int, restarts: int, clip_norm: float | None) -> None:
    """Raise a ValueError where a count is below 1, or the norm is not above 0."""
    for name, number in (("epochs", epochs), ("batch_size", batch_size), ("restarts", restarts)):
        if number < 1:
            raise ValueError(f"{name} must be at least 1, got {number}")
    if clip_norm is not None and not clip_norm > 0:
        raise ValueError(f"clip_norm must be above 0, got {clip_norm}")


def check_validation(fraction: float, data: Any) -> None:
    """Raise a ValueError where the part to set aside is none, or rows are given beside it."""
    if not 0 <= fraction < 1:
        raise ValueError(f"validation_fraction must be in [0, 1), got {fraction}")
    if fraction and data is not None:
        raise ValueError("give validation_data or validation_fraction, not both")


def check_optimizer(
    optimizer: Optimizer | LBFGS, schedule: Schedule | None, clip_norm: float | None, vitals: int
) -> None:
    """Raise a ValueError where L-BFGS is given what belongs to steps, or `vitals` is negative."""
    if vitals < 0:
        raise ValueError(f"vitals must be a number of epochs, or 0 for never, got {vitals}")
    if not isinstance(optimizer, LBFGS):
        return
    if schedule is not None or clip_norm is not None:
        raise ValueError(
            "L-BFGS has no learning rate and chooses its own steps: leave out schedule and "
            "clip_norm"
        )
    if vitals:
        raise ValueError("L-BFGS has no learning rate and chooses its own steps: leave out vitals")
