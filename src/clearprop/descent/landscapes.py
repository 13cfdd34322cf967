"""Landscapes to walk on: heights with exact slopes, each written once for any reader.

``island``, ``double_well``, ``rosenbrock`` ... are landscapes; ``bowl`` makes one. ``own`` takes
a function of yours, ``formula`` a text.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.definitions.layer import Array, Namespace
from clearprop.descent.formula import formula
from clearprop.descent.landscape import Landscape, Minimum
from clearprop.descent.own import own

__all__ = [
    "ackley", "beale", "bowl", "by_name", "double_well", "formula", "himmelblau", "island", "named",
    "own", "plateau", "rastrigin", "rosenbrock", "saddle",
]  # fmt: skip


def _stack(xp: Namespace, *parts: Array) -> Array:
    return xp.stack(parts, axis=-1)


def _island_height(xp: Namespace, x: Array) -> Array:
    x = x[..., 0]
    return x**4 / 4 - x**3 / 6 - 3 * x**2 / 4 + 63 / 64


def _island_slope(xp: Namespace, x: Array) -> Array:
    return x * (x + 1) * (x - 1.5)


island = Landscape(
    name="island",
    box=((-1.6, 2.1),),
    height=_island_height,
    slope=_island_slope,
    formula="x⁴/4 − x³/6 − 3x²/4 + 63/64",
    gradient="x (x + 1) (x − 3/2)",
    minima=(Minimum((1.5,), 0.0), Minimum((-1.0,), 125 / 192, lowest=False)),
    about="From the right of its summit, at 0, the way down leads to the sea; from the left into a "
    "basin.",
    source="made for this, with the minima and the summit at plain numbers",
)


def _double_well_height(xp: Namespace, x: Array) -> Array:
    x = x[..., 0]
    return x**4 / 4 - x**2 / 2


def _double_well_slope(xp: Namespace, x: Array) -> Array:
    return x**3 - x


double_well = Landscape(
    name="double well",
    box=((-1.7, 1.7),),
    height=_double_well_height,
    slope=_double_well_slope,
    formula="x⁴/4 − x²/2",
    gradient="x³ − x",
    minima=(Minimum((-1.0,), -0.25), Minimum((1.0,), -0.25)),
    about="Two basins of the same depth: where a walk ends is decided by where it begins.",
    source="Duffing 1918",
)


def bowl(condition: float = 10.0, dimensions: int = 2) -> Landscape:
    """Return the quadratic bowl h = ½ Σ λ_i x_i², λ from 1 to `condition`, evenly in logarithm.

    Gradient descent shrinks x_i by 1 - η λ_i each step: it needs η < 2 / condition, and the
    flattest direction then about condition / 2 steps for a factor of e. Source: Goh 2017.
    """
    if not (condition >= 1 and np.isfinite(condition)):
        raise ValueError(f"bowl: condition must be a number of at least 1, got {condition!r}")
    if dimensions < 1:
        raise ValueError(f"bowl: dimensions must be at least 1, got {dimensions!r}")
    steepness = np.geomspace(1.0, condition, dimensions) if dimensions > 1 else np.ones(1)

    def height(xp: Namespace, x: Array) -> Array:
        return 0.5 * xp.sum(steepness * x**2, axis=-1)

    def slope(xp: Namespace, x: Array) -> Array:
        return steepness * x

    return Landscape(
        name=f"bowl of condition {condition:g}" if dimensions > 1 else "bowl",
        box=((-2.0, 2.0),) * dimensions,
        height=height,
        slope=slope,
        formula="½ Σ λᵢ xᵢ²" if dimensions > 2 else _bowl_text(dimensions, condition),
        gradient="λᵢ xᵢ" if dimensions > 2 else ("x", f"(x, {condition:g} y)")[dimensions - 1],
        minima=(Minimum((0.0,) * dimensions, 0.0),),
        about="The steepest direction limits the learning rate, the flattest then takes the time.",
        source="Goh 2017, Why momentum really works",
    )


def _bowl_text(dimensions: int, condition: float) -> str:
    return "½ x²" if dimensions == 1 else f"½ (x² + {condition:g} y²)"


def _rosenbrock_height(xp: Namespace, x: Array) -> Array:
    x, y = x[..., 0], x[..., 1]
    return 100 * (y - x**2) ** 2 + (1 - x) ** 2


def _rosenbrock_slope(xp: Namespace, x: Array) -> Array:
    x, y = x[..., 0], x[..., 1]
    return _stack(xp, -400 * x * (y - x**2) - 2 * (1 - x), 200 * (y - x**2))


rosenbrock = Landscape(
    name="Rosenbrock's valley",
    box=((-2.0, 2.0), (-1.0, 3.0)),
    height=_rosenbrock_height,
    slope=_rosenbrock_slope,
    formula="100 (y − x²)² + (1 − x)²",
    gradient="(−400 x (y − x²) − 2 (1 − x), 200 (y − x²))",
    minima=(Minimum((1.0, 1.0), 0.0),),
    about="Into the bent valley at once, along its floor for ever.",
    source="Rosenbrock 1960, eq. 3",
)


def _himmelblau_height(xp: Namespace, x: Array) -> Array:
    x, y = x[..., 0], x[..., 1]
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def _himmelblau_slope(xp: Namespace, x: Array) -> Array:
    x, y = x[..., 0], x[..., 1]
    first, second = x**2 + y - 11, x + y**2 - 7
    return _stack(xp, 4 * x * first + 2 * second, 2 * first + 4 * y * second)


himmelblau = Landscape(
    name="Himmelblau's function",
    box=((-6.0, 6.0), (-6.0, 6.0)),
    height=_himmelblau_height,
    slope=_himmelblau_slope,
    formula="(x² + y − 11)² + (x + y² − 7)²",
    gradient="(4x (x² + y − 11) + 2 (x + y² − 7), 2 (x² + y − 11) + 4y (x + y² − 7))",
    minima=(
        Minimum((3.0, 2.0), 0.0),
        Minimum((-2.805118086952745, 3.131312518250573), 0.0),
        Minimum((-3.779310253377747, -3.283185991286170), 0.0),
        Minimum((3.584428340330492, -1.848126526964404), 0.0),
    ),
    about="Four basins, all equally deep.",
    source="Himmelblau 1972, Applied Nonlinear Programming",
)


def _rastrigin_height(xp: Namespace, x: Array) -> Array:
    return xp.sum(x**2 - 10 * xp.cos(2 * np.pi * x) + 10, axis=-1)


def _rastrigin_slope(xp: Namespace, x: Array) -> Array:
    return 2 * x + 20 * np.pi * xp.sin(2 * np.pi * x)


rastrigin = Landscape(
    name="Rastrigin's function",
    box=((-5.12, 5.12), (-5.12, 5.12)),
    height=_rastrigin_height,
    slope=_rastrigin_slope,
    formula="Σ (x² − 10 cos 2πx + 10) over x, y",
    gradient="2x + 20π sin 2πx, and so for y",
    minima=(Minimum((0.0, 0.0), 0.0),),
    all_known=False,
    about="A local minimum near every pair of whole numbers.",
    source="Rastrigin 1974; for any dimensions Mühlenbein, Schomisch and Born 1991",
)


def _ackley_height(xp: Namespace, x: Array) -> Array:
    distance = xp.sqrt(xp.mean(x**2, axis=-1))
    waves = xp.mean(xp.cos(2 * np.pi * x), axis=-1)
    return -20 * xp.exp(-0.2 * distance) - xp.exp(waves) + 20 + np.e


def _ackley_slope(xp: Namespace, x: Array) -> Array:
    count = x.shape[-1]
    distance = xp.sqrt(xp.mean(x**2, axis=-1))[..., None]
    waves = xp.mean(xp.cos(2 * np.pi * x), axis=-1)[..., None]
    # At the tip of the cone, in the middle, there is no slope; 0 lets a walker rest there.
    outward = xp.where(distance > 0, x / (count * xp.where(distance > 0, distance, 1.0)), 0.0)
    ripple = xp.exp(waves) * 2 * np.pi * xp.sin(2 * np.pi * x) / count
    return 4 * xp.exp(-0.2 * distance) * outward + ripple


ackley = Landscape(
    name="Ackley's function",
    box=((-5.0, 5.0), (-5.0, 5.0)),
    height=_ackley_height,
    slope=_ackley_slope,
    formula="−20 exp(−0.2 √((x² + y²)/2)) − exp((cos 2πx + cos 2πy)/2) + 20 + e",
    gradient="4 exp(−r/5) x/(2r) + exp(c) π sin 2πx, r = √((x² + y²)/2), c = (cos 2πx + cos 2πy)/2",
    minima=(Minimum((0.0, 0.0), 0.0),),
    all_known=False,
    about="A deep funnel under ripples; its tip is a cone, steep right down to the minimum.",
    source="Ackley 1987, A Connectionist Machine for Genetic Hillclimbing",
)

_BEALE = (1.5, 2.25, 2.625)


def _beale_height(xp: Namespace, x: Array) -> Array:
    x, y = x[..., 0], x[..., 1]
    return sum((c - x * (1 - y**i)) ** 2 for i, c in enumerate(_BEALE, 1))


def _beale_slope(xp: Namespace, x: Array) -> Array:
    x, y = x[..., 0], x[..., 1]
    along_x: Any = 0.0
    along_y: Any = 0.0
    for i, c in enumerate(_BEALE, 1):
        rest = c - x * (1 - y**i)
        along_x = along_x - 2 * rest * (1 - y**i)
        along_y = along_y + 2 * rest * x * i * y ** (i - 1)
    return _stack(xp, along_x, along_y)


beale = Landscape(
    name="Beale's function",
    box=((-4.5, 4.5), (-4.5, 4.5)),
    height=_beale_height,
    slope=_beale_slope,
    formula="(1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²",
    gradient="−2 Σ rᵢ (1 − yⁱ), 2 Σ rᵢ x i yⁱ⁻¹, rᵢ = cᵢ − x (1 − yⁱ)",
    minima=(Minimum((3.0, 0.5), 0.0),),
    about="Cliffs at the corners, and a long flat valley.",
    source="Beale 1958; Moré, Garbow and Hillstrom 1981, problem 5",
)


def _saddle_height(xp: Namespace, x: Array) -> Array:
    x, y = x[..., 0], x[..., 1]
    return x**2 / 2 + y**4 / 4 - y**2 / 2


def _saddle_slope(xp: Namespace, x: Array) -> Array:
    x, y = x[..., 0], x[..., 1]
    return _stack(xp, x, y**3 - y)


saddle = Landscape(
    name="saddle",
    box=((-2.0, 2.0), (-1.7, 1.7)),
    height=_saddle_height,
    slope=_saddle_slope,
    formula="x²/2 + y⁴/4 − y²/2",
    gradient="(x, y³ − y)",
    minima=(Minimum((0.0, 1.0), -0.25), Minimum((0.0, -1.0), -0.25)),
    about="From y = 0 the walk ends on the pass at (0, 0), where the ground is level; anything "
    "beside it falls off.",
    source="made for this: the double well across, a bowl along",
)


def _plateau_height(xp: Namespace, x: Array) -> Array:
    return 1 - xp.exp(-xp.sum(x**2, axis=-1) / 2)


def _plateau_slope(xp: Namespace, x: Array) -> Array:
    return x * xp.exp(-xp.sum(x**2, axis=-1) / 2)[..., None]


plateau = Landscape(
    name="plateau",
    box=((-7.0, 7.0), (-7.0, 7.0)),
    height=_plateau_height,
    slope=_plateau_slope,
    formula="1 − exp(−(x² + y²)/2)",
    gradient="x exp(−(x² + y²)/2), and so for y",
    minima=(Minimum((0.0, 0.0), 0.0),),
    about="A hole in a plain: far from it nothing tells the way.",
    source="made for this; the basin is Gauss's bell upside down",
)

named: dict[str, Landscape] = {
    "island": island,
    "double-well": double_well,
    "bowl": bowl(),
    "rosenbrock": rosenbrock,
    "himmelblau": himmelblau,
    "rastrigin": rastrigin,
    "ackley": ackley,
    "beale": beale,
    "saddle": saddle,
    "plateau": plateau,
}
"""The landscapes by the names that the command line has for them."""


def by_name(name: str) -> Landscape:
    """Return the landscape called `name`, or raise a ValueError that lists the names."""
    key = name.strip().lower().replace("_", "-").replace(" ", "-")
    if key not in named:
        raise ValueError(f"there is no landscape {name!r}; there are {', '.join(named)}")
    return named[key]
