"""A page's data, from ``step.to_dict()``.

Small arrays are included without loss. Of a large array the page gets a summary, and the rows and
columns that are needed to show the origin of the drawn units' numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from clearprop.view.columns import Column, columns_of, skips_of
from clearprop.view.numbers import WHOLE, array_of, kept, packed, summary_of

FORMAT, VERSIONS = "clearprop.step", (1,)

FOR_SLIPS = 49_152
"""So many numbers of arrays that the page has a summary of go into it whole, for known slips."""

EQUALS = "<mo>=</mo>"
AROUND = '<math xmlns="http://www.w3.org/1998/Math/MathML"><mrow>', "</mrow></math>"


def payload_of(step: Mapping[str, Any]) -> dict[str, Any]:
    """Return the page's data for a step (given as data).

    Raises
    ------
    ValueError
        If `step` is not the data of a step, or has a version that this view does not know.
    """
    if step.get("format") != FORMAT:
        raise ValueError(
            f"this is not a step: its format is {step.get('format')!r}, not {FORMAT!r}; "
            "give what step.to_dict() returns"
        )
    if step.get("version") not in VERSIONS:
        raise ValueError(
            f"this step has version {step.get('version')!r}; this clearprop shows version "
            f"{', '.join(map(str, VERSIONS))}"
        )
    columns = columns_of(step)
    summed = _summed(step)
    quantities = [_quantity(q, step, columns, q["node"] in summed) for q in step["quantities"]]
    symbols = {q["path"]: q["symbol"]["mathml"] for q in step["quantities"]}
    equations = {
        path: {
            "text": equation["text"],
            "mathml": _right_side(equation["mathml"], symbols.get(path, "")),
        }
        for path, equation in step["equations"].items()
    }
    passed = {
        key: step[key]
        for key in (
            "format", "version", "made_by", "title", "loss", "layers", "aliases",
            "phases", "update", "rows", "inputs", "outputs",
        )
    }  # fmt: skip
    slips = {"slips": _slips(step)} if step.get("slips") else {}
    return {
        **passed,
        "nodes": _nodes(step["nodes"]),
        **slips,
        "equations": equations,
        "quantities": quantities,
        "columns": [column.to_dict() for column in columns],
        "skips": [skip.to_dict() for skip in skips_of(step, columns)],
    }


def _right_side(mathml: str, symbol: str) -> str:
    """Return an equation from its equals sign on: the program adds its left side, and <math>."""
    inside = mathml.removeprefix(AROUND[0]).removesuffix(AROUND[1])
    right = inside.removeprefix(symbol)
    return right if right.startswith(EQUALS) else inside


def _slips(step: Mapping[str, Any]) -> dict[str, Any]:
    """Return the known slips, with whole arrays that the page has otherwise a summary of.

    These are the values and error signals of the rows, products, parameters, and the optimizer's
    state before the step: the small ones first, as far as `FOR_SLIPS` numbers go.
    """
    arrays = [
        (kind, math.prod(q["shape"]), q)
        for q in (*step["quantities"], *step["slips"]["products"])
        if math.prod(q["shape"]) > WHOLE and (kind := _kind_for_slips(q)) is not None
    ]
    left, chosen = FOR_SLIPS, []
    for _, size, quantity in sorted(arrays, key=lambda one: one[:2]):
        if size <= left:
            left -= size
            chosen.append(quantity)
    few = [q for q in step["slips"]["products"] if math.prod(q["shape"]) <= WHOLE]
    whole = {q["path"]: packed(array_of(q), q["dtype"]) for q in chosen if "path" in q}
    products = [
        {"node": q["node"], "values": packed(array_of(q), q["dtype"])}
        for q in (*few, *chosen)
        if "path" not in q and _is_summarised(q, step)
    ]
    nodes = _nodes(step["slips"]["nodes"])
    return {**step["slips"], "nodes": nodes, "whole": whole, "products": products}


def _nodes(nodes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return nodes without the settings that are not set."""
    return [
        {name: value for name, value in node.items() if value is not None and value is not False}
        for node in nodes
    ]


