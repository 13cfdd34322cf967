"""Measure clearprop beside its peers: training steps, MNIST and three tables of data.

``python benchmarks/run.py`` runs everything; README.md says what the options choose.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

import real_sets
from cases import DTYPES, LEARNING_RATES, SHAPES, cases
from contenders import CONTENDERS
from datasets import measure_datasets
from long import measure_long
from machine import description
from measure import Fairness, Plan, measure_case
from mnist import NETWORKS, PIXELS, measure_mnist
from neighbour import Neighbour, usable_cpus
from report import Report
from running import Conditions
from steps import case_table, goals_table
from zeros import WORK, measure_zeros

SLOW_TO_START = "torch-compile"
"""What --quick leaves out, and --all but for float32: it compiles for longer than it runs."""

ONE_CORE_CONTENDERS = ["clearprop:compiled", "scikit-learn", "torch", "matrix-products"]
ALL_CORES_CONTENDERS = [*ONE_CORE_CONTENDERS[:-1], SLOW_TO_START, "jax", "matrix-products"]

ROUND_SECONDS = 0.5
"""Shorter rounds are a handful of steps of the large networks, and what a call costs by itself."""

QUIET = 0.5
"""The load above which other processes are in the way."""


def main() -> None:
    options = parsed()
    machine = description()
    if machine["load before"] > QUIET:
        print(f"The machine is busy, load {machine['load before']}: times will be too long.\n")
    with tempfile.TemporaryDirectory() as caches:
        for run in scheduled(options) if options.all else [options]:
            conditions = Conditions(run.threads, run.pin, Path(caches))
            for part in run.parts:
                if part in NEED_DATA and not real_sets.FOLDER.is_dir():
                    print(f"{part} left out: {real_sets.ABSENT}")
                    continue
                report = PARTS[part](run, conditions)
                report.write(run.name or name_of(part, run), machine, settings_of(run))


def scheduled(options: argparse.Namespace) -> list[argparse.Namespace]:
    """Return the runs of --all: all cores, with a neighbour and without, then one core alone."""
    core = {"pin": usable_cpus()[-1], "threads": 1, "contenders": ONE_CORE_CONTENDERS}
    runs = [
        {"parts": ["steps"], "neighbour": True, "contenders": ALL_CORES_CONTENDERS},
        {"parts": ["steps"], **core},
        {"parts": ["mnist"], "contenders": ALL_CORES_CONTENDERS},
        {"parts": ["zeros"], "contenders": ALL_CORES_CONTENDERS},
        {"parts": ["datasets"], "contenders": ONE_CORE_CONTENDERS},
        {"parts": ["long"], "contenders": ["clearprop:compiled", "torch", "torch-fused"]},
    ]
    return [argparse.Namespace(**vars(options) | run) for run in runs]


def run_steps(options: argparse.Namespace, conditions: Conditions) -> Report:
    """Measure the cases."""
    plan = Plan(options.rounds, ROUND_SECONDS)
    if options.quick:
        plan = Plan(3, 0.05)
    fairness = Fairness(conditions)
    report = Report("Training steps", {"rounds": plan.rounds})
    measured = []
    with ExitStack() as stack:
        neighbour = None
        if options.neighbour:
            cpu = usable_cpus()[-1] if options.pin is None else options.pin
            neighbour = stack.enter_context(Neighbour(cpu))
        for case in cases(options.cases, options.dtypes, options.optimizer):
            names = [
                name
                for name in options.contenders
                if name != SLOW_TO_START
                or not (options.quick or (options.all and case.dtype != "float32"))
            ]
            results = measure_case(case, names, plan, conditions, fairness, neighbour)
            measured.append(results)
            report.add(case_table(results), [result.record() for result in results])
    report.add(goals_table(measured), [])
    return report


def _of_trainings(options: argparse.Namespace) -> tuple[int, list[str]]:
    """Return how often each training is repeated, and who trains."""
    left_out = {"matrix-products", SLOW_TO_START if options.quick else ""}
    names = [name for name in options.contenders if name not in left_out]
    return 1 if options.quick else 2, names


def run_mnist(options: argparse.Namespace, conditions: Conditions) -> Report:
    """Train everybody on MNIST."""
    repeats, names = _of_trainings(options)
    report = Report("MNIST", {"repeats": repeats})
    for widths in NETWORKS:
        for pixels in PIXELS:
            table, results = measure_mnist(names, conditions, repeats, widths, pixels)
            report.add(table, [result.record() for result in results])
    return report


def run_zeros(options: argparse.Namespace, conditions: Conditions) -> Report:
    """Train everybody on tables and texts with many zeros, and on a table without."""
    repeats, names = _of_trainings(options)
    report = Report("Tables and texts", {"repeats": repeats})
    for name in WORK:
        table, results = measure_zeros(name, names, conditions, repeats)
        report.add(table, [result.record() for result in results])
    return report


def run_datasets(options: argparse.Namespace, conditions: Conditions) -> Report:
    """Fit the estimators to tables of data."""
    report = Report("Tables of data")
    report.add(*measure_datasets(options.contenders, conditions))
    return report


def run_long(options: argparse.Namespace, conditions: Conditions) -> Report:
    """Make 20,000 steps."""
    repeats = 1 if options.quick else 2
    report = Report("Long fits", {"repeats": repeats})
    report.add(*measure_long(options.contenders, conditions, repeats))
    return report


PARTS = {
    "steps": run_steps, "mnist": run_mnist, "zeros": run_zeros, "datasets": run_datasets,
    "long": run_long,
}  # fmt: skip
NEED_DATA = ("mnist", "zeros", "datasets")


def name_of(part: str, options: argparse.Namespace) -> str:
    """Return a name for the results that tells what was unusual about the run."""
    unusual = {
        "quick": options.quick,
        "sgd": options.optimizer != "adam" and part == "steps",
        "neighbour": options.neighbour and part == "steps",
        "one-core": options.pin is not None,
    }
    return "-".join([part, *(word for word, told in unusual.items() if told)])


def settings_of(options: argparse.Namespace) -> dict[str, int]:
    """Return what every contender was given."""
    pinned = {} if options.pin is None else {"pinned to CPU": options.pin}
    return {"threads": options.threads} | pinned


def parsed() -> argparse.Namespace:
    """Return the options, defaults filled in that depend on others."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [shape.name for shape in SHAPES]
    parser.add_argument("--parts", nargs="+", choices=PARTS, help="all, but steps with --cases")
    parser.add_argument("--cases", nargs="+", choices=names, metavar="CASE", help=", ".join(names))
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, metavar="NAME",
                        help=", ".join(CONTENDERS))  # fmt: skip
    parser.add_argument("--dtypes", nargs="+", choices=DTYPES, default=DTYPES)
    parser.add_argument("--optimizer", choices=LEARNING_RATES, default="adam")
    parser.add_argument("--threads", type=int, help="of every library; the usable cores")
    parser.add_argument("--pin", type=int, metavar="CPU", help="keep every contender on one CPU")
    parser.add_argument("--neighbour", action="store_true",
                        help="and measure while another process keeps a core busy")  # fmt: skip
    parser.add_argument("--rounds", type=int, help="of each contender and case; 5, 3 with --all")
    parser.add_argument("--all", action="store_true",
                        help="all parts, beside a neighbour and on one core too")  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="short rounds, for a first look")
    parser.add_argument("--name", help="of the files in results/")
    options = parser.parse_args()
    if options.pin is not None and not hasattr(os, "sched_setaffinity"):
        parser.error("--pin: this system cannot keep a process on a CPU")
    if options.rounds is None:
        options.rounds = 3 if options.all else 5
    if options.threads is None:
        options.threads = len(usable_cpus()) if options.pin is None else 1
    if options.contenders is None:
        options.contenders = [n for n in CONTENDERS if not (options.quick and n == SLOW_TO_START)]
    if options.parts is None:
        options.parts = ["steps"] if options.cases else list(PARTS)
    if options.name and len(options.parts) > 1:
        parser.error("--name: give --parts with one part")
    options.cases = options.cases or names
    return options


if __name__ == "__main__":
    main()
