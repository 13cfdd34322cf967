"""What a model file can hold: documents that JSON returns unchanged, and arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

DEEPEST_JSON = 100
"""The most levels of nesting, far below the limit of Python's reader."""

DTYPES = {  # the dtypes of safetensors that are saved, and NumPy's names for them
    **{f"F{bits}": f"float{bits}" for bits in (32, 64)},
    **{f"I{bits}": f"int{bits}" for bits in (8, 16, 32, 64)},
    **{f"U{bits}": f"uint{bits}" for bits in (8, 16, 32, 64)},
    "BOOL": "bool",
}


def check_document(value: object, where: str, depth: int = 0) -> None:
    """Raise TypeError or ValueError unless strict JSON would return an equal value."""
    if depth > DEEPEST_JSON:
        raise ValueError(f"{where} is nested more than {DEEPEST_JSON} levels deep")
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{where} has the key {key!r}: the keys must be str")
            check_document(item, f"{where}[{key!r}]", depth + 1)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            check_document(item, f"{where}[{position}]", depth + 1)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{where} is {value}, and JSON has no such number")
    elif value is not None and not isinstance(value, str | int):
        raise TypeError(
            f"{where} is of type {type(value).__name__}, but a document holds only None, bool, "
            "int, float, str, list and dict: convert it, or save it among the arrays"
        )


def plain_array(name: str, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the array in C order, as safetensors needs it, or raise if it cannot be saved."""
    _check_name(name)
    if not isinstance(array, np.ndarray):
        raise TypeError(f"array {name!r} is of type {type(array).__name__}, not a NumPy array")
    if array.dtype.name not in DTYPES.values():
        raise TypeError(
            f"array {name!r} has dtype {array.dtype}, which cannot be saved: "
            f"convert it to one of {', '.join(DTYPES.values())}"
        )
    # Not ascontiguousarray: it would give a 0-d array one dimension.
    return np.asarray(array, order="C")


def _check_name(name: object) -> None:
    if not isinstance(name, str):
        raise TypeError(f"the name {name!r} of an array is of type {type(name).__name__}, not str")
    if name == "__metadata__":
        raise ValueError(f"no array can have the name {name!r}: safetensors uses it itself")
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"the name {name!r} of an array is not valid Unicode text") from error
