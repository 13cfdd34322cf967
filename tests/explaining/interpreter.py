"""A reader of `Step.to_dict()` that knows NumPy and the contract, and nothing of the package.

It computes a step again from the graph of primitives and the quantities that are given.
"""

import math
from typing import Any

import numpy as np

WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def _softmax(z: np.ndarray) -> np.ndarray:
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _log_softmax(z: np.ndarray) -> np.ndarray:
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


OPERATIONS: dict[str, Any] = {
    "negative": np.negative,
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "power": np.power,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "greater": np.greater,
    "where": np.where,
    "matmul": np.matmul,
    "transpose": np.transpose,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "absolute": np.abs,
    "sign": np.sign,
    "ones_like": np.ones_like,
    "expit": lambda z: 0.5 * (1.0 + np.tanh(0.5 * z)),
    "softplus": lambda z: np.logaddexp(0.0, z),
    "ndtr": np.vectorize(lambda z: 0.5 * math.erfc(-z / math.sqrt(2.0)), otypes=[float]),
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "norm": lambda vector: math.sqrt(math.fsum(np.ravel(vector) ** 2)),
    "column": lambda vector: vector.reshape(-1, 1),
    "pack": lambda *arrays: np.concatenate([np.ravel(array) for array in arrays]),
}


def number(value: Any) -> float:
    """Return a number of the document, which may be a word."""
    return WORDS[value] if isinstance(value, str) else float(value)


def arrays_in(document: dict[str, Any]) -> dict[str, np.ndarray]:
    """Return every quantity's array by its path."""
    return {
        quantity["path"]: np.array([number(v) for v in quantity["values"]]).reshape(
            quantity["shape"]
        )
        for quantity in document["quantities"]
    }


def computed(document: dict[str, Any]) -> dict[str, np.ndarray]:
    """Return every quantity that is not given, computed by its equation from recorded values."""
    recorded = arrays_in(document)
    paths = {quantity["node"]: quantity["path"] for quantity in document["quantities"]}
    values: list[Any] = []
    found = {}
    for place, node in enumerate(document["nodes"]):
        path = paths.get(place)
        if node["op"] == "given":
            # Every given number has a name, or the step could not be computed again.
            values.append(recorded[paths[place]])
            continue
        value = _value(node, [values[arg] for arg in node.get("args", ())])
        if path is not None:
            found[path] = np.asarray(value)
        values.append(value if path is None else recorded[path])
    return found


def _value(node: dict[str, Any], args: list[Any]) -> Any:
    op = node["op"]
    if op == "constant":
        return number(node["value"])
    if op in ("sum", "mean"):
        reduce = np.sum if op == "sum" else np.mean
        return reduce(args[0], axis=node["axis"], keepdims=node["keepdims"])
    with np.errstate(all="ignore"):
        return OPERATIONS[op](*args)
