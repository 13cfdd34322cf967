"""How far rounding moves each quantity of a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clearprop.explaining.work.perturbed import PerturbedNamespace
from clearprop.explaining.work.situation import Situation, Values, look, needs_update, run
from clearprop.explaining.work.submitted import Submitted


def rounding(
    situation: Situation, work: Sequence[Submitted], rights: Values
) -> dict[str, np.ndarray]:
    """Return how far rounding in the given precision moves each quantity, measured thrice."""
    epsilon, rng = max(one.epsilon for one in work), np.random.default_rng(0)
    slack = {one.path: np.zeros(rights[one.path].shape) for one in work}
    for _ in range(3):
        moved = run(
            situation, PerturbedNamespace(epsilon, rng), needs_update(situation, list(rights))
        )
        for one in work:
            found = look(moved, situation, one.path)
            if found is not None and found.shape == rights[one.path].shape:
                with np.errstate(invalid="ignore"):
                    change = np.abs(found - rights[one.path])
                slack[one.path] = np.maximum(slack[one.path], np.nan_to_num(change, posinf=0.0))
    if situation.task.loss.link_name in ("softmax", "sigmoid"):
        # However small -ln p is, it has the rounding of p, which is near 1.
        for path in slack.keys() & {"E", "row_loss"}:
            slack[path] = slack[path] + epsilon
    if situation.task.loss.link_name == "sigmoid":
        naive = _naive_logarithm(situation, epsilon)
        for path, error in naive.items():
            if path in slack:
                slack[path] = slack[path] + error
    return slack


MOST_OF_LOGARITHM = 1e-7
"""So much is allowed at most for the digits that 1 − p loses."""


def _naive_logarithm(situation: Situation, epsilon: float) -> dict[str, Any]:
    """Return what ln(1 − p) may lose where p is near 1: rounding of p, divided by 1 − p."""
    record = run(situation, update=False)
    if "p" not in record.quantities:
        return {}
    p = np.asarray(record.quantities["p"].value, np.float64)
    t = np.asarray(situation.batch.t, np.float64).reshape(p.shape)
    with np.errstate(all="ignore"):
        each = epsilon * ((1 - t) * p / (1 - p)).sum(axis=1)
    each = np.minimum(np.nan_to_num(each, posinf=np.inf), MOST_OF_LOGARITHM)
    return {"row_loss": each, "E": each.mean()}