def _kind_for_slips(quantity: Mapping[str, Any]) -> int | None:
    """Return the place of a kind of array among those that go in whole; None if it does not."""
    if "path" not in quantity:
        return 0
    if quantity["axes"][:1] == ["row"] and quantity["phase"] != "update":
        return 0
    if quantity["phase"] == "given":
        return 2 if quantity["path"].endswith(".before") else 1
    return None


def _is_summarised(product: Mapping[str, Any], step: Mapping[str, Any]) -> bool:
    """Return whether the page has only some of the numbers that a product is made of."""
    args = step["nodes"][product["node"]]["args"]
    return any(q["node"] in args and math.prod(q["shape"]) > WHOLE for q in step["quantities"])


def _summed(step: Mapping[str, Any]) -> set[int]:
    """Return the nodes whose rows or columns are summed: arguments of products and sums."""
    nodes, found = step["nodes"], set()
    for node in nodes:
        if node["op"] in ("matmul", "sum", "mean"):
            for arg in node["args"]:
                inner = nodes[arg]
                found |= {arg, *(inner["args"] if inner["op"] == "transpose" else ())}
    return found


def _quantity(
    quantity: Mapping[str, Any], step: Mapping[str, Any], columns: tuple[Column, ...], summed: bool
) -> dict[str, Any]:
    passed = {
        key: quantity[key] for key in ("path", "node", "phase", "layer", "meaning", "shape", "axes")
    }
    symbol = {key: quantity["symbol"][key] for key in ("text", "mathml")}
    array, dtype = array_of(quantity), quantity["dtype"]
    if dtype != "float64":
        passed["dtype"] = dtype
    if array.size <= WHOLE:
        return {**passed, "symbol": symbol, "values": packed(array, dtype)}
    lines = _lines(array, quantity, step, columns, summed) if array.ndim == 2 else ()
    return {**passed, "symbol": symbol, "summary": summary_of(array, dtype, lines)}


def _lines(
    array: np.ndarray,
    quantity: Mapping[str, Any],
    step: Mapping[str, Any],
    columns: tuple[Column, ...],
    summed: bool,
) -> list[dict[str, Any]]:
    """Return the rows and columns of a large matrix to keep."""
    dtype = quantity["dtype"]
    rows = _places(quantity, 0, columns, step)
    across = _places(quantity, 1, columns, step)
    pictures = step["inputs"]["image"] and quantity["axes"][0] == "input" and _is_drawn(quantity)
    if summed or (pictures and _column(quantity, 0, columns) == 0):
        whole_columns = kept(array, dtype, None, across)
        return [whole_columns] if pictures and not summed else [
            whole_columns, kept(array, dtype, rows, None),
        ]  # fmt: skip
    return [kept(array, dtype, rows, across)]


def _is_drawn(quantity: Mapping[str, Any]) -> bool:
    """Return whether the picture draws the quantity on the lines between units."""
    path, last = quantity["path"], quantity["path"].rpartition(".")[2]
    return quantity["phase"] in ("given", "backward") or (last == "change" and ".part." not in path)


def _places(
    quantity: Mapping[str, Any], axis: int, columns: tuple[Column, ...], step: Mapping[str, Any]
) -> list[int]:
    size = quantity["shape"][axis]
    if quantity["axes"][axis] == "row":
        return list(range(min(size, 8)))
    column = columns[_column(quantity, axis, columns)]
    shown = column.shown
    if column.width != size:
        shown = tuple(range(min(size, 24)))
    if len(shown) > 24:
        middle = len(shown) // 2
        shown = shown[middle - 12 : middle + 12]
    return list(shown)


def _column(quantity: Mapping[str, Any], axis: int, columns: tuple[Column, ...]) -> int:
    """Return the column that an axis of a quantity belongs to."""
    own = next(
        (place for place, column in enumerate(columns) if quantity["layer"] in column.layers), None
    )
    if quantity["axes"][axis] == "input":
        return 0 if own is None else max(0, own - 1)
    return len(columns) - 1 if own is None else own
