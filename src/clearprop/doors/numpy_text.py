"""export_numpy: a network as one Python file that needs NumPy only."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from clearprop.doors.program import Program, Step
from clearprop.doors.served import Served
from clearprop.doors.served_models import served
from clearprop.doors.text import number_text, numbers_in_lines, text_program
from clearprop.readings import numpy as reading
from clearprop.readings.table import PrimitiveTable
from clearprop.version import __version__

if TYPE_CHECKING:
    from clearprop.definitions.layer import Tree
    from clearprop.definitions.losses import Loss

EXPRESSIONS: PrimitiveTable[str] = PrimitiveTable(
    "clearprop.doors.numpy_text.EXPRESSIONS",
    {
        "negative": "-{0}",
        "add": "{0} + {1}",
        "subtract": "{0} - {1}",
        "multiply": "{0} * {1}",
        "divide": "{0} / {1}",
        "power": "{0} ** {1}",
        "greater": "{0} > {1}",
        "matmul": "{0} @ {1}",
        "transpose": "{0}.T",
        "column": "{0}[:, None]",
        "pack": "np.concatenate([np.ravel(array) for array in ({0}, {1})])",
        "norm": "np.linalg.norm({0})",
        "exp": "np.exp({0})",
        "expm1": "np.expm1({0})",
        "log": "np.log({0})",
        "sqrt": "np.sqrt({0})",
        "tanh": "np.tanh({0})",
        "absolute": "np.absolute({0})",
        "sign": "np.sign({0})",
        "maximum": "np.maximum({0}, {1})",
        "minimum": "np.minimum({0}, {1})",
        "where": "np.where({0}, {1}, {2})",
        "ones_like": "np.ones_like({0})",
        "sum": "np.sum({0}, axis={axis}, keepdims={keepdims})",
        "mean": "np.mean({0}, axis={axis}, keepdims={keepdims})",
        "expit": "expit({0})",
        "softplus": "softplus({0})",
        "ndtr": "ndtr({0})",
        "softmax": "softmax({0})",
        "log_softmax": "log_softmax({0})",
    },
)
"""How each primitive is written in Python."""

EXPIT = '''\
def expit(z):
    """Return 1 / (1 + exp(-z)) from the exponential that does not overflow."""
    small = np.exp(-np.absolute(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)
'''

NDTR = '''\
def ndtr(z):
    """Return the distribution function of the standard normal."""
    return 0.5 * np.vectorize(math.erfc, otypes=[float])(-z * math.sqrt(0.5))
'''


def _source(name: str) -> str:
    return inspect.getsource(getattr(reading, name))


HELPERS: dict[str, tuple[str, ...]] = {
    "expit": (EXPIT,),
    "ndtr": (NDTR,),
    "softplus": (_source("softplus"),),
    "softmax": (_source("softmax"),),
    "log_softmax": (_source("log_sum_exp_of_shifted"), _source("log_softmax")),
}
"""Functions that NumPy lacks; those of the NumPy reading are written as they stand there."""


def export_numpy(
    model: Any,
    params: Tree | None = None,
    *,
    loss: Loss | None = None,
    state: Any = None,
    inputs: int | None = None,
) -> str:
    """Return a small network as the text of a Python file that needs NumPy only.

    Its function ``predict(x)`` takes rows (N, I) and returns the loss's link (N, K), computed in
    float64 by the operations that the layers' own definitions run.

    Parameters
    ----------
    model, params, loss, state, inputs
        As for :func:`clearprop.to_onnx`: a network with its parameters, a result of training, a
        fitted estimator, or a model of a table of numbers with one network.

    Returns
    -------
    text : str
        The file's content.

    Raises
    ------
    TypeError, ValueError
        If the model has several networks, or too many numbers for a text.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> net = cp.Chain(cp.Dense(1, 1), cp.Tanh())
    >>> params = {"dense1": {"W": np.array([[2.0]]), "b": np.array([0.5])}}
    >>> text = cp.export_numpy(net, params)
    >>> print(text[text.index("def predict"):], end="")
    def predict(x):
        \"\"\"Return the outputs, (N, 1), for rows x (N, 1).\"\"\"
        x = np.asarray(x, np.float64)
        v1 = x @ dense1_W
        v2 = v1 + dense1_b
        v3 = np.tanh(v2)
        return v3
    """
    found = served(model, params, loss=loss, state=state, inputs=inputs)
    program, names = text_program(found)
    parts = [_head(found), *_helpers(program), _constants(program, names)]
    return "\n\n".join(part.rstrip() for part in [*parts, _function(found, program, names)]) + "\n"


def _head(found: Served) -> str:
    classes = "" if found.classes is None else f"\nCLASSES = {[*map(_plain, found.classes)]!r}"
    columns = f"\nCOLUMNS = {list(found.columns)!r}" if found.columns else ""
    return (
        f'"""A network that clearprop {__version__} wrote: NumPy is all that it needs."""\n\n'
        "from __future__ import annotations\n\n"
        f"import math  # noqa: F401\n\nimport numpy as np\n{classes}{columns}"
    )


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _helpers(program: Program) -> list[str]:
    used = {step.op for step in program.steps}
    return [text for op, texts in HELPERS.items() if op in used for text in texts]


def _constants(program: Program, names: dict[str, str]) -> str:
    lines = []
    for name, value in program.constants.items():
        shape = f".reshape({', '.join(map(str, value.shape))})" if value.ndim > 1 else ""
        lines.append(f"{names[name]} = np.array([\n{numbers_in_lines(value)}\n]){shape}")
    return "\n".join(lines)


def _function(found: Served, program: Program, names: dict[str, str]) -> str:
    width = program.widths[0]
    lines = [
        "def predict(x):",
        f'    """Return {found.answer}, (N, {width}), for rows x (N, {found.inputs})."""',
        "    x = np.asarray(x, np.float64)",
    ]
    lines += [f"    {step.name} = {_expression(step, names)}" for step in program.steps]
    return "\n".join([*lines, f"    return {program.results[0]}"])


def _expression(step: Step, names: dict[str, str]) -> str:
    args = [
        names.get(arg, arg) if isinstance(arg, str) else number_text(arg, "np.inf")
        for arg in step.args
    ]
    return EXPRESSIONS[step.op].format(*args, **step.attributes)
