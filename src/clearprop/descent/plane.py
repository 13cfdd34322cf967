"""Planes and lines in the space of a network's weights, and training paths seen from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from clearprop.definitions.parameters import Layout
from clearprop.descent.network import NetworkLoss

ALL = "θ"
"""The name of the vector of all weights, beside the names of its parts."""


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane or a line in weight space, with the points (1 - a) origin + a end + b aside.

    `aside` is None for a line. `end` is None for random directions; the points are then
    origin + a along + b aside.
    """

    origin: np.ndarray
    end: np.ndarray | None
    along: np.ndarray
    aside: np.ndarray | None

    def at(self, a: float, b: float = 0.0) -> np.ndarray:
        """Return the weights at (a, b); exactly the origin at (0, 0), the end at (1, 0)."""
        if self.end is None:
            point = self.origin + a * self.along
        else:
            point = (1.0 - a) * self.origin + a * self.end
        return point if self.aside is None or b == 0.0 else point + b * self.aside

    def coordinates(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (a, b) of the nearest points on the plane (n, 2), and the distances to them."""
        axes = [self.along] if self.aside is None else [self.along, self.aside]
        basis = np.array(axes, float).T
        offsets = np.asarray(weights, float) - self.origin
        found = np.linalg.lstsq(basis, offsets.T, rcond=None)[0].T
        distances = np.linalg.norm(offsets - found @ basis.T, axis=1)
        if found.shape[1] == 1:
            found = np.column_stack([found, np.zeros(len(found))])
        return found, distances

    def explained(self, track: np.ndarray) -> tuple[float, ...]:
        """Return the share of a path's variance (n, P) along each axis; the rest is off the plane.

        >>> path = np.array([[0.0, 0.0, 0.0], [2.0, 1.0, 0.0], [2.0, -1.0, 0.0]])
        >>> plane = Plane(path[0], None, np.eye(3)[0], np.eye(3)[1])
        >>> [round(share, 4) for share in plane.explained(path)]
        [0.5714, 0.4286]
        """
        away = np.asarray(track, float) - np.asarray(track, float).mean(axis=0)
        whole = float((away**2).sum())
        axes = [self.along] if self.aside is None else [self.along, self.aside]
        units = [np.asarray(axis, float) / length_of(axis) for axis in axes]
        return tuple(float(((away @ unit) ** 2).sum()) / whole for unit in units)


@dataclass(frozen=True, eq=False)
class PathOnPlane:
    """A training path of n points, projected onto a plane.

    Attributes
    ----------
    coordinates : ndarray (n, 2)
        (a, b) of the nearest point on the plane.
    off_plane : ndarray (n,)
        The distance from the plane.
    losses : ndarray (n,)
        The loss on the path itself.
    below : ndarray (n,)
        The loss on the plane, at `coordinates`.
    norms : mapping of str to ndarray (n,)
        The Euclidean length of all weights, "θ", and of each parameter's.
    slopes : ndarray (n, 2) or None
        dE/da and dE/db on the path itself; 0 for a direction that the plane lacks.
    steepness, in_plane : ndarray (n,) or None
        |∇E| on the path itself, and the length of its part in the plane.
    """

    coordinates: np.ndarray
    off_plane: np.ndarray
    losses: np.ndarray
    below: np.ndarray = field(repr=False)
    norms: Mapping[str, np.ndarray] = field(repr=False)
    slopes: np.ndarray | None = field(default=None, repr=False)
    steepness: np.ndarray | None = field(default=None, repr=False)
    in_plane: np.ndarray | None = field(default=None, repr=False)


def seen_from(
    plane: Plane, loss: NetworkLoss, track: np.ndarray, gradients: bool = True
) -> PathOnPlane:
    """Return a training path (n, P) as it is seen from a plane; gradients cost a pass back each."""
    coordinates, off = plane.coordinates(track)
    below = np.array([loss.height(plane.at(a, b)) for a, b in coordinates.tolist()])
    lengths = [norms_of(loss.layout, weights) for weights in track]
    norms = {name: np.array([one[name] for one in lengths]) for name in lengths[0]}
    path = (coordinates, off, loss.heights(track), below, norms)
    if not gradients:
        return PathOnPlane(*path)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        slopes = np.array([loss.slope(weights.astype(np.float64)) for weights in track])
        axes = [plane.along, np.zeros_like(plane.along) if plane.aside is None else plane.aside]
        along = slopes @ np.array(axes, float).T
        lengths_of_axes = np.array([length_of(axis) or 1.0 for axis in axes])
        steep = np.linalg.norm(slopes, axis=1)
        in_plane = np.linalg.norm(along / lengths_of_axes, axis=1)
    return PathOnPlane(*path, along, steep, in_plane)


def norms_of(layout: Layout, weights: np.ndarray) -> dict[str, float]:
    """Return the Euclidean length of weights (P,) and of each parameter in them.

    >>> norms_of(Layout(("W", "b"), ((2, 1), (1,))), np.array([3.0, 4.0, 12.0]))
    {'θ': 13.0, 'W': 5.0, 'b': 12.0}
    """
    parts = {path: length_of(weights[part]) for path, part in layout.slices().items()}
    return {ALL: length_of(weights), **parts}


def length_of(vector: np.ndarray) -> float:
    """Return the Euclidean length of a vector, whose squares may overflow."""
    largest = float(np.abs(vector).max(initial=0.0))
    if largest == 0.0 or not np.isfinite(largest):
        return largest
    return largest * float(np.linalg.norm(np.asarray(vector, float) / largest))


def plane_of(track: np.ndarray, dimensions: int = 2) -> Plane:
    """Return the plane (or line) through a path's start and end that fits its other points best.

    The path has n points, (n, P).
    """
    start, end = track[0], track[-1]
    along = end - start
    length = float(np.linalg.norm(along))
    if length == 0.0:
        raise ValueError("the path ends where it began: there is no line through start and end")
    aside = None
    if dimensions == 2:
        offsets = np.asarray(track - start, float)
        unit = along / length
        rest = offsets - np.outer(offsets @ unit, unit)
        _, strengths, axes = np.linalg.svd(rest, full_matrices=False)
        if not strengths[0] > 1e-9 * length:
            raise ValueError("the path is a straight line: dimensions=1 shows all of it")
        # As long as the path, so that the picture is not stretched; re-orthogonalised against the
        # path, since rounding left a part along it.
        axis = axes[0] - (axes[0] @ unit) * unit
        aside = (axis * (length / np.linalg.norm(axis))).astype(track.dtype)
    return Plane(start, end, along, aside)
