"""Someone's work by name: which quantity of the step each array is, in the order of computation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from clearprop.explaining.record import PHASES
from clearprop.explaining.step import StepData, UnknownQuantityError
from clearprop.explaining.work.naming import Naming, counts_from_zero


def read_names(step: StepData, work: Mapping[str, Any]) -> tuple[dict[str, np.ndarray], list[str]]:
    """Return the arrays of someone's work by the step's paths, and the names left out.

    The arrays are in the order of computation. Left out are settings, such as `lr`, beside
    quantities of the step.
    """
    flat = dict(_flat(work))
    naming, from_zero = Naming(step), counts_from_zero(flat)
    found: dict[str, np.ndarray] = {}
    paths = {name: naming.path(name, from_zero) for name in flat}
    left_out: list[str] = []
    for name, value in flat.items():
        path = paths[name]
        if path is None and _is_setting(value) and any(paths.values()):
            left_out.append(name)
            continue
        if path is None:
            step.find(name)  # raises what is unknown, with the names that are near
            raise UnknownQuantityError(f"the step has no quantity {name!r}")
        found[path] = as_numbers(path, value)
    found = {_new(step, path, array): array for path, array in found.items()}
    ordered = sorted(found, key=lambda path: _place(step, path))
    return {path: found[path] for path in ordered}, left_out


def _is_setting(value: Any) -> bool:
    """Return whether a value is no array: one number, a text, a list of whole numbers."""
    if isinstance(value, list | tuple):
        return all(isinstance(one, int | str) for one in value)
    return not hasattr(value, "shape") or (np.ndim(value) == 0 and not hasattr(value, "detach"))


def _flat(work: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in work.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _new(step: StepData, path: str, array: np.ndarray) -> str:
    """Return the path of a new parameter where a parameter was given that is not the old one."""
    if path not in step.task.layout.paths or step.rate is None or f"{path}.new" not in step:
        return path
    old = np.asarray(step[path])
    is_old = any(a.shape == old.shape and np.allclose(a, old, rtol=1e-3) for a in (array, array.T))
    return path if is_old else f"{path}.new"


def as_numbers(path: str, value: Any) -> np.ndarray:
    """Return someone's array, list or tensor as an ndarray of numbers."""
    if hasattr(value, "detach"):  # a tensor of PyTorch's, with its gradient or without
        value = value.detach().cpu().numpy()
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise TypeError(f"{path} must be numbers of one shape: {error}") from error
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{path} must be numbers, got {array.dtype}")
    return array


def _place(step: StepData, path: str) -> tuple[int, int]:
    """Return where a quantity stands: by phase; new parameters from the last layer back."""
    name = path.partition("[")[0]
    name = step.record.aliases.get(name, name)
    order = list(step.record.quantities)
    phase = PHASES.index(step.record.quantities[name].phase)
    place = order.index(name)
    if name.endswith(".new"):
        paths = step.task.layout.paths
        return phase, -paths.index(name.removesuffix(".new")) + len(order)
    return phase, place
