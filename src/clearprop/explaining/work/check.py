"""Checking one's own numbers against a step: the first wrong one, its cause, an exact statement.

A number is right when it differs by no more than rounding: rounding in the precision it was
computed in, and for numbers typed with a few digits, half a unit of the last. How much rounding can
do is measured, not guessed: the step is computed again with its numbers moved by a unit in their
last place.

Numbers are read in the conventions they are in, which are found from the numbers. A cause is named
when the step computed *with* that slip gives the numbers given. What follows from an earlier wrong
number, and is right given that number, is not wrong itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from clearprop.explaining.step import StepData
from clearprop.explaining.work.arrangement import (
    Arrangement,
    Array,
    against,
    arranged,
    arrangements,
    read_arrays,
)
from clearprop.explaining.work.compared import Wrong
from clearprop.explaining.work.conventions import (
    OURS,
    Convention,
    both,
    conventions_of,
    scales_beside_slips,
)
from clearprop.explaining.work.diagnosis import Diagnosis, diagnose
from clearprop.explaining.work.differences import difference_of_output, finite_difference
from clearprop.explaining.work.hints import hints_of
from clearprop.explaining.work.local import follows
from clearprop.explaining.work.named import read_names
from clearprop.explaining.work.relations import beside, statement_of
from clearprop.explaining.work.report import CheckReport, Finding
from clearprop.explaining.work.rounding import rounding
from clearprop.explaining.work.situation import (
    Outcome,
    Situation,
    look,
    run,
    situation_of,
    values_in,
)
from clearprop.explaining.work.slips.losses import OF_OUTPUT
from clearprop.explaining.work.submitted import Submitted, matches


def check(
    step: StepData,
    work: Mapping[str, Any],
    tolerance: float = 0.0,
    weights_exchanged: bool | None = None,
) -> CheckReport:
    """Compare numbers with a step's, in the order of computation.

    Parameters
    ----------
    step : Step or StepData
        The true step.
    work : mapping
        Quantities by path (``"dense1.dW"``) or by the names in use (``"dW1"``, ``"delta2"``,
        ``"y_hat"``, ``"cost"``), nested or flat. Arrays, lists or tensors; examples as rows or
        as columns, weights as (inputs, units) or (units, inputs).
    tolerance : float
        A fraction of each array's largest number that is allowed besides rounding.
    weights_exchanged : bool, optional
        Whether weights are known to be (units, inputs); False where they are (inputs, units).

    Raises
    ------
    KeyError
        A quantity the step does not have.
    ValueError
        A shape that does not fit, with what it most likely comes from.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> net = cp.Chain(cp.Dense(1, 1), cp.Sigmoid(), cp.Dense(1, 1))
    >>> params = net.init(np.random.default_rng(1))
    >>> step = cp.explain(net, cp.SquaredError(), params, [[1.0]], [[0.0]])
    >>> z = float(step["z1"][0, 0])
    >>> print(step.check({"delta1": step["da1"] * z * (1 - z)}))
      dense1.dy  WRONG   off by 0.2617
    first wrong: dense1.dy[0,0] is 0.3105, yours is 0.0488
    cause: slope taken at z in sigmoid1
           the slope's formula takes the activation a and was given z (tanh: 1 − z²)
    """
    named, left_out = read_names(step, work)
    arrays = read_arrays(step, named)
    if not arrays:
        raise ValueError("nothing to check: give quantities by path, such as dense1.dW")
    ways = arrangements(arrays)
    if weights_exchanged is not None:
        ways = sorted(ways, key=lambda way: way.weights != weights_exchanged)
    note = f"not compared: {', '.join(left_out)}" if left_out else ""
    reports = []
    for way in ways:
        report = _Check(step, arrays, way, tolerance).report().with_notes(note)
        if report:
            return report
        usual = way.values == way.weights, not (way.values or way.weights)
        reports.append((_told(report), usual, report))
    best = max(told for told, _, _ in reports)
    equal = [(usual, report) for told, usual, report in reports if told == best]
    # With no cause the likeliest way round tells most, else the usual one of those that explain.
    return max(equal, key=lambda one: one[0])[1] if best[0] else equal[0][1]


def _told(report: CheckReport) -> tuple[int, int]:
    """Return how well a report explains the numbers, for choosing between ways to read them."""
    few = -min((cause.count(" + ") for cause in report.causes), default=9)
    return (2 if report.causes and report.explained else 1 if report.causes else 0), few


@dataclass(frozen=True)
class _Read:
    """The work read in one convention: what is right in it, and how much rounding moves it."""

    convention: Convention
    situation: Situation
    rights: dict[str, np.ndarray]
    slack: dict[str, np.ndarray]
    right: tuple[bool, ...]


class _Check:
    """One check of someone's arrays, read one way round."""

    def __init__(
        self, step: StepData, arrays: Sequence[Array], way: Arrangement, tolerance: float
    ) -> None:
        self.step, self.tolerance = step, tolerance
        self.work = list(arranged(arrays, way))
        self.against = against(arrays, way)
        self.way = way

    def report(self) -> CheckReport:
        """Return the findings, in the convention that most numbers are right in."""
        read = self._read()
        findings = self._findings(read)
        notes = []
        if any(one.transposed for one in self.work):
            notes.append("your matrices were read with rows and columns exchanged")
        if not all(finding.right for finding in findings):
            found = finite_difference(read.situation, self._wrong(findings))
            if found is not None:
                words, paths = found
                findings = [
                    replace(one, right=True) if one.path in paths else one for one in findings
                ]
                notes.append(f"your gradients are {words}: right to the error of that method")
        if all(finding.right for finding in findings):
            return CheckReport(
                tuple(findings), convention=read.convention.name,
                notes=(*self._told_of(read), *notes), hints=hints_of(situation_of(self.step)),
            )  # fmt: skip
        of_output = difference_of_output(read.situation, self._wrong(findings))
        before = read
        read, diagnosis = self._diagnosed(read)
        if read is not before:
            findings = self._findings(read)
        findings = self._related(read, findings)
        if of_output is not None and not diagnosis.ways:
            notes.append(f"your gradients are {of_output[0]}")
            diagnosis = Diagnosis(((OF_OUTPUT,),))
        return CheckReport(
            tuple(findings), diagnosis.causes, diagnosis.sentences, diagnosis.explained,
            read.convention.name, (*self._told_of(read), *notes),
        )  # fmt: skip

    def _told_of(self, read: _Read) -> list[str]:
        return [read.convention.sentence] if read.convention.sentence else []

    def _findings(self, read: _Read) -> list[Finding]:
        return [self._finding(read, place) for place in range(len(self.work))]

    def _wrong(self, findings: Sequence[Finding]) -> list[Submitted]:
        return [one for one, found in zip(self.work, findings, strict=True) if not found.right]

    def _read(self) -> _Read:
        """Return the reading with the fewest wrong quantities; ours where none is better."""
        base = situation_of(self.step)
        ours = best = self._in(base, OURS, None)
        helpful: list[Convention] = []
        for convention in conventions_of(base, self._wrong_in(ours)):
            read = self._in(base, convention, ours)
            if self._says_something(read, ours) and sum(read.right) > sum(ours.right):
                helpful.append(convention)
                best = max(best, read, key=lambda one: sum(one.right))
        for place, one in enumerate(helpful):
            for other in helpful[place + 1 :]:
                if not all(best.right):
                    read = self._in(base, both(one, other), ours)
                    best = max(best, read, key=lambda one: sum(one.right))
        return best if best is ours else self._in(base, best.convention, None)

    def _wrong_in(self, read: _Read) -> list[Submitted]:
        return [one for one, right in zip(self.work, read.right, strict=True) if not right]

    def _says_something(self, read: _Read, ours: _Read) -> bool:
        """Return whether a convention says something: a loss alone can have any scale."""
        if read.convention.scale == 1.0 or (all(read.right) and _is_known(read.convention)):
            return True
        gained = [
            one.path
            for one, now, before in zip(self.work, read.right, ours.right, strict=True)
            if now and not before
        ]
        return any(path not in ("E", "row_loss") for path in gained)

    def _in(self, base: Situation, convention: Convention, ours: _Read | None) -> _Read:
        """Return the work read in a convention; with `ours`, by the rounding measured there."""
        situation = convention.make(base)
        rights = values_in(situation, [one.path for one in self.work])
        if ours is not None:
            slack = {path: ours.slack[path] * max(1.0, convention.scale) for path in rights}
            return _Read(convention, situation, rights, slack, self._all_right(rights, slack))
        slack = {path: np.zeros(array.shape) for path, array in rights.items()}
        right = self._all_right(rights, slack)
        if not all(right):
            slack = rounding(situation, self.work, rights)
            right = self._all_right(rights, slack)
        return _Read(convention, situation, rights, slack, right)

    def _all_right(self, rights: Any, slack: Any) -> tuple[bool, ...]:
        return tuple(
            one.path not in self.against
            and bool(matches(one, rights[one.path], slack[one.path], self.tolerance).all())
            for one in self.work
        )

    def _finding(self, read: _Read, place: int) -> Finding:
        one = self.work[place]
        right = read.rights[one.path]
        difference = np.abs(one.values - right)
        wrong = ~matches(one, right, read.slack[one.path], self.tolerance)
        if one.path in self.against:
            wrong = np.ones_like(wrong)
        difference = np.where(np.isnan(difference), np.where(wrong, np.inf, 0.0), difference)
        worst = np.unravel_index(int(np.argmax(np.where(wrong, difference, -1))), right.shape)
        cell = tuple(int(index) for index in worst)
        return Finding(
            one.path, not wrong.any(), float(np.max(difference)) if difference.size else 0.0, cell,
            float(one.values[cell]), float(right[cell]), int(wrong.sum()), right.size,
            one.transposed,
        )  # fmt: skip

    def _related(self, read: _Read, findings: Sequence[Finding]) -> list[Finding]:
        """Return the findings with what follows from earlier ones, and exact statements."""
        record = run(read.situation)
        found = list(findings)
        runs: dict[object, Outcome] = {}
        for place, finding in enumerate(findings):
            if finding.right:
                continue
            one = self.work[place]
            if one.path in self.against:
                statement = "yours is ours with rows and columns exchanged"
                found[place] = replace(finding, statement=statement)
                continue
            own = follows(record, self.work, place)
            if own is not None and own.shape == one.values.shape:
                slack = self._slack(read, one)
                if matches(one, own, slack, self.tolerance).all():
                    found[place] = replace(finding, follows=True)
                    continue
            right = own if own is not None and own.shape == one.values.shape else None
            right = read.rights[one.path] if right is None else right
            alone = sum(not other.right for other in findings) == 1 and len(findings) > 1
            wrong = Wrong(one, np.asarray(right), read.situation, record, alone, runs)
            found[place] = replace(finding, statement=statement_of(wrong), beside=beside(wrong))
        return found

    def _slack(self, read: _Read, one: Submitted) -> np.ndarray:
        """Return how far rounding may move numbers that have a slip.

        Where a slip makes numbers small, such as the slope of a saturated softmax, their rounding
        is still that of the larger numbers they were made of: those of the right quantity.
        """
        right = read.rights[one.path]
        size = float(np.max(np.abs(right), initial=0.0, where=np.isfinite(right)))
        return np.asarray(read.slack[one.path] + one.epsilon * size)

    def _diagnosed(self, read: _Read) -> tuple[_Read, Diagnosis]:
        """Return the diagnosis, and the reading it is made in: ours where fewer slips say it."""
        found = self._slips_in(read)
        if read.convention is not OURS:
            ours = self._in(situation_of(self.step), OURS, None)
            other = self._slips_in(ours)
            whole = bool(other.ways) and other.explained  # and needs no convention besides
            if _says(other) > _says(found) or (whole and _says(other) == _says(found)):
                read, found = ours, other
        if found.explained and found.ways and len(found.ways[0]) == 1:
            return read, found
        base = situation_of(self.step)
        wrong = self._wrong_in(read)
        for convention in (*conventions_of(base, wrong), *scales_beside_slips(base, wrong)):
            scaled = convention.scale != 1.0 and _is_known(convention)
            if (convention.with_slips or scaled) and convention.name != read.convention.name:
                another = self._in(base, convention, None)
                other = self._slips_in(another)
                if _says(other) > _says(found):
                    return another, other
        return read, found

    def _slips_in(self, read: _Read) -> Diagnosis:
        slack = {one.path: self._slack(read, one) for one in self.work}
        return diagnose(situation_of(self.step), self.work, slack, read.convention.make)


def _says(diagnosis: Diagnosis) -> tuple[bool, int]:
    """Return how well a diagnosis explains the numbers: whole, and with few slips."""
    whole = bool(diagnosis.ways) and diagnosis.explained
    return whole, -len(diagnosis.ways[0]) if whole else 0


def _is_known(convention: Convention) -> bool:
    return "own scale" not in convention.name


__all__ = ["check", "look"]
