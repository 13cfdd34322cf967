"""How often `check` names the slip that was made, and how often it alarms where there is none.

``python benchmarks/check_work_rates.py`` checks hand-written training steps (those of
tests/explaining/hand_written.py, which share no code with the package) and prints two tables, then
the learners' cases of tests/explaining/learners.py and right_work.py, then the table of
docs/explain.md, one line for each set. ``--learners`` prints the learners' cases alone, ``--sets``
the table alone; ``--textbook N`` draws N right solutions and N slips of
tests/explaining/textbook/.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).parents[1]))

import clearprop as cp
from tests.explaining import (
    textbook,
    unseen_fifth,
    unseen_fourth,
    unseen_second,
    unseen_sixth,
    unseen_third,
)
from tests.explaining.hand_written import (
    LAYERS,
    LOSSES,
    OPTIMIZERS,
    Setup,
    filled,
    slips,
    trained,
)
from tests.explaining.learners import CASES, Case
from tests.explaining.right_work import RIGHT
from tests.explaining.unseen import EXACT, MISSED, TOLD, UNSEEN, Unseen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=1000, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--learners", action="store_true", help="print the learners' cases alone")
    parser.add_argument("--sets", action="store_true", help="print the table of all sets alone")
    parser.add_argument("--textbook", type=int, default=200, help="solutions and slips drawn")
    options = parser.parse_args()
    if options.learners:
        print_learners()
        return
    if options.sets:
        print_sets(options.seed, options.textbook)
        print_hopeless()
        return
    cases, rng = options.cases, np.random.default_rng(options.seed)
    print(f"{cases:,} hand-written steps of each kind, seed {options.seed}\n")
    print("right numbers                         false alarms")
    for name, alarms in false_alarms(rng, cases).items():
        print(f"{name:<36}  {alarms:>5} ({alarms / cases:.1%})")
    print()
    print_detection(rng, cases)
    print()
    print_learners()
    print()
    print_sets(options.seed, options.textbook)
    print_hopeless()


def drawn(rng: np.random.Generator) -> Setup:
    """Return a network of two or three layers, with rows and all an update needs."""
    hidden = rng.integers(2, 5, rng.integers(1, 3))
    loss = str(rng.choice(list(LOSSES)))
    sizes = (rng.integers(2, 5), *hidden, rng.integers(2 if loss == "softmax" else 1, 4))
    last = rng.choice([None, "sigmoid", "tanh"]) if loss == "squared" else None
    optimizer = str(rng.choice(list(OPTIMIZERS)))
    return filled(
        tuple(map(int, sizes)),
        (*map(str, rng.choice(list(LAYERS), len(hidden))), last),
        loss,
        optimizer,
        float(rng.choice([0.0, 0.1])),
        int(rng.choice([0, 1, 5])) if optimizer == "adam" else 0,
        int(rng.integers(1, 6)),
        int(rng.integers(2**32)),
    )


def false_alarms(rng: np.random.Generator, cases: int) -> dict[str, int]:
    """Return how many steps with right numbers were called wrong."""
    alarms = dict.fromkeys(
        ["float64, rows in another order", "float32", "typed with four digits", "columns"], 0
    )
    for _ in range(cases):
        setup = drawn(rng)
        step, right = setup.explain(), trained(setup)
        backwards = trained(setup.with_rows(slice(None, None, -1)))
        shared = [path for path in right if not path.endswith("delta")]
        typed = {path: np.vectorize(four_digits)(array) for path, array in right.items()}
        works = (
            {path: backwards[path] for path in shared},
            trained(setup, dtype=np.float32),
            {path: array.tolist() for path, array in typed.items()},
            {path: np.asarray(array).T for path, array in right.items()},
        )
        for name, work in zip(alarms, works, strict=True):
            alarms[name] += not step.check(work)
    return alarms


def four_digits(value: float) -> float:
    return float(f"{value:.4g}")


CONVENTIONS = {"1/2 missing", "a factor 1/2 too many", "1/N missing", "mean over outputs"}
"""Slips that are right ways to compute a step where the loss is of the same scale."""


def print_detection(rng: np.random.Generator, cases: int) -> None:
    """Make one slip in each step, every kind in turn, and print what was named."""
    made: Counter[str] = Counter()
    named: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    while made.total() < cases:
        setup = drawn(rng)
        right = trained(setup)
        works = {slip: trained(setup, slip) for slip in slips(setup)}
        changing = [
            slip
            for slip, work in works.items()
            if any(not np.array_equal(work[path], right[path]) for path in work)
        ]
        # Consistent with its loss, another scale is a right convention, not a slip.
        for other in CONVENTIONS & works.keys():
            works[other].pop("E")
        slip = min(changing, key=lambda slip: made[kind_of(slip)])
        kind = kind_of(slip)
        causes = setup.explain().check(works[slip]).causes
        made[kind] += 1
        named[kind] += slip in causes
        alone[kind] += causes == (slip,)
    print("slip made                                     cases  named  named alone")
    for kind in sorted(made):
        print(f"{kind:<44}  {made[kind]:>5}  {named[kind]:>5}  {alone[kind]:>11}")
    total = made.total()
    print(f"{'all':<44}  {total:>5}  {named.total():>5}  {alone.total():>11}")
    print(f"\nnamed {named.total() / total:.1%}. Where another slip is named beside it, both give")
    print("the very same numbers there, as 1/N missing and 1/2 missing do for two rows.")


def print_learners() -> None:
    """Print what is said of each slip that learners made, and of right work."""
    told = {case.name: outcome_of(case) for case in CASES}
    print("slip that a learner made                                     said")
    for name, outcome in told.items():
        print(f"{name:<60} {outcome}")
    counts = Counter(told.values())
    print(", ".join(f"{counts[kind]} {kind}" for kind in ("named", "exact", "misnamed", "missed")))
    wrong = [name for name, report in RIGHT.items() if not report()]
    print(f"right work called wrong: {len(wrong)} of {len(RIGHT)}{': ' if wrong else ''}", end="")
    print(", ".join(wrong))


def print_sets(seed: int, drawn_cases: int) -> None:
    """Print how many slips of each set are named, told exactly, located alone or misnamed."""
    learners = Counter(outcome_of(case) for case in CASES)
    learners["located"] += learners.pop("missed", 0)
    sets = {
        "learners' slips, catalogue written with them in view": learners,
        "whole programs, at first sight (recorded)": first_sight(UNSEEN, EXACT, MISSED),
        "whole programs, now": told_now(UNSEEN, TOLD),
    }
    for number, module, cases in (
        ("second", unseen_second, unseen_second.SECOND),
        ("third", unseen_third, unseen_third.THIRD),
        ("fourth", unseen_fourth, unseen_fourth.FOURTH),
        ("fifth", unseen_fifth, unseen_fifth.FIFTH),
        ("sixth", unseen_sixth, unseen_sixth.SIXTH),
    ):
        recorded = first_sight(
            cases, module.EXACT, module.MISSED, getattr(module, "MISNAMED", frozenset())
        )
        sets[f"the {number} set of programs, at first sight (recorded)"] = recorded
        sets[f"the {number} set of programs, now"] = told_now(cases, module.TOLD)
    sets[f"textbook, {drawn_cases} drawn at random"] = textbook_slips(seed, drawn_cases)
    outcomes = ("named", "exact", "located", "misnamed")
    print(f"{'set':<54} cases  {'  '.join(outcomes)}")
    for name, counts in sets.items():
        numbers = "  ".join(f"{counts[one]:>{len(one)}}" for one in outcomes)
        print(f"{name:<54} {counts.total():>5}  {numbers}")
    alarms = 0
    for number in range(drawn_cases):
        book, work = textbook.right_solution(np.random.default_rng([seed, number]))
        alarms += not book.step().check(work)
    print(f"right textbook solutions called wrong: {alarms} of {drawn_cases}")


def first_sight(
    cases: list[Unseen],
    exact: frozenset[str],
    missed: frozenset[str],
    misnamed: frozenset[str] = frozenset(),
) -> Counter[str]:
    """Return what was said of a set's slips before the catalogue grew."""
    said = Counter({"exact": len(exact), "located": len(missed), "misnamed": len(misnamed)})
    said["named"] = len(cases) - said.total()
    return said


