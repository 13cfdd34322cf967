"""What the page of a network's loss over a plane or a line is given: plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.descent.document import levels_of
from clearprop.descent.plane import ALL, PathOnPlane, length_of
from clearprop.version import __version__
from clearprop.writing.json_safe import json_safe
from clearprop.writing.numbers import shown
from clearprop.writing.sentences import count, listed

if TYPE_CHECKING:
    from clearprop.descent.surface import Surface

MOST_NORMS = 12
"""The most parameters whose lengths are in the page, beside that of all weights."""


def surface_document(surface: Surface) -> dict[str, Any]:
    """Return the page's document: the ground, the paths over it, and what is not seen."""
    return dict(
        json_safe(
            {
                "name": name_of(surface),
                "headline": headline(surface),
                "how": f"{surface.weights:,} weights, {count_of(surface.rows, 'row')}; "
                f"{surface.convention}",
                "kind": surface.kind,
                "axes": _axes(surface),
                "heights": surface.heights,
                "levels": levels_of(surface.heights),
                "norms": _norms(surface),
                "paths": [_path(surface, *one) for one in enumerate(surface.paths)],
                "bends": _bends(surface),
                "unseen": unseen(surface),
                "made_by": f"clearprop {__version__}",
            }
        )
    )


def name_of(surface: Surface) -> str:
    """Return what the page shows, as its heading."""
    if not surface.paths:
        return "The loss around the trained weights"
    if surface.b is None:
        return "The loss on the straight line from start to end of training"
    return "The loss over the plane of training"


