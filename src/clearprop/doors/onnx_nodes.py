"""Nodes of an ONNX graph, and one row for each primitive: how ONNX's operators compute it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.readings.table import PrimitiveTable

if TYPE_CHECKING:
    from clearprop.doors.program import Program

ML = "ai.onnx.ml"
"""The operators of classical machine learning."""

ONNXRUNTIME = "com.microsoft"
"""Operators that onnxruntime alone has."""

OURS = "clearprop/"
"""Every name of a graph begins so, but for those of its inputs and outputs."""

OPSET, ML_OPSET, IR_VERSION = 18, 3, 8
"""The oldest with all operators used here: onnxruntime reads them since 1.14."""


class Nodes:
    """The nodes and constants of a graph that is being written; each result has its own name."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.initializers: dict[str, Any] = {}
        self.domains: set[str] = set()
        self._constants: dict[Any, str] = {}

    def add(self, op: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node and return the name of its one result."""
        from onnx import helper

        name = f"{OURS}{op}_{len(self.nodes) + 1}"
        self.domains.add(domain)
        self.nodes.append(
            helper.make_node(op, list(inputs), [name], name=name, domain=domain, **attributes)
        )
        return name

    def constant(self, value: Any, dtype: Any, name: str = "constant") -> str:
        """Return the name of a constant; equal ones are kept once."""
        from onnx import numpy_helper

        array = np.array(value, dtype)
        content = tuple(array.ravel()) if array.dtype == object else array.tobytes()
        key = (array.dtype.str, array.shape, content)
        if key not in self._constants:
            unique = f"{OURS}{name}_{len(self.initializers) + 1}"
            self.initializers[unique] = numpy_helper.from_array(array, unique)
            self._constants[key] = unique
        return self._constants[key]

    def cast(self, name: str, dtype: Any) -> str:
        """Return a result in another dtype."""
        from onnx import helper

        return self.add("Cast", name, to=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def program(self, program: Program, x: str, dtype: Any) -> list[str]:
        """Add the operations of a program and return the names of its results."""
        names = {"x": x}
        for name, value in program.constants.items():
            names[name] = self.constant(value, dtype, name)
        writer = Primitives(self, dtype)
        for step in program.steps:
            args = [
                names[arg] if isinstance(arg, str) else self.constant(arg, dtype)
                for arg in step.args
            ]
            names[step.name] = OPERATORS[step.op](writer, *args, **step.attributes)
        return [names[result] for result in program.results]


class Primitives:
    """What a row of the table writes with: nodes, and numbers in the graph's dtype."""

    def __init__(self, nodes: Nodes, dtype: Any) -> None:
        self.add, self.dtype, self.nodes = nodes.add, np.dtype(dtype), nodes

    def number(self, value: float) -> str:
        """Return the name of a number."""
        return self.nodes.constant(value, self.dtype)

    def whole(self, *values: int) -> str:
        """Return the name of a list of whole numbers, as axes and shapes are given."""
        return self.nodes.constant(values, np.int64)


Operator = Callable[..., str]


def _one(op: str, **attributes: Any) -> Operator:
    return lambda write, *args: write.add(op, *args, **attributes)


def _reduced(op: str) -> Operator:
    def operator(write: Primitives, z: str, axis: int | None, keepdims: bool) -> str:
        axes = [] if axis is None else [write.whole(axis)]
        return write.add(op, z, *axes, keepdims=int(keepdims))

    return operator


def _expm1(write: Primitives, z: str) -> str:
    """Return tanh(z / 2) (eᶻ + 1), which is eᶻ - 1 without its cancellation near 0."""
    half = write.add("Tanh", write.add("Mul", z, write.number(0.5)))
    return write.add("Mul", half, write.add("Add", write.add("Exp", z), write.number(1.0)))


def _ndtr(write: Primitives, z: str) -> str:
    """Return (1 + erf(z / √2)) / 2; onnxruntime has erf in float32 only."""
    scaled = write.add("Mul", z, write.number(np.sqrt(0.5)))
    if write.dtype == np.float64:
        scaled = write.nodes.cast(scaled, np.float32)
    erf = write.add("Erf", scaled)
    if write.dtype == np.float64:
        erf = write.nodes.cast(erf, np.float64)
    return write.add("Mul", write.add("Add", erf, write.number(1.0)), write.number(0.5))


def _ones_like(write: Primitives, z: str) -> str:
    return write.add("Expand", write.number(1.0), write.add("Shape", z))


def _pack(write: Primitives, *arrays: str) -> str:
    vectors = [write.add("Reshape", array, write.whole(-1)) for array in arrays]
    return write.add("Concat", *vectors, axis=0)


OPERATORS: PrimitiveTable[Operator] = PrimitiveTable(
    "clearprop.doors.onnx_nodes.OPERATORS",
    {
        "negative": _one("Neg"),
        "add": _one("Add"),
        "subtract": _one("Sub"),
        "multiply": _one("Mul"),
        "divide": _one("Div"),
        "power": _one("Pow"),
        "greater": _one("Greater"),
        "matmul": _one("MatMul"),
        "transpose": _one("Transpose"),
        "column": lambda write, z: write.add("Unsqueeze", z, write.whole(1)),
        "pack": _pack,
        "norm": lambda write, z: write.add("ReduceL2", z, keepdims=0),
        "exp": _one("Exp"),
        "expm1": _expm1,
        "log": _one("Log"),
        "sqrt": _one("Sqrt"),
        "tanh": _one("Tanh"),
        "absolute": _one("Abs"),
        "sign": _one("Sign"),
        "maximum": _one("Max"),
        "minimum": _one("Min"),
        "where": _one("Where"),
        "ones_like": _ones_like,
        "sum": _reduced("ReduceSum"),
        "mean": _reduced("ReduceMean"),
        "expit": _one("Sigmoid"),
        "softplus": _one("Softplus"),
        "ndtr": _ndtr,
        "softmax": _one("Softmax", axis=-1),
        "log_softmax": _one("LogSoftmax", axis=-1),
    },
)
"""How each primitive is computed by operators of ONNX."""
