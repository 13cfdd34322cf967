"""The engines: several ways to compute what the layers define."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, TypeVar

from clearprop.definitions.layer import Layer
from clearprop.definitions.losses import Loss
from clearprop.definitions.parameters import Layout
from clearprop.engines.base import Engine, Objective, TrainingRows, TrainingTask
from clearprop.engines.by_size import BySize
from clearprop.engines.choice import EngineChoice, Jax
from clearprop.engines.jax.loading import load_jax
from clearprop.engines.numpy import NumpyEngine, NumpyObjective

ENGINE_NAMES = ("auto", "compiled", "numpy", "jax")

Computed = TypeVar("Computed")


def get_engine(
    name: EngineChoice, task: TrainingTask | None = None, input_width: int = 0
) -> Engine:
    """Return the engine called `name`, to train a task or to predict.

    To train, "auto" is the compiled engine if that knows every part of the task, and otherwise the
    reference engine, with a warning that names the part. To predict, "auto" chooses by size.
    """
    if name == "auto" and task is None:
        return BySize()
    if (how := _jax(name)) is not None:
        from clearprop.engines.jax.engine import JaxEngine

        return JaxEngine(how)

    def compiled() -> Engine:
        from clearprop.engines.compiled.engine import CompiledEngine, check_lowered

        if task is not None:
            check_lowered(task, input_width)
        return CompiledEngine()

    return _by_name(name, compiled, NumpyEngine)


def get_objective(
    name: EngineChoice, network: Layer, loss: Loss, layout: Layout, rows: TrainingRows, dtype: Any
) -> Objective:
    """Return the mean loss of all rows and its gradient, computed by the engine called `name`.

    "auto" chooses as for a task. The loss must be the same function at each call.
    """
    if (how := _jax(name)) is not None:
        load_jax(how)
        if how.devices is not None:
            from clearprop.engines.jax.full_batch_sharded import ShardedObjective

            return ShardedObjective(network, loss, layout, rows, how)
        from clearprop.engines.jax.full_batch import JaxObjective

        return JaxObjective(network, loss, layout, rows, how.products)

    def compiled() -> Objective:
        from clearprop.engines.compiled.full_batch import CompiledObjective

        return CompiledObjective(network, loss, layout, rows, dtype)

    return _by_name(name, compiled, lambda: NumpyObjective(network, loss, layout, rows))


def _jax(name: EngineChoice) -> Jax | None:
    """Return the settings of the JAX engine, None where another engine is asked for."""
    if isinstance(name, Jax):
        return name
    return Jax() if name == "jax" else None


def _by_name(
    name: EngineChoice, compiled: Callable[[], Computed], reference: Callable[[], Computed]
) -> Computed:
    """Return `compiled()`, or `reference()` for "numpy" and where "auto" cannot compile."""
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


__all__ = [
    "ENGINE_NAMES",
    "Engine",
    "EngineChoice",
    "Jax",
    "NumpyEngine",
    "Objective",
    "get_engine",
    "get_objective",
]
