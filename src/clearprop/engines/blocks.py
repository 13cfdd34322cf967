"""Epochs over rows that come block by block: an engine that asks another for each block.

A block is rows in memory. For the engine that computes, it is an epoch of its own; position and
sums go on from one block to the next. Blocks end where batches end, so that the steps are those of
one long epoch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.parameters import Layout
from clearprop.engines.base import (
    Burst,
    Engine,
    Losses,
    Request,
    TrainingRows,
    TrainingState,
    TrainingTask,
    UnfinishedEpoch,
    epoch_done,
)
from clearprop.files.errors import DataError


class Block(NamedTuple):
    """Rows that follow each other in an epoch, (n, I) and (n, K), and their order in it, (n,)."""

    rows: TrainingRows
    order: np.ndarray


class Blocks(Protocol):
    """The rows of each epoch, in blocks.

    Attributes
    ----------
    count : int
        N, the rows of an epoch.
    block_rows : int
        The rows of each block but the last of an epoch: whole batches.
    """

    count: int
    block_rows: int

    def take(self, epoch: int, number: int) -> Block:
        """Return a block of an epoch, both counted from 0."""


@dataclass(frozen=True)
class _Reached:
    """Where the steps of a request have led; one object, which an interrupt leaves whole.

    Attributes
    ----------
    position : TrainingState
        After the last step.
    losses : tuple of Losses
        Of the whole epochs.
    number : int
        The block that runs, of the epoch that runs.
    totals : (1, 3)
        Sums of loss, penalty and rows over the earlier blocks of that epoch.
    inside : UnfinishedEpoch or None
        What is done of the block.
    """

    position: TrainingState
    losses: tuple[Losses, ...]
    number: int
    totals: np.ndarray
    inside: UnfinishedEpoch | None = None

    @classmethod
    def of(cls, request: Request, each: int) -> _Reached:
        """Return where a request begins; a block has `each` steps."""
        begun = request.begun
        if begun is None:
            return cls(request.position, (), 0, np.zeros((1, 3)))
        number, steps = divmod(begun.steps, each)
        inside = UnfinishedEpoch(steps, begun.sums[1:]) if steps else None
        return cls(request.position, (), number, begun.sums[:1], inside)

    def after(self, burst: Burst, rows: int, left: bool, count: int) -> _Reached:
        """Return where a burst of the block, of so many rows, has led.

        `left` says whether the epoch of `count` rows has more blocks.
        """
        before = self.position
        position = replace(burst.position, epochs=before.epochs, rows_seen=before.rows_seen)
        if not burst.losses:
            return replace(self, position=position, inside=burst.unfinished)
        loss, penalty = burst.losses[0]
        totals = self.totals + np.array([[loss * rows, penalty * rows, rows]])
        if left:
            return _Reached(position, self.losses, self.number + 1, totals)
        mean = Losses(*(totals[0, :2] / totals[0, 2]).tolist())
        return _Reached(epoch_done(position, count), (*self.losses, mean), 0, np.zeros((1, 3)))

    def unfinished(self, each: int) -> UnfinishedEpoch | None:
        """Return what is done of the epoch that runs, None between two."""
        inside = self.inside
        steps = self.number * each + (0 if inside is None else inside.steps)
        if not steps:
            return None
        sums = self.totals if inside is None else np.vstack([self.totals, inside.sums])
        return UnfinishedEpoch(steps, sums)


class BlockEngine(Engine):
    """Runs epochs over blocks by an engine that runs epochs over rows in memory.

    A request's orders are the numbers of its epochs, (epochs, 1): what an order is, the blocks
    know.
    """

    def __init__(self, inner: Engine, blocks: Blocks) -> None:
        self.inner, self.blocks, self.name = inner, blocks, inner.name
        self.processes = inner.processes

    def prepare(
        self, task: TrainingTask, position: TrainingState, rows: TrainingRows, batch_size: int
    ) -> None:
        """Compile for rows in the form of a block."""
        self.inner.prepare(task, position, self._take(position.epochs, 0).rows, batch_size)

    def epochs(self, request: Request) -> Burst:
        """Return the outcome of the epochs asked for."""
        each = self.blocks.block_rows // request.batch_size
        reached = _Reached.of(request, each)
        last: Burst | None = None
        try:
            while len(reached.losses) < len(request.orders):
                if request.cancelled():
                    return self._burst(reached, each, None, interrupted=True)
                place, first = len(reached.losses), reached.number * each
                rates = request.rates[place, first : first + each]
                block = self._take(int(request.orders[place, 0]), reached.number)
                one = replace(
                    request, position=reached.position, rows=block.rows, orders=block.order[None],
                    rates=rates[None], begun=reached.inside,
                )  # fmt: skip
                last = self.inner.epochs(one)
                left = first + len(rates) < request.rates.shape[1]
                reached = reached.after(last, block.rows.count, left, self.blocks.count)
                if last.failure is not None:
                    self.failed = replace(one, position=reached.position, begun=reached.inside)
                if last.failure is not None or last.interrupted or request.pauses():
                    return self._burst(reached, each, last, last.interrupted)
        except KeyboardInterrupt:
            return self._burst(reached, each, None, interrupted=True)
        return self._burst(reached, each, last)

    def _take(self, epoch: int, number: int) -> Block:
        """Return a block; where one of several processes cannot read it, all raise DataError."""
        block, failure = None, None
        try:
            block = self.blocks.take(epoch, number)
        except DataError as error:
            failure = error
        failed = self.processes.any(lambda: failure is not None)()
        if failure is not None:
            raise failure
        if failed or block is None:
            raise DataError(
                "another process of this training could not read its rows; its own error names the "
                "file"
            )
        return block

    def outputs(
        self, network: Layer, params: Any, state: Any, x: Any, batch_size: int = 4096
    ) -> np.ndarray:
        """Return the raw outputs for `x`, shape (N, K)."""
        return self.inner.outputs(network, params, state, x, batch_size)

    def outputs_each_epoch(
        self, network: Layer, layout: Layout, x: Any
    ) -> Callable[[TrainingState], np.ndarray]:
        """Return the outputs for `x` as a function of a position."""
        return self.inner.outputs_each_epoch(network, layout, x)

    def report(self) -> tuple[str, ...]:
        """Return which form the products of the last block took and why, a sentence each."""
        return self.inner.report()

    @staticmethod
    def _burst(
        reached: _Reached, each: int, last: Burst | None, interrupted: bool = False
    ) -> Burst:
        failure = None if last is None else last.failure
        return Burst(
            reached.position, reached.losses, failure, interrupted, reached.unfinished(each)
        )
