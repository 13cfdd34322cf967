"""A landscape of a user's function, with a given slope or one by central differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from clearprop.definitions.layer import Array, Namespace
from clearprop.descent.landscape import Landscape, Minimum
from clearprop.descent.search import with_found_minima

PROBES = 32
"""Number of positions at which a given slope is compared with differences of the height."""

TOLERANCE = 1e-5
Function = Callable[[Any], Any]


def own(
    function: Function,
    gradient: Function | None = None,
    *,
    box: Sequence[float] | Sequence[Sequence[float]],
    name: str = "own function",
    minima: Sequence[Minimum] = (),
) -> Landscape:
    """Return the landscape of a function of one position.

    Parameters
    ----------
    function : function
        Of a number where `box` is one (low, high), of an array (D,) where it is D of them;
        returns the height.
    gradient : function, optional
        Takes the same, returns the slope. It is compared with differences of the height at 32
        random positions. Without it, the slope is a central difference, whose error is estimated
        there.
    box : (low, high), or one for each coordinate
        The part that is drawn, and where walkers start.
    minima : sequence of Minimum
        The minima that you know. Without them they are searched for, if there is one coordinate.

    Raises
    ------
    ValueError
        If `box` is not a box, or `gradient` is not the slope of `function`; names the position.

    Examples
    --------
    >>> import clearprop as cp
    >>> valley = cp.landscapes.own(lambda x: (x - 2) ** 2, lambda x: 2 * (x - 2), box=(0, 5))
    >>> float(valley.slopes([3.0])[0])
    2.0
    """
    bounds = _bounds(box)
    scalar = np.ndim(box) == 1
    height = _at_each(function, scalar, ())
    steps = 1e-5 * np.array([high - low for low, high in bounds])
    central = _differences(height, steps)
    slope = central if gradient is None else _at_each(gradient, scalar, (len(bounds),))
    low, high = np.array(bounds).T
    probes = np.random.default_rng(0).uniform(low, high, (PROBES, len(bounds)))
    coarse, fine = _differences(height, 2 * steps)(np, probes), central(np, probes)
    # Where two step sizes disagree there is a kink or no finite number: nothing can be compared.
    scale = np.maximum(np.abs(fine), 1e-3)
    usable = np.isfinite(coarse) & np.isfinite(fine) & (np.abs(coarse - fine) < 1e-4 * scale)
    note = ""
    if gradient is None:
        note = _note(np.abs(coarse - fine)[usable], scale[usable])
    else:
        _check(slope(np, probes), fine, scale, usable, probes)
    ground = Landscape(
        name=name,
        box=bounds,
        height=height,
        slope=slope,
        formula=f"{getattr(function, '__name__', 'function')}(x)".replace(
            "<lambda>", "your function"
        ),
        gradient="central differences" if gradient is None else "your gradient, checked",
        minima=tuple(minima),
        all_known=bool(minima),
        source="yours",
        note=note,
    )
    # In several dimensions it would take tens of thousands of calls.
    return with_found_minima(ground) if not minima and len(bounds) == 1 else ground


def bounds_of(box: Any) -> tuple[tuple[float, float], ...]:
    """Return a box as (low, high) for each coordinate, or raise what is wrong with it."""
    return _bounds(box)


def _bounds(box: Any) -> tuple[tuple[float, float], ...]:
    pairs = np.atleast_2d(np.asarray(box, float))
    if pairs.ndim != 2 or pairs.shape[1] != 2 or not np.isfinite(pairs).all():
        raise ValueError(f"box must be (low, high), or one such pair for each coordinate: {box!r}")
    if not (pairs[:, 0] < pairs[:, 1]).all():
        raise ValueError(f"box must begin below its end, got {box!r}")
    return tuple((float(low), float(high)) for low, high in pairs)


def _at_each(function: Function, scalar: bool, shape: tuple[int, ...]) -> Any:
    """Return `function` of one position as a function of many."""

    def of_many(xp: Namespace, x: Array) -> Array:
        flat = np.asarray(x).reshape(-1, np.shape(x)[-1])
        values = [function(one[0] if scalar else one) for one in flat]
        return np.asarray(values).reshape(*np.shape(x)[:-1], *shape)

    return of_many


def _differences(height: Any, steps: np.ndarray) -> Any:
    """Return (h(x + s) - h(x - s)) / 2s along each coordinate."""

    def slope(xp: Namespace, x: Array) -> Array:
        parts = []
        for step, axis in zip(steps, np.eye(len(steps)), strict=True):
            forth, back = x + step * axis, x - step * axis
            # The step after rounding.
            width = ((forth - back) * axis).sum(axis=-1)
            parts.append((height(xp, forth) - height(xp, back)) / width)
        return np.stack(parts, axis=-1)

    return slope


def _note(error: np.ndarray, scale: np.ndarray) -> str:
    if not error.size:
        return "the slope is a central difference, and two step sizes nowhere agree on it"
    return (
        "the slope is a central difference; two step sizes agree on it to "
        f"{max(float((error / scale).max()), 1e-16):.1g} of itself"
    )


def _check(
    given: np.ndarray, fine: np.ndarray, scale: np.ndarray, usable: np.ndarray, x: np.ndarray
) -> None:
    wrong = usable & ~(np.abs(given - fine) <= TOLERANCE * scale)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        where = ", ".join(f"{number:.6g}" for number in x[row])
        raise ValueError(
            f"gradient is not the slope of the function: at ({where}), coordinate {column}, it is "
            f"{given[row, column]:.6g}, but differences of the function give "
            f"{fine[row, column]:.6g}"
        )
