"""Which known slips give someone's numbers: one alone, or several made together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from clearprop.explaining.record import PHASES
from clearprop.explaining.work.changes import Make
from clearprop.explaining.work.edits import edits_giving
from clearprop.explaining.work.graph import Graph
from clearprop.explaining.work.implied import implied_gradient
from clearprop.explaining.work.operations import Edit
from clearprop.explaining.work.situation import (
    Outcome,
    Situation,
    Values,
    all_match,
    needs_update,
    run,
)
from clearprop.explaining.work.slips import Slip, slips_of
from clearprop.explaining.work.slips.penalties import gradient_path
from clearprop.explaining.work.submitted import Submitted

Slack = Mapping[str, np.ndarray]
_Way = tuple[tuple[Slip, ...], Outcome]

MOST_TOGETHER = 3
"""So many slips in one step are looked for, each after the other."""

FEW = 6
"""How many of the slips that explain the first wrong quantity are examined further."""

NOTHING = ("not updated", "left at 0", "nothing updated", "row only", "rows only")
"""Words of slips that come first where all wrong numbers are those of a gradient of 0.

Many slips give a gradient of 0 by chance; where none of these fits, none is named.
"""

LARGE = 20_000
"""Parameters above which no slips are looked for together."""


@dataclass(frozen=True)
class Diagnosis:
    """The slips that give the numbers, each a way of slips made together; all or the first only."""

    ways: tuple[tuple[Slip, ...], ...] = ()
    explained: bool = True

    @property
    def causes(self) -> tuple[str, ...]:
        """The names of each way's slips, joined by " + "."""
        return tuple(dict.fromkeys(" + ".join(slip.name for slip in way) for way in self.ways))

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was done, slip by slip, in the first way."""
        return tuple(slip.sentence for slip in self.ways[0]) if self.ways else ()


def diagnose(
    situation: Situation, work: Sequence[Submitted], slack: Slack, finish: Make
) -> Diagnosis:
    """Return the fewest slips that give all numbers; else those of the first wrong quantity.

    `finish` is the convention that the numbers are in, made after the slips.
    """
    return _Search(situation, work, slack, finish).diagnosis()


def is_searched_together(situation: Situation) -> bool:
    """Return whether slips are looked for together: not where a step takes long."""
    return len(situation.position.params) <= LARGE


def pairs_of(situation: Situation, slips: Sequence[Slip]) -> Iterator[tuple[Slip, Slip]]:
    """Yield the pairs of common slips that are looked for, the most common first."""
    if is_searched_together(situation):
        common = sorted((slip for slip in slips if slip.common), key=lambda slip: slip.common)
        yield from combinations(common, 2)


class _Search:
    """One search among the slips that can touch what was given."""

    def __init__(
        self, situation: Situation, work: Sequence[Submitted], slack: Slack, finish: Make
    ) -> None:
        self.situation, self.work, self.slack, self.finish = situation, work, slack, finish
        self.paths = [one.path for one in work]
        self.right = Outcome(self._made(()), self.paths)
        self.first = self._first_wrong(self.right)
        self.phase = _phase_of(situation, self.right, self.paths[self.first])
        self.touched: dict[str, int] = {}

    def diagnosis(self) -> Diagnosis:
        """Return the slips that give all numbers, else those that give the first wrong ones."""
        if self._gives(self.right, range(len(self.work))):
            return Diagnosis()  # so near to right that any slip of little effect would give it
        whole: list[tuple[Slip, ...]] = []
        helpful: list[_Way] = []
        slips = list(self._possible(slips_of(self.situation)))
        for slip in slips:
            outcome = Outcome(self._made((slip,)), self.paths)
            if not self._gives(outcome, [self.first]):
                continue
            if not self._gives(outcome, range(self.first)):
                continue
            if self._gives(outcome, range(self.first + 1, len(self.work))):
                whole.append((slip,))
            elif not self._same(outcome):
                helpful.append(((slip,), outcome))
        if self._without_gradient():
            whole.sort(key=_is_nothing, reverse=True)
            return Diagnosis(tuple(whole) if whole and _is_nothing(whole[0]) else ())
        if whole:
            return Diagnosis(tuple(whole))
        edits, part = self._edits()
        if edits:
            return Diagnosis(_ways_of(edits))
        if is_searched_together(self.situation):
            found = self._together(slips, helpful) or self._at_once(slips)
            if found:
                return Diagnosis(found)
        right = [k for k in range(len(self.work)) if self._gives(self.right, [k])]
        helpful = [one for one in helpful if not self._by_length_alone(*one)]
        told = tuple(way for way, outcome in helpful if self._gives(outcome, right))
        return Diagnosis(told or _ways_of(part), explained=False)

    def _by_length_alone(self, way: Sequence[Slip], outcome: Outcome) -> bool:
        """Return whether slips reach the first wrong parameter by the clipped length alone."""
        path = self.paths[self.first].partition("[")[0]
        if self.situation.task.clip_norm is None or not path.endswith(".new"):
            return False
        gradient = gradient_path(path.removesuffix(".new"))
        early = all(slip.phase != "update" for slip in way)
        return early and _equal(outcome.get(gradient), self.right.get(gradient))

    def _without_gradient(self) -> bool:
        """Return whether all wrong numbers are those of a gradient of 0: many slips give that."""
        return all(
            self._is_zero(self.work[k])
            for k in range(len(self.work))
            if not self._gives(self.right, [k])
        )

    def _is_zero(self, one: Submitted) -> bool:
        if not one.path.endswith(".new"):
            return not np.any(one.values)
        situation = self.finish(self.situation)
        implied = implied_gradient(situation, one.path, one.values, one.epsilon)
        return implied is not None and implied.is_zero

    def _edits(self) -> tuple[list[Edit], list[Edit]]:
        """Return the single operations written otherwise that give all numbers, or the first."""
        made = self._made(())
        graph = Graph(run(made, update=needs_update(made, self.paths)), made, self.paths)
        wrong = [k for k in range(len(self.work)) if not self._gives(self.right, [k])]

        def gives(place: int, array: np.ndarray) -> bool:
            return self._gives({self.paths[place]: array}, [place])

        return edits_giving(graph, self.work, self.first, gives, wrong)

    def _together(
        self, slips: Sequence[Slip], begun: Sequence[_Way]
    ) -> tuple[tuple[Slip, ...], ...]:
        """Return ways of several slips: each next one explains what was still wrong first."""
        ways = list(begun[:FEW])
        for _ in range(MOST_TOGETHER - 1):
            further: list[_Way] = []
            whole: list[tuple[Slip, ...]] = []
            for way, values in ways:
                first = self._first_wrong(values)
                for slip in self._touching(slips, first):
                    if slip in way:
                        continue
                    outcome = Outcome(self._made((*way, slip)), self.paths)
                    if not self._gives(outcome, [first]) or not self._gives(outcome, range(first)):
                        continue
                    if self._gives(outcome, range(first + 1, len(self.work))):
                        whole.append((*way, slip))
                    else:
                        further.append(((*way, slip), outcome))
            if whole:
                return tuple(whole)
            ways = further[:FEW]
        return ()

    def _at_once(self, slips: Sequence[Slip]) -> tuple[tuple[Slip, ...], ...]:
        """Return pairs of common slips that no quantity shows one by one."""
        found = []
        for pair in pairs_of(self.situation, slips):
            outcome = Outcome(self._made(pair), self.paths)
            if self._gives(outcome, [self.first]) and self._gives(outcome, range(len(self.work))):
                found.append(pair)
        return tuple(found)

    def _possible(self, slips: Iterable[Slip]) -> Iterable[Slip]:
        """Return the slips that can change the first wrong quantity, by their phase."""
        return (slip for slip in slips if PHASES.index(slip.phase) <= self.phase)

    def _touching(self, slips: Sequence[Slip], place: int) -> Iterable[Slip]:
        """Return the slips that, alone, change this quantity and none before it."""
        later = _phase_of(self.situation, self.right, self.paths[place])
        if later > self.phase:
            slips = list(slips_of(self.situation))
        for slip in slips:
            if slip.name not in self.touched:
                outcome = Outcome(self._made((slip,)), self.paths)
                self.touched[slip.name] = next(
                    (
                        k
                        for k, path in enumerate(self.paths)
                        if not _equal(outcome.get(path), self.right.get(path))
                    ),
                    len(self.paths),
                )
            if self.touched[slip.name] == place:
                yield slip

    def _made(self, way: Iterable[Slip]) -> Situation:
        situation = self.situation
        for slip in way:
            situation = slip.make(situation)
        return self.finish(situation)

    def _gives(self, values: Values, places: Iterable[int]) -> bool:
        return all(all_match([self.work[place]], values, self.slack) for place in places)

    def _first_wrong(self, values: Outcome) -> int:
        for place in range(len(self.work)):
            if not self._gives(values, [place]):
                return place
        return len(self.work) - 1

    def _same(self, values: Outcome) -> bool:
        return all(
            _equal(values.get(path), self.right.get(path)) for path in self.paths[: self.first + 1]
        )


def _is_nothing(way: tuple[Slip, ...]) -> bool:
    return any(word in way[0].name for word in NOTHING)


def _ways_of(edits: Iterable[Edit]) -> tuple[tuple[Slip, ...], ...]:
    return tuple((Slip(edit.name, edit.sentence, _unchanged),) for edit in edits)


def _unchanged(situation: Situation) -> Situation:
    return situation


def _equal(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other)


def _phase_of(situation: Situation, right: Outcome, path: str) -> int:
    """Return the place of a quantity's phase among the phases; forward counts as the loss."""
    name = path.partition("[")[0]
    record = right.passes
    quantity = record.quantities.get(record.aliases.get(name, name))
    phase = "update" if quantity is None else quantity.phase
    return max(PHASES.index(phase), PHASES.index("loss"))
