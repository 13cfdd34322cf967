"""The JAX engine: whole epochs of the definitions, compiled for the devices that JAX has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.noise import Noise
from clearprop.definitions.parameters import leaves_of
from clearprop.engines.base import (
    Burst,
    Losses,
    NotFinite,
    Request,
    TrainingRows,
    TrainingState,
    TrainingTask,
    epoch_done,
)
from clearprop.engines.by_size import WORTH_LOADING
from clearprop.engines.choice import Jax
from clearprop.engines.jax.loading import load_jax
from clearprop.engines.numpy import NumpyEngine
from clearprop.engines.numpy import step as reference_step

if TYPE_CHECKING:
    from clearprop.engines.jax.running import Piece, Running
    from clearprop.engines.jax.step import Carry

BURST_STEPS = 1000


class JaxEngine(NumpyEngine):
    """Runs any layer, loss and optimizer that is written with `xp`.

    Numbers are those of the reference engine but for rounding; dropout masks have the same bits.
    """

    name = "jax"

    def __init__(self, how: Jax | None = None) -> None:
        self.how = how or Jax()
        self._prepared: tuple[TrainingTask, TrainingRows, int, Running] | None = None

    def prepare(
        self, task: TrainingTask, position: TrainingState, rows: TrainingRows, batch_size: int
    ) -> None:
        """Bring the rows to the device, and compile an epoch by running it."""
        running = self._running(task, rows, batch_size)
        order = np.arange(rows.count)
        rates = np.full(-(-rows.count // batch_size), 1e-3)
        start = running.start(position)
        seen = set()
        for piece in running.pieces(order, rates):
            shape = (piece.full.shape, piece.rest.shape)
            if shape not in seen:
                running.advance(start, piece, Noise(0))
            seen.add(shape)

    def epochs_at_once(self, steps: int) -> int:
        """Return how many epochs make about a thousand steps: a call costs little beside them."""
        return max(1, BURST_STEPS // steps)

    def epochs(self, request: Request) -> Burst:
        """Return the outcome of the epochs asked for."""
        running = self._running(request.task, request.rows, request.batch_size)
        reached, losses = running.start(request.position), list[Losses]()
        failure, interrupted = None, False
        count = request.rows.count
        try:
            for order, rates in zip(request.orders, request.rates, strict=True):
                reached = reached._replace(totals=np.zeros(2))
                for piece in running.pieces(order, rates):
                    if request.cancelled():
                        interrupted = True
                        break
                    ahead, finite = running.advance(reached, piece, request.noise)
                    if not finite:
                        epoch = request.position.epochs + len(losses)
                        ahead, failure = _slowly(running, request, reached, piece, epoch)
                    reached = ahead
                    if failure is not None:
                        break
                if interrupted or failure is not None:
                    break
                losses.append(Losses(*(np.asarray(reached.totals) / count).tolist()))
        except KeyboardInterrupt:
            interrupted = True
        position = running.position(reached, request.position)
        position = epoch_done(position, count, len(losses))
        return Burst(position, tuple(losses), failure, interrupted)

    def report(self) -> tuple[str, ...]:
        """Return on which devices the last training ran and how exact its products were."""
        return () if self._prepared is None else self._prepared[-1].report()

    def outputs(
        self, network: Layer, params: Any, state: Any, x: Any, batch_size: int = 4096
    ) -> np.ndarray:
        """Return the raw outputs for `x`, shape (N, K): by NumPy where that is sooner done.

        Only size decides, so that the same rows get the same bits, whatever was compiled before.
        """
        if x.shape[0] * sum(leaf.size for _, leaf in leaves_of(params)) < WORTH_LOADING:
            return super().outputs(network, params, state, x, batch_size)
        load_jax()
        from clearprop.engines.jax.prediction import predicted

        return predicted(network, params, state, x, batch_size, self.how.products)

    def _running(self, task: TrainingTask, rows: TrainingRows, batch_size: int) -> Running:
        """Return the training on the device, made once for a task, its rows and batch size."""
        kept = self._prepared
        if kept is not None and kept[0] is task and kept[1] is rows and kept[2] == batch_size:
            return kept[3]
        load_jax()
        from clearprop.engines.jax.running import Running

        running = Running.of(task, rows, batch_size, self.how.products)
        self._prepared = task, rows, batch_size, running
        return running


def _slowly(
    running: Running, request: Request, carry: Carry, piece: Piece, epoch: int
) -> tuple[Carry, NotFinite | None]:
    """Return the last carry with finite numbers, and the reference's words for the next step.

    The steps of a piece that led to numbers that are not finite are made again, one by one. Where
    all are finite then, by another rounding, nothing has failed.
    """
    for one, batch in zip(piece.single_steps(), piece.batches, strict=True):
        ahead, finite = running.advance(carry, one, request.noise)
        if not finite:
            position = replace(running.position(carry, request.position), epochs=epoch)
            rate = float(one.rates[0])
            _, stepped = reference_step(
                request.task, position, request.rows, batch, rate, request.noise
            )
            if isinstance(stepped, NotFinite):
                return carry, stepped
            where = "only the JAX engine's, the NumPy engine makes the same step to finite numbers"
            return carry, NotFinite("new weight", where, position.steps + 1, epoch + 1)
        carry = ahead
    return carry, None
