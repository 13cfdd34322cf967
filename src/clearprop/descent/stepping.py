"""Taking the steps: all walkers of a landscape at once, by the optimizers of training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.definitions.optimizers import Optimizer
from clearprop.definitions.schedules import Adaptive, Progress, Schedule
from clearprop.descent.landscape import Landscape
from clearprop.readings import numpy as xp

WALKING, LEVEL, DIVERGED, NOT_FINITE = range(4)

FAR = 10.0
"""Distance from the middle of the box, in boxes, beyond which a walker has diverged."""


@dataclass(frozen=True)
class WalkPlan:
    """The optimizer, schedule and limits of a walk."""

    optimizer: Optimizer
    schedule: Schedule
    steps: int
    noise: float = 0.0
    level: float = 1e-6
    seed: int | None = None

    def rates(self) -> np.ndarray:
        """Return the learning rate of each step; a step counts as an epoch of one row."""
        factors = [
            self.schedule.factor(Progress(step, self.steps, epoch=step, rows_seen=step))
            for step in range(self.steps)
        ]
        return self.optimizer.learning_rate * np.array(factors)

    def check(self) -> None:
        """Raise a ValueError or TypeError that names the field that is wrong."""
        if not isinstance(self.optimizer, Optimizer):
            raise TypeError(
                f"optimizer must be SGD, RMSProp, Adam, AdamW or another that takes one step at a "
                f"time, got {self.optimizer!r:.60}"
            )
        if isinstance(self.schedule, Adaptive):
            raise ValueError("Adaptive waits for training to stop improving; walks have no epochs")
        if self.steps < 1:
            raise ValueError(f"steps must be at least 1, got {self.steps}")
        if not (self.noise >= 0 and np.isfinite(self.noise)):
            raise ValueError(f"noise must be a number of at least 0, got {self.noise}")
        if not (self.level >= 0 and np.isfinite(self.level)):
            raise ValueError(f"level must be a number of at least 0, got {self.level}")


@dataclass(frozen=True)
class WalkRecord:
    """The steps of K walkers: where all of them ended, and every step of the first `kept`.

    `ends` (K, D) are the last finite positions, `steps` (K,) the steps taken up to there,
    `why` (K,) one of the codes above. `positions` (steps + 1, kept, D), `heights` (steps + 1,
    kept) and `slopes` (steps + 1, kept, D) are true values, `felt` (steps, kept, D) what the
    optimizer was given: the slope plus the noise. Steps that a walker did not take are NaN.
    """

    ends: np.ndarray
    steps: np.ndarray
    why: np.ndarray
    positions: np.ndarray
    heights: np.ndarray
    slopes: np.ndarray
    felt: np.ndarray
    rates: np.ndarray


def take_steps(
    landscape: Landscape, starts: np.ndarray, plan: WalkPlan, rng: np.random.Generator, keep: int
) -> WalkRecord:
    """Take a plan's steps from `starts` (K, D); keep every step of the first `keep` walkers."""
    plan.check()
    count, dimensions = starts.shape
    rates, keep = plan.rates(), min(keep, count)
    low, high = np.array(landscape.box).T
    middle, reach = 0.5 * (low + high), FAR * (high - low)
    positions = np.full((plan.steps + 1, keep, dimensions), np.nan)
    slopes, felt = positions.copy(), positions[1:].copy()

    heights = positions[..., 0].copy()

    x, slope, height = starts.copy(), landscape.slopes(starts), landscape.heights(starts)
    why, taken = np.zeros(count, int), np.zeros(count, int)
    why[~_finite(slope, height)] = NOT_FINITE
    state = plan.optimizer.init(x)
    positions[0], slopes[0], heights[0] = x[:keep], slope[:keep], height[:keep]
    if not plan.noise:
        why[(why == WALKING) & (_length(slope) == 0.0)] = LEVEL
    for step in range(plan.steps):
        walking = why == WALKING
        if not walking.any():
            break
        given = slope + plan.noise * rng.standard_normal(x.shape) if plan.noise else slope
        with np.errstate(all="ignore"):
            new, state = plan.optimizer.update(xp, given, state, x, float(rates[step]))
            new_slope, new_height = landscape.slopes(new), landscape.heights(new)
            away = (np.abs(new - middle) > reach).any(axis=1)
            broken = ~_finite(new, new_slope, new_height)
            # With momentum a walker passes over level ground: it has to stand still on it.
            still = _length(new - x) <= plan.level * landscape.size
            level = still & (_length(new_slope) <= plan.level)
        felt[step] = np.where(walking[:keep, None], given[:keep], np.nan)
        arrives = walking & ~broken
        # A walker that has stopped stays where it is.
        x = np.where(arrives[:, None], new, x)
        slope = np.where(arrives[:, None], new_slope, slope)
        taken[arrives] += 1
        why[walking & broken] = NOT_FINITE
        why[arrives & away] = DIVERGED
        if not plan.noise:
            why[arrives & level & ~away] = LEVEL
        there = arrives[:keep]
        positions[step + 1] = np.where(there[:, None], x[:keep], np.nan)
        slopes[step + 1] = np.where(there[:, None], slope[:keep], np.nan)
        heights[step + 1] = np.where(there, new_height[:keep], np.nan)
    return WalkRecord(x, taken, why, positions, heights, slopes, felt, rates)


def _finite(*arrays: np.ndarray) -> np.ndarray:
    """Return for each walker whether all its numbers are finite."""
    rows = [np.isfinite(array.reshape(len(array), -1)).all(axis=1) for array in arrays]
    return np.logical_and.reduce(rows)


def _length(vectors: Any) -> np.ndarray:
    return np.sqrt(np.sum(vectors * vectors, axis=-1))
