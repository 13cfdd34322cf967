"""Arrays in a page's data: as lists, as bytes, or as summaries."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from clearprop.writing.json_safe import json_safe

LISTED = 12
"""The most numbers of an array that are written as a list where that is shorter than bytes."""
WHOLE = 4096
"""The most numbers of an array that go into the page; larger arrays are summarised."""
STRONGEST = 24
TILES = 48
BINS = 41


def array_of(quantity: Mapping[str, Any]) -> np.ndarray:
    """Return a quantity's numbers as a float64 array of its shape."""
    # NumPy reads the texts for NaN and infinities too, much faster than a loop.
    return np.array(quantity["values"], np.float64).reshape(quantity["shape"])


def packed(array: np.ndarray, dtype: str) -> dict[str, Any]:
    """Return numbers as a list, or as base64 of little-endian floats, without loss."""
    flat = np.ravel(array)
    narrow = dtype == "float32"
    data = flat.astype("<f4" if narrow else "<f8").tobytes()
    text = base64.b64encode(data).decode("ascii")
    if flat.size <= LISTED:
        listed = json_safe(flat)
        if len(json.dumps(listed, separators=(",", ":"))) <= len(text) + 2:
            return {"list": listed}
    return {"f4" if narrow else "f8": text}


def summary_of(array: np.ndarray, dtype: str, lines: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the summary of a large array: quantiles, histogram, largest numbers, tiles.

    `lines` are the whole rows and columns that are kept; see :func:`kept`.
    """
    finite = array[np.isfinite(array)]
    known = finite if finite.size else np.zeros(1)
    quantiles = np.quantile(known, [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1])
    end = float(np.abs(known).max()) or 1.0
    counts, edges = np.histogram(known, bins=BINS, range=(-end, end))
    size = np.where(np.isfinite(array), np.abs(array), np.inf).ravel()
    first = np.argpartition(-size, STRONGEST)[:STRONGEST]
    strongest = first[np.argsort(-size[first], kind="stable")]
    return {
        "quantiles": quantiles.tolist(),
        "histogram": {"edges": edges.tolist(), "counts": counts.tolist()},
        "norm": json_safe(_norm(known, end)),
        "nonfinite": int(array.size - finite.size),
        "strongest": [
            {
                "index": [int(i) for i in np.unravel_index(place, array.shape)],
                "value": json_safe(float(array.flat[place])),
            }
            for place in strongest
        ],
        "tiles": _tiles(array, end),
        "lines": [dict(line) for line in lines],
    }


def _norm(values: np.ndarray, largest: float) -> float:
    """Return the norm of a vector; its squares may overflow."""
    return float(np.linalg.norm(values / largest)) * largest


def _tiles(array: np.ndarray, end: float) -> dict[str, Any]:
    """Return the number of largest size in each tile of a matrix, in 127ths of the largest."""
    matrix = np.nan_to_num(array if array.ndim == 2 else array[None, :], posinf=end, neginf=-end)
    rows, columns = (min(TILES, size) for size in matrix.shape)
    row_starts = np.arange(rows) * matrix.shape[0] // rows
    column_starts = np.arange(columns) * matrix.shape[1] // columns

    def extreme(reduce: np.ufunc) -> np.ndarray:
        return reduce.reduceat(reduce.reduceat(matrix, row_starts, 0), column_starts, 1)

    high, low = extreme(np.maximum), extreme(np.minimum)
    strongest = np.where(high > -low, high, low)
    steps = np.rint(strongest / end * 127).astype(np.int8)
    return {
        "shape": [rows, columns],
        "i1": base64.b64encode(steps.tobytes()).decode("ascii"),
        "most": end,
    }


def kept(
    array: np.ndarray, dtype: str, rows: list[int] | None, columns: list[int] | None
) -> dict[str, Any]:
    """Return whole rows (`columns` None), whole columns (`rows` None), or the block of both."""
    part = array
    chosen: dict[str, Any] = {}
    if rows is not None:
        part, chosen["rows"] = part[rows], rows
    if columns is not None:
        part, chosen["columns"] = part[:, columns], columns
    return {**chosen, **packed(part, dtype)}
