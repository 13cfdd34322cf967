"""20,000 steps: whether a step costs at the end what it cost at first."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from report import Table, number
from running import Conditions

CONTENDERS = ("clearprop:compiled", "clearprop:numpy", "torch", "torch-fused")
STEPS = 20_000
WINDOWS = 5


@dataclass
class Long:
    """One contender's µs a step, epoch by epoch, and how many numbers were subnormal at the end."""

    contender: str
    missing: str = ""
    rounds: list[list[float]] = field(default_factory=list)
    subnormal: int | None = None

    def windows(self) -> list[float]:
        """Return the median µs a step of each fifth of the fit, the best of the rounds."""
        length = len(self.rounds[0]) // WINDOWS
        starts = range(0, length * WINDOWS, length)
        return [
            min(statistics.median(epochs[start : start + length]) for epochs in self.rounds)
            for start in starts
        ]


def measure_long(
    names: Sequence[str], conditions: Conditions, repeats: int
) -> tuple[Table, list[dict[str, Any]]]:
    """Return the table and its numbers; contenders take turns."""
    results = [Long(name) for name in CONTENDERS if name in names]
    for _ in range(repeats):
        for result in results:
            if not result.missing:
                run_once(result, conditions)
    fifth = STEPS // WINDOWS
    headers = [f"to step {fifth * (place + 1):,}" for place in range(WINDOWS)]
    table = Table(
        f"µs a step over {STEPS:,} steps: 64-100-10, relu, batch 32, AdamW, float32; half the "
        "inputs fall silent after 500 steps",
        ["contender", *headers, "last / first", "subnormal at the end", "note"],
    )
    for result in results:
        if result.missing:
            table.add(result.contender, *[None] * (WINDOWS + 2), result.missing)
            continue
        windows = result.windows()
        table.add(
            result.contender, *map(number, windows), number(windows[-1] / windows[0]),
            f"{result.subnormal:,}", None,
        )  # fmt: skip
    return table, [asdict(result) for result in results]


def run_once(result: Long, conditions: Conditions) -> None:
    """Fit once in a process of its own."""
    request = {
        "contender": result.contender,
        "steps": STEPS,
        "threads": conditions.threads,
        "pin": conditions.pin,
    }
    ended = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("long_worker.py")), json.dumps(request)],
        capture_output=True,
        text=True,
        env=conditions.environment(),
        check=False,
    )
    lines = (ended.stdout if ended.returncode == 0 else ended.stderr).strip().splitlines()
    last = lines[-1] if lines else f"ended with status {ended.returncode}"
    if ended.returncode:
        result.missing = f"failed: {last}"
        return
    told = json.loads(last)
    result.missing, result.subnormal = told.get("absent", ""), told.get("subnormal")
    if not result.missing:
        result.rounds.append(told["µs"])
