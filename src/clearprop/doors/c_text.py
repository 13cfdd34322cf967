"""export_c: a network as one C file that needs the mathematics library only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from clearprop.doors.program import Program, Step
from clearprop.doors.served import Served
from clearprop.doors.served_models import served
from clearprop.doors.text import number_text, numbers_in_lines, text_program
from clearprop.readings.table import PrimitiveTable
from clearprop.version import __version__

if TYPE_CHECKING:
    from clearprop.definitions.layer import Tree
    from clearprop.definitions.losses import Loss

NO_ROW = ""
"""The row of a primitive that puts rows together, which no program has."""

STATEMENTS: PrimitiveTable[str] = PrimitiveTable(
    "clearprop.doors.c_text.STATEMENTS",
    {
        "negative": "-{0}",
        "add": "{0} + {1}",
        "subtract": "{0} - {1}",
        "multiply": "{0} * {1}",
        "divide": "{0} / {1}",
        "power": "pow({0}, {1})",
        "greater": "{0} > {1}",
        "matmul": "matmul({0}, {1}, {out}, {inner}, {width});",
        "transpose": NO_ROW,
        "column": "{0}",
        "pack": NO_ROW,
        "norm": NO_ROW,
        "exp": "exp({0})",
        "expm1": "expm1({0})",
        "log": "log({0})",
        "sqrt": "sqrt({0})",
        "tanh": "tanh({0})",
        "absolute": "fabs({0})",
        "sign": "sign({0})",
        "maximum": "maximum({0}, {1})",
        "minimum": "minimum({0}, {1})",
        "where": "{0} != 0.0 ? {1} : {2}",
        "ones_like": "1.0",
        "sum": "{out}[0] = sum({0}, {inner});",
        "mean": "{out}[0] = sum({0}, {inner}) / {inner}.0;",
        "expit": "expit({0})",
        "softplus": "softplus({0})",
        "ndtr": "0.5 * erfc(-{0} * 0.7071067811865476)",
        "softmax": "softmax({0}, {out}, {width});",
        "log_softmax": "log_softmax({0}, {out}, {width});",
    },
)
"""How each primitive is written in C: an expression for each number, or a statement for a row."""

HELPERS = {
    "matmul": """\
static void matmul(const double *a, const double *w, double *out, int inner, int width) {
    for (int j = 0; j < width; j++) out[j] = 0.0;
    for (int i = 0; i < inner; i++)
        for (int j = 0; j < width; j++) out[j] += a[i] * w[i * width + j];
}
""",
    "sum": """\
static double sum(const double *a, int width) {
    double total = 0.0;
    for (int i = 0; i < width; i++) total += a[i];
    return total;
}
""",
    "maximum": "static double maximum(double a, double b) { return a > b || a != a ? a : b; }\n",
    "minimum": "static double minimum(double a, double b) { return a < b || a != a ? a : b; }\n",
    "sign": "static double sign(double a) { return a != a ? a : (a > 0.0) - (a < 0.0); }\n",
    "expit": """\
static double expit(double z) {
    double small = exp(-fabs(z));
    return (z >= 0.0 ? 1.0 : small) / (1.0 + small);
}
""",
    "softplus": """\
static double softplus(double z) { return (z > 0.0 ? z : 0.0) + log1p(exp(-fabs(z))); }
""",
    "softmax": """\
static void softmax(const double *a, double *out, int width) {
    double most = a[0], total = 0.0;
    for (int i = 1; i < width; i++) if (a[i] > most) most = a[i];
    for (int i = 0; i < width; i++) total += out[i] = exp(a[i] - most);
    for (int i = 0; i < width; i++) out[i] /= total;
}
""",
    "log_softmax": """\
