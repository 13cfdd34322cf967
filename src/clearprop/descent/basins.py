"""Which start ends where: basin maps, shares that reach the lowest minimum, and races."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from clearprop.definitions.optimizers import SGD, Adam, Optimizer, RMSProp, WeightDecay
from clearprop.definitions.schedules import Schedule
from clearprop.descent.document import document, landscape_document, plan_document
from clearprop.descent.ending import LEFT, NOT_REACHED
from clearprop.descent.landscape import Landscape
from clearprop.descent.looking import OnLandscape
from clearprop.descent.viewed import of_basins, of_race
from clearprop.descent.walk import Walk, Walks
from clearprop.descent.walking import descend
from clearprop.descent.words import how, place, told
from clearprop.writing.columns import aligned

RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)


def usual_optimizers() -> tuple[Optimizer, ...]:
    """Return gradient descent, with momentum, with look-ahead, RMSProp and Adam."""
    return SGD(), SGD(momentum=0.9), SGD(momentum=0.9, nesterov=True), RMSProp(), Adam()


@dataclass(frozen=True, eq=False)
class BasinMap(OnLandscape):
    """Which start ends in which basin.

    Attributes
    ----------
    axes : tuple of ndarray
        The coordinates of the starts, one axis for each of one or two dimensions.
    basins : ndarray (len(x),) or (len(y), len(x))
        The index of the minimum in `landscape.minima`; -1 in none of them, -2 diverged or at
        a height that is not finite.
    walks : Walks
        The walks themselves.
    """

    landscape: Landscape
    axes: tuple[np.ndarray, ...] = field(repr=False)
    basins: np.ndarray = field(repr=False)
    walks: Walks = field(repr=False)

    def shares(self) -> dict[int, float]:
        """Return which part of the starts ends in each basin."""
        found, counts = np.unique(self.basins, return_counts=True)
        return {
            int(basin): int(n) / self.basins.size for basin, n in zip(found, counts, strict=True)
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the map as plain values, version 1 of ``clearprop.basins``."""
        content = {
            "landscape": landscape_document(self.landscape),
            **plan_document(self.walks.plan),
            "axes": self.axes,
            "basins": self.basins,
            "shares": self.shares(),
        }
        return document("basins", content)

    def _page_content(self) -> dict[str, Any]:
        return of_basins(self)

    def __str__(self) -> str:
        words = {-1: "in none of the known minima", NOT_REACHED: "diverged, or not finite"}
        lines = [f"{self.landscape.name}, {how(self.walks.plan)}: {self.basins.size:,} starts"]
        for basin, share in sorted(self.shares().items(), key=lambda item: -item[1]):
            where = words.get(basin) or f"to {place(self.landscape.minima[basin].point)}"
            lines.append(f"{share:7.2%} {where}")
        return "\n".join(lines)


def basin_map(
    landscape: Landscape,
    optimizer: Optimizer | None = None,
    schedule: Schedule | None = None,
    steps: int = 500,
    *,
    resolution: int = 64,
) -> BasinMap:
    """Return which start of a grid over the box ends in which basin.

    Parameters
    ----------
    landscape : Landscape
        Of one or two dimensions.
    optimizer, schedule, steps
        As for :func:`~clearprop.descent.walking.descend`.
    resolution : int
        Starts along each axis.

    Examples
    --------
    >>> import clearprop as cp
    >>> cp.basin_map(cp.landscapes.double_well, resolution=8).basins
    array([0, 0, 0, 0, 1, 1, 1, 1])
    """
    if landscape.dimensions > 2:
        raise ValueError(
            f"{landscape.name} has {landscape.dimensions} dimensions; two can be mapped"
        )
    axes = tuple(np.linspace(low, high, resolution) for low, high in landscape.box)
    grid = np.stack(np.meshgrid(*axes), axis=-1)
    flat = grid.reshape(-1, landscape.dimensions)
    walks = descend(landscape, None, optimizer, schedule, steps, starts=flat, keep=0)
    basins = np.where(np.isin(walks.kinds, (LEFT, "not finite")), NOT_REACHED, walks.basins)
    return BasinMap(landscape, axes, basins.reshape(grid.shape[:-1]), walks)


