"""A training on JAX's devices: rows and parameters brought there, pieces of epochs run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import jax
import numpy as np

from clearprop.definitions.noise import Noise
from clearprop.engines.base import TrainingRows, TrainingState, TrainingTask
from clearprop.engines.jax.epoch import run_steps
from clearprop.engines.jax.products import product_precision
from clearprop.engines.jax.step import Carry, Kept, Recipe, Rows

PIECE_WORK = 2_000_000_000
"""Weights times rows of the longest run of steps that Ctrl-C waits for: some tenths of a second."""

MOST_DENSE_BYTES = 4 * 2**30
"""The largest array that sparse rows are written out to."""


class Piece(NamedTuple):
    """Steps that follow each other: (steps, batch size) full batches, one shorter batch, rates."""

    full: np.ndarray
    rest: np.ndarray
    rates: np.ndarray

    def single_steps(self) -> Iterator[Piece]:
        """Yield the steps one by one."""
        nothing = self.rest[:0]
        for place, batch in enumerate(self.full):
            yield Piece(batch[None], nothing, self.rates[place : place + 1])
        if len(self.rest):
            yield Piece(self.full[:0], self.rest, self.rates[-1:])

    @property
    def batches(self) -> list[np.ndarray]:
        """The rows of each step."""
        return [*self.full, *([self.rest] if len(self.rest) else [])]


@dataclass(frozen=True, eq=False)
class Running:
    """A task with its rows on the device; makes no change to anything."""

    kept: Kept
    rows: Rows
    batch_size: int
    steps_at_once: int

    @classmethod
    def of(
        cls, task: TrainingTask, rows: TrainingRows, batch_size: int, products: str | None = None
    ) -> Running:
        """Return the task's program, with the rows brought to the device."""
        recipe = Recipe.of(task, products)
        with jax.enable_x64(True):
            data = rows_of(recipe, task, rows, jax.device_put)
        at_once = PIECE_WORK // max(task.layout.size * batch_size, 1)
        return cls(Kept(recipe), data, batch_size, max(at_once, 1))

    @property
    def recipe(self) -> Recipe:
        """What is compiled."""
        recipe: Recipe = self.kept.value
        return recipe

    def start(self, position: TrainingState) -> Carry:
        """Return the position as a step has it."""
        partition = self.recipe.partition
        return Carry(
            partition.split(position.params),
            partition.split_state(position.optimizer_state),
            position.network_state,
            position.steps,
            np.zeros(2),
        )

    def position(self, carry: Carry, start: TrainingState) -> TrainingState:
        """Return the carry as the other engines have it; epochs and rows are those of `start`."""
        partition = self.recipe.partition
        return replace(
            start,
            params=partition.join(carry.params),
            optimizer_state=partition.join_state(carry.optimizer_state, start.optimizer_state),
            network_state=jax.tree.map(np.array, carry.network_state),
            steps=int(carry.steps),
        )

    def pieces(self, order: np.ndarray, rates: np.ndarray) -> Iterator[Piece]:
        """Yield an epoch in pieces, each as long as may run without a look at Ctrl-C."""
        size, at_once = self.batch_size, self.steps_at_once
        order = order.astype(np.int32)
        whole = len(order) // size
        full, rest = order[: whole * size].reshape(whole, size), order[whole * size :]
        cuts = range(0, max(whole, 1), at_once)
        for first in cuts:
            last = first + at_once >= whole
            yield Piece(
                full[first : first + at_once],
                rest if last else rest[:0],
                rates[first:] if last else rates[first : first + at_once],
            )

    def advance(self, carry: Carry, piece: Piece, noise: Noise) -> tuple[Carry, bool]:
        """Return the carry after the piece, and whether its numbers are finite."""
        with jax.enable_x64(True), product_precision(self.recipe.products):
            reached, finite = run_steps(self.kept, self.rows, carry, *piece, np.uint64(noise.key))
            return reached, bool(finite)

    def report(self) -> tuple[str, ...]:
        """Return on which device the training runs and how exact products are, a sentence each."""
        device = next(iter(self.rows.x.devices()))
        return (f"JAX {jax.__version__} on {device.device_kind}", *products_told(self.recipe))


def products_told(recipe: Recipe) -> tuple[str, ...]:
    """Return what there is to say of the products."""
    if recipe.products is None:
        return ()
    return (f"factors of products in {recipe.products}, sums in float32",)


def rows_of(recipe: Recipe, task: TrainingTask, rows: TrainingRows, put: Any) -> Rows:
    """Return the rows and masks that a program takes, brought to devices by `put`."""
    masks = recipe.partition.split(task.penalised)
    return Rows(
        put(dense(rows.x)),
        put(rows.t),
        None if rows.weights is None else put(rows.weights),
        float(rows.mean_weight),
        tuple(
            put(mask) if counts is None else None
            for mask, counts in zip(masks, recipe.penalised, strict=True)
        ),
    )


def dense(x: Any) -> np.ndarray:
    """Return the rows as an array (N, I).

    Raises
    ------
    ValueError
        If sparse rows are too many to be written out.
    """
    if not hasattr(x, "tocsr"):
        return np.asarray(x)
    size = x.shape[0] * x.shape[1] * x.dtype.itemsize
    if size > MOST_DENSE_BYTES:
        raise ValueError(
            f"sparse x of shape {x.shape} would take {size / 2**30:.1f} GiB written out, and the "
            "JAX engine has no sparse form: use engine='compiled'"
        )
    return np.asarray(x.toarray())
