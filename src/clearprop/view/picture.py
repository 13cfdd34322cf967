"""The contents of a step's still picture: units with their values for the first row, and weights.

It shows what the page shows when it opens, for places that run no scripts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.view.columns import Column, columns_of
from clearprop.view.numbers import array_of
from clearprop.writing.numbers import shown

ROW = 0
"""The row whose values are shown: the first, as when the page opens."""


@dataclass(frozen=True)
class Units:
    """A column of the picture: its heading, its units and their numbers.

    `places` are the indices of the drawn units; `names` and `targets` belong to them and may be
    empty. `values` are the numbers of all units, or None. `weights` (drawn units of the column
    before, drawn units) lead to them, and `weight_end` is the largest size of all weights of the
    layer.
    """

    head: str
    places: tuple[int, ...]
    values: np.ndarray | None
    names: tuple[str, ...]
    targets: tuple[str, ...]
    weights: np.ndarray | None
    weight_end: float

    @property
    def value_end(self) -> float:
        """The largest size among the finite values."""
        return largest(self.values)


@dataclass(frozen=True)
class Picture:
    """The texts above the network, its columns, and the shape of inputs that are images."""

    title: str
    facts: tuple[str, ...]
    loss: tuple[str, str]
    convention: str
    row: str
    columns: tuple[Units, ...]
    image: tuple[int, int] | None


def picture_of(step: Mapping[str, Any]) -> Picture:
    """Return the contents of the picture of a step (given as data)."""
    return Picture(
        title=_title(step),
        facts=_facts(step),
        loss=_loss(step),
        convention=_convention(step),
        row=_row(step),
        columns=tuple(_columns(step)),
        image=tuple(step["inputs"]["image"]) if step["inputs"]["image"] else None,
    )


def words_of(step: Mapping[str, Any]) -> str:
    """Return the texts above the picture in one line, as its alternative text."""
    return f"{', '.join([_title(step), *_facts(step)])}. {'; '.join(filter(None, _loss(step)))}"


def largest(values: np.ndarray | None) -> float:
    """Return the largest size of the finite numbers, 0 if there are none."""
    known = np.abs(values[np.isfinite(values)]) if values is not None else np.zeros(0)
    return float(known.max()) if known.size else 0.0


def _title(step: Mapping[str, Any]) -> str:
    return step["title"]["model"] or step["title"]["network"]


def _facts(step: Mapping[str, Any]) -> tuple[str, ...]:
    title = step["title"]
    facts = (
        title["network"] if title["model"] else None,
        title["optimizer"],
        None if title["step"] is None else f"step {title['step']:,}",
        f"{title['rows']:,} row{'s' * (title['rows'] != 1)}",
    )
    return tuple(fact for fact in facts if fact)


def _convention(step: Mapping[str, Any]) -> str:
    loss = step["loss"]
    if _found(step, "penalty") is None:
        return loss["convention"]
    return f"{loss['convention']}; R = L2 penalty, {shown(loss['penalty'])}"


def _loss(step: Mapping[str, Any]) -> tuple[str, str]:
    """Return the loss before and after the step, and the change beside its estimate."""
    loss = step["loss"]
    name = "E + R" if _found(step, "penalty") else "E"
    before = f"{name}  {shown(loss['before'])}"
    if loss["after"] is None:
        return before, ""
    words = f"change {shown(loss['change'])}"
    if loss["predicted"] is not None:
        words += f"; a straight-line estimate gives {shown(loss['predicted'])}"
    return f"{before} → {shown(loss['after'])}", words


def _row(step: Mapping[str, Any]) -> str:
    row = step["rows"][ROW]
    words = [
        row["label"],
        None if row["target"] is None else f"target {row['target']}",
        None if row["prediction"] is None else f"predicted {row['prediction']}",
        f"loss {shown(row['loss'])}",
    ]
    return "   ".join(word for word in words if word)


def _columns(step: Mapping[str, Any]) -> Iterator[Units]:
    columns = columns_of(step)
    heads = _heads(step, columns)
    for place, (column, head) in enumerate(zip(columns, heads, strict=True)):
        is_last = place == len(columns) - 1
        weights, end = _weights(step, columns[place - 1], column) if place else (None, 0.0)
        names: tuple[str, ...] = ()
        if place == 0 or is_last:
            given = step["outputs" if is_last else "inputs"]["names"]
            word = "output" if is_last else "input"
            names = tuple(given[u] if given else f"{word} {u}" for u in column.shown)
        yield Units(
            head=head,
            places=column.shown,
            values=_values(step, column, place, is_last),
            names=names,
            targets=_targets(step, column) if is_last else (),
            weights=weights,
            weight_end=end,
        )


def _heads(step: Mapping[str, Any], columns: tuple[Column, ...]) -> list[str]:
    """Return the columns' widths and kinds, from the network's title if that has them."""
    network = step["title"]["network"]
    parts = network.split(" → ")
    if len(parts) == len(columns) and "(" not in network:
        return [f"{columns[0].width:,} inputs", *parts[1:]]
    return [f"{column.width:,} {column.words}".strip() for column in columns]


def _found(step: Mapping[str, Any], path: str) -> Mapping[str, Any] | None:
    path = step["aliases"].get(path, path)
    return next((q for q in step["quantities"] if q["path"] == path), None)


def _values(
    step: Mapping[str, Any], column: Column, place: int, is_last: bool
) -> np.ndarray | None:
    """Return the last outputs of the column's layers for the row."""
    if place == 0:
        found = _found(step, "x")
    else:
        candidates = [
            q
            for q in step["quantities"]
            if (q["layer"] in column.layers and q["path"].endswith(".y"))
            or (is_last and q["path"] == "p")
            if q["axes"] == ["row", "unit"] and q["shape"][1] == column.width
        ]
        found = candidates[-1] if candidates else None
    return None if found is None else array_of(found)[ROW]


def _weights(
    step: Mapping[str, Any], before: Column, column: Column
) -> tuple[np.ndarray | None, float]:
    """Return the weights between drawn units, and the largest size of all weights."""
    for layer in step["layers"]:
        if layer["path"] not in column.layers:
            continue
        for path in layer["parameters"]:
            found = _found(step, path)
            if found is not None and len(found["shape"]) == 2:
                matrix = array_of(found)
                if matrix.shape != (before.width, column.width):
                    return None, 0.0
                drawn = matrix[np.ix_(before.shown, column.shown)]
                return drawn, largest(matrix)
    return None, 0.0


def _targets(step: Mapping[str, Any], column: Column) -> tuple[str, ...]:
    """Return a text about each unit's target, "" for none."""
    targets = _found(step, "t")
    if targets is None or len(targets["shape"]) != 2 or targets["shape"][1] != column.width:
        return ("",) * len(column.shown)
    row = array_of(targets)[ROW]
    predicted = _found(step, "p")
    if not step["outputs"]["names"] and (predicted is None or predicted["path"] != "p"):
        return tuple(f"target {shown(row[unit])}" for unit in column.shown)
    said = {0.0: "", 1.0: "← target"}
    return tuple(said.get(float(row[u]), f"← {shown(row[u])}") for u in column.shown)
