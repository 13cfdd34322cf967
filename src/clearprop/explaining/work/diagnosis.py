"""Which known slips give someone's numbers: one alone, or several made together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from clearprop.explaining.work.situation import Situation, all_match, values_in
from clearprop.explaining.work.slips import Slip, slips_of
from clearprop.explaining.work.submitted import Submitted

_Way = tuple[tuple[Slip, ...], Mapping[str, np.ndarray]]

MOST_TOGETHER = 3
"""So many slips in one step are looked for, each after the other."""

FEW = 6
"""Of slips that explain the first wrong quantity, so many are followed further."""


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
    situation: Situation, work: Sequence[Submitted], slack: Mapping[str, np.ndarray]
) -> Diagnosis:
    """Return the fewest slips that give all numbers; else those of the first wrong quantity."""
    paths = [one.path for one in work]
    rights = values_in(situation, paths)
    tried = _tried(situation, paths)
    whole = tuple((slip,) for slip, values in tried if all_match(work, values, slack))
    if whole:
        return Diagnosis(whole)
    first = _first_wrong(work, rights, slack)
    until = work[: first + 1]
    helpful = [
        (slip, values)
        for slip, values in tried
        if all_match(until, values, slack) and not _same(until, values, rights)
    ]
    found = _together(situation, work, slack, helpful)
    if found:
        return Diagnosis(found)
    return Diagnosis(tuple((slip,) for slip, _ in helpful), explained=False)


def _together(
    situation: Situation,
    work: Sequence[Submitted],
    slack: Mapping[str, np.ndarray],
    begun: Sequence[tuple[Slip, Mapping[str, np.ndarray]]],
) -> tuple[tuple[Slip, ...], ...]:
    """Return ways of several slips: each next one explains what was still wrong first."""
    paths = [one.path for one in work]
    ways: list[_Way] = [((slip,), values) for slip, values in begun[:FEW]]
    for _ in range(MOST_TOGETHER - 1):
        further: list[_Way] = []
        whole: list[tuple[Slip, ...]] = []
        for way, values in ways:
            changed = situation
            for slip in way:
                changed = slip.make(changed)
            first = _first_wrong(work, values, slack)
            until = work[: first + 1]
            for slip, found in _tried(changed, paths, slips_of(situation)):
                if slip in way:
                    continue
                if all_match(work, found, slack):
                    whole.append((*way, slip))
                elif all_match(until, found, slack):
                    further.append(((*way, slip), found))
        if whole:
            return tuple(whole)
        ways = further[:FEW]
    return ()


def _tried(
    situation: Situation, paths: Sequence[str], slips: Iterable[Slip] | None = None
) -> list[tuple[Slip, Mapping[str, np.ndarray]]]:
    chosen = slips_of(situation) if slips is None else slips
    return [(slip, values_in(slip.make(situation), paths)) for slip in chosen]


def _first_wrong(
    work: Sequence[Submitted],
    values: Mapping[str, np.ndarray],
    slack: Mapping[str, np.ndarray],
) -> int:
    for place, one in enumerate(work):
        if not all_match([one], values, slack):
            return place
    return len(work) - 1


def _same(
    work: Sequence[Submitted], values: Mapping[str, np.ndarray], rights: Mapping[str, np.ndarray]
) -> bool:
    return all(
        one.path in values and np.array_equal(values[one.path], rights[one.path]) for one in work
    )