def headline(surface: Surface) -> str:
    """Return what happened on the way, or what is around the weights, in one line."""
    if surface.paths:
        path = surface.paths[0]
        place = "line" if surface.b is None else "plane"
        return (
            f"loss {shown(path.losses[0])} → {shown(path.losses[-1])} in "
            f"{count_of(len(path.losses) - 1, 'epoch')}; the path is off the {place} by at most "
            f"{percent(surface.off_plane)} of the way from start to end"
        )
    finite = surface.heights[np.isfinite(surface.heights)]
    middle = surface.heights[tuple(size // 2 for size in surface.heights.shape)]
    around = "nothing else here is finite"
    if finite.size:
        around = f"between {shown(finite.min())} and {shown(finite.max())} here"
    return f"loss {shown(middle)} at the trained weights; {around}"


def unseen(surface: Surface) -> list[str]:
    """Return what the picture does not show, a sentence or two each."""
    drawn = 1 if surface.b is None else 2
    place = "line" if drawn == 1 else "plane"
    told = [
        (
            f"A place has {surface.weights:,} coordinates, one for each weight; the {place} has "
            f"{drawn}. A ridge on it may have a way around, and a valley may go on, in one of the "
            f"other {surface.weights - drawn:,} directions."
        )
    ]
    told += _of_shadows(surface, place) if surface.paths else _of_directions(surface)
    shape = " × ".join(str(size) for size in reversed(surface.heights.shape))
    told.append(
        f"The loss was computed at {shape} points. Lines and greys between them are straight: "
        "what is finer than the grid is not seen."
    )
    missing = int(surface.heights.size - np.isfinite(surface.heights).sum())
    if missing:
        told.append(f"At {count_of(missing, 'point')} the loss is not finite: nothing is drawn.")
    told.append(
        f"This is the loss of {count_of(surface.rows, 'row')} together, without penalty, with the "
        "network as it predicts. Each step of training may have walked on another ground: that of "
        "its batch, with dropout or a penalty."
    )
    return told


def _of_shadows(surface: Surface, place: str) -> list[str]:
    path = surface.paths[0]
    farthest = int(path.off_plane.argmax())
    with np.errstate(invalid="ignore"):  # both may be infinite
        apart = np.abs(path.losses - path.below)
    widest = int(np.nan_to_num(apart, nan=0.0, posinf=np.inf).argmax())
    drawn = "what is drawn is its shadow"
    if surface.b is None:
        drawn = "it is drawn at its own loss, above or below the line's nearest point"
    told = [
        (
            f"The path is not on the {place}: {drawn}. It is off by at most "
            f"{percent(surface.off_plane)} of the way from start to end, at epoch {farthest}. The "
            f"loss on the path and that of the {place} there differ most at epoch {widest}: "
            f"{shown(path.losses[widest])} and {shown(path.below[widest])}."
        )
    ]
    others = [
        f"path {number} by {percent(float(one.off_plane.max()) / surface.unit)}"
        for number, one in enumerate(surface.paths[1:], 2)
    ]
    if others:
        told.append(
            f"Other paths are off it, too: {listed(others)} of that way at most. Whether they "
            f"cross a ridge of this {place} cannot be told from their shadows."
        )
    return told


def _of_directions(surface: Surface) -> list[str]:
    return [
        (
            "The directions are random, each unit's part as long as the unit's own weights; biases "
            "stay as they are. Another seed shows another plane."
        )
    ]


def _axes(surface: Surface) -> list[dict[str, Any]]:
    planes = [surface.plane.along, surface.plane.aside]
    values = [surface.a, surface.b]
    shares = [*surface.explained, None, None]
    return [
        {
            "letter": letter,
            "name": _name_of_axis(surface, place),
            "about": _about_axis(surface, place, length_of(axis), shares[place]),
            "values": points,
            "explained": shares[place],
        }
        for place, (letter, axis, points) in enumerate(zip("ab", planes, values, strict=True))
        if axis is not None and points is not None
    ]


def _name_of_axis(surface: Surface, place: int) -> str:
    if not surface.paths:
        return f"random direction {place + 1}"
    return ("from start to end", "largest deviation")[place]


def _about_axis(surface: Surface, place: int, length: float, share: float | None) -> str:
    if not surface.paths:
        return f"1 changes each unit's weights by their own length, {shown(length)} in all"
    about = (
        f"0 is the start, 1 the end, {shown(length)} away",
        "the first principal component of how the path deviates from that line, in the same unit",
    )[place]
    return f"{about}; {percent(share or 0.0)} of the path's variance is along it"


def _norms(surface: Surface) -> list[dict[str, Any]]:
    """Return the lengths at each point of the grid; of many parameters only that of all weights."""
    return [{"name": name, "values": surface.norms[name]} for name in _named(surface)]


def _named(surface: Surface) -> list[str]:
    names = list(surface.norms)
    return names if len(names) <= MOST_NORMS + 1 else [ALL]


def _path(surface: Surface, place: int, path: PathOnPlane) -> dict[str, Any]:
    return {
        "name": f"path {place + 1}",
        "coordinates": _without_rounding(path.coordinates),
        "losses": path.losses,
        "below": path.below,
        "off": _without_rounding(path.off_plane / surface.unit),
        "norms": [{"name": name, "values": path.norms[name]} for name in _named(surface)],
        "slopes": path.slopes,
        "steepness": path.steepness,
        "in_plane": path.in_plane,
    }


def _without_rounding(values: np.ndarray) -> np.ndarray:
    """Return numbers in units of the way from start to end without what rounding left of 0."""
    return np.round(values, 12) + 0.0  # no -0


def _bends(surface: Surface) -> list[str]:
    """Return how the loss bends, in words, where that was computed."""
    if surface.sharpness is None:
        return []
    where = "the end of path 1" if surface.paths else "the trained weights"
    told = str(surface.sharpness).splitlines()
    return [f"At {where}, where the loss is {shown(surface.sharpness.loss)}:", *told]


def percent(share: float) -> str:
    """Return a share as text with three digits.

    >>> percent(0.06521), percent(1.45), percent(0.0)
    ('6.52 %', '145 %', '0 %')
    """
    return f"{shown(100 * share, 3)} %"


def count_of(number: int, noun: str) -> str:
    """Return a number, with its thousands apart, and its noun."""
    return f"{number:,} {count(number, noun).partition(' ')[2]}"
