"""A step as data: one document for every view.

The document is plain JSON, described by ``docs/step.schema.json``: the recorded arrays
(`quantities`), the graph of primitives that made them (`nodes`), the equations, and names. A
reader needs no formula of any layer: it can print, look up where a number came from, or compute
the step again from the graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.layers.combine import Combined
from clearprop.explaining.axes import axes_of
from clearprop.explaining.labels import Standardised, TableCells
from clearprop.explaining.record import PHASES, Quantity
from clearprop.explaining.render_latex import Latex
from clearprop.explaining.render_mathml import MathML
from clearprop.explaining.render_step import moments_of
from clearprop.explaining.render_text import Text
from clearprop.explaining.titles import network_title, optimizer_title
from clearprop.readings.symbol import Symbol
from clearprop.writing.json_safe import json_safe

if TYPE_CHECKING:
    from clearprop.explaining.step import StepData

FORMAT, VERSION = "clearprop.step", 1

MATHML = '<math xmlns="http://www.w3.org/1998/Math/MathML">{}</math>'

PART_SENTENCES = {
    "gradient": "the gradient of this step's rows",
    "L2": "the gradient of the L2 penalty, which shrinks weights",
    "clipping": "the part of the gradient that clipping removed",
    "momentum": "the running mean of earlier gradients",
    "decay": "weight decay: every weight shrinks a little",
    "other": "terms of the optimizer's formula with no single source",
}


def viewed(step: StepData) -> dict[str, Any]:
    """Return the document for the page, with each known slip."""
    return document_of(step, slips=True)


def document_of(step: StepData, slips: bool = False) -> dict[str, Any]:
    """Return the step as plain data, safe for JSON: NaN and infinities are strings."""
    from clearprop.explaining.work.page import slips_for_page
    from clearprop.version import __version__

    nodes = _Nodes(step)
    known = {"slips": slips_for_page(step, nodes.place)} if slips else {}
    quantities = [_quantity(step, nodes, q) for q in step.record.quantities.values()]
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_by": f"clearprop {__version__}",
        "title": _title(step),
        "loss": _loss(step),
        "layers": list(_layers(step.task.network)),
        "nodes": nodes.listed,
        "quantities": quantities,
        "aliases": {**step.record.aliases, **_delta(step)},
        "names": dict(step.names),
        "equations": {
            q.path: _equation(step, q)
            for q in step.record.quantities.values()
            if q.symbol.op != "given"
        },
        "phases": [
            {"name": phase, "moments": [q.path for q in moments_of(step, phase)]}
            for phase in PHASES[1:]
        ],
        "update": _update(step),
        "rows": _rows(step),
        "inputs": {
            "names": list(step.labels.columns) or None,
            "image": _plain(step.labels.image),
            **_standardised(step.labels.inputs),
            **_cells(step.labels.cells),
        },
        "outputs": {
            "names": list(step.labels.classes) or None,
            **_standardised(step.labels.outputs),
        },
        **known,
    }


def _values(array: Any) -> list[Any]:
    flat = np.ravel(np.asarray(array, np.float64))
    if np.isfinite(flat).all():
        return list(flat.tolist())
    return [json_safe(value) for value in flat]


class _Nodes:
    """The graph's nodes in order, and each symbol's place among them."""

    def __init__(self, step: StepData) -> None:
        found: dict[int, Symbol] = {}
        waiting = [quantity.symbol for quantity in step.record.quantities.values()]
        while waiting:
            symbol = waiting.pop()
            if symbol.serial not in found:
                found[symbol.serial] = symbol
                waiting += symbol.args
        ordered = [found[serial] for serial in sorted(found)]
        self.place = {symbol.serial: place for place, symbol in enumerate(ordered)}
        self.listed = [self._node(symbol) for symbol in ordered]

    def _node(self, symbol: Symbol) -> dict[str, Any]:
        if symbol.op == "constant":
            return {"op": "constant", "value": json_safe(symbol.value)}
        node: dict[str, Any] = {"op": symbol.op}
        if symbol.args:
            node["args"] = [self.place[arg.serial] for arg in symbol.args]
        return {**node, **{name: _plain(value) for name, value in symbol.attributes}}


def _cells(cells: TableCells | None) -> dict[str, Any]:
    """Return what stands in the table, where that is known."""
    if cells is None:
        return {}
    codes = [
        None if code is None else {name: _plain(value) for name, value in code._asdict().items()}
        for code in cells.codes
    ]
    rows = [list(row) for row in cells.rows]
    found = {"columns": list(cells.columns), "of": list(cells.of), "rows": rows, "codes": codes}
    return {"cells": found}


def _standardised(columns: Sequence[Standardised | None]) -> dict[str, Any]:
    """Return how columns were standardised, where anything is known of one."""
    if not any(columns):
        return {}
    return {"standardised": [None if one is None else one._asdict() for one in columns]}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _title(step: StepData) -> dict[str, Any]:
    return {
        "model": step.labels.model,
        "network": network_title(step.task.network, step.task.loss),
        "optimizer": optimizer_title(step.task.optimizer, step.rate),
        "step": step.labels.step,
        "rows": len(step["x"]),
        "text": step.title,
    }


def _loss(step: StepData) -> dict[str, Any]:
    after, before = step.loss_after, step.loss_before
    predicted = step.loss_predicted
    return {
        "name": type(step.task.loss).__name__,
        "convention": step.task.loss.convention,
        "before": json_safe(before),
        "after": None if after is None else json_safe(after),
        "change": None if after is None else json_safe(after - before),
        "predicted": None if predicted is None else json_safe(predicted),
        "penalty": json_safe(step["penalty"]) if "penalty" in step else 0.0,
    }


def _layers(layer: Layer, path: str = "", width: int | None = None) -> Any:
    if isinstance(layer, Combined):
        for name, child in layer.children.items():
            inside = f"{path}.{name}" if path else name
            yield from _layers(child, inside, width)
            width = child.output_width(width)
        return
    inputs = getattr(layer, "inputs", getattr(layer, "width", width))
    shapes = layer.init(np.random.default_rng(0))
    yield {
        "path": path,
        "kind": type(layer).__name__,
        "inputs": inputs,
        "outputs": layer.output_width(inputs),
        "parameters": [f"{path}.{name}" if path else name for name in shapes],
    }


def _quantity(step: StepData, nodes: _Nodes, quantity: Quantity) -> dict[str, Any]:
    name = step.name_of(quantity)
    value = quantity.value
    return {
        "path": quantity.path,
        "node": nodes.place[quantity.symbol.serial],
        "phase": quantity.phase,
        "layer": quantity.layer or None,
        "symbol": {
            "text": Text().name(name),
            "latex": Latex().name(name),
            "mathml": MathML().name(name),
        },
        "meaning": step.meaning_of(quantity),
        "shape": list(np.shape(value)),
        "dtype": str(np.asarray(value).dtype),
        "axes": axes_of(step, quantity),
        "values": _values(value),
    }


def _equation(step: StepData, quantity: Quantity) -> dict[str, str]:
    mathml = MathML()
    left = mathml.name(step.name_of(quantity))
    right = step.formula(quantity.symbol, mathml)
    meaning = step.meaning_of(quantity)
    return {
        "text": step.equation(quantity.path),
        "latex": step.equation(quantity.path, Latex()),
        "mathml": MATHML.format(f"<mrow>{left}<mo>=</mo>{right}</mrow>"),
        "sentence": f"{meaning[0].upper()}{meaning[1:]}.",
    }


def _update(step: StepData) -> dict[str, Any] | None:
    if step.rate is None:
        return None
    names = dict.fromkeys(part.name for parts in step.record.parts.values() for part in parts)
    return {
        "parts": [
            {"name": name, "sentence": PART_SENTENCES.get(name, f"the optimizer's {name}")}
            for name in names
        ]
    }


def _rows(step: StepData) -> list[dict[str, Any]]:
    labels, losses = step.labels, np.ravel(step["row_loss"])
    given = step.batch.weights
    weights = np.ones(len(losses)) if given is None else given

    def word(words: tuple[str, ...], place: int) -> str | None:
        return words[place] if place < len(words) else None

    return [
        {
            "label": word(labels.rows, place) or f"row {place}",
            "target": word(labels.targets, place),
            "prediction": word(labels.predictions, place),
            "loss": json_safe(loss),
            "weight": json_safe(weights[place]),
            **_picture(labels.pictures, place),
        }
        for place, loss in enumerate(losses)
    ]


def _picture(pictures: np.ndarray | None, place: int) -> dict[str, Any]:
    if pictures is None:
        return {}
    one = pictures[place]
    return {"picture": {"shape": list(one.shape), "values": _values(one)}}


def _delta(step: StepData) -> dict[str, str]:
    return {name: path for name, path in step.names.items() if name.endswith(".delta")}
