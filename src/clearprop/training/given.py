"""The rows that `train` is given, in memory or as a stream, in the form that its loop takes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from clearprop.backprop import check_sparse, prepare_rows
from clearprop.definitions.layer import Layer
from clearprop.definitions.losses import Loss
from clearprop.definitions.optimizers import LBFGS, Optimizer
from clearprop.engines.base import Engine, TrainingRows
from clearprop.engines.blocks import BlockEngine
from clearprop.health.record import MOST_HELD
from clearprop.training.blocks import SourceBlocks
from clearprop.training.identity import fingerprints
from clearprop.training.orders import EpochNumbers, Orders
from clearprop.training.sources import HeldOut, Pieces, RowSource
from clearprop.training.validation import given_rows, set_aside


@dataclass(frozen=True)
class Given:
    """The arguments of `train` that say how rows are taken."""

    network: Layer
    loss: Loss
    dtype: Any
    batch_size: int
    shuffle: bool
    epochs: int
    validation_data: tuple[Any, ...] | None
    validation_fraction: float


@dataclass(frozen=True)
class Data:
    """Rows to train on.

    Attributes
    ----------
    rows : TrainingRows
        All of them; of a stream a few.
    count : int
        How many there are.
    validation : (x, t, weights) or None
        Rows to measure on, with targets as given.
    fingerprints : function
        Returns what tells the rows from others, by name.
    engine : function of an Engine
        Returns the engine that trains on them, by the given one.
    orders : Orders or None
        Of a stream; None for rows in memory.
    closing : context manager
        To train in.
    """

    rows: TrainingRows
    count: int
    validation: tuple[Any, Any, Any] | None
    fingerprints: Callable[[], dict[str, str]]
    engine: Callable[[Engine], Engine] = lambda engine: engine
    orders: Orders | None = None
    closing: AbstractContextManager[Any] = field(default_factory=nullcontext)


def in_memory(
    given: Given, x: Any, t: Any, sample_weight: Any, split_seeds: np.random.SeedSequence
) -> Data:
    """Return rows in memory, without those set aside for validation."""
    x_all, t_all, weights = prepare_rows(
        given.network, given.loss, x, t, sample_weight, given.dtype
    )
    check_sparse(given.network, x_all)
    split_rng = np.random.default_rng(split_seeds)
    keep, held_out = set_aside(x_all.shape[0], given.validation_fraction, split_rng)
    if held_out is not None:
        raw_t = np.asarray(t)[held_out]
        held_weights = None if weights is None else weights[held_out]
        validation: tuple[Any, Any, Any] | None = (x_all[held_out], raw_t, held_weights)
        x_all, t_all = x_all[keep], t_all[keep]
        weights = None if weights is None else weights[keep]
    else:
        validation = given_rows(given.validation_data, given.dtype)
    rows = TrainingRows.of(x_all, t_all, weights)

    @cache
    def told() -> dict[str, str]:
        arrays = {"x": rows.x, "t": rows.t, "weights": rows.weights, "validation rows": validation}
        return fingerprints(arrays)

    return Data(rows, rows.count, validation, told)


def streamed(
    given: Given,
    source: RowSource,
    seeds: np.random.SeedSequence,
    split_seeds: np.random.SeedSequence,
    targets: Callable[[np.ndarray], np.ndarray] | None = None,
    class_weights: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Data:
    """Return the rows of a stream, without those held out for validation.

    `targets` makes those of the loss from the stream's; the loss does unless it is given.
    `class_weights` returns what rows with such targets weigh.

    Raises
    ------
    ValueError
        If `validation_fraction` leaves no rows on one side.
    """
    outputs = given.network.output_width(source.width) or source.width

    def of_loss(raw: np.ndarray) -> np.ndarray:
        return np.asarray(given.loss.targets(raw, outputs, given.dtype))

    held = HeldOut(given.validation_fraction, _key(split_seeds, 0))
    pieces = Pieces(source, targets or of_loss, given.dtype, held, class_weights)
    total, count = sum(source.pieces), int(pieces.counts.sum())
    if held.fraction and count in (0, total):
        raise ValueError(
            f"validation_fraction={held.fraction} of {total} rows leaves no rows on one side; "
            "give another fraction or validation_data"
        )
    # The first number of these seeds is the key of dropout.
    blocks = SourceBlocks(
        pieces, min(given.batch_size, count), given.shuffle, _key(seeds, 1), given.epochs
    )
    rows = blocks.sample(MOST_HELD)
    validation = given_rows(given.validation_data, given.dtype)
    if held.fraction:
        validation = tuple(pieces.read_held_out())

    @cache
    def told() -> dict[str, str]:
        size = {"block": f"{blocks.block_rows} rows", "held out": f"{held.fraction}"}
        given_beside = None if held.fraction else validation
        return {**source.facts(), **size, **fingerprints({"validation rows": given_beside})}

    steps = blocks.block_rows // min(given.batch_size, count)
    return Data(
        rows, count, validation, told, lambda engine: BlockEngine(engine, blocks),
        EpochNumbers(count, steps, told), closing(blocks),
    )  # fmt: skip


def _key(seeds: np.random.SeedSequence, place: int) -> int:
    return int(seeds.generate_state(place + 1, np.uint64)[place])


def check_streamed(t: Any, sample_weight: Any, optimizer: Optimizer | LBFGS, restarts: int) -> None:
    """Raise a ValueError where `train` is given what a stream does not take."""
    if t is not None or sample_weight is not None:
        raise ValueError(
            "a stream has its targets and weights: leave out t and sample_weight. "
            "Stream(..., weights='column') names the column of the weights"
        )
    if isinstance(optimizer, LBFGS):
        raise ValueError(
            "L-BFGS needs all rows at each step, and a stream is not in memory: give another "
            "optimizer, such as Adam()"
        )
    if restarts > 1:
        raise ValueError("restarts train several networks on rows in memory: leave out restarts")