static void log_softmax(const double *a, double *out, int width) {
    int place = 0;
    double others = 0.0;
    for (int i = 1; i < width; i++) if (a[i] > a[place]) place = i;
    for (int i = 0; i < width; i++) if (i != place) others += exp(a[i] - a[place]);
    for (int i = 0; i < width; i++) out[i] = a[i] - a[place] - log1p(others);
}
""",
}
"""Functions that the mathematics library lacks, by their names."""


def export_c(
    model: Any,
    params: Tree | None = None,
    *,
    loss: Loss | None = None,
    state: Any = None,
    inputs: int | None = None,
    name: str = "predict",
) -> str:
    """Return a small network as the text of a C file that needs the mathematics library only.

    Its function ``predict(x, y)`` takes the I numbers of a row and fills the K numbers of its
    prediction, the loss's link. It computes in double, allocates nothing, and reads no other
    memory, so that threads may call it together.

    Parameters
    ----------
    model, params, loss, state, inputs
        As for :func:`clearprop.export_numpy`.
    name : str
        The function's name; the file also defines ``NAME_INPUTS`` and ``NAME_OUTPUTS``.

    Returns
    -------
    text : str
        The file's content, C99.

    Raises
    ------
    TypeError, ValueError
        If the model has several networks, or too many numbers for a text.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> net = cp.Chain(cp.Dense(1, 1), cp.Tanh())
    >>> params = {"dense1": {"W": np.array([[2.0]]), "b": np.array([0.5])}}
    >>> text = cp.export_c(net, params)
    >>> print(text[text.index("void predict"):], end="")
    void predict(const double *x, double *y) {
        double v1[1];
        double v2[1];
        double v3[1];
        matmul(x, dense1_W, v1, 1, 1);
        for (int i = 0; i < 1; i++) v2[i] = v1[0] + dense1_b[0];
        for (int i = 0; i < 1; i++) v3[i] = tanh(v2[0]);
        for (int i = 0; i < 1; i++) y[i] = v3[i];
    }
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError(f"name must be the name of a C function, not {name!r}")
    found = served(model, params, loss=loss, state=state, inputs=inputs)
    program, names = text_program(found)
    body = _body(program, names)
    parts = [_head(found, name, program.widths[0]), *_helpers(body), _constants(program, names)]
    function = f"void {name}(const double *x, double *y) {{\n{body}\n}}"
    return "\n\n".join(part.rstrip() for part in [*parts, function] if part) + "\n"


def _head(found: Served, name: str, outputs: int) -> str:
    told = [
        f"A network that clearprop {__version__} wrote. Compile with -lm, C99 or later.",
        f"{name}(x, y): x has {found.inputs} numbers, y gets {found.answer}.",
    ]
    if found.columns:
        told.append(f"x: {', '.join(found.columns)}.")
    comment = " ".join(told).replace("*/", "* /").replace("\\", "/").replace("\n", " ")
    return (
        f"/* {comment} */\n#include <math.h>\n\n"
        f"#define {name.upper()}_INPUTS {found.inputs}\n"
        f"#define {name.upper()}_OUTPUTS {outputs}"
    )


def _helpers(body: str) -> list[str]:
    return [text for helper, text in HELPERS.items() if re.search(rf"(?<![\w]){helper}\(", body)]


def _constants(program: Program, names: dict[str, str]) -> str:
    return "\n".join(
        f"static const double {names[name]}[{value.size}] = {{\n{numbers_in_lines(value)}\n}};"
        for name, value in program.constants.items()
    )


def _body(program: Program, names: dict[str, str]) -> str:
    widths = {"x": program.inputs, **{name: c.size for name, c in program.constants.items()}}
    for step in program.steps:
        shape = step.symbol.shape
        widths[step.name] = shape[1] if len(shape) > 1 else 1
    lines = [f"    double {step.name}[{widths[step.name]}];" for step in program.steps]
    lines += [f"    {_statement(step, names, widths)}" for step in program.steps]
    result, width = program.results[0], program.widths[0]
    return "\n".join([*lines, f"    for (int i = 0; i < {width}; i++) y[i] = {result}[i];"])


def _statement(step: Step, names: dict[str, str], widths: dict[str, int]) -> str:
    """Return the statement that computes a step for one row."""
    width, form = widths[step.name], STATEMENTS[step.op]
    if form.endswith(";"):
        args = [names.get(arg, arg) for arg in step.args]
        inner = widths[step.args[0]]
        return form.format(*args, out=step.name, inner=inner, width=width)
    args = [_operand(arg, names, widths) for arg in step.args]
    return f"for (int i = 0; i < {width}; i++) {step.name}[i] = {form.format(*args)};"


def _operand(arg: Any, names: dict[str, str], widths: dict[str, int]) -> str:
    if not isinstance(arg, str):
        return number_text(arg, "INFINITY")
    return f"{names.get(arg, arg)}[{'i' if widths[arg] > 1 else '0'}]"
