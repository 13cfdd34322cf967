"""Prediction by the engine that is faster for the size of the problem."""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.parameters import leaves_of
from clearprop.engines.base import Engine
from clearprop.engines.numpy import NumpyEngine

WORTH_LOADING = 100_000_000
"""Rows times weights from which kernels predict: below, NumPy takes less time than loading them.

Only size decides, so that the same rows get the same bits, whatever was trained or loaded before.
"""

WORTH_LOADING_FOR_EPOCHS = 20_000_000
"""The same, times epochs, for rows that are predicted after each: NumPy takes a call a layer."""


class BySize(NumpyEngine):
    """What "auto" predicts with: compiled kernels for many rows, the definitions for few."""

    name = "auto"

    def outputs(
        self, network: Layer, params: Any, state: Any, x: Any, batch_size: int = 4096
    ) -> np.ndarray:
        """Return the raw outputs for `x`, shape (N, K)."""
        return _engine_for(params, x).outputs(network, params, state, x, batch_size)

    def prepare_outputs(self, network: Layer, params: Any, state: Any, x: Any) -> None:
        """Prepare the engine that rows like `x` will be predicted with."""
        _engine_for(params, x).prepare_outputs(network, params, state, x)


def is_worth_loading(rows: int, weights: int, epochs: int | None = None) -> bool:
    """Whether kernels predict so many rows, once or after each epoch, in less time than NumPy."""
    if epochs is None:
        return rows * weights >= WORTH_LOADING
    return rows * weights * epochs >= WORTH_LOADING_FOR_EPOCHS


def _engine_for(params: Any, x: Any) -> Engine:
    if not is_worth_loading(x.shape[0], sum(leaf.size for _, leaf in leaves_of(params))):
        return NumpyEngine()
    try:
        from clearprop.engines.compiled.engine import CompiledEngine
    except ImportError:  # training has warned already
        return NumpyEngine()
    return CompiledEngine()
