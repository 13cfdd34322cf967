"""How walks end: the kind of ground under the walker, and its basin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clearprop.descent.landscape import Landscape
from clearprop.descent.stepping import DIVERGED, FAR, LEVEL, NOT_FINITE, WalkRecord
from clearprop.descent.words import place
from clearprop.writing.numbers import shown

NEAR = 0.01
"""Distance, as part of the box's diagonal, below which a walk has reached a minimum."""

FLAT = 1e-6
"""Largest magnitude of a curvature that counts as none."""

MINIMUM, SADDLE, SUMMIT, FLAT_GROUND = "minimum", "saddle", "summit", "flat"
LEFT, BROKEN, STEPS = "diverged", "not finite", "steps"
KINDS = (MINIMUM, SADDLE, SUMMIT, FLAT_GROUND, LEFT, BROKEN, STEPS)

ELSEWHERE = -1
"""The basin of a walk that has reached none of the known minima."""

NOT_REACHED = -2
"""The basin, on a map, of a start from which the walk diverged or was not finite."""


@dataclass(frozen=True)
class Endings:
    """How K walks ended: `kinds` (K,), one of `KINDS` each; `basins` (K,), a minimum's index."""

    kinds: np.ndarray
    basins: np.ndarray


def endings_of(landscape: Landscape, trace: WalkRecord) -> Endings:
    """Return how the walks of a trace ended."""
    kinds = np.full(len(trace.why), STEPS, dtype="U10")
    kinds[trace.why == DIVERGED] = LEFT
    kinds[trace.why == NOT_FINITE] = BROKEN
    basins = basins_of(landscape, trace.ends)
    basins[(trace.why == DIVERGED) | (trace.why == NOT_FINITE)] = ELSEWHERE
    level = np.flatnonzero(trace.why == LEVEL)
    kinds[level] = ground_kinds(landscape, trace.ends[level])
    kinds[(trace.why == LEVEL) & (basins != ELSEWHERE) & (kinds == FLAT_GROUND)] = MINIMUM
    return Endings(kinds, basins)


def basins_of(landscape: Landscape, x: np.ndarray) -> np.ndarray:
    """Return the index of the known minimum that each position (K, D) is near to, or -1."""
    basins = np.full(len(x), ELSEWHERE)
    if landscape.minima:
        minima = np.array([one.point for one in landscape.minima])
        distances = np.linalg.norm(x[:, None] - minima, axis=-1)
        near = distances.min(axis=1) <= NEAR * landscape.size
        basins[near] = distances.argmin(axis=1)[near]
    return basins


def ground_kinds(landscape: Landscape, x: np.ndarray) -> np.ndarray:
    """Return for level positions (K, D) whether they are minima, saddles, summits or flat."""
    if not len(x):
        return np.empty(0, "U10")
    curvatures = landscape.curvatures(x)
    kinds = np.full(len(x), FLAT_GROUND, dtype="U10")
    known = np.isfinite(curvatures).all(axis=(1, 2))
    eigenvalues = np.linalg.eigvalsh(curvatures[known])
    lowest, highest = eigenvalues[:, 0], eigenvalues[:, -1]
    of_known = np.full(len(lowest), FLAT_GROUND, dtype="U10")
    of_known[(lowest >= -FLAT) & (highest > FLAT)] = MINIMUM
    of_known[(lowest < -FLAT) & (highest > FLAT)] = SADDLE
    of_known[(lowest < -FLAT) & (highest <= FLAT)] = SUMMIT
    kinds[known] = of_known
    return kinds


def sentence(
    landscape: Landscape,
    kind: str,
    basin: int,
    step: int,
    end: np.ndarray,
    height: float,
    slope: np.ndarray,
    planned: int,
) -> str:
    """Return in words how one walk ended."""
    after = f"after {step:,} step{'s' if step != 1 else ''}"
    steepness = float(np.linalg.norm(slope))
    if kind == MINIMUM:
        return f"at rest in {_which(landscape, basin)} at {place(end)} {after}"
    if kind == SADDLE:
        return (
            f"stopped {after} on a saddle at {place(end)}: the ground is level there, but falls "
            "off to the side"
        )
    if kind == SUMMIT:
        return f"stopped {after} on a summit at {place(end)}: level, and downhill all around"
    if kind == FLAT_GROUND:
        return f"stopped {after} on flat ground at {place(end)}: no slope to follow, and no basin"
    if kind == LEFT:
        return (
            f"diverged at step {step:,}, at {place(end)}: more than {FAR:g} times the landscape's "
            "width away; a smaller learning rate may cure that"
        )
    if kind == BROKEN:
        if not np.isfinite([height, *slope]).all():
            return f"not finite: at {place(end)} there is no finite height or slope"
        return (
            f"not finite: step {step + 1:,}, from {place(end)}, leads to where height or slope is "
            "not a finite number; a smaller learning rate may cure that"
        )
    unsettled = f"not settled after {planned:,} steps; at {place(end)}"
    if basin != ELSEWHERE:
        return f"{unsettled}, within {100 * NEAR:g} % of {_which(landscape, basin)}"
    return f"{unsettled}, slope {shown(steepness)}"


def _which(landscape: Landscape, basin: int) -> str:
    if basin == ELSEWHERE:
        return "a minimum" if not landscape.minima else "a minimum that is not listed"
    one = landscape.minima[basin]
    if not one.lowest:
        return "a local minimum"
    several = sum(other.lowest for other in landscape.minima) > 1
    found = " found" if landscape.searched else ""
    return f"one of the lowest minima{found}" if several else f"the lowest minimum{found}"
