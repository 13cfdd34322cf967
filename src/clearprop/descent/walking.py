"""`descend`: walk down a landscape, one walker or thousands at once, and keep what happened."""

from __future__ import annotations

from typing import Any, overload

import numpy as np

from clearprop.definitions.optimizers import SGD, Optimizer
from clearprop.definitions.schedules import Constant, Schedule
from clearprop.descent.ending import endings_of
from clearprop.descent.landscape import Landscape
from clearprop.descent.stepping import WalkPlan, take_steps
from clearprop.descent.walk import Walk, Walks

KEPT = 100
"""Number of walkers whose every step is kept by default; of the others, only the end."""


@overload
def descend(
    landscape: Landscape,
    start: Any = ...,
    optimizer: Optimizer | None = ...,
    schedule: Schedule | None = ...,
    steps: int = ...,
    noise: float = ...,
    *,
    starts: None = ...,
    seed: int | None = ...,
    level: float = ...,
    keep: int = ...,
) -> Walk: ...
@overload
def descend(
    landscape: Landscape,
    start: None = ...,
    optimizer: Optimizer | None = ...,
    schedule: Schedule | None = ...,
    steps: int = ...,
    noise: float = ...,
    *,
    starts: Any,
    seed: int | None = ...,
    level: float = ...,
    keep: int = ...,
) -> Walks: ...
def descend(
    landscape: Landscape,
    start: Any = None,
    optimizer: Optimizer | None = None,
    schedule: Schedule | None = None,
    steps: int = 200,
    noise: float = 0.0,
    *,
    starts: Any = None,
    seed: int | None = None,
    level: float = 1e-6,
    keep: int = KEPT,
) -> Walk | Walks:
    """Walk down a landscape: feel the slope, take the optimizer's step, repeat.

    A step is ``optimizer.update(...)``, the line that trains networks, on the slope at the
    position. A walk ends where the ground is level and the walker stands still, where it leaves
    the landscape, where height or slope is not a finite number, or after all `steps`.

    Parameters
    ----------
    landscape : Landscape
        One of ``cp.landscapes``, or your own.
    start : number or array (D,), optional
        Where one walker begins; drawn in the landscape's box unless given.
    optimizer : Optimizer
        ``SGD(0.1)`` unless given.
    schedule : Schedule
        Constant unless given. A step counts as an epoch of one row.
    steps : int
        The largest number of steps.
    noise : float
        Standard deviation of what is added to each component of the slope that is felt, as
        mini-batches add it. A walk with noise takes all its steps.
    starts : int or array (K, D), optional
        Instead of `start`: the number of walkers, started uniformly in the box, or their
        starting positions.
    seed : int, optional
        For starts and noise: the same seed, the same walk.
    level : float
        The length of a slope at or below which the ground counts as level.
    keep : int
        Number of walkers whose every step is kept, where there are many.

    Returns
    -------
    Walk, or Walks for `starts`

    Examples
    --------
    >>> import clearprop as cp
    >>> print(cp.descend(cp.landscapes.island, start=0.5, optimizer=cp.SGD(0.1)))
    island: h = x⁴/4 − x³/6 − 3x²/4 + 63/64
    SGD, η 0.1, from 0.5: height 0.7917 → ≈ 0
    at rest in the lowest minimum at 1.5 after 39 steps
    """
    plan = WalkPlan(optimizer or SGD(0.1), schedule or Constant(), steps, float(noise), level, seed)
    drawing, rng = np.random.default_rng(seed).spawn(2)
    if starts is None:
        one = landscape.drop(1, drawing) if start is None else landscape.point(start)[None]
        return _walks(landscape, one, plan, rng, 1)[0]
    if start is not None:
        raise ValueError("give start, for one walker, or starts, for many; not both")
    if isinstance(starts, int | np.integer):
        if starts < 1:
            raise ValueError(f"starts must be at least 1, got {starts}")
        many = landscape.drop(int(starts), drawing)
    else:
        many = landscape.points(starts)
    return _walks(landscape, many, plan, rng, keep)


def _walks(
    landscape: Landscape, starts: np.ndarray, plan: WalkPlan, rng: np.random.Generator, keep: int
) -> Walks:
    trace = take_steps(landscape, starts, plan, rng, keep)
    endings = endings_of(landscape, trace)
    kept = tuple(
        Walk(
            landscape,
            plan,
            trace.positions[: (n := int(trace.steps[k])) + 1, k],
            trace.heights[: n + 1, k],
            trace.slopes[: n + 1, k],
            trace.felt[:n, k],
            trace.rates[:n],
            str(endings.kinds[k]),
            int(endings.basins[k]),
        )
        for k in range(trace.positions.shape[1])
    )
    return Walks(
        landscape, plan, starts, trace.ends, trace.steps, endings.kinds, endings.basins, kept
    )
