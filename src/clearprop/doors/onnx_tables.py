"""A model of a raw table as an ONNX graph: its columns, its networks, and their mean."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import is_classifier

from clearprop.data.columns import LeftOutColumn
from clearprop.definitions.losses import BinaryCrossEntropy
from clearprop.doors.onnx_columns import ColumnInputs, encoded_codes, encoded_columns
from clearprop.doors.onnx_model_parts import classified, regressed, whole
from clearprop.doors.onnx_nodes import Nodes
from clearprop.doors.program import program_of
from clearprop.doors.served import Served, served_network
from clearprop.doors.served_models import served_estimator
from clearprop.tables.base import BaseTable
from clearprop.tables.calibration import SMALLEST_P
from clearprop.tables.classifier import MULTILABEL
from clearprop.tables.members_model import MembersModel
from clearprop.tables.model import TableModel
from clearprop.tables.recipe import WITHOUT_PIECES


def is_table(model: Any) -> bool:
    """Return whether a model takes a raw table that is not one network over numbers alone."""
    if isinstance(model, TableModel):
        used = [one for one in model.encoder.columns if not isinstance(one, LeftOutColumn)]
        return any(one.kind != "number" for one in used)
    return isinstance(model, BaseTable | MembersModel)


def table_graph(model: Any) -> Any:
    """Return the graph of a model of a raw table."""
    nodes = Nodes()
    if isinstance(model, TableModel):
        return _of_one_network(nodes, model)
    return _of_members(nodes, model.estimator if isinstance(model, MembersModel) else model)


def _of_one_network(nodes: Nodes, model: TableModel) -> Any:
    columns = ColumnInputs(nodes, model.encoder.columns)
    inner = served_estimator(model.estimator)
    dtype = inner.dtype
    x = encoded_columns(nodes, columns, model.encoder, dtype)
    (prediction,) = nodes.program(program_of(inner, dtype), x, dtype)
    if inner.classes is not None:
        outputs = classified(nodes, prediction, inner.classes, False, dtype)
    else:
        assert model.target is not None
        scale = np.array([model.target.sd]), np.array([model.target.mean])
        outputs = regressed(_rescaled(nodes, prediction, *scale), 1)
    return whole(nodes, columns.inputs, outputs, {**columns.told, "prediction": inner.answer})


def _of_members(nodes: Nodes, estimator: Any) -> Any:
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(estimator)
    columns = ColumnInputs(nodes, estimator.inputs_.columns)
    x = encoded_codes(nodes, columns, estimator.inputs_)
    predictions = [_member(nodes, estimator, k, x) for k in range(len(estimator.members_))]
    if is_classifier(estimator):
        multilabel = estimator._binarizer.y_type_ == MULTILABEL
        found = [_probabilities(nodes, p, estimator, multilabel) for p in predictions]
        mean = _mean(nodes, found)
        if not multilabel and len(estimator.classes_) == 2:
            # The labels of two classes are made of the probability of the second.
            mean = nodes.add("Gather", mean, nodes.constant([1], np.int64), axis=1)
        outputs = classified(nodes, mean, estimator.classes_, multilabel, np.dtype(np.float64))
    else:
        scale = estimator.target_sd_, estimator.target_mean_
        mean = _mean(nodes, [_rescaled(nodes, p, *scale) for p in predictions])
        low, high = (nodes.constant(end, np.float64) for end in estimator.target_range_)
        mean = nodes.add("Max", nodes.add("Min", mean, high), low)
        outputs = regressed(mean, len(estimator.target_sd_))
    return whole(nodes, columns.inputs, outputs, columns.told)


def _member(nodes: Nodes, estimator: Any, member: int, x: str) -> str:
    """Return the linked outputs of one network, for the inputs of all of them."""
    found = estimator.members_[member]
    if found.inputs == WITHOUT_PIECES:
        places = nodes.constant(estimator.inputs_.without_pieces(), np.int64, "without_pieces")
        x = nodes.add("Gather", x, places, axis=1)
    one: Served = served_network(
        estimator.network(member), found.params, estimator.member_loss, None, None
    )
    return nodes.program(program_of(one, one.dtype), x, one.dtype)[0]


def _probabilities(nodes: Nodes, linked: str, estimator: Any, multilabel: bool) -> str:
    """Return the probabilities (N, classes) of a member, as `TableClassifier` makes them."""
    if multilabel:
        return nodes.cast(linked, np.float64)
    least = nodes.constant(SMALLEST_P, np.float32)
    one = nodes.constant(1.0, np.float32)
    if isinstance(estimator.member_loss, BinaryCrossEntropy):
        most = nodes.constant(1 - SMALLEST_P, np.float32)
        p = nodes.add("Max", nodes.add("Min", linked, most), least)
        other = nodes.add("Log", nodes.add("Sub", one, p))
        odds = nodes.add("Sub", nodes.add("Log", p), other)
        zero = nodes.add("Sub", p, p)
        logits = nodes.add("Concat", zero, odds, axis=1)
    else:
        logits = nodes.add("Log", nodes.add("Max", nodes.add("Min", linked, one), least))
    logits = nodes.cast(logits, np.float64)
    temperature = nodes.constant(estimator.temperature_, np.float64)
    return nodes.add("Softmax", nodes.add("Div", logits, temperature), axis=-1)


def _rescaled(nodes: Nodes, prediction: str, sd: Any, mean: Any) -> str:
    """Return predictions in the unit of the target."""
    scaled = nodes.add("Mul", nodes.cast(prediction, np.float64), nodes.constant(sd, np.float64))
    return nodes.add("Add", scaled, nodes.constant(mean, np.float64))


def _mean(nodes: Nodes, results: list[str]) -> str:
    """Return the mean in float64; onnxruntime has Mean in float32 only."""
    total = results[0]
    for result in results[1:]:
        total = nodes.add("Add", total, result)
    return nodes.add("Div", total, nodes.constant(len(results), np.float64))
