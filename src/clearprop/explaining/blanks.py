"""The numbers that a worksheet asks for where none are named: one way through the step."""

from __future__ import annotations

import numpy as np

from clearprop.explaining.step import StepData, gradient

MOST = 12
"""The most blanks of a worksheet that chooses them itself."""


def usual_blanks(step: StepData) -> tuple[str, ...]:
    """Return the addresses of at most 12 single numbers, in the order of computation.

    Of each layer one output, then prediction, loss, and of each layer with parameters one error
    signal and one gradient; at last one new parameter. All are of the first row, and of one unit
    in each layer, so that each is computed from those before it.
    """
    units = _units(step)
    forward = [_at(step, f"{layer}.y", unit) for layer, unit in units.items()]
    last = next(reversed(units.values()), 0)
    if "p" in step and step.find("p")[0].symbol is not step.find(f"{[*units][-1]}.y")[0].symbol:
        forward.append(_at(step, "p", last))
    backward = _backward(step, units)
    room = MOST - 1 - (step.rate is not None)
    kept = _thinned([*forward, *backward], room)
    ends = [a for a in forward if a in kept], [a for a in backward if a in kept]
    loss = "row_loss[0]" if np.shape(step["row_loss"]) == (1,) else "E"
    return (*ends[0], loss, *ends[1], *_new(step, backward))


def _units(step: StepData) -> dict[str, int]:
    """Return of each layer the unit that is asked for: one with an output that is not 0."""
    layers = [
        path.removesuffix(".y")
        for path, quantity in step.record.quantities.items()
        if path.endswith(".y") and quantity.phase == "forward" and np.ndim(quantity.value) == 2
    ]
    units: dict[str, int] = {}
    waiting: list[str] = []
    for place, layer in enumerate(layers):
        row = np.asarray(step[f"{layer}.y"])[0]
        waiting.append(layer)
        following = layers[place + 1 : place + 2]
        width = len(step[f"{following[0]}.y"][0]) if following else None
        if width != len(row) or _has_weights(step, following[0]):
            if not following and f"{layer}.dy" in step:
                row = np.asarray(step[f"{layer}.dy"])[0]
            units |= dict.fromkeys(waiting, _largest(row))
            waiting = []
    return units


def _has_weights(step: StepData, layer: str) -> bool:
    return f"{layer}.W" in step.task.layout.paths


def _largest(row: np.ndarray) -> int:
    return int(np.argmax(np.abs(row)))


def _at(step: StepData, path: str, unit: int) -> str:
    """Return the address of a unit's number in the first row; the largest one where it is 0."""
    row = np.asarray(step[path])[0]
    unit = unit if unit < len(row) and row[unit] != 0 else _largest(row)
    return f"{step.find(path)[0].path}[0,{unit}]"


def _backward(step: StepData, units: dict[str, int]) -> list[str]:
    """Return an error signal and a gradient of each layer with weights, the last layer first."""
    found = []
    layers = list(units)
    for place, layer in reversed(list(enumerate(layers))):
        if not _has_weights(step, layer):
            continue
        error = _at(step, f"{layer}.dy", units[layer])
        unit = int(error.rpartition(",")[2].removesuffix("]"))
        slopes = np.asarray(step[gradient(f"{layer}.W")])
        before = units[layers[place - 1]] if place else _largest(np.asarray(step["x"])[0])
        if before >= len(slopes) or slopes[before, unit] == 0:
            before = _largest(slopes[:, unit])
        found += [error, f"{step.find(gradient(f'{layer}.W'))[0].path}[{before},{unit}]"]
    return found


def _new(step: StepData, backward: list[str]) -> list[str]:
    """Return the address of the new weight whose gradient was asked for last."""
    if step.rate is None or not backward:
        return []
    path, _, place = backward[-1].partition("[")
    layer, _, name = path.rpartition(".")
    return [f"{layer}.{name.removeprefix('d')}.new[{place}"]


def _thinned(addresses: list[str], most: int) -> list[str]:
    """Return at most `most` addresses, evenly spread, with the first and the last."""
    if len(addresses) <= most:
        return addresses
    places = np.linspace(0, len(addresses) - 1, most).round().astype(int)
    return [addresses[place] for place in places]
