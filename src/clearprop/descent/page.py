"""Walks as a page to look at: the ground, the walkers in the fog, each step in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from clearprop.descent.basins import BasinMap, Race
from clearprop.descent.document import landscape_document, plain
from clearprop.descent.equations import coordinates, equations_of
from clearprop.descent.walk import Walk, Walks, how
from clearprop.view.notebook import frame
from clearprop.view.page import page

MOST_DROPPED = 2_000
"""Of so many walkers start and end are drawn."""

FOLLOWED = 12
"""Of so many dropped walkers every step can be followed."""


def to_html(result: Any) -> str:
    """Return the page of walks or of a basin map, whole in one text that needs no network."""
    document = payload(result)
    name = document["landscape"]["name"]
    return page(
        document,
        "descent",
        title=f"{name}: gradient descent",
        without=f"{name}: {document['headline']}. The picture needs JavaScript, which is in it.",
    )


def mimebundle(result: Any) -> dict[str, str]:
    """Return what a notebook shows: the page in a frame, and the text where there is no HTML."""
    return {"text/plain": str(result), "text/html": frame(to_html(result), 720)}


def payload(result: Any) -> dict[str, Any]:
    """Return what the page is given.

    Raises
    ------
    ValueError
        A landscape of more than two dimensions cannot be drawn.
    """
    import clearprop

    landscape = result.landscape
    if landscape.dimensions > 2:
        raise ValueError(f"{landscape.name} has {landscape.dimensions} dimensions; two are drawn")
    content: dict[str, Any] = {
        "landscape": landscape_document(landscape),
        "coordinates": coordinates(landscape.dimensions),
        "made_by": f"clearprop {clearprop.__version__}",
        "walks": [],
        "dropped": None,
        "basins": None,
    }
    return dict(plain({**content, **_PARTS[type(result)](result)}))


def _of_walk(walk: Walk) -> dict[str, Any]:
    return {"headline": walk.ending, "how": how(walk.plan), "walks": [_walk(how(walk.plan), walk)]}


def _of_race(race: Race) -> dict[str, Any]:
    walks: Mapping[str, Walk] = race.walks
    finite = {name: w.heights[-1] for name, w in walks.items() if np.isfinite(w.heights[-1])}
    best = min(finite, key=lambda name: finite[name]) if finite else None
    return {
        "headline": "none stayed on the map" if best is None else f"lowest at the end: {best}",
        "how": "the same start, each optimizer on its own way",
        "walks": [_walk(name, walk) for name, walk in walks.items()],
    }


def _of_walks(walks: Walks) -> dict[str, Any]:
    few = [walks[place] for place in range(min(len(walks.kept), FOLLOWED))]
    return {
        "headline": f"{len(walks):,} walkers: {round(100 * walks.share, 1):g} % reached a "
        "lowest minimum",
        "how": how(walks.plan),
        "walks": [_walk(f"walker {place + 1}", walk) for place, walk in enumerate(few)],
        "dropped": {
            "starts": walks.starts[:MOST_DROPPED],
            "ends": walks.ends[:MOST_DROPPED],
            "basins": walks.basins[:MOST_DROPPED],
            "counts": walks.counts(),
        },
    }


def _of_basins(basins: BasinMap) -> dict[str, Any]:
    minima, shares = basins.landscape.minima, basins.shares()
    names = [minimum_words(minimum) for minimum in minima]
    lowest = sum(shares.get(place, 0.0) for place, one in enumerate(minima) if one.lowest)
    return {
        "headline": f"from {100 * lowest:.3g} % of the starts the way leads to a lowest minimum",
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
    from clearprop.descent.words import place

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


_PARTS: dict[type, Any] = {
    Walk: _of_walk,
    Walks: _of_walks,
    Race: _of_race,
    BasinMap: _of_basins,
}
