"""Walks on a landscape: `Walk` is one, step by step; `Walks` are many at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.descent.document import document, landscape_document, plan_document
from clearprop.descent.ending import BROKEN, ELSEWHERE, LEFT, sentence
from clearprop.descent.landscape import Landscape, Minimum
from clearprop.descent.looking import OnLandscape
from clearprop.descent.stepping import WalkPlan
from clearprop.descent.viewed import of_walk, of_walks
from clearprop.descent.words import fall, how, place

if TYPE_CHECKING:
    import os


@dataclass(frozen=True, eq=False)
class Walk(OnLandscape):
    """One walk, step by step. n steps were taken, in D dimensions.

    Attributes
    ----------
    positions : ndarray (n + 1, D)
        The start, and the position after each step.
    heights, slopes : ndarray (n + 1,), (n + 1, D)
        Height and slope (the gradient) at each position.
    felt : ndarray (n, D)
        What the optimizer was given at each step: the slope plus noise, if there is any.
    rates : ndarray (n,)
        The learning rate of each step.
    kind : str
        How it ended: "minimum", "saddle", "summit", "flat", "diverged", "not finite" or "steps".
    basin : int
        The index of the landscape's minimum that it ended in, -1 for none.
    ending : str
        How and where it ended, in words, with the number of steps.
    """

    landscape: Landscape
    plan: WalkPlan = field(repr=False)
    positions: np.ndarray = field(repr=False)
    heights: np.ndarray = field(repr=False)
    slopes: np.ndarray = field(repr=False)
    felt: np.ndarray = field(repr=False)
    rates: np.ndarray = field(repr=False)
    kind: str
    basin: int

    @property
    def steps(self) -> int:
        """The number of steps taken, n."""
        return len(self.positions) - 1

    @property
    def updates(self) -> np.ndarray:
        """The change of position at each step, (n, D)."""
        return np.diff(self.positions, axis=0)

    @property
    def minimum(self) -> Minimum | None:
        """The known minimum that it ended in, None if there is none."""
        return None if self.basin == ELSEWHERE else self.landscape.minima[self.basin]

    @property
    def reached_lowest(self) -> bool:
        """Whether it ended in a lowest minimum."""
        return self.minimum is not None and self.minimum.lowest

    @property
    def ending(self) -> str:
        """How and where it ended, in words, with the number of steps."""
        return sentence(
            self.landscape, self.kind, self.basin, self.steps, self.positions[-1],
            float(self.heights[-1]), self.slopes[-1], self.plan.steps,
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Return the walk as plain values that JSON can hold, version 1 of ``clearprop.walk``."""
        return document(
            "walk",
            {
                "landscape": landscape_document(self.landscape),
                **plan_document(self.plan),
                "positions": self.positions,
                "heights": self.heights,
                "slopes": self.slopes,
                "felt": self.felt,
                "updates": self.updates,
                "rates": self.rates,
                "ending": {
                    "kind": self.kind,
                    "step": self.steps,
                    "basin": self.basin,
                    "reached_lowest": self.reached_lowest,
                    "sentence": self.ending,
                },
            },
        )

    def _page_content(self) -> dict[str, Any]:
        return of_walk(self)

    def plot(self, **options: Any) -> Any:
        """Return the walk's :class:`~clearprop.descent.display.WalkDisplay`; needs matplotlib."""
        from clearprop.descent.display import WalkDisplay

        return WalkDisplay.from_walk(self, **options)

    def save(self, path: str | os.PathLike[str], **options: Any) -> None:
        """Write a picture (PNG, SVG, PDF), or an animation of the walk in the fog (GIF, WebP)."""
        from clearprop.descent.movie import save

        save(self, path, **options)

    def __str__(self) -> str:
        first, last = self.heights[0], self.heights[-1]
        return "\n".join(
            [
                f"{self.landscape.name}: h = {self.landscape.formula}",
                f"{how(self.plan)}, from {place(self.positions[0])}: height {fall(first, last)}",
                self.ending,
            ]
        )


