"""Slices of a network's loss: along random directions, or through the path of its training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clearprop.descent.document import document
from clearprop.descent.network import NetworkLoss, filter_normalised
from clearprop.descent.paths import TrainingPath
from clearprop.writing.numbers import shown

RANDOM, PATH = "random", "path"


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
    """

    coordinates: np.ndarray
    off_plane: np.ndarray
    losses: np.ndarray


@dataclass(frozen=True, eq=False)
class Surface:
    """A network's loss at the points of a grid on a line or a plane in weight space.

    Attributes
    ----------
    kind : str
        "random": around trained weights, along filter-normalised random directions; "path":
        through start and end of a training path.
    a, b : ndarray (A,), (B,) or None
        Coordinates on the plane; a line has no b.
    heights : ndarray (B, A), or (A,)
        The loss at each point of the grid; it can be NaN or infinite.
    paths : tuple of PathOnPlane
        Training paths projected onto the plane, which goes through the first of them.
    """

    kind: str
    plane: Plane = field(repr=False)
    a: np.ndarray
    b: np.ndarray | None
    heights: np.ndarray = field(repr=False)
    paths: tuple[PathOnPlane, ...] = ()
    convention: str = ""
    weights: int = 0
    rows: int = 0

    @property
    def off_plane(self) -> float:
        """The largest distance of the first path from the plane, relative to start-to-end."""
        if not self.paths:
            return 0.0
        return float(self.paths[0].off_plane.max() / np.linalg.norm(self.plane.along))

    def to_dict(self) -> dict[str, Any]:
        """Return the surface as plain values, version 1 of ``clearprop.surface``."""
        return document(
            "surface",
            {
                "kind": self.kind,
                "convention": self.convention,
                "weights": self.weights,
                "rows": self.rows,
                "a": self.a,
                "b": self.b,
                "heights": self.heights,
                "unit": float(np.linalg.norm(self.plane.along)),
                "paths": [
                    {
                        "coordinates": path.coordinates,
                        "off_plane": path.off_plane,
                        "losses": path.losses,
                    }
                    for path in self.paths
                ],
            },
        )

    def plot(self, **options: Any) -> Any:
        """Return a :class:`~clearprop.descent.display.SurfaceDisplay`; needs matplotlib."""
        from clearprop.descent.display import SurfaceDisplay

        return SurfaceDisplay.from_surface(self, **options)

    def __str__(self) -> str:
        finite = self.heights[np.isfinite(self.heights)]
        shape = " × ".join(str(n) for n in reversed(self.heights.shape))
        around = "random directions around the trained weights"
        through = "the plane of the training path" if self.b is not None else "start to end"
        where = around if self.kind == RANDOM else through
        lines = [
            f"loss over {self.weights:,} weights, {self.rows:,} rows: {shape} points, {where}",
            self.convention,
            f"between {shown(finite.min())} and {shown(finite.max())}"
            if finite.size
            else "not finite",
        ]
        if finite.size < self.heights.size:
            lines.append(f"{self.heights.size - finite.size:,} points are not finite")
        for index, path in enumerate(self.paths):
            name = "the path" if index == 0 else f"path {index + 1}"
            far = path.off_plane.max() / np.linalg.norm(self.plane.along)
            lines.append(
                f"{name}: loss {shown(path.losses[0])} → {shown(path.losses[-1])}, "
                f"off the plane by at most {shown(far)} of the way from start to end"
            )
        return "\n".join(lines)


def random_surface(
    surface: NetworkLoss,
    weights: np.ndarray,
    *,
    reach: float = 1.0,
    points: int = 31,
    dimensions: int = 2,
    seed: int | None = 0,
) -> Surface:
    """Return the loss around weights (P,), along one or two random directions.

    Each direction is filter-normalised: 1 along it changes every unit's weights by their own
    length. Source: Li et al. 2018, section 4.

    Parameters
    ----------
    surface : NetworkLoss
        The loss of a network on rows.
    weights : ndarray (P,)
        The centre.
    reach : float
        Coordinates go from -reach to reach.
    points : int
        How many along each axis; with an odd number the centre is one of them.
    dimensions : int
        1 or 2.
    """
    _check(points, dimensions)
    rng = np.random.default_rng(seed)
    point = np.asarray(weights)
    along, aside = (filter_normalised(surface.layout, point, rng) for _ in range(2))
    plane = Plane(point, None, along, aside if dimensions == 2 else None)
    a = np.linspace(-reach, reach, points)
    a[points // 2] = 0.0
    return _surface(surface, RANDOM, plane, a, a if dimensions == 2 else None, ())


def path_surface(
    surface: NetworkLoss,
    paths: Sequence[TrainingPath | np.ndarray],
    *,
    margin: float = 0.3,
    points: int = 31,
    dimensions: int = 2,
) -> Surface:
    """Return the loss on the plane of a training path, with all paths projected onto it.

    The plane contains the first path's start, (0, 0), and end, (1, 0). Its second direction is the
    one in which the path deviates most from the straight line between them: the first principal
    component of these deviations. Each path has its distances from the plane in `off_plane`.

    Parameters
    ----------
    surface : NetworkLoss
        The loss of the network on rows.
    paths : sequence of TrainingPath, or of arrays (epochs + 1, P)
        As :func:`~clearprop.descent.paths.train_paths` returns them.
    margin : float
        How far beyond the first path the plane goes, as part of its extent.
    points : int
        How many along each axis; the points nearest to 0 and 1 are moved there.
    dimensions : int
        2, or 1 for the straight line alone.
    """
    _check(points, dimensions)
    tracks = [np.asarray(getattr(path, "weights", path)) for path in paths]
    if not tracks or any(track.ndim != 2 or len(track) < 2 for track in tracks):
        raise ValueError("paths must be training paths, each of at least two positions")
    plane = plane_of(tracks[0], dimensions)
    coordinates, _ = plane.coordinates(tracks[0])
    a = _axis(coordinates[:, 0], margin, points, (0.0, 1.0))
    b = _axis(coordinates[:, 1], margin, points, (0.0,)) if dimensions == 2 else None
    return _surface(surface, PATH, plane, a, b, tracks)


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


def _check(points: int, dimensions: int) -> None:
    if dimensions not in (1, 2):
        raise ValueError(f"dimensions must be 1 or 2, got {dimensions}")
    if points < 3:
        raise ValueError(f"points must be at least 3, got {points}")


def _axis(values: np.ndarray, margin: float, points: int, exact: tuple[float, ...]) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    room = margin * max(high - low, 0.1)
    axis = np.linspace(low - room, high + room, points)
    # Start and end of the path become points of the grid.
    for value in exact:
        axis[np.argmin(np.abs(axis - value))] = value
    return axis


def _surface(
    surface: NetworkLoss,
    kind: str,
    plane: Plane,
    a: np.ndarray,
    b: np.ndarray | None,
    tracks: Sequence[np.ndarray],
) -> Surface:
    across = [0.0] if b is None else b.tolist()
    heights = np.array([[surface.height(plane.at(x, y)) for x in a.tolist()] for y in across])
    seen = tuple(PathOnPlane(*plane.coordinates(track), surface.heights(track)) for track in tracks)
    return Surface(
        kind,
        plane,
        a,
        b,
        heights[0] if b is None else heights,
        seen,
        f"E = mean over rows of {type(surface.loss).__name__}, without penalty",
        surface.layout.size,
        surface.t.shape[0],
    )
