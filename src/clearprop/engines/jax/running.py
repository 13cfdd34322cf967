"""A training on JAX's device: rows and parameters brought there, pieces of epochs run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import jax
import numpy as np

from clearprop.definitions.noise import Noise
from clearprop.engines.base import TrainingRows, TrainingState, TrainingTask
from clearprop.engines.jax.epoch import run_steps
from clearprop.engines.jax.memory import Buffers, in_order
from clearprop.engines.jax.pieces import Cutting, Piece
from clearprop.engines.jax.products import check_products, product_precision
from clearprop.engines.jax.step import Carry, Kept, Recipe, Rows

MOST_DENSE_BYTES = 4 * 2**30
"""The largest array that sparse rows are written out to."""


@dataclass(frozen=True, eq=False)
class Running:
    """A task with its rows; makes no change to either.

    A CPU's rows stay where they are: NumPy brings them into an epoch's order faster than XLA does.
    Those of other devices are brought there once. `where` says in words which device that is.
    """

    kept: Kept
    rows: Rows
    cutting: Cutting
    on_cpu: bool
    where: str
    buffers: Buffers = field(default_factory=Buffers, kw_only=True)

    @classmethod
    def of(
        cls, task: TrainingTask, rows: TrainingRows, batch_size: int, products: str | None = None
    ) -> Running:
        """Return the task's program, with the rows brought to the device."""
        check_products(products, task.penalised.dtype)
        recipe = Recipe.of(task, products)
        on_cpu = jax.default_backend() == "cpu"
        with jax.enable_x64(True):
            data = rows_of(recipe, task, rows, np.ascontiguousarray if on_cpu else jax.device_put)
        numbers = data.x.shape[1] + data.t.shape[1]
        cutting = Cutting.of(task.layout.size, rows.count, numbers, batch_size)
        return cls(Kept(recipe), data, cutting, on_cpu, jax.devices()[0].device_kind)

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

    def compiled(self, piece: Piece) -> bool:
        """Return whether the program for pieces like this one has been compiled."""
        return self._program(piece) in COMPILED

    def advance(self, carry: Carry, piece: Piece, noise: Noise) -> tuple[Carry, np.ndarray, bool]:
        """Return the carry after the piece, the losses, and whether all numbers are finite.

        The losses are sums over the rows, loss and penalty of each epoch: (epochs, 2).
        """
        epochs, size = len(piece.order), self.cutting.batch_size
        most, count = self.most_epochs(piece), piece.order.shape[1]
        rows, where = self.rows, _filled(piece.order, most)
        x64, products = jax.enable_x64(True), product_precision(self.recipe.products)
        with self.buffers.lent() as empty, x64, products:
            if self.on_cpu:
                order = where.ravel()
                x, t, weights = (in_order(array, order, self.buffers, empty) for array in rows[:3])
                rows = rows._replace(x=x, t=t, weights=weights)
                where = np.arange(most)[:, None] * count + np.arange(0, count, size)
            reached, losses, finite = run_steps(
                self.kept, size, count % size, rows, carry, where.astype(np.int32),
                _filled(piece.rates, most), epochs, np.uint64(noise.key),
            )  # fmt: skip
            jax.block_until_ready(reached)
            COMPILED.add(self._program(piece))
            return reached, np.asarray(losses)[:epochs], bool(finite)

    def report(self) -> tuple[str, ...]:
        """Return where the training runs and how exact products are, a sentence each."""
        return (f"JAX {jax.__version__} on {self.where}", *products_told(self.recipe))

    def most_epochs(self, piece: Piece) -> int:
        """Return how many epochs the program is for that runs the piece."""
        whole = piece.order.shape[1] == self.rows.t.shape[0]
        return self.cutting.epochs if whole else 1

    def _program(self, piece: Piece) -> tuple[Any, ...]:
        x, t, weights = self.rows[:3]
        shapes = (x.shape, x.dtype, t.shape, weights is None)
        return self.kept, self.cutting, piece.order.shape[1], shapes


COMPILED: set[tuple[Any, ...]] = set()
"""The programs that this process has compiled, as `Running._program` names them."""


def _filled(array: np.ndarray, rows: int) -> np.ndarray:
    """Return the array with rows of zeros after it, as many rows in all as the program takes."""
    missing = rows - len(array)
    return np.pad(array, ((0, missing), (0, 0))) if missing else array


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