def told_now(cases: list[Unseen], told: dict[str, str]) -> Counter[str]:
    """Return what is said now of a set's slips; `told` are those that are not named."""
    said: Counter[str] = Counter()
    for case in cases:
        report = case.report()
        if report.causes and case.name not in told:
            said["named"] += 1
        else:
            exact = textbook.is_exact(report.first_wrong.statement)
            said["exact" if exact else "located"] += 1
    return said


def textbook_slips(seed: int, count: int) -> Counter[str]:
    """Return what is said of slips drawn at random, every kind in turn."""
    said: Counter[str] = Counter()
    kinds = list(textbook.SLIPS)
    for number in range(count):
        slip = kinds[number % len(kinds)]
        made = textbook.slip_solution(np.random.default_rng([seed, number]), slip)
        if made is None:
            continue
        book, work, _ = made
        report = book.step().check(work)
        outcome = "called right" if report else textbook.outcome(report, slip)
        said[outcome] += 1
        if outcome in ("misnamed", "called right"):
            print(f"{outcome}: {slip}, {book.sizes}: {report.causes[:1]}")
    return said


def print_hopeless() -> None:
    """Print how long numbers that no slip gives take in a network of 109,386 parameters."""
    rng = np.random.default_rng(0)
    layers = [cp.Dense(784, 128), cp.ReLU(), cp.Dense(128, 64), cp.ReLU(), cp.Dense(64, 10)]
    network = cp.Chain(*layers)
    x, t = rng.uniform(size=(32, 784)), np.eye(10)[rng.integers(0, 10, 32)]
    step = cp.explain(network, cp.CrossEntropy(), network.init(rng), x, t)
    work = {name: rng.normal(size=np.shape(step[name])) for name in ("dW1", "dW2", "dW3")}
    with threadpool_limits(1):  # what other programs leave of the machine is not measured
        start, processor = time.perf_counter(), time.process_time()
        report = step.check(work)
        taken = time.perf_counter() - start, time.process_time() - processor
    assert not report.causes
    print(f"784-128-64-10, numbers of no slip: {taken[0]:.2f} s, of a processor {taken[1]:.2f} s")


def outcome_of(case: Case) -> str:
    """Return "named", "exact" (an exact statement), "misnamed" or "missed"."""
    if case.kind == "error":
        try:
            case.report()
        except ValueError as error:
            return "exact" if case.said in str(error) else "missed"
        return "missed"
    report = case.report()
    if any(case.said in cause for cause in report.causes) and report.explained:
        return "named"
    if report.causes and report.explained:
        return "misnamed"
    return "exact" if case.kind == "exact" and case.said in str(report) else "missed"


def kind_of(slip: str) -> str:
    return slip.partition(" in ")[0] if "in the loss" not in slip else slip


if __name__ == "__main__":
    main()
