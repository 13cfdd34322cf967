"""The gradient that someone's new parameter was made with, taken back from the update."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clearprop.explaining.work.situation import Outcome, Situation, state_part
from clearprop.readings import numpy as numpy_reading

MOST_STEPS = 50
"""So many steps of Newton's method are made."""


@dataclass(frozen=True)
class ImpliedGradient:
    """A gradient taken back from an update, and the right one.

    `error` is how far rounding in the update may move the largest of its numbers.
    """

    path: str
    values: np.ndarray
    right: np.ndarray
    error: float

    @property
    def is_zero(self) -> bool:
        """Whether the update has no gradient in it, and the right one has."""
        return bool(np.max(np.abs(self.values), initial=0.0) <= 64 * self.error) and bool(
            np.max(np.abs(self.right), initial=0.0) > 1e3 * self.error
        )


def implied_gradient(
    situation: Situation, path: str, new: np.ndarray, epsilon: float
) -> ImpliedGradient | None:
    """Return the gradient that gives a new parameter by the step's own update.

    None where there is no update, where the gradient is clipped, and where no gradient is found
    that gives these numbers. `epsilon` is the spacing of their precision.
    """
    parameter, _, last = path.rpartition(".")
    if last != "new" or situation.rate is None or situation.task.clip_norm is not None:
        return None
    if parameter not in situation.task.layout.paths:
        return None
    outcome = Outcome(situation, ())
    layer, dot, name = parameter.rpartition(".")
    gradient = f"{layer}{dot}d{name}"
    right = outcome[gradient]
    penalty = outcome.get(f"{parameter}.l2", np.zeros_like(right))
    part = situation.task.layout.slices()[parameter]
    old = np.asarray(situation.position.params[part], np.float64).reshape(right.shape)
    state = state_part(situation.position.optimizer_state, part, right.shape)

    def updated(g: np.ndarray) -> np.ndarray:
        update = situation.task.optimizer.update
        return np.asarray(update(numpy_reading, g, state, old, situation.rate)[0], np.float64)

    size = float(np.max(np.abs(right + penalty), initial=0.0)) or 1.0
    g, bend = right + penalty, np.zeros_like(right)
    with np.errstate(all="ignore"):
        for _ in range(MOST_STEPS):
            h = 1e-5 * np.maximum(np.abs(g), 1e-3 * size)
            bend = (updated(g + h) - updated(g - h)) / (2 * h)
            step = (updated(g) - new) / bend
            g = g - step
            if not np.isfinite(g).all():
                return None
            if np.max(np.abs(step)) <= 1e-15 * max(size, float(np.max(np.abs(g)))):
                break
        rounding = epsilon * float(np.max(np.abs(new), initial=0.0))
        if np.max(np.abs(updated(g) - new)) > 8 * rounding:
            return None
        error = rounding / float(np.min(np.abs(bend)))
    values = g - penalty
    return ImpliedGradient(gradient, values, right, error) if np.isfinite(error) else None
