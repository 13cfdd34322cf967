"""The engines: several ways to compute what the layers define."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, TypeVar

from clearprop.definitions.layer import Layer
from clearprop.definitions.losses import Loss
from clearprop.definitions.parameters import Layout
from clearprop.engines.base import Engine, Objective, Rows, Task
from clearprop.engines.by_size import BySize
from clearprop.engines.numpy import FullBatch as FullBatchWithNumpy
from clearprop.engines.numpy import NumpyEngine

ENGINE_NAMES = ("auto", "compiled", "numpy")

Computed = TypeVar("Computed")


def get_engine(name: str, task: Task | None = None, input_width: int = 0) -> Engine:
    """Return the engine called `name`, for a task to train, or for predicting.

    For a task "auto" is the compiled engine where it knows every part of it, and otherwise the
    reference engine, with a warning that names the part.
    """
    if name == "auto" and task is None:
        return BySize()

    def compiled() -> Engine:
        from clearprop.engines.compiled.engine import CompiledEngine, check_lowered

        if task is not None:
            check_lowered(task, input_width)
        return CompiledEngine()

    return _by_name(name, compiled, NumpyEngine)


def get_objective(
    name: str, network: Layer, loss: Loss, layout: Layout, rows: Rows, dtype: Any
) -> Objective:
    """Return the mean loss of all rows and its gradient, computed by the engine called `name`.

    "auto" is as for a task; the loss must be the same function each time.
    """

    def compiled() -> Objective:
        from clearprop.engines.compiled.full_batch import FullBatch

        return FullBatch(network, loss, layout, rows, dtype)

    return _by_name(name, compiled, lambda: FullBatchWithNumpy(network, loss, layout, rows))


def _by_name(
    name: str, compiled: Callable[[], Computed], reference: Callable[[], Computed]
) -> Computed:
    """Return what is compiled, unless its name is "numpy", or it cannot be had for "auto"."""
    if name not in ENGINE_NAMES:
        raise ValueError(f"engine must be among {list(ENGINE_NAMES)}, got {name!r}")
    if name == "numpy":
        return reference()
    from clearprop.engines.compiled.plan import NotLowered

    try:
        return compiled()
    except ImportError as error:
        if name == "compiled":
            raise
        complaint = f"training with NumPy, the compiled engine needs Numba: {error}"
    except NotLowered as unknown:
        complaint = f"the compiled engine does not know {unknown}"
        if name == "compiled":
            raise ValueError(f"{complaint}; use engine='numpy', or 'auto'") from None
        complaint += ": training with NumPy instead"
    warnings.warn(complaint, stacklevel=4)
    return reference()


__all__ = ["ENGINE_NAMES", "Engine", "NumpyEngine", "Objective", "get_engine", "get_objective"]
