"""What the page of walks, of a race or of a basin map is given: one document of plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.descent.document import landscape_document
from clearprop.descent.equations import coordinates, equations_of
from clearprop.descent.words import how, place
from clearprop.version import __version__
from clearprop.writing.json_safe import json_safe

if TYPE_CHECKING:
    from clearprop.descent.basins import BasinMap, OptimizerRace
    from clearprop.descent.landscape import Landscape
    from clearprop.descent.walk import Walk, Walks

MOST_DROPPED = 2_000
"""How many walkers are drawn with start and end."""

FOLLOWED = 12
"""How many of the walkers can be followed step by step."""


def check_drawable(landscape: Landscape) -> None:
    """Raise ValueError where a landscape has too many dimensions to be drawn."""
    if landscape.dimensions > 2:
        raise ValueError(f"{landscape.name} has {landscape.dimensions} dimensions; two are drawn")


def page_document(landscape: Landscape, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the page's document: the landscape and `content`."""
    whole: dict[str, Any] = {
        "landscape": landscape_document(landscape),
        "coordinates": coordinates(landscape.dimensions),
        "made_by": f"clearprop {__version__}",
        "walks": [],
        "dropped": None,
        "basins": None,
    }
    return dict(json_safe({**whole, **content}))


def of_walk(walk: Walk) -> dict[str, Any]:
    """Return what the page of a walk shows, beside the landscape."""
    return {"headline": walk.ending, "how": how(walk.plan), "walks": [_walk(how(walk.plan), walk)]}


def of_race(race: OptimizerRace) -> dict[str, Any]:
    """Return what the page of a race shows, beside the landscape."""
    walks: Mapping[str, Walk] = race.walks
    finite = {name: w.heights[-1] for name, w in walks.items() if np.isfinite(w.heights[-1])}
    best = min(finite, key=lambda name: finite[name]) if finite else None
    return {
        "headline": "no walk ended at a finite height"
        if best is None
        else f"lowest at the end: {best}",
        "how": "all optimizers from the same start",
        "walks": [_walk(name, walk) for name, walk in walks.items()],
    }


def of_walks(walks: Walks) -> dict[str, Any]:
    """Return what the page of many walks shows, beside the landscape."""
    few = [walks[place] for place in range(min(len(walks.kept), FOLLOWED))]
    return {
        "headline": _reached(walks),
        "how": how(walks.plan),
        "walks": [_walk(f"walker {place + 1}", walk) for place, walk in enumerate(few)],
        "dropped": {
            "starts": walks.starts[:MOST_DROPPED],
            "ends": walks.ends[:MOST_DROPPED],
            "basins": walks.basins[:MOST_DROPPED],
            "counts": walks.counts(),
        },
    }


def _reached(walks: Walks) -> str:
    """Return how many walkers reached a lowest minimum, as words."""
    if not walks.landscape.minima:
        return f"{len(walks):,} walkers; no minimum is known"
    several = sum(one.lowest for one in walks.landscape.minima) > 1
    reached = f"{int(walks.reached_lowest.sum()):,} of {len(walks):,} walkers reached"
    return f"{reached} {'a' if several else 'the'} lowest minimum"


def of_basins(basins: BasinMap) -> dict[str, Any]:
    """Return what the page of a basin map shows, beside the landscape."""
    minima, shares = basins.landscape.minima, basins.shares()
    names = [minimum_words(minimum) for minimum in minima]
    lowest = sum(shares.get(place, 0.0) for place, one in enumerate(minima) if one.lowest)
    return {
        "headline": f"{100 * lowest:.3g} % of the starts lead to a lowest minimum",
        "how": how(basins.walks.plan),
        "basins": {
            "axes": basins.axes,
            "basins": basins.basins,
            "names": names,
            "shares": [shares.get(place, 0.0) for place in range(len(names))],
        },
    }


def minimum_words(minimum: Any) -> str:
    """Return a minimum in words: the lowest one at (3, 2)."""
    kind = "lowest" if minimum.lowest else "local"
    return f"{kind} minimum at {place(minimum.point)}"


def _walk(name: str, walk: Walk) -> dict[str, Any]:
    equations = equations_of(walk)
    return {
        "name": name,
        "positions": walk.positions,
        "heights": walk.heights,
        "slopes": walk.slopes,
        "felt": walk.felt,
        "rates": walk.rates,
        "ending": walk.ending,
        "kind": walk.kind,
        "lowest": walk.reached_lowest,
        "symbols": equations.symbols,
        "numbers": equations.numbers,
    }
