"""Prediction by whichever engine is sooner done."""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.engines.numpy import NumpyEngine
from clearprop.layer import Layer
from clearprop.parameters import leaves_of

WORTH_LOADING = 100_000_000
"""Rows times weights below which NumPy predicts before the kernels would be loaded.

A rule of size alone: the same rows get the same bits, whatever was trained or loaded before.
"""


class BySize(NumpyEngine):
    """What "auto" predicts with: compiled kernels for many rows, the definitions for few."""

    name = "auto"

    def outputs(
        self, network: Layer, params: Any, state: Any, x: Any, batch_size: int = 4096
    ) -> np.ndarray:
        """Return the raw outputs for `x`, shape (N, K)."""
        size = sum(leaf.size for _, leaf in leaves_of(params))
        if x.shape[0] * size < WORTH_LOADING:
            return super().outputs(network, params, state, x, batch_size)
        try:
            from clearprop.engines.compiled.engine import CompiledEngine
        except ImportError:  # training has warned already
            return super().outputs(network, params, state, x, batch_size)
        return CompiledEngine().outputs(network, params, state, x, batch_size)
