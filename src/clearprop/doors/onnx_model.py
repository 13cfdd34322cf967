"""to_onnx: a model as an ONNX graph, its operations read from the definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.optional import require
from clearprop.doors.onnx_model_parts import Outputs, classified, whole
from clearprop.doors.onnx_nodes import Nodes
from clearprop.doors.program import program_of
from clearprop.doors.served import Served
from clearprop.doors.served_models import served

if TYPE_CHECKING:
    from clearprop.definitions.layer import Tree
    from clearprop.definitions.losses import Loss

DTYPES = ("float32", "float64")


def to_onnx(
    model: Any,
    params: Tree | None = None,
    *,
    loss: Loss | None = None,
    state: Any = None,
    inputs: int | None = None,
    dtype: Any = None,
) -> Any:
    """Return a model as an ONNX graph, which other programs and languages predict with.

    The operations are those that the layers' own definitions and the loss's link run, read by the
    tracing namespace, each written by ONNX's operators. Rows are predicted one by one: dropout is
    left out, BatchNorm has its running statistics.

    ==================  ==========================  ==============================================
    model               inputs of the graph         outputs of the graph
    ==================  ==========================  ==============================================
    network, result     "X" (N, I)                  "prediction" (N, K): the loss's link
    classifier          "X" (N, I)                  "label" (N,), "probabilities" (N, classes)
    regressor           "X" (N, I)                  "prediction" (N, 1) or (N, outputs)
    pipeline            "X" (N, I)                  as its last step
    model of a table    one for each column (N, 1)  as a classifier or a regressor
    ==================  ==========================  ==============================================

    A table's numbers are float64, NaN where one is missing; its categories and texts are strings,
    "" where one is missing. A date is the seconds since 1970-01-01 00:00 as its own clock shows
    them, float64, and a time of day the seconds since midnight. Numbers among categories are
    written as clearprop names them, 1 for 1.0. A table of nothing but numbers has one input "X";
    the metadata "columns" name its columns.

    Parameters
    ----------
    model : Layer, TrainingResult, OpenedModel, estimator, Pipeline or model of clearprop.load
        A network is given with `params`. Pipelines may scale and fill numbers first, and a
        TransformedTargetRegressor may standardise the target.
    params : tree, optional
        Of a network.
    loss : Loss, optional
        Of a network: its link is applied to the raw outputs; without it they are the prediction.
    state : optional
        Of a network with BatchNorm: the state that training returned.
    inputs : int, optional
        Of a network: how many numbers a row has, where no layer says it.
    dtype : "float32" or "float64", optional
        Of the graph; that of the parameters without it, float64 for a table.

    Returns
    -------
    onnx.ModelProto
        ``model.SerializeToString()`` is the file's content.

    Raises
    ------
    ModuleNotFoundError
        If the package onnx is missing.
    TypeError, ValueError
        If ONNX has no operators for a part of the model; the message names it.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> net = cp.Chain(cp.Dense(2, 3), cp.Tanh(), cp.Dense(3, 1))
    >>> graph = cp.to_onnx(net, net.init(np.random.default_rng(0)))
    >>> [node.op_type for node in graph.graph.node]
    ['MatMul', 'Add', 'Tanh', 'MatMul', 'Add', 'Identity']
    """
    require("onnx", "to_onnx", "onnx")
    from clearprop.doors.onnx_tables import is_table, table_graph

    if dtype is not None and np.dtype(dtype).name not in DTYPES:
        raise ValueError(f"dtype must be one of {', '.join(DTYPES)}, not {dtype!r}")
    if is_table(model):
        if any(value is not None for value in (params, loss, state, inputs)):
            raise TypeError("params, loss, state and inputs are for a network; a table has its own")
        return table_graph(model)
    found = served(model, params, loss=loss, state=state, inputs=inputs)
    return network_graph(found, np.dtype(dtype or found.dtype))


def network_graph(found: Served, dtype: np.dtype[Any]) -> Any:
    """Return the graph of one network with rows of numbers."""
    nodes = Nodes()
    program = program_of(found, dtype)
    (prediction,) = nodes.program(program, "X", dtype)
    if found.classes is None:
        outputs: Outputs = {"prediction": (prediction, dtype, program.widths[0])}
    else:
        outputs = classified(nodes, prediction, found.classes, found.multilabel, dtype)
    told = {"prediction": found.answer}
    if found.columns:
        told["columns"] = "\n".join(found.columns)
    return whole(nodes, {"X": (dtype, found.inputs)}, outputs, told)
