"""The few rows that a learner's training step is run on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from clearprop.data import DataError, TableEncoder, TargetEncoder, infer_task, open_dataset
from clearprop.data.labels import named

if TYPE_CHECKING:
    from clearprop.data.dataset import Dataset

XOR = "xor"


class CheckedRows(NamedTuple):
    """Inputs (N, I) and targets (N, K), and a sentence that says what they are."""

    x: np.ndarray
    t: np.ndarray
    sentence: str


def rows_of(
    source: str, target: str | None, most: int, raw: bool, outputs: int | None
) -> CheckedRows:
    """Return rows of a source, spread evenly over it; of two classes one output, 0 or 1."""
    if source == XOR:
        x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
        t = np.array([[0.0], [1.0], [1.0], [0.0]])
        return CheckedRows(x, t, "rows: the four of xor, as they are")
    dataset = open_dataset(source, target)
    length = len(dataset.y)
    chosen = np.unique(np.linspace(0, length - 1, min(most, length)).astype(int))
    x, how = _inputs(dataset, raw)
    t, what = _targets(dataset, raw, outputs)
    numbers = ", ".join(str(place + 1) for place in chosen[:10]) + (
        ", ..." if len(chosen) > 10 else ""
    )
    return CheckedRows(x[chosen], t[chosen], f"rows: {numbers} of {dataset.name}, {how}; {what}")


def _inputs(dataset: Dataset, raw: bool) -> tuple[np.ndarray, str]:
    if not raw:
        return TableEncoder.fit(dataset.X).encode(dataset.X), "inputs standardised"
    try:
        x = np.asarray(dataset.X, float)
    except (TypeError, ValueError):
        raise DataError(
            f"{dataset.name} has columns that are not numbers; leave --raw out to encode them."
        ) from None
    if not np.isfinite(x).all():
        raise DataError(f"{dataset.name} has missing values; leave --raw out to fill them.")
    return x, "inputs as they are"


def _targets(dataset: Dataset, raw: bool, outputs: int | None) -> tuple[np.ndarray, str]:
    y: Any = dataset.y
    if (dataset.task or infer_task(y)) == "regression":
        values = np.asarray(y, float)
        scaled = values if raw else TargetEncoder.fit(values).encode(values)
        return scaled.reshape(-1, 1), f"target {'as it is' if raw else 'standardised'}"
    classes, codes = np.unique(named(dataset), return_inverse=True)
    if len(classes) == 2 and outputs != 2:
        return codes.reshape(-1, 1).astype(float), f"target 1 for {classes[1]}, 0 for {classes[0]}"
    return np.eye(len(classes))[codes], f"{len(classes)} targets, 1 for the row's class"