@dataclass(frozen=True, eq=False)
class Walks(OnLandscape):
    """Many walks at once. K walkers, in D dimensions.

    Attributes
    ----------
    starts, ends : ndarray (K, D)
    end_heights : ndarray (K,)
    steps : ndarray (K,)
        How many steps each took.
    kinds : ndarray (K,)
        How each ended, as in :class:`Walk`.
    basins : ndarray (K,)
        The index of the landscape's minimum that each ended in, -1 for none.
    kept : tuple of Walk
        The walks of the first walkers, step by step; ``walks[k]`` is one of them.
    """

    landscape: Landscape
    plan: WalkPlan = field(repr=False)
    starts: np.ndarray = field(repr=False)
    ends: np.ndarray = field(repr=False)
    steps: np.ndarray = field(repr=False)
    kinds: np.ndarray = field(repr=False)
    basins: np.ndarray = field(repr=False)
    kept: tuple[Walk, ...] = field(repr=False)

    def __len__(self) -> int:
        return len(self.starts)

    def __iter__(self) -> Iterator[Walk]:
        return iter(self.kept)

    def __getitem__(self, index: int) -> Walk:
        if len(self.kept) <= index < len(self):
            raise IndexError(
                f"of {len(self):,} walks the first {len(self.kept)} were kept step by step; "
                f"descend(..., keep={index + 1}) keeps this one too"
            )
        return self.kept[index]

    @cached_property
    def end_heights(self) -> np.ndarray:
        """The height at each end, (K,)."""
        return self.landscape.heights(self.ends)

    @property
    def reached_lowest(self) -> np.ndarray:
        """Whether each ended in a lowest minimum, (K,)."""
        lowest = [place for place, one in enumerate(self.landscape.minima) if one.lowest]
        return np.isin(self.basins, lowest)

    @property
    def share(self) -> float:
        """The share of the walkers that reached a lowest minimum."""
        return float(self.reached_lowest.mean())

    def counts(self) -> dict[str, int]:
        """Return how many walkers ended at each place, by its description, most frequent first."""
        found: dict[str, int] = {}
        for basin, kind in zip(self.basins.tolist(), self.kinds.tolist(), strict=True):
            words = self._where(basin, kind)
            found[words] = found.get(words, 0) + 1
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    def _where(self, basin: int, kind: str) -> str:
        if basin != ELSEWHERE:
            one = self.landscape.minima[basin]
            found = " found" if one.lowest and self.landscape.searched else ""
            words = f"lowest minimum{found}" if one.lowest else "local minimum"
            return f"in the {words} at {place(one.point)}"
        return {
            "minimum": "in another minimum" if self.landscape.minima else "in a minimum",
            "saddle": "on a saddle",
            "summit": "on a summit",
            "flat": "on flat ground",
            LEFT: "diverged",
            BROKEN: "where the height is not finite",
            "steps": "still on the way",
        }[kind]

    def first(self, kind: str) -> tuple[int, int] | None:
        """Return index and steps of the first walker that ended in this way, None if none did."""
        found = np.flatnonzero(self.kinds == kind)
        return (int(found[0]), int(self.steps[found[0]])) if found.size else None

    def _page_content(self) -> dict[str, Any]:
        return of_walks(self)

    def plot(self, **options: Any) -> Any:
        """Return a :class:`~clearprop.descent.display.WalkDisplay` of the walks in `kept`."""
        from clearprop.descent.display import WalkDisplay

        return WalkDisplay.from_walks(self, **options)

    def save(self, path: str | os.PathLike[str], **options: Any) -> None:
        """Write a picture (PNG, SVG, PDF) of the walks in `kept`."""
        from clearprop.descent.movie import save

        save(self, path, **options)

    def to_dict(self) -> dict[str, Any]:
        """Return the walks as plain values, version 1 of ``clearprop.walks``."""
        return document(
            "walks",
            {
                "landscape": landscape_document(self.landscape),
                **plan_document(self.plan),
                "starts": self.starts,
                "ends": self.ends,
                "end_heights": self.end_heights,
                "steps": self.steps,
                "kinds": self.kinds,
                "basins": self.basins,
                "share": self.share if self.landscape.minima else None,
                "counts": self.counts(),
                "paths": [{"positions": walk.positions, "heights": walk.heights} for walk in self],
            },
        )

    def summary(self) -> list[str]:
        """Return lines that count where walkers ended, and that describe the first failures."""
        counts = self.counts()
        width = max(len(f"{count:,}") for count in counts.values())
        lines = [f"{count:>{width},} {where}" for where, count in counts.items()]
        for kind, name in ((LEFT, "diverged"), (BROKEN, "reached a height that is not finite")):
            if found := self.first(kind):
                start = place(self.starts[found[0]])
                lines.append(f"the first that {name} began at {start} and took {found[1]:,} steps")
        return lines

    def __str__(self) -> str:
        return "\n".join(
            [
                f"{self.landscape.name}: h = {self.landscape.formula}",
                f"{how(self.plan)}: {len(self):,} walkers, at most {self.plan.steps:,} steps",
                *self.summary(),
            ]
        )
