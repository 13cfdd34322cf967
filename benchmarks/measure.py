"""Measuring one case: all contenders side by side, round by round."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np

from cases import Case
from contenders import CONTENDERS, OURS
from neighbour import Neighbour
from running import Conditions, ProcessError, Running

REFERENCE = "clearprop:numpy"
CHECK_EPOCHS = 2
REST = 0.05
"""Seconds between rounds, in which the last contender's threads stop waiting for work."""


@dataclass
class Measured:
    """What is known of one contender with one case; times in µs a training step.

    `difference` is how far its weights are from the reference's after two epochs in float64, as a
    fraction of the largest weight; `own_difference` how far its compiled epoch is from its eager
    one, in the case's own dtype. `accuracy` is that on test rows, where there are any.
    """

    contender: str
    case: Case
    missing: str = ""
    ready: float | None = None
    rounds: list[float] = field(default_factory=list)
    busy_rounds: list[float] = field(default_factory=list)
    megabytes: float | None = None
    difference: float | None = None
    own_difference: float | None = None
    accuracy: float | None = None

    @property
    def median(self) -> float | None:
        """The median over rounds."""
        return statistics.median(self.rounds) if self.rounds else None

    @property
    def best(self) -> float | None:
        """The shortest."""
        return min(self.rounds) if self.rounds else None

    @property
    def busy_median(self) -> float | None:
        """The median over the rounds beside a busy neighbour."""
        return statistics.median(self.busy_rounds) if self.busy_rounds else None

    def record(self) -> dict[str, Any]:
        """Return everything as plain values, for a file; not where this run's data lay."""
        record = {"name": self.case.name, **asdict(self), "median": self.median}
        del record["case"]["data"]
        return record


Pair: TypeAlias = tuple[Measured, Running]


@dataclass(frozen=True)
class Plan:
    """How long to measure: so many rounds, of about so many seconds for each contender."""

    rounds: int
    seconds: float


class Fairness:
    """Whether a contender's steps lead where the reference's do, in float64."""

    def __init__(self, conditions: Conditions) -> None:
        self.conditions = conditions
        self.references: dict[Case, np.ndarray | None] = {}
        self.found: dict[tuple[Case, str], float] = {}

    def of(self, case: Case, name: str, running: Running) -> float | None:
        """Return the difference; `running` is asked if it computes in float64, else a twin."""
        in_double = replace(case, dtype="float64")
        if name == REFERENCE or (in_double, name) in self.found:
            return self.found.get((in_double, name))
        if case == in_double:
            weights = self._train(running)
        else:
            with Running(name, in_double, self.conditions) as twin:
                twin.introduction()
                weights = self._train(twin)
        reference = self._reference(replace(in_double, epsilon_hat=CONTENDERS[name].epsilon_hat))
        if weights is not None and reference is not None:
            difference = float(np.abs(weights - reference).max() / np.abs(reference).max())
            self.found[in_double, name] = difference
        return self.found.get((in_double, name))

    def _reference(self, case: Case) -> np.ndarray | None:
        if case not in self.references:
            self.references[case] = None  # unless it can be had
            with Running(REFERENCE, case, self.conditions) as running, suppress(ProcessError):
                running.introduction()
                self.references[case] = self._train(running)
        return self.references[case]

    def _train(self, running: Running) -> np.ndarray | None:
        running.train(CHECK_EPOCHS)
        return running.weights()


def measure_case(
    case: Case,
    names: Sequence[str],
    plan: Plan,
    conditions: Conditions,
    fairness: Fairness,
    neighbour: Neighbour | None = None,
) -> list[Measured]:
    """Return what was measured of each contender, in the order of `names`."""
    with started(case, names, conditions) as pairs:
        for result, took in rounds(pairs, calibrated(pairs, plan.seconds), plan.rounds):
            result.rounds.append(took)
        if neighbour is not None:
            with neighbour.busy():
                for result, took in rounds(pairs, calibrated(pairs, plan.seconds), plan.rounds):
                    result.busy_rounds.append(took)
        for result, running in still_in(pairs):
            with failure_noted(result):
                result.megabytes = running.megabytes()
                result.difference = fairness.of(case, result.contender, running)
                result.own_difference = running.own_difference()
    return [result for result, _ in pairs]


@contextmanager
def started(case: Case, names: Sequence[str], conditions: Conditions) -> Iterator[list[Pair]]:
    """Start the contenders' processes one after the other, each warmed up by an epoch."""
    with ExitStack() as stack:
        pairs = []
        for name in names:
            result = Measured(name, case)
            running = stack.enter_context(Running(name, case, conditions))
            with failure_noted(result):
                told = running.introduction()
                result.missing, result.ready = told.get("absent", ""), told.get("ready")
            pairs.append((result, running))
        yield pairs


def calibrated(pairs: list[Pair], seconds: float) -> dict[str, int]:
    """Return how many epochs of each contender take about so many seconds."""
    epochs = {}
    for result, running in still_in(pairs):
        with failure_noted(result):
            epochs[result.contender] = running.calibrate(seconds)
    return epochs


def rounds(
    pairs: list[Pair], epochs: Mapping[str, int], count: int
) -> Iterator[tuple[Measured, float]]:
    """Yield the µs a step of every contender, one contender after the other in each round."""
    for _ in range(count):
        for result, running in still_in(pairs):
            time.sleep(REST)
            steps = epochs[result.contender] * len(result.case.batch_sizes)
            with failure_noted(result):
                yield result, running.train(epochs[result.contender]) / steps * 1e6


def still_in(pairs: list[Pair]) -> list[Pair]:
    """Return those that nothing has put out."""
    return [(result, running) for result, running in pairs if not result.missing]


@contextmanager
def failure_noted(result: Measured) -> Iterator[None]:
    """Make a process's failure the contender's result, and let the others go on."""
    try:
        yield
    except ProcessError as failure:
        result.missing = f"failed: {failure}"


def ours_of(results: list[Measured]) -> Measured | None:
    """Return the result of our fastest engine that took part."""
    took_part = {result.contender: result for result in results if result.rounds}
    return next((took_part[name] for name in OURS if name in took_part), None)
