"""Slices of a network's loss: along random directions, or through the path of its training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clearprop.descent.document import document, levels_of
from clearprop.descent.looking import HasPage
from clearprop.descent.network import NetworkLoss, filter_normalised
from clearprop.descent.page import surface_page
from clearprop.descent.paths import TrainingPath
from clearprop.descent.plane import PathOnPlane, Plane, length_of, norms_of, plane_of, seen_from
from clearprop.descent.sharpness import Sharpness, sharpness
from clearprop.descent.surface_viewed import surface_document
from clearprop.writing.numbers import shown

RANDOM, PATH = "random", "path"


@dataclass(frozen=True, eq=False)
class Surface(HasPage):
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
    norms : mapping of str to ndarray (B, A), or (A,)
        At each point of the grid the Euclidean length of all weights, "θ", and of each parameter's.
    explained : tuple of float
        The share of the first path's variance along each axis of the plane; () without a path.
    sharpness : Sharpness or None
        How the loss bends at the trained weights or at the end of the first path, where it was
        asked for.
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
    norms: Mapping[str, np.ndarray] = field(default_factory=dict, repr=False)
    explained: tuple[float, ...] = ()
    sharpness: Sharpness | None = None

    _page_of = staticmethod(surface_page)

    @property
    def unit(self) -> float:
        """The length of 1 along the first axis: from start to end, or the random direction's."""
        return length_of(self.plane.along)

    @property
    def off_plane(self) -> float:
        """The largest distance of the first path from the plane, relative to start-to-end."""
        if not self.paths:
            return 0.0
        return float(self.paths[0].off_plane.max() / self.unit)

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
                "levels": levels_of(self.heights),
                "norms": dict(self.norms),
                "unit": self.unit,
                "explained": self.explained,
                "paths": [dict(vars(path)) for path in self.paths],
                "sharpness": None if self.sharpness is None else self.sharpness.to_dict(),
            },
        )

    def page_document(self) -> dict[str, Any]:
        """Return what the page is given, as plain values."""
        return surface_document(self)

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
            far = path.off_plane.max() / self.unit
            lines.append(
                f"{name}: loss {shown(path.losses[0])} → {shown(path.losses[-1])}, "
                f"off the plane by at most {shown(far)} of the way from start to end"
            )
        return "\n".join(lines + ([str(self.sharpness)] if self.sharpness else []))


def random_surface(
    surface: NetworkLoss,
    weights: np.ndarray,
    *,
    reach: float = 1.0,
    points: int = 31,
    dimensions: int = 2,
    seed: int | None = 0,
    curvature: bool = False,
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
    curvature : bool
        Also compute the :class:`Sharpness` at `weights`.
    """
    _check(points, dimensions)
    rng = np.random.default_rng(seed)
    point = np.asarray(weights)
    along, aside = (filter_normalised(surface.layout, point, rng) for _ in range(2))
    plane = Plane(point, None, along, aside if dimensions == 2 else None)
    a = np.linspace(-reach, reach, points)
    a[points // 2] = 0.0
    b = a if dimensions == 2 else None
    return _surface(surface, RANDOM, plane, a, b, sharp=_sharp(surface, point, curvature))


def path_surface(
    surface: NetworkLoss,
    paths: Sequence[TrainingPath | np.ndarray],
    *,
    margin: float = 0.3,
    points: int = 31,
    dimensions: int = 2,
    gradients: bool = True,
    curvature: bool = False,
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
    gradients : bool
        Compute the gradient at each point of the paths, by one backward pass over all rows.
    curvature : bool
        Also compute the :class:`Sharpness` at the end of the first path.

    Examples
    --------
    >>> import clearprop as cp
    >>> net = cp.Chain(cp.Dense(2, 3), cp.Tanh(), cp.Dense(3, 1))
    >>> params = net.init(np.random.default_rng(0))
    >>> x, t = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [[1.0], [1.0], [0.0]]
    >>> paths = cp.descent.train_paths(
    ...     net, cp.SquaredError(), params, x, t, seed=0, epochs=20, engine="numpy")
    >>> loss = NetworkLoss.of(net, cp.SquaredError(), params, x, t)
    >>> surface = path_surface(loss, paths, points=5)
    >>> surface.heights.shape, round(sum(surface.explained), 2) <= 1
    ((5, 5), True)
    >>> page = surface.to_html()  # or surface.to_html("surface.html"), to step along the path
    >>> page.count("<script>")
    1
    """
    _check(points, dimensions)
    tracks = [np.asarray(getattr(path, "weights", path)) for path in paths]
    if not tracks or any(track.ndim != 2 or len(track) < 2 for track in tracks):
        raise ValueError("paths must be training paths, each of at least two positions")
    plane = plane_of(tracks[0], dimensions)
    coordinates, _ = plane.coordinates(tracks[0])
    a = _axis(coordinates[:, 0], margin, points, (0.0, 1.0))
    b = _axis(coordinates[:, 1], margin, points, (0.0,)) if dimensions == 2 else None
    seen = tuple(seen_from(plane, surface, track, gradients) for track in tracks)
    sharp = _sharp(surface, tracks[0][-1], curvature)
    return _surface(surface, PATH, plane, a, b, seen, plane.explained(tracks[0]), sharp)


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


def _sharp(surface: NetworkLoss, weights: np.ndarray, wanted: bool) -> Sharpness | None:
    return sharpness(surface, weights) if wanted else None


def _surface(
    surface: NetworkLoss,
    kind: str,
    plane: Plane,
    a: np.ndarray,
    b: np.ndarray | None,
    paths: tuple[PathOnPlane, ...] = (),
    explained: tuple[float, ...] = (),
    sharp: Sharpness | None = None,
) -> Surface:
    across = np.zeros(1) if b is None else b
    heights = np.empty((len(across), len(a)))
    lengths: list[dict[str, float]] = []
    for row, y in enumerate(across.tolist()):
        for column, x in enumerate(a.tolist()):
            weights = plane.at(x, y)
            heights[row, column] = surface.height(weights)
            lengths.append(norms_of(surface.layout, weights))
    shape = heights.shape if b is not None else a.shape
    return Surface(
        kind,
        plane,
        a,
        b,
        heights.reshape(shape),
        paths,
        f"E = mean over rows of {type(surface.loss).__name__}, without penalty",
        surface.layout.size,
        surface.t.shape[0],
        {name: np.array([one[name] for one in lengths]).reshape(shape) for name in lengths[0]},
        explained,
        sharp,
    )
