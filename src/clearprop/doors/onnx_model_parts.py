"""What every ONNX graph ends with: labels and probabilities, or predictions; and its frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from clearprop.doors.onnx_nodes import IR_VERSION, ML, ML_OPSET, ONNXRUNTIME, OPSET, Nodes
from clearprop.version import __version__

Outputs = Mapping[str, tuple[str, Any, int]]
"""For each output of a graph the result that it is, its dtype, and its width; 0 of a label."""


def classified(nodes: Nodes, p: str, classes: Any, multilabel: bool, dtype: Any) -> Outputs:
    """Add labels, and return the outputs "label" and "probabilities" of a classifier.

    `p` is (N, 1), the probability of the second class, or (N, K).
    """
    half = nodes.constant(0.5, dtype)
    if multilabel:
        label = nodes.cast(nodes.add("Greater", p, half), np.int64)
        return {"label": (label, np.int64, len(classes)), "probabilities": (p, dtype, len(classes))}
    if len(classes) <= 2:
        one = nodes.constant(1.0, dtype)
        place = nodes.cast(nodes.add("Greater", p, half), np.int64)
        place = nodes.add("Reshape", place, nodes.constant([-1], np.int64))
        p = nodes.add("Concat", nodes.add("Sub", one, p), p, axis=1)
    else:
        place = nodes.add("ArgMax", p, axis=1, keepdims=0)
    return {
        "label": (labels_at(nodes, place, classes), label_dtype(classes), 0),
        "probabilities": (p, dtype, max(len(classes), 2)),
    }


def regressed(prediction: str, width: int) -> Outputs:
    """Return the output of a regression, (N, width) in float64."""
    return {"prediction": (prediction, np.float64, width)}


def labels_at(nodes: Nodes, place: str, classes: Any) -> str:
    """Return the classes at places (N,)."""
    names = list(classes) * (2 if len(classes) == 1 else 1)
    dtype = label_dtype(classes)
    values = [str(name) for name in names] if dtype is object else names
    return nodes.add("Gather", nodes.constant(values, dtype, "classes"), place, axis=0)


def label_dtype(classes: Any) -> Any:
    """Return the dtype that labels have in a graph: whole numbers, truth values or strings."""
    kind = np.asarray(classes).dtype.kind
    return {"i": np.int64, "u": np.int64, "b": np.bool_, "f": np.float64}.get(kind, object)


def whole(
    nodes: Nodes,
    inputs: Mapping[str, tuple[Any, int]],
    outputs: Outputs,
    told: Mapping[str, str],
) -> Any:
    """Return the checked model of a graph.

    Parameters
    ----------
    nodes
        Its operations.
    inputs
        The dtype and the width of each input (N, width).
    outputs
        For each output the result that it is, its dtype, and its width; a label has none.
    told
        What the file says of itself.
    """
    import onnx
    from onnx import helper

    for name, (result, _, _) in outputs.items():
        nodes.nodes.append(helper.make_node("Identity", [result], [name], name=f"to_{name}"))
    graph = helper.make_graph(
        nodes.nodes,
        "clearprop",
        [_value(name, dtype, ["N", width]) for name, (dtype, width) in inputs.items()],
        [
            _value(name, dtype, ["N", width] if width else ["N"])
            for name, (_, dtype, width) in outputs.items()
        ],
        list(nodes.initializers.values()),
    )
    versions = {"": OPSET, ML: ML_OPSET, ONNXRUNTIME: 1}
    wanted = [helper.make_opsetid(name, versions[name]) for name in sorted({"", *nodes.domains})]
    model = helper.make_model(
        graph, opset_imports=wanted, ir_version=IR_VERSION,
        producer_name="clearprop", producer_version=__version__,
    )  # fmt: skip
    helper.set_model_props(model, dict(told))
    onnx.checker.check_model(model)
    return model


def _value(name: str, dtype: Any, shape: Sequence[Any]) -> Any:
    from onnx import helper

    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return helper.make_tensor_value_info(name, kind, shape)
