"""The engines: several ways to compute what the layers define."""

from __future__ import annotations

import warnings

from clearprop.engines.base import Engine, Task
from clearprop.engines.by_size import BySize
from clearprop.engines.numpy import NumpyEngine

ENGINE_NAMES = ("auto", "compiled", "numpy")


def get_engine(name: str, task: Task | None = None, input_width: int = 0) -> Engine:
    """Return the engine called `name`, for a task to train, or for predicting.

    For a task "auto" is the compiled engine where it knows every part of it, and otherwise the
    reference engine, with a warning that names the part.
    """
    if name not in ENGINE_NAMES:
        raise ValueError(f"engine must be among {list(ENGINE_NAMES)}, got {name!r}")
    if name == "numpy":
        return NumpyEngine()
    if name == "auto" and task is None:
        return BySize()
    try:
        from clearprop.engines.compiled.engine import CompiledEngine, NotLowered, check_lowered
    except ImportError as error:
        if name == "compiled":
            raise
        warnings.warn(
            f"training with NumPy, the compiled engine needs Numba: {error}", stacklevel=3
        )
        return NumpyEngine()
    if task is None:
        return CompiledEngine()
    try:
        check_lowered(task, input_width)
    except NotLowered as unknown:
        complaint = f"the compiled engine does not know {unknown}"
        if name == "compiled":
            raise ValueError(f"{complaint}; use engine='numpy', or 'auto'") from None
        warnings.warn(f"{complaint}: training with NumPy instead", stacklevel=3)
        return NumpyEngine()
    return CompiledEngine()


__all__ = ["ENGINE_NAMES", "Engine", "NumpyEngine", "get_engine"]
