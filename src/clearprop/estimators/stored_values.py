"""Constructor arguments as strict JSON and back.

A value that JSON cannot express is stored as an object of one key: ``{"tuple": [...]}``,
``{"pairs": [...]}`` for a dict with keys of any type, ``{"float": "inf"}``, and
``{"activation": ...}`` or ``{"loss": ...}`` with a name, which is looked up in a table here, and
the values of the object's fields.
"""

from __future__ import annotations

import math
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.definitions import losses
from clearprop.definitions.layers import Activation
from clearprop.engines import Jax
from clearprop.estimators.options import ACTIVATIONS, REGRESSION_LOSSES
from clearprop.files.document import a_list, a_number, a_text, checked
from clearprop.files.errors import DataError
from clearprop.writing.sentences import quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from clearprop.files.container import Json

LOSSES = {
    **REGRESSION_LOSSES,
    "binary_cross_entropy": losses.BinaryCrossEntropy,
    "cross_entropy": losses.CrossEntropy,
}

_TABLES: dict[str, tuple[type, Any]] = {
    "activation": (Activation, ACTIVATIONS),
    "loss": (losses.Loss, LOSSES),
}
"""For each kind of object, its base class and the classes that can be saved by name."""


def stored(value: Any, argument: str) -> Json:
    """Return the value of an argument as JSON.

    Raises
    ------
    TypeError
        If it cannot be expressed: the message names the argument and says what to do.

    Examples
    --------
    >>> stored((64, 32), "hidden_layer_sizes")
    {'tuple': [64, 32]}
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Jax):  # the devices it was trained on are no part of a model
        return "jax"
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": str(value)}
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list):
        return [stored(item, argument) for item in value]
    if isinstance(value, tuple):
        return {"tuple": [stored(item, argument) for item in value]}
    if isinstance(value, dict):
        pairs = [[stored(key, argument), stored(value[key], argument)] for key in value]
        return {"pairs": list[Any](pairs)}
    for kind, (_, table) in _TABLES.items():
        for name, cls in table.items():
            if type(value) is cls:
                numbers = {field.name: float(getattr(value, field.name)) for field in fields(value)}
                return {kind: {"name": name, "fields": dict[str, Any](numbers)}}
    raise TypeError(f"{argument}={value!r:.60} cannot be saved: {_advice(value, argument)}")


def _advice(value: Any, argument: str) -> str:
    for kind, (base, _) in _TABLES.items():
        if isinstance(value, base):
            return (
                f"a model file holds no code, and {type(value).__name__} is none of clearprop's "
                f"own classes. Train with one of those as {argument}, or keep this {kind}'s "
                "code and the estimator in a script"
            )
    if isinstance(value, np.random.RandomState):
        return f"a generator changes with every use. Set {argument} to an int or None first"
    if callable(value):
        return (
            "a model file holds no code. Set it to a name or to None first "
            f"(set_params({argument}=None)); predictions do not depend on it"
        )
    return "only None, bool, int, float, str, and tuples, lists and dicts of them can be"


def restored(value: object, where: str) -> Any:
    """Return the value from which `stored` made this JSON.

    Raises
    ------
    DataError
        If `stored` does not make such JSON.

    Examples
    --------
    >>> restored({"activation": {"name": "elu", "fields": {"alpha": 0.5}}}, "activation")
    ELU(alpha=0.5)
    """
    if isinstance(value, list):
        return [restored(item, where) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) != 1:
        raise DataError(f"{where}: one of {quoted(_RESTORE, 9)} is expected, not {len(value)} keys")
    ((tag, content),) = value.items()
    if tag not in _RESTORE:
        raise DataError(f"{where}: one of {quoted(_RESTORE, 9)} is expected, not {tag!r:.40}")
    return _RESTORE[tag](content, where)


def _tuple(content: object, where: str) -> tuple[Any, ...]:
    return tuple(restored(item, where) for item in a_list(content, where))


def _pairs(content: object, where: str) -> dict[Any, Any]:
    result = {}
    for pair in a_list(content, where):
        if not isinstance(pair, list) or len(pair) != 2:
            raise DataError(f"{where}: pairs of a key and a value are expected, not {pair!r:.40}")
        key, item = pair
        if not isinstance(key, bool | int | float | str):
            raise DataError(f"{where}: a key must be a number, a text or a bool, not {key!r:.40}")
        result[key] = restored(item, where)
    return result


def _special_float(content: object, where: str) -> float:
    if content not in ("inf", "-inf", "nan"):
        raise DataError(f"{where}: 'inf', '-inf' or 'nan' is expected, not {content!r:.40}")
    return float(str(content))


def _object(kind: str) -> Callable[[object, str], Any]:
    table = _TABLES[kind][1]

    def make(content: object, where: str) -> Any:
        found = checked(content, where, {"name": a_text, "fields": lambda value, _: value})
        name = found["name"]
        if name not in table:
            raise DataError(f"{where}: there is no {kind} {name!r:.40}")
        names = [field.name for field in fields(table[name])]
        return table[name](**checked(found["fields"], where, dict.fromkeys(names, a_number)))

    return make


_RESTORE: dict[str, Callable[[object, str], Any]] = {
    "tuple": _tuple,
    "pairs": _pairs,
    "float": _special_float,
    **{kind: _object(kind) for kind in _TABLES},
}
