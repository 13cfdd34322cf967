"""Prediction in JAX, for rows so many that compiling is worth its time."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.engines.jax.products import product_precision
from clearprop.engines.jax.running import dense
from clearprop.engines.jax.step import Kept
from clearprop.readings import jax as xp


def predicted(
    network: Layer, params: Any, state: Any, x: Any, batch_size: int, products: str | None
) -> np.ndarray:
    """Return the raw outputs for `x`, shape (N, K), computed batch by batch."""
    given = network.recall(state)
    with jax.enable_x64(True), product_precision(products):
        on_device = jax.device_put(params)
        parts = [
            np.asarray(
                _forward(Kept(network), on_device, dense(x[start : start + batch_size]), given)
            )
            for start in range(0, x.shape[0], batch_size)
        ]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


@partial(jax.jit, static_argnames="kept")
def _forward(kept: Kept, params: Any, x: Any, given: Any) -> Any:
    return kept.value.forward(xp, params, x, given)[0]
