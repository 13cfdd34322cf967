"""The test that JAX passes before it trains anything: a known step beside the NumPy reading.

A compiler that computes wrong raises no error. JAX 0.10.2 did on CPUs, for more than 16,384 rows in
float64 and 32,768 in float32: so many rows are tried here.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from clearprop.definitions.layers import Chain, Dense, Dropout, Tanh
from clearprop.definitions.losses import SquaredError
from clearprop.definitions.noise import Noise
from clearprop.definitions.optimizers import Adam
from clearprop.definitions.parameters import Layout
from clearprop.engines.base import Request, TrainingRows, TrainingState, TrainingTask
from clearprop.engines.numpy import NumpyEngine

ROWS = {"float64": 16_388, "float32": 32_772}
WIDTH = 3
TOLERANCE = {"float64": 1e-9, "float32": 1e-3}
"""Of the change that a step makes: a wrong number is far outside, rounding far inside."""


class WrongNumbersError(RuntimeError):
    """Raised where JAX does not compute what NumPy does."""


def check_numbers() -> None:
    """Raise WrongNumbersError unless JAX computes known results, compiled, on its first device."""
    for dtype, rows in ROWS.items():
        off = max(_step_off(dtype, rows), _rows_off(dtype, rows))
        if not off <= TOLERANCE[dtype]:
            raise WrongNumbersError(
                f"JAX {jax.__version__} on {jax.devices()[0].platform} computes wrong: a known "
                f"training step in {dtype} differs from NumPy's by {off:.2g} of its size. Nothing "
                "was trained. Install another version of jax and jaxlib, or use engine='compiled'"
            )


def _step_off(dtype: str, rows: int) -> float:
    """Return how far a step on one batch of all rows is from the reference's."""
    from clearprop.engines.jax.running import Running

    network = Chain(Dense(WIDTH, WIDTH), Tanh(), Dropout(0.25), Dense(WIDTH, WIDTH))
    rng = np.random.default_rng(0)
    params = network.init(rng, dtype)
    layout = Layout.of(params)
    vector = layout.pack(params)
    task = TrainingTask(
        network, SquaredError(), Adam(0.01), layout, layout.penalised(network, dtype)
    )
    x, t = (rng.standard_normal((rows, WIDTH)).astype(dtype) for _ in range(2))
    request = Request(
        task, TrainingState(vector, task.optimizer.init(vector)), TrainingRows.of(x, t, None),
        np.arange(rows)[None], rows, np.array([[0.01]]), Noise(1),
    )  # fmt: skip
    theirs = NumpyEngine().epochs(request)
    running = Running.of(task, request.rows, rows)
    reached, loss = running.start(request.position), 0.0
    for piece in running.cutting.pieces(request.orders, request.rates):
        reached, sums, _ = running.advance(reached, piece, request.noise)
        loss += float(sums[0, 0]) / rows
    ours = running.position(reached, request.position).params
    change = np.abs(theirs.position.params - vector).max()
    worst = np.abs(ours - theirs.position.params).max() / change
    return float(max(worst, abs(loss - theirs.losses[0].loss)))


def _rows_off(dtype: str, rows: int) -> float:
    """Return how far the squared lengths of many rows, times a matrix row by row, are off."""
    x = np.arange(rows * WIDTH, dtype=dtype).reshape(rows, WIDTH) / rows
    matrix = np.eye(WIDTH, dtype=dtype)

    @jax.jit
    def lengths(x: Any) -> Any:
        return jax.vmap(lambda row: jnp.sum((matrix @ row) ** 2))(x)

    with jax.enable_x64(True):
        ours = np.asarray(lengths(x))
    return float(np.abs(ours - (x * x).sum(axis=1)).max())
