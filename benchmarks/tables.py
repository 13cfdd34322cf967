"""Table estimators side by side: ranks, scores, seconds and memory.

``python benchmarks/tables.py`` fits every contender that is installed to every table in
../shared/data, one process for a contender and a table, and writes ``results/tables.md`` and
``results/tables.json``. ``--folder DIR`` takes the CSV files of a folder instead, the last column
of each as the target unless ``--target NAME``. Processor seconds hardly depend on what else the
machine does; seconds by the clock do.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata

from real_sets import ABSENT, FOLDER

HERE = Path(__file__).parent
SCORES = {"error": "error %", "log_loss": "log loss", "auc": "1 - AUC", "rmse": "RMSE / sd"}
Results = dict[str, dict[str, list[dict[str, Any]]]]


def main() -> None:
    options = arguments()
    requests = requested(options)
    results: Results = defaultdict(dict)
    for name, request in requests.items():
        for contender in options.contenders:
            splits, why = run({**request, "contender": contender}, options)
            if splits:
                results[name][contender] = splits
            print(f"{name:<12} {contender:<22} {brief(splits) or why}", flush=True)
    text = report(results, options.contenders)
    print(text)
    place = HERE / "results"
    (place / f"{options.name}.md").write_text(text, encoding="utf-8")
    (place / f"{options.name}.json").write_text(json.dumps(results, indent=1), encoding="utf-8")


def arguments() -> argparse.Namespace:
    from table_contenders import CONTENDERS

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", nargs="+", help="these tables only")
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--folder", type=Path, help="the CSV files of this folder instead")
    parser.add_argument("--target", help="the target's name in them; the last column without it")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--limit", type=float, default=900, help="seconds for one process")
    parser.add_argument("--name", default="tables", help="of the files in results/")
    return parser.parse_args()


def requested(options: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Return what a worker is asked for, by the table's name."""
    if options.folder is not None:
        paths = sorted(options.folder.glob("*.csv*"))
        return {path.stem: {"path": str(path), "target": options.target} for path in paths}
    if not FOLDER.exists():
        raise SystemExit(ABSENT)
    from raw_tables import TABLES

    return {name: {"table": name} for name in options.tables or TABLES}


def run(request: dict[str, Any], options: argparse.Namespace) -> tuple[list[Any], str]:
    """Return the results of each split, or none and why."""
    names = ("OPENBLAS", "OMP", "MKL", "NUMBA")
    threads = {f"{name}_NUM_THREADS": str(options.threads) for name in names}
    command = [sys.executable, str(HERE / "table_worker.py"), json.dumps(request)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=options.limit,
            env={**os.environ, **threads}, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return [], f"more than {options.limit:.0f} s"
    if done.returncode:
        return [], (done.stderr.strip().splitlines() or ["ended without a word"])[-1][:100]
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return [json.loads(line) for line in lines], ""


def brief(splits: list[dict[str, Any]]) -> str:
    """Return the mean scores and seconds of one contender on one table, on a line."""
    if not splits:
        return ""
    found = [f"{title} {value:.4g}" for score, title in SCORES.items()
             if (value := mean(splits, score)) is not None]  # fmt: skip
    return "  ".join([*found, f"fit {mean(splits, 'fit'):.2f} s"])


def mean(splits: list[dict[str, Any]], score: str) -> float | None:
    """Return the mean of a score over the splits, smaller is better; None where it has none."""
    values = [split[score] for split in splits if split.get(score) is not None]
    if not values:
        return None
    value = float(np.mean(values))
    return {"auc": 1 - value, "error": 100 * value}.get(score, value)


def report(results: Results, contenders: list[str]) -> str:
    """Return the tables as Markdown: ranks and means first, then every table's scores."""
    present = [c for c in contenders if all(c in table for table in results.values())]
    partly = [c for c in contenders if c not in present and any(c in t for t in results.values())]
    lines = ["| | " + " | ".join(present) + " |", "| --- " * (len(present) + 1) + "|"]
    for score, title in SCORES.items():
        rows = [
            [mean(table[c], score) for c in present]
            for table in results.values()
            if present and mean(table[present[0]], score) is not None
        ]
        if rows:
            values = np.array(rows, float)
            ranks = np.array([rankdata(row) for row in values]).mean(axis=0)
            lines.append(row(f"mean rank, {title} ({len(rows)} tables)", ranks, 2))
            lines.append(row(f"mean {title}", values.mean(axis=0), 4))
    titles = {"fit": "fit, seconds", "cost": "fit, processor seconds",
              "predict": "predict, processor seconds"}  # fmt: skip
    for what, title in titles.items():
        totals = [sum(s[what] for table in results.values() for s in table[c]) for c in present]
        lines.append(row(f"{title} in all", np.array(totals), 1))
    peaks = [max(s["peak"] for table in results.values() for s in table[c]) for c in present]
    lines.append(row("peak MB", np.array(peaks), 0))
    lines += ["", "| table | score | " + " | ".join([*present, *partly]) + " |"]
    lines.append("| --- " * (len(present) + len(partly) + 2) + "|")
    for name, table in results.items():
        for score, title in SCORES.items():
            values = [mean(table.get(c, []), score) for c in [*present, *partly]]
            if any(value is not None for value in values):
                shown = ["" if value is None else f"{value:.4g}" for value in values]
                lines.append(f"| {name} | {title} | " + " | ".join(shown) + " |")
    return "\n".join(lines) + "\n"


def row(title: str, values: np.ndarray, digits: int) -> str:
    """Return a line of a table, the least value in bold."""
    least = values.min()
    shown = [f"**{v:.{digits}f}**" if v == least else f"{v:.{digits}f}" for v in values]
    return f"| {title} | " + " | ".join(shown) + " |"


if __name__ == "__main__":
    main()
