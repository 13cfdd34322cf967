"""One training step in JAX: the arithmetic of the reference engine's step, traced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from clearprop.backprop import run_pass
from clearprop.definitions.layer import Layer
from clearprop.definitions.losses import Loss
from clearprop.definitions.optimizers import Optimizer
from clearprop.definitions.penalty import L2
from clearprop.engines.base import TrainingTask
from clearprop.engines.jax.noise import JaxNoise
from clearprop.engines.jax.partition import Partition
from clearprop.readings import jax as xp


@dataclass(frozen=True, eq=False)
class Kept:
    """A definition as an argument that programs are compiled for: equal ones share a program.

    What cannot be hashed, such as a layer of the user's own that holds an array, equals itself.
    """

    value: Any

    @cached_property
    def _hash(self) -> int | None:
        try:
            return hash(self.value)
        except TypeError:
            return None

    def __hash__(self) -> int:
        return id(self.value) if self._hash is None else self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Kept):
            return False
        if self.value is other.value or self._hash is None:
            return self.value is other.value
        return bool(self._hash == other._hash and self.value == other.value)


@dataclass(frozen=True)
class Recipe:
    """What is compiled: a task without its numbers.

    `penalised` says of each part of the parameters how much the penalty counts it: 0 or 1, or None
    where that differs within the part and `Rows.penalised` tells. `dealt_to` is the number of
    devices that the optimizer's averages are dealt to; 1 where each has all of them. `rows_alone`
    says whether a row's output depends on that row only.
    """

    network: Layer
    loss: Loss
    optimizer: Optimizer
    partition: Partition
    l2: L2
    clip_norm: float | None
    penalised: tuple[float | None, ...]
    products: str | None = None
    dealt_to: int = 1
    rows_alone: bool = True

    @classmethod
    def of(
        cls, task: TrainingTask, products: str | None, dealt_to: int = 1, rows_alone: bool = True
    ) -> Recipe:
        """Return the recipe of a task."""
        partition = Partition.of(task.layout, task.optimizer)
        if dealt_to > 1:
            partition = Partition(task.layout, whole=True)
        masks = partition.split(task.penalised)
        penalised = tuple(
            float(mask.max(initial=0.0)) if (mask == mask.max(initial=0.0)).all() else None
            for mask in masks
        )
        return cls(
            task.network, task.loss, task.optimizer, partition, task.l2, task.clip_norm,
            penalised, products, dealt_to, rows_alone,
        )  # fmt: skip


class Rows(NamedTuple):
    """All rows of the training on the device: x (N, I), t (N, K), weights (N,) or None.

    `penalised` holds the mask of each part of the parameters, None where the recipe says all of it.
    """

    x: Any
    t: Any
    weights: Any
    mean_weight: Any
    penalised: tuple[Any, ...]


class Carry(NamedTuple):
    """What a step changes. `totals` are sums over the epoch's rows: loss and penalty, float64."""

    params: tuple[Any, ...]
    optimizer_state: tuple[Any, ...]
    network_state: Any
    steps: Any
    totals: Any


def plain(number: Any) -> Any:
    """Return a number that widens no array, as a Python number in NumPy: JAX's "weak type"."""
    return jnp.full(jnp.shape(number), 0.0).at[...].set(number)


class Batch(NamedTuple):
    """Which rows a step takes: `size` from the row `first` on, or those in `indices`, (size,)."""

    size: int
    first: Any = None
    indices: Any = None

    def take(self, array: Any) -> Any:
        """Return the batch's rows of an array; None of None."""
        if array is None:
            return None
        if self.indices is None:
            return jax.lax.dynamic_slice_in_dim(array, self.first, self.size)
        return array.at[self.indices].get(mode="promise_in_bounds", wrap_negative_indices=False)


def step(
    recipe: Recipe, rows: Rows, carry: Carry, batch: Batch, rate: Any, noise: JaxNoise
) -> Carry:
    """Return the carry after one step on the rows of a batch."""
    x, t, weights = (batch.take(array) for array in (rows.x, rows.t, rows.weights))
    divisor = batch.size * rows.mean_weight
    given = recipe.network.draw(noise.child(carry.steps), batch.size, x.shape[1], x.dtype)
    tree = recipe.partition.tree(carry.params)
    done = run_pass(xp, recipe.network, recipe.loss, tree, x, t, weights, divisor, given)
    gradients = recipe.partition.parts_of(done.gradients, x.dtype)
    moved = move(recipe, rows, carry, done.value, gradients, divisor, rate, batch.size)
    state = recipe.network.remember(carry.network_state, done.saved)
    return moved._replace(network_state=state)


def move(
    recipe: Recipe,
    rows: Rows,
    carry: Carry,
    loss: Any,
    gradients: tuple[Any, ...],
    divisor: Any,
    rate: Any,
    count: Any,
    update: Callable[..., tuple[Any, Any]] | None = None,
) -> Carry:
    """Return the carry after the update by the gradients of a batch of `count` rows.

    `update` is a function (gradients, state, params, rate); the optimizer's own without it.
    """
    update = update or partial(recipe.optimizer.update, xp)
    penalty = jnp.zeros((), loss.dtype)
    if recipe.l2.strength:
        penalty, gradients = _penalised(recipe, rows, carry.params, gradients, divisor)
    if recipe.clip_norm is not None:
        gradients = _clipped(gradients, recipe.clip_norm)
    updates = [
        update(*parts, rate)
        for parts in zip(gradients, carry.optimizer_state, carry.params, strict=True)
    ]
    params, states = zip(*updates, strict=True)
    losses = jnp.stack([loss.astype(jnp.float64), penalty.astype(jnp.float64)])
    return Carry(
        params, states, carry.network_state, carry.steps + 1, carry.totals + losses * count
    )


def _penalised(
    recipe: Recipe, rows: Rows, params: tuple[Any, ...], gradients: tuple[Any, ...], divisor: Any
) -> tuple[Any, tuple[Any, ...]]:
    """Return the penalty, and the gradients with it."""
    l2, penalty, together = recipe.l2, jnp.zeros((), params[0].dtype), []
    for part, gradient, counts, mask in zip(
        params, gradients, recipe.penalised, rows.penalised, strict=True
    ):
        if counts == 0.0:
            together.append(gradient)
            continue
        factor = mask if counts is None else counts
        penalty = penalty + l2.value(xp, part, factor, divisor)
        together.append(gradient + l2.gradient(part, factor, divisor))
    return penalty, tuple(together)


def _clipped(gradients: tuple[Any, ...], norm: float) -> tuple[Any, ...]:
    """Return the gradients shortened as :mod:`clearprop.definitions.clipping` has it."""
    squares = sum(jnp.sum(jnp.square(gradient.astype(jnp.float64))) for gradient in gradients)
    size = jnp.sqrt(squares)
    factor = jnp.where(size > norm, norm / size, 1.0)
    return tuple(gradient * factor.astype(gradient.dtype) for gradient in gradients)
