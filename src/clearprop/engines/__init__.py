"""The engines: several ways to compute what the layers define."""

from __future__ import annotations

from clearprop.engines.base import Engine
from clearprop.engines.numpy import NumpyEngine

_ENGINES = {"auto": NumpyEngine, "numpy": NumpyEngine}

ENGINE_NAMES = tuple(_ENGINES)


def get_engine(name: str) -> Engine:
    """Return the engine called `name`."""
    if name not in _ENGINES:
        raise ValueError(f"engine must be among {list(ENGINE_NAMES)}, got {name!r}")
    return _ENGINES[name]()


__all__ = ["ENGINE_NAMES", "Engine", "NumpyEngine", "get_engine"]