@dataclass(frozen=True, eq=False)
class Reach:
    """The share of starts that reach a lowest minimum, by optimizer (rows) and rate (columns).

    Attributes
    ----------
    optimizers : tuple of str
    rates : ndarray (R,)
    reached, diverged : ndarray (O, R)
        Shares of the starts.
    first_step : ndarray (O, R)
        The earliest step at which a walker diverged; 0 where none did.
    """

    landscape: Landscape
    optimizers: tuple[str, ...]
    rates: np.ndarray
    reached: np.ndarray
    diverged: np.ndarray
    first_step: np.ndarray
    starts: int
    steps: int

    def to_dict(self) -> dict[str, Any]:
        """Return the shares as plain values, version 1 of ``clearprop.reach``."""
        names = ("optimizers", "rates", "reached", "diverged", "first_step", "starts", "steps")
        content = {name: getattr(self, name) for name in names}
        return document(
            "reach", {"landscape": landscape_document(self.landscape, ground=False), **content}
        )

    def __str__(self) -> str:
        head = ["η", *(f"{rate:g}" for rate in self.rates)]
        rows = [
            [name, *(self._cell(row, column) for column in range(len(self.rates)))]
            for row, name in enumerate(self.optimizers)
        ]
        lines = [
            self.landscape.name,
            f"share of {self.starts:,} starts in a lowest minimum, {self.steps:,} steps at most",
            *aligned([head, *rows]),
        ]
        if self.diverged.any():
            lines.append("(✗ and the share that diverged, or reached a height that is not finite)")
        return "\n".join(lines)

    def _cell(self, row: int, column: int) -> str:
        lost = self.diverged[row, column]
        return f"{self.reached[row, column]:.1%}" + (f" ✗{lost:.0%}" if lost else "")


def reach(
    landscape: Landscape,
    optimizers: Sequence[Optimizer] | None = None,
    rates: Sequence[float] = RATES,
    *,
    starts: int = 1000,
    steps: int = 1000,
    seed: int | None = None,
) -> Reach:
    """Return the share of random starts that each optimizer brings to a lowest minimum.

    All walk from the same starts, uniform in the box.

    Raises
    ------
    ValueError
        If no minimum of the landscape is known.
    """
    if landscape.lowest is None:
        raise ValueError(f"no minimum of {landscape.name} is known, so no share can be told")
    rules = tuple(optimizers or usual_optimizers())
    points = landscape.drop(starts, np.random.default_rng(seed))
    shape = (len(rules), len(rates))
    reached, lost, first = np.zeros(shape), np.zeros(shape), np.zeros(shape, int)
    for row, rule in enumerate(rules):
        for column, rate in enumerate(rates):
            walks = descend(
                landscape, None, with_rate(rule, rate), steps=steps, starts=points, seed=seed,
                keep=0,
            )  # fmt: skip
            gone = np.isin(walks.kinds, (LEFT, "not finite"))
            reached[row, column], lost[row, column] = walks.share, gone.mean()
            first[row, column] = walks.steps[gone].min() if gone.any() else 0
    names = tuple(told(rule, rate=False) for rule in rules)
    return Reach(landscape, names, np.array(rates, float), reached, lost, first, starts, steps)


def with_rate(optimizer: Optimizer, rate: float) -> Optimizer:
    """Return the optimizer with another learning rate."""
    if isinstance(optimizer, WeightDecay):
        return replace(optimizer, optimizer=with_rate(optimizer.optimizer, rate))
    return replace(optimizer, learning_rate=rate)  # type: ignore[type-var]  # all are dataclasses


@dataclass(frozen=True, eq=False)
class OptimizerRace(OnLandscape):
    """Walks of several optimizers from one start."""

    landscape: Landscape
    walks: dict[str, Walk]

    def to_dict(self) -> dict[str, Any]:
        """Return the race as plain values, version 1 of ``clearprop.race``."""
        walks = {name: walk.to_dict() for name, walk in self.walks.items()}
        for walk in walks.values():
            del walk["landscape"], walk["format"], walk["version"], walk["made_by"]
        return document("race", {"landscape": landscape_document(self.landscape), "walks": walks})

    def plot(self, **options: Any) -> Any:
        """Return a :class:`~clearprop.descent.display.WalkDisplay`; needs matplotlib."""
        from clearprop.descent.display import WalkDisplay

        return WalkDisplay.from_walks(self.walks, **options)

    def _page_content(self) -> dict[str, Any]:
        return of_race(self)

    def __str__(self) -> str:
        start = next(iter(self.walks.values())).positions[0]
        rows = [[name, walk.ending] for name, walk in self.walks.items()]
        return "\n".join([f"{self.landscape.name}, from {place(start)}", *aligned(rows, left=2)])


def race(
    landscape: Landscape,
    start: Any,
    optimizers: Sequence[Optimizer] | Mapping[str, Optimizer],
    steps: int = 200,
    *,
    noise: float = 0.0,
    seed: int | None = None,
) -> OptimizerRace:
    """Return the walks of several optimizers from one start."""
    rules = (
        optimizers if isinstance(optimizers, Mapping) else {told(one): one for one in optimizers}
    )
    if not rules:
        raise ValueError("a race needs an optimizer")
    return OptimizerRace(
        landscape,
        {
            name: descend(landscape, start, rule, steps=steps, noise=noise, seed=seed)
            for name, rule in rules.items()
        },
    )
