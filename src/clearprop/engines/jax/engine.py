"""The JAX engine: whole epochs of the definitions, compiled for the devices that JAX has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    UnfinishedEpoch,
    epoch_done,
)
from clearprop.engines.by_size import WORTH_LOADING
from clearprop.engines.choice import Jax
from clearprop.engines.jax.loading import load_jax, named_tracing_errors
from clearprop.engines.numpy import NumpyEngine
from clearprop.engines.numpy import step as reference_step

if TYPE_CHECKING:
    from clearprop.engines.jax.pieces import Piece
    from clearprop.engines.jax.running import Running

BURST_STEPS = 1000


class JaxEngine(NumpyEngine):
    """Runs any layer, loss and optimizer that is written with `xp`.

    Numbers are those of the reference engine but for rounding; dropout masks have the same bits.
    """

    name = "jax"

    def __init__(self, how: Jax | None = None) -> None:
        self.how = how or Jax()
        if self.how.devices is not None:  # a training goes on from a checkpoint with as many
            self.name = f"jax, {self.how.shards} shards"
            load_jax(self.how)
            from clearprop.engines.jax.processes import processes_of

            self.processes = processes_of(self.how)
        self._prepared: tuple[TrainingTask, TrainingRows, int, Running] | None = None

    def prepare(
        self, task: TrainingTask, position: TrainingState, rows: TrainingRows, batch_size: int
    ) -> None:
        """Bring the rows to the device, and compile an epoch by running it."""
        running = self._running(task, rows, batch_size)
        rates = np.full((1, -(-rows.count // batch_size)), 1e-3)
        start = running.start(position)
        for piece in running.cutting.pieces(np.arange(rows.count)[None], rates):
            if not running.compiled(piece):
                with named_tracing_errors():
                    running.advance(start, piece, Noise(0))

    def epochs_at_once(self, steps: int) -> int:
        """Return how many epochs make about a thousand steps: a call costs little beside them."""
        return max(1, BURST_STEPS // steps)

    def epochs(self, request: Request) -> Burst:
        """Return the outcome of the epochs asked for."""
        running = self._running(request.task, request.rows, request.batch_size)
        reached = _Reached(running.start(request.position), (), request.begun)
        failure, interrupted = None, False
        pieces = running.cutting.pieces(request.orders, request.rates, request.steps_begun)
        try:
            for piece in pieces:
                if request.cancelled():
                    interrupted = True
                    break
                carry, sums, finite = running.advance(reached.carry, piece, request.noise)
                if finite:
                    reached = reached.after(carry, sums, piece)
                else:
                    reached, failure = _step_by_step(running, request, reached, piece)
                if failure is not None or request.pauses():
                    break
        except KeyboardInterrupt:
            interrupted = True
        return self._burst(running, request, reached, failure, interrupted)

    def groups_of(self, runs: int, workers: int) -> list[int]:
        """Return groups of small networks, which share a program; no thread is left without one."""
        if self._prepared is None or self.how.devices is not None:
            return super().groups_of(runs, workers)
        from clearprop.engines.jax.side_by_side import largest_power, runs_side_by_side

        size = min(runs_side_by_side(self._prepared[-1]), largest_power(-(-runs // workers)))
        whole, rest = divmod(runs, size)
        return [size] * whole + [rest] * bool(rest)

    def epochs_together(self, requests: Sequence[Request]) -> list[Burst]:
        """Return the outcome of each request; those that are alike run in one program."""
        from clearprop.engines.jax.side_by_side import alike, largest_power

        found: dict[int, Burst] = {}
        first = requests[0]
        places = [place for place, one in enumerate(requests) if alike(first, one)]
        while len(places) > 1:
            some = places[: largest_power(len(places))]
            bursts = self._side_by_side([requests[place] for place in some])
            found.update({place: one for place, one in zip(some, bursts, strict=True) if one})
            places = places[len(some) :]
        return [found.get(place) or self.epochs(one) for place, one in enumerate(requests)]

    def _side_by_side(self, requests: Sequence[Request]) -> list[Burst | None]:
        """Return the outcomes of requests that are alike; None where a number was not finite."""
        from clearprop.engines.jax.side_by_side import advance, one_of, stacked

        first = requests[0]
        running = self._running(first.task, first.rows, first.batch_size)
        carries = stacked([running.start(request.position) for request in requests])
        reached = [_Reached(None, (), None) for _ in requests]
        finite, interrupted = np.ones(len(requests), bool), False
        for pieces in zip(
            *(running.cutting.pieces(one.orders, one.rates) for one in requests), strict=True
        ):
            if any(request.cancelled() for request in requests):
                interrupted = True
                break
            keys = [request.noise.key for request in requests]
            carries, sums, are_finite = advance(running, carries, pieces, keys)
            finite &= are_finite
            reached = [
                one.after(None, sums[place], pieces[place]) for place, one in enumerate(reached)
            ]
            if any(request.pauses() for request in requests):
                break
        return [
            self._burst(running, requests[place], replace(one, carry=one_of(carries, place)),
                        None, interrupted)
            if finite[place] else None
            for place, one in enumerate(reached)
        ]  # fmt: skip

    @staticmethod
    def _burst(
        running: Running,
        request: Request,
        reached: _Reached,
        failure: NotFinite | None,
        interrupted: bool,
    ) -> Burst:
        position = running.position(reached.carry, request.position)
        position = epoch_done(position, request.rows.count, len(reached.losses))
        return Burst(position, reached.losses, failure, interrupted, reached.unfinished)

    def report(self) -> tuple[str, ...]:
        """Return on which devices the last training ran and how exact its products were."""
        return () if self._prepared is None else self._prepared[-1].report()

    def prepare_outputs(self, network: Layer, params: Any, state: Any, x: Any) -> None:
        """Do nothing: what :meth:`outputs` compiles depends on the number of rows."""

    def outputs(
        self, network: Layer, params: Any, state: Any, x: Any, batch_size: int = 4096
    ) -> np.ndarray:
        """Return the raw outputs for `x`, shape (N, K): by NumPy where that is sooner done.

        Only size decides, so that the same rows get the same bits, whatever was compiled before.
        """
        if x.shape[0] * sum(leaf.size for _, leaf in leaves_of(params)) < WORTH_LOADING:
            return super().outputs(network, params, state, x, batch_size)
        load_jax(self.how)
        from clearprop.engines.jax.prediction import predicted

        return predicted(network, params, state, x, batch_size, self.how.products)

    def _running(self, task: TrainingTask, rows: TrainingRows, batch_size: int) -> Running:
        """Return the training on the device, made once for a task, its rows and batch size."""
        kept = self._prepared
        if kept is not None and kept[0] is task and kept[1] is rows and kept[2] == batch_size:
            return kept[3]
        load_jax(self.how)
        from clearprop.engines.jax.running import Running
        from clearprop.engines.jax.running_sharded import ShardedRunning

        if self.how.devices is None:
            running = Running.of(task, rows, batch_size, self.how.products)
        else:
            running = ShardedRunning.on(self.how, task, rows, batch_size)
        self._prepared = task, rows, batch_size, running
        return running


@dataclass(frozen=True)
class _Reached:
    """Where the steps have led, the losses of each whole epoch, and what is done of the next.

    One object, so that an interrupt never finds one of them without the others.
    """

    carry: Any  # a Carry; of trainings side by side none, they have one together
    losses: tuple[Losses, ...]
    unfinished: UnfinishedEpoch | None

    def after(self, carry: Any, sums: np.ndarray, piece: Piece) -> _Reached:
        """Return what is reached with one more piece, whose losses sum up to `sums`."""
        rows = np.full((len(sums), 1), piece.order.shape[1])
        sums, steps, begun = np.hstack([sums, rows]), piece.rates.shape[1], self.unfinished
        if begun is not None:
            sums, steps = np.vstack([begun.sums + sums[:1], sums[1:]]), begun.steps + steps
        if not piece.ends_epoch:
            return _Reached(carry, self.losses, UnfinishedEpoch(steps, sums))
        means = tuple(Losses(*row.tolist()) for row in sums[:, :2] / sums[:, 2:])
        return _Reached(carry, self.losses + means, None)


def _step_by_step(
    running: Running, request: Request, reached: _Reached, piece: Piece
) -> tuple[_Reached, NotFinite | None]:
    """Return the last finite numbers of a piece that ends in others, and what failed after them.

    Its steps are made again, one by one; the reference's words tell of the one that fails. Where
    all are finite then, by another rounding, nothing has failed.
    """
    for one in running.cutting.single_steps(piece):
        carry, sums, finite = running.advance(reached.carry, one, request.noise)
        if not finite:
            before = running.position(reached.carry, request.position)
            before = replace(before, epochs=before.epochs + len(reached.losses))
            rate = float(one.rates[0, 0])
            _, stepped = reference_step(
                request.task, before, request.rows, one.order[0], rate, request.noise
            )
            if isinstance(stepped, NotFinite):
                return reached, stepped
            where = "only the JAX engine's, the NumPy engine makes the same step to finite numbers"
            return reached, NotFinite("new weight", where, before.steps + 1, before.epochs + 1)
        reached = reached.after(carry, sums, one)
    return reached, None
