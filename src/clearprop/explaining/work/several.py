"""Several steps in place of one, each on some of the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from clearprop.explaining.work.changes import rows_of
from clearprop.explaining.work.situation import Outcome, Situation


def after_steps(situation: Situation, steps: Sequence[np.ndarray]) -> Outcome:
    """Return the last of several steps, each on some of the rows."""
    layout = situation.task.layout
    outcome = Outcome(situation, ())
    for place, rows in enumerate(steps):
        whole = len(rows) == len(situation.batch.x)
        some = situation if whole else rows_of(situation, rows, float(len(rows)))
        outcome = Outcome(some, ())
        if place < len(steps) - 1:
            vector = np.concatenate([np.ravel(outcome[f"{name}.new"]) for name in layout.paths])
            state = _state_after(outcome)
            position = replace(situation.position, params=vector, optimizer_state=state)
            situation = replace(situation, position=position)
    return outcome


def _state_after(outcome: Outcome) -> dict[str, object]:
    """Return the optimizer's state after a step."""
    paths = outcome.situation.task.layout.paths

    def after(name: str, branch: object) -> object:
        if isinstance(branch, dict):
            return {key: after(key, value) for key, value in branch.items()}
        if name == "penalised":
            return branch
        if np.ndim(branch):  # type: ignore[arg-type]
            return np.concatenate([np.ravel(outcome[f"{path}.{name}"]) for path in paths])
        return branch + 1 if name == "t" else branch  # type: ignore[operator]

    held = outcome.situation.position.optimizer_state
    return {key: after(key, value) for key, value in held.items()}
