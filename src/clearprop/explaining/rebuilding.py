"""A step as Python code that makes the very same step again, in a notebook that runs alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.definitions import layers, losses, optimizers
from clearprop.definitions.layer import Layer
from clearprop.definitions.layers import Chain
from clearprop.definitions.penalty import L2

if TYPE_CHECKING:
    from clearprop.explaining.step import StepData

CLASSES: dict[str, type] = {
    name: value
    for module in (layers, losses, optimizers)
    for name, value in vars(module).items()
    if isinstance(value, type) and value.__module__.startswith("clearprop.definitions")
} | {"L2": L2}
"""The classes that a notebook can make by their names in ``clearprop``."""

INITIALIZER = "_init"
"""How the names of a layer's fields end that only say how it starts."""


def code_of(step: StepData, seed: int | None = None) -> str:
    """Return code that ends with ``step = cp.explain(...)`` and makes this step, bit by bit.

    Parameters
    ----------
    step : StepData
        The step.
    seed : int, optional
        The seed that drew the weights. Without it, or if the layers do not start as they do by
        default, the weights are in the code as numbers.

    Raises
    ------
    ValueError
        The step cannot be made by :func:`clearprop.explain`, or has a layer, loss or optimizer that
        is not clearprop's own.
    """
    task, batch = step.task, step.batch
    if not math.isclose(batch.divisor, _divisor(batch.weights, len(batch.x)), rel_tol=1e-15):
        raise ValueError(
            "a notebook cannot make this step again: its rows' weights are relative to those of "
            "all rows of a training; save the sheet as .md or .tex"
        )
    drawn = seed is not None and _starts_as_usual(task.network)
    tree = task.layout.unpack(np.asarray(step.position.params))
    how: dict[str, Any] = {}
    if step.rate is not None:
        how = {"optimizer": task.optimizer, "state": step.position.optimizer_state or None,
               "rate": step.rate}  # fmt: skip
    settings = {
        **how, "sample_weight": batch.weights, "l2": task.l2 if task.l2.strength else None,
        "clip_norm": task.clip_norm, "given": batch.given,
    }  # fmt: skip
    arguments = "".join(
        f",\n    {name}={source(value)}" for name, value in settings.items() if value is not None
    )
    start = f"network.init(np.random.default_rng({seed}))" if drawn else source(tree)
    return (
        "import numpy as np\n\nimport clearprop as cp\n\n"
        f"network = {source(task.network)}\n"
        f"loss = {source(task.loss)}\n"
        f"params = {start}\n"
        f"x = {source(batch.x)}\n"
        f"t = {source(batch.t)}\n"
        f"step = cp.explain(\n    network, loss, params, x, t{arguments},\n)"
    )


def _divisor(weights: np.ndarray | None, rows: int) -> float:
    return float(rows) if weights is None else rows * float(weights.mean())


def _starts_as_usual(layer: Layer) -> bool:
    """Return whether all initializers of a network are the default ones."""
    for child in layer.children.values():
        if not _starts_as_usual(child):
            return False
    return all(
        getattr(layer, field.name) == _default(field)
        for field in fields(layer)  # type: ignore[arg-type]
        if field.name.endswith(INITIALIZER)
    )


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def source(value: Any) -> str:
    """Return a value as Python writes it: numbers, arrays, mappings, and clearprop's own objects.

    >>> from clearprop.definitions.layers import Dense, Tanh
    >>> print(source(Chain(Dense(2, 1, bias=False), Tanh())))
    cp.Chain(cp.Dense(inputs=2, outputs=1, bias=False), cp.Tanh())
    >>> print(source({"W": np.array([[0.5], [-1.0]]), "count": 3}))
    {"W": np.array([
        [0.5],
        [-1.0],
    ]), "count": 3}
    """
    if value is None or isinstance(value, bool | str):
        return repr(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_key(key)}: {source(part)}' for key, part in value.items())}}}"
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, int | float | np.generic):
        return _number(value)
    if isinstance(value, tuple | list):
        return f"({', '.join(map(source, value))},)"
    return _object(value)


def _key(key: Any) -> str:
    return f'"{key}"'


def _number(value: Any) -> str:
    number = value.item() if isinstance(value, np.generic) else value
    if isinstance(number, float) and not math.isfinite(number):
        return f'float("{number}")'
    return repr(number)


def _array(array: np.ndarray) -> str:
    dtype = "" if array.dtype == np.float64 else f", np.{array.dtype.name}"
    if array.ndim < 2:
        cells = ", ".join(map(_number, array.ravel().tolist()))
        return f"np.array([{cells}]{dtype})" if array.ndim else f"np.array({cells}{dtype})"
    rows = "".join(f"\n    [{', '.join(map(_number, row))}]," for row in array.tolist())
    return f"np.array([{rows}\n]{dtype})"


def _object(value: Any) -> str:
    """Return the call that makes an object of clearprop's public names."""
    kind = type(value).__name__
    if CLASSES.get(kind) is not type(value) or not is_dataclass(value):
        raise ValueError(
            f"a notebook cannot make {kind} again, which is not clearprop's own; save the sheet as "
            ".md or .tex"
        )
    if isinstance(value, Chain):
        return f"cp.Chain({', '.join(map(source, value.layers))})"
    arguments = [
        f"{field.name}={source(getattr(value, field.name))}"
        for field in fields(value)
        if field.init
        and not field.name.endswith(INITIALIZER)
        and getattr(value, field.name) != _default(field)
    ]
    return f"cp.{kind}({', '.join(arguments)})"
