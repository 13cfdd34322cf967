"""The picture's columns: the inputs, then each layer with weights and the layers that follow it.

Of a large column, only the units with the largest gradients in this step are drawn. A skip
connection leads from the column whose output it takes to the column where that is added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.view.numbers import array_of

SHOWN = 24
"""The most units drawn of one column."""


@dataclass(frozen=True)
class Column:
    """One column of units: its layers' paths, their kinds, its width, and the units drawn."""

    layers: tuple[str, ...]
    words: str
    width: int
    shown: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the column as data for JSON."""
        return {
            "layers": list(self.layers),
            "words": self.words,
            "width": self.width,
            "shown": list(self.shown),
        }


@dataclass(frozen=True)
class Skip:
    """One skip connection: its layer's path, and the columns where it starts and ends."""

    path: str
    source: int
    target: int

    def to_dict(self) -> dict[str, Any]:
        """Return the connection as data for JSON."""
        return {"path": self.path, "from": self.source, "to": self.target}


def columns_of(step: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the columns of a step's network, beginning with the inputs."""
    groups: list[tuple[int, list[Mapping[str, Any]]]] = []
    for layer in step["layers"]:
        if _has_matrix(step, layer) or not groups:
            groups.append((layer["outputs"], []))
        groups[-1][1].append(layer)
    quantities = {q["path"]: q for q in step["quantities"]}
    sums = _sums(step, quantities)
    inputs = quantities["x"]["shape"][1]
    image = step["inputs"]["image"]
    learned = [_learned(step, quantities, group) for _, group in groups]
    first = range(inputs) if image else _strongest(inputs, learned[0][0] if learned else None)
    columns = [Column((), "inputs", inputs, tuple(first))]
    for (width, group), (_, units) in zip(groups, learned, strict=True):
        inner = [layer["path"] for layer in group]
        # A skip connection's sum belongs to the column of the last layer that it skips.
        around = (path for path in sums if _last_within(step, path) in inner)
        paths = (*inner, *around)
        words = " ".join(_word(layer["kind"]) for layer in group if layer["kind"] != "Dense")
        columns.append(Column(paths, words, width, _strongest(width, units)))
    return tuple(columns)


def skips_of(step: Mapping[str, Any], columns: tuple[Column, ...]) -> tuple[Skip, ...]:
    """Return the skip connections that pass from one column to another."""
    quantities = {q["path"]: q for q in step["quantities"]}
    place = {path: at for at, column in enumerate(columns) for path in column.layers}
    found = []
    for path in _sums(step, quantities):
        taken = quantities[_named(step, f"{path}.x")]
        source = 0 if taken["layer"] is None else place.get(taken["layer"])
        if source is not None and source < place[path]:
            found.append(Skip(path, source, place[path]))
    return tuple(found)


def _sums(step: Mapping[str, Any], quantities: Mapping[str, Any]) -> list[str]:
    """Return the paths of the layers that add their input to the output of inner layers."""
    leaves = {layer["path"] for layer in step["layers"]}
    found = []
    for path, quantity in quantities.items():
        layer = quantity["layer"]
        if layer is None or layer in leaves or path != f"{layer}.y":
            continue
        taken = quantities.get(_named(step, f"{layer}.x"))
        node = step["nodes"][quantity["node"]]
        within = _last_within(step, layer)
        if taken and within and node["op"] == "add" and taken["node"] in node["args"]:
            found.append(layer)
    return found


def _named(step: Mapping[str, Any], path: str) -> str:
    return str(step["aliases"].get(path, path))


def _last_within(step: Mapping[str, Any], path: str) -> str | None:
    """Return the path of the last layer inside a combination of layers."""
    inside = [one["path"] for one in step["layers"] if one["path"].startswith(f"{path}.")]
    return inside[-1] if inside else None


def _has_matrix(step: Mapping[str, Any], layer: Mapping[str, Any]) -> bool:
    shapes = {q["path"]: q["shape"] for q in step["quantities"]}
    return any(len(shapes.get(path, ())) == 2 for path in layer["parameters"])


def _learned(
    step: Mapping[str, Any], quantities: Mapping[str, Any], group: list[Mapping[str, Any]]
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return the gradient's norm for each input and each unit, relative to its largest entry."""
    for layer in group:
        for path in layer["parameters"]:
            stem, _, name = path.rpartition(".")
            found = step["aliases"].get(f"{stem}.d{name}", f"{stem}.d{name}")
            if found in quantities and len(quantities[found]["shape"]) == 2:
                gradient = np.nan_to_num(array_of(quantities[found]), posinf=0.0, neginf=0.0)
                gradient /= float(np.abs(gradient).max()) or 1.0  # its square may overflow
                return np.linalg.norm(gradient, axis=1), np.linalg.norm(gradient, axis=0)
    return None, None


def _strongest(width: int, strength: np.ndarray | None) -> tuple[int, ...]:
    if width <= SHOWN:
        return tuple(range(width))
    if strength is None or len(strength) != width:
        return tuple(range(SHOWN))
    chosen = np.argsort(-strength, kind="stable")[:SHOWN]
    return tuple(int(place) for place in np.sort(chosen))


def _word(kind: str) -> str:
    known = {"ReLU": "ReLU", "LayerNorm": "layer norm", "BatchNorm": "batch norm"}
    return known.get(kind, kind.lower())
