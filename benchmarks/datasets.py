"""Letter, adult and concrete: our estimators beside scikit-learn's, every setting the same."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from contenders import CONTENDERS, OURS
from report import Table, number
from running import Conditions

PUBLISHED = {
    "letter": "",
    "adult": "C4.5 15.54 %, NBTree 14.10 %",
    "concrete": "4.82 ± 0.16, without dropout 5.45",
}
"""Errors and RMSE that are printed with the sets; README.md has their sources."""

SCIKIT_LEARN = "scikit-learn"


@dataclass
class Fitted:
    """What one estimator made of one set: seconds and score of each split, all predictions."""

    contender: str
    missing: str = ""
    ready: float | None = None
    seconds: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    predictions: np.ndarray | None = None

    def record(self) -> dict[str, Any]:
        """Return all but the predictions."""
        return {name: value for name, value in asdict(self).items() if name != "predictions"}


def measure_datasets(
    names: Sequence[str], conditions: Conditions
) -> tuple[Table, list[dict[str, Any]]]:
    """Return the table and its numbers; contenders without an estimator are passed over."""
    table = Table(
        "Tables of data: same rows, settings and random_state; test rows",
        ["set", "contender", "seconds", "error or RMSE", "unlike scikit-learn's", "ready s",
         "published", "note"],
    )  # fmt: skip
    records = []
    estimators = [name for name in names if name in OURS or name == SCIKIT_LEARN]
    for dataset in PUBLISHED:
        found = {name: fitted(dataset, name, conditions) for name in estimators}
        for name, result in found.items():
            records.append({"set": dataset} | result.record())
            if result.missing:
                table.add(dataset, name, *[None] * 5, result.missing)
                continue
            table.add(
                dataset, name, number(sum(result.seconds)), score(result.scores),
                unlike(result, found.get(SCIKIT_LEARN)), number(result.ready, 2),
                PUBLISHED[dataset], None,
            )  # fmt: skip
    return table, records


def fitted(dataset: str, name: str, conditions: Conditions) -> Fitted:
    """Fit one contender's estimator to all splits of a set, in a process of its own."""
    ours = name in OURS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "predictions.npy"
        request = {
            "set": dataset,
            "library": "clearprop" if ours else name,
            "options": {"engine": CONTENDERS[name].variant} if ours else {},
            "predictions": str(path),
            "pin": conditions.pin,
        }
        done = subprocess.run(
            [sys.executable, Path(__file__).with_name("dataset_worker.py"), json.dumps(request)],
            env=conditions.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or [f"status {done.returncode}"]
            return Fitted(name, missing=f"failed: {last[0]}")
        return Fitted(name, **json.loads(done.stdout), predictions=np.load(path))


def score(scores: Sequence[float]) -> str:
    """Return one error in per cent, or the mean RMSE of several splits with its standard error."""
    if len(scores) == 1:
        return f"{scores[0]:.2%}"
    error = statistics.stdev(scores) / len(scores) ** 0.5
    return f"{statistics.mean(scores):.3f} ± {error:.3f}"


def unlike(result: Fitted, theirs: Fitted | None) -> str | None:
    """Return how far predictions are from scikit-learn's: rows, or standard deviations of y."""
    if theirs is None or theirs.predictions is None or theirs is result:
        return None
    if result.predictions.dtype.kind == "f":
        return f"{np.abs(result.predictions - theirs.predictions).max():.0e} sd"
    return f"{np.sum(result.predictions != theirs.predictions)} rows"
