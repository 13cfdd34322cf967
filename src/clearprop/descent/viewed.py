"""What the page of walks, of a race or of a basin map is given: one document of plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.definitions.schedules import Constant
from clearprop.descent.document import landscape_document
from clearprop.descent.ending import ELSEWHERE, MINIMUM, NEAR
from clearprop.descent.equations import coordinates, step_document
from clearprop.descent.stepping import FAR
from clearprop.descent.traced import NotTracedError, traced_landscape
from clearprop.descent.words import how, place
from clearprop.version import __version__
from clearprop.writing.json_safe import json_safe
from clearprop.writing.numbers import shown
from clearprop.writing.sentences import listed

if TYPE_CHECKING:
    from clearprop.descent.basins import BasinMap, OptimizerRace
    from clearprop.descent.landscape import Landscape
    from clearprop.descent.stepping import WalkPlan
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
    names = coordinates(landscape.dimensions)
    whole: dict[str, Any] = {
        "landscape": landscape_document(landscape),
        "coordinates": names,
        "made_by": f"clearprop {__version__}",
        "live": _live(landscape, names, content.get("plan")),
        "steps": [],
        "walks": [],
        "dropped": None,
        "basins": None,
    }
    return dict(json_safe({**whole, **content}))


def _live(landscape: Landscape, names: tuple[str, ...], plan: Any) -> dict[str, Any]:
    """Return what the page needs to walk itself: the landscape's program, or why there is none."""
    limits = {"size": landscape.size, "far": FAR, "near": NEAR}
    if plan is not None and plan["noise"]:
        return {**limits, "program": None, "why": "the slopes of this walk have random noise"}
    try:
        return {**limits, "program": traced_landscape(landscape, names), "why": ""}
    except NotTracedError as error:
        return {**limits, "program": None, "why": f"of this landscape, {error}"}


def _plan(plan: WalkPlan) -> dict[str, Any]:
    """Return how far a walk may go, and what each step's learning rate is multiplied with."""
    fixed = isinstance(plan.schedule, Constant)
    factors = None if fixed else plan.rates() / plan.optimizer.learning_rate
    return {"steps": plan.steps, "level": plan.level, "noise": plan.noise, "factors": factors}


def of_walk(walk: Walk) -> dict[str, Any]:
    """Return what the page of a walk shows, beside the landscape."""
    return {
        "headline": walk.ending,
        "how": how(walk.plan),
        "plan": _plan(walk.plan),
        "steps": [step_document(walk.plan.optimizer)],
        "walks": [_walk(how(walk.plan), walk)],
    }


def of_race(race: OptimizerRace) -> dict[str, Any]:
    """Return what the page of a race shows, beside the landscape."""
    walks: Mapping[str, Walk] = race.walks
    plans = [walk.plan for walk in walks.values()]
    return {
        "headline": race_headline(walks),
        "how": "all optimizers from the same start",
        "plan": _plan(plans[0]),
        "steps": [step_document(plan.optimizer) for plan in plans],
        "walks": [_walk(name, walk, place) for place, (name, walk) in enumerate(walks.items())],
    }


def race_headline(walks: Mapping[str, Walk]) -> str:
    """Return who came where in a race, told to the rounding: heights that read alike are alike."""
    inside = {name: walk for name, walk in walks.items() if walk.basin != ELSEWHERE}
    rested = {name: walk.steps for name, walk in inside.items() if walk.kind == MINIMUM}
    if not inside:
        return _lowest(walks)
    many = "both" if len(walks) == 2 else f"all {_COUNTS.get(len(walks), len(walks))}"
    everyone = len(inside) == len(walks)
    who = many if everyone else f"{len(inside)} of {len(walks)}"
    basins = {walk.basin for walk in inside.values()}
    if len(basins) == 1:
        where = "one minimum"
    elif len({shown(round(w.minimum.height, 6)) for w in inside.values() if w.minimum}) == 1:
        where = f"{len(basins)} minima of one height"
    else:
        lowest = [name for name, walk in inside.items() if walk.reached_lowest]
        told = f": {listed(lowest)} in the lowest" if lowest else ""
        where = f"{len(basins)} minima{told}"
    rest = "rest in" if len(rested) == len(inside) else "reach"
    if not rested:
        return f"{who} {rest} {where}; none stands still yet"
    steps = min(rested.values())
    first = listed(name for name, count in rested.items() if count == steps)
    return f"{who} {rest} {where}; {first} rests first, after {steps:,} steps"


_COUNTS = {3: "three", 4: "four", 5: "five", 6: "six"}


def _lowest(walks: Mapping[str, Walk]) -> str:
    """Return who is lowest where no walk is in a known minimum; ties to the rounding."""
    finite = {name: float(w.heights[-1]) for name, w in walks.items()}
    finite = {name: height for name, height in finite.items() if np.isfinite(height)}
    if not finite:
        return "no walk ended at a finite height"
    least = shown(min(finite.values()))
    best = listed(name for name, height in finite.items() if shown(height) == least)
    return f"none is in a known minimum; lowest at the end, at {least}: {best}"


def of_walks(walks: Walks) -> dict[str, Any]:
    """Return what the page of many walks shows, beside the landscape."""
    few = [walks[place] for place in range(min(len(walks.kept), FOLLOWED))]
    return {
        "headline": _reached(walks),
        "how": how(walks.plan),
        "plan": _plan(walks.plan),
        "steps": [step_document(walks.plan.optimizer)],
        "walks": [_walk(f"walker {place + 1}", walk) for place, walk in enumerate(few)],
        "dropped": {
            "all": len(walks),
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


def _walk(name: str, walk: Walk, step: int = 0) -> dict[str, Any]:
    return {
        "name": name,
        "step": step,
        "rate": walk.plan.optimizer.learning_rate,
        "positions": walk.positions,
        "heights": walk.heights,
        "slopes": walk.slopes,
        "felt": walk.felt,
        "rates": walk.rates,
        "ending": walk.ending,
        "kind": walk.kind,
        "lowest": walk.reached_lowest,
    }
