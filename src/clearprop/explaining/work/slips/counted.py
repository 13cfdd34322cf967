"""Slips of the L2 penalty counted in the loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from clearprop.explaining.work.changes import change_after
from clearprop.explaining.work.situation import Situation
from clearprop.explaining.work.slips.slip import Slip

FORMS: tuple[tuple[str, Callable[[np.ndarray], float]], ...] = (
    ("Σ W²", lambda w: float((w * w).sum())),
    ("Σ W", lambda w: float(w.sum())),
    ("Σ |W|", lambda w: float(np.abs(w).sum())),
    ("sqrt(Σ W²)", lambda w: float(np.sqrt((w * w).sum()))),
    ("(Σ W)²", lambda w: float(w.sum() ** 2)),
)
"""What may be taken of all weights."""


def counted_slips(situation: Situation) -> Iterator[Slip]:
    """Yield penalties in the loss of another form, factor or sign, and of some parameters."""
    task, rows = situation.task, situation.divisor
    if not task.l2.strength:
        return
    vector = np.asarray(situation.position.params, float)
    penalised = np.asarray(task.penalised, float)
    weights, squares = vector[penalised > 0], FORMS[0][1]
    whole, each = ("λ", "λ / N") if not task.l2.per_row else ("λ / N", "λ")
    strength = task.l2.coefficient(rows)
    other = strength * rows if task.l2.per_row else strength / rows
    for form, of in FORMS:
        for words, factor in (
            (f"½ {whole}", strength / 2), (whole, strength),
            (f"½ {each}", other / 2), (each, other),
        ):  # fmt: skip
            if (form, words) != (FORMS[0][0], f"½ {whole}"):
                yield _counted(f"{words} {form}", whole, factor * of(weights))
    yield _counted(f"−½ {whole} Σ W²", whole, -strength / 2 * squares(weights))
    slices = task.layout.slices()
    pulled = [path for path in task.layout.paths if penalised[slices[path]].any()]
    for path in pulled if len(pulled) > 1 else ():
        name = f"½ {whole} Σ {path}² alone"
        yield _counted(name, whole, strength / 2 * squares(vector[slices[path]]))
    if len(weights) < len(vector):
        name = f"½ {whole} Σ W² + Σ b²"
        yield _counted(name, whole, strength / 2 * squares(vector))


def _counted(name: str, whole: str, penalty: float) -> Slip:
    return Slip(
        f"penalty {name} in the loss",
        f"the penalty in the loss is ½ {whole} Σ W², of all weights and no bias",
        change_after(partial(_added, penalty)),
        "loss",
    )


def _added(penalty: float, path: str, array: np.ndarray) -> np.ndarray:
    return array + penalty if path == "E" else array
