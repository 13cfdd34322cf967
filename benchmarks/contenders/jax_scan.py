"""JAX: an epoch of steps as one compiled ``lax.scan``."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from cases import MOMENTUM, Case
from contenders.base import Contender

ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh}


class JaxScan(Contender):
    """Nothing returns to Python within an epoch."""

    def __init__(self, case: Case, variant: str, threads: int) -> None:
        jax.config.update("jax_enable_x64", case.dtype == "float64")
        super().__init__(case, variant, threads)
        self.rows = jnp.asarray(self.x), jnp.asarray(case.target_rows(self.t))
        self.epoch = jax.jit(self._epoch)
        self.reset()

    def reset(self) -> None:
        params = [jnp.asarray(array) for array in self.case.start()]
        zeros = [jnp.zeros_like(array) for array in params]
        self.carry = params, (zeros, zeros), jnp.zeros((), int)
        self.key = jax.random.key(0)

    def train(self, epochs: int) -> None:
        for _ in range(epochs):
            self.key, key = jax.random.split(self.key)
            self.carry, self.loss = self.epoch(self.carry, self.rows, key)
        jax.block_until_ready(self.carry)

    def weights(self) -> list[np.ndarray]:
        return [np.asarray(array) for array in self.carry[0]]

    def own_difference(self) -> float:
        """Return by how much jit and eager differ after an epoch: see jax issue #39103."""
        self.reset()
        self.train(1)
        compiled = self.weights()
        self.reset()
        with jax.disable_jit():
            (params, *_), _ = self._epoch(self.carry, self.rows, self.key)
        pairs = zip(compiled, params, strict=True)
        return max(float(np.abs(one - np.asarray(other)).max()) for one, other in pairs)

    def _epoch(self, carry, rows, key):
        count, size = self.case.rows, self.case.batch
        order = jax.random.permutation(key, count) if self.case.shuffle else None

        def batch(start, length):
            if order is None:
                return [lax.dynamic_slice_in_dim(array, start, length) for array in rows]
            chosen = lax.dynamic_slice_in_dim(order, start, length)
            return [array[chosen] for array in rows]

        full, rest = divmod(count, size)
        starts = jnp.arange(full) * size
        carry, losses = lax.scan(lambda c, start: self._step(c, *batch(start, size)), carry, starts)
        if rest:
            carry, last = self._step(carry, *batch(full * size, rest))
            return carry, (losses.sum() * size + last * rest) / count
        return carry, losses.mean()

    def _step(self, carry, x, t):
        params, averages, count = carry
        loss, grads = jax.value_and_grad(self._loss)(params, x, t)
        update = self._adam if self.case.optimizer == "adam" else self._momentum
        count = count + 1
        moved = [
            update(count.astype(x.dtype), *parts)
            for parts in zip(params, grads, *averages, strict=True)
        ]
        params, *averages = (list(column) for column in zip(*moved, strict=True))
        return (params, tuple(averages), count), loss

    def _adam(self, count, param, grad, m, v):
        m = 0.9 * m + 0.1 * grad
        v = 0.999 * v + 0.001 * grad**2
        step = (m / (1 - 0.9**count)) / (jnp.sqrt(v / (1 - 0.999**count)) + 1e-8)
        return param - self.case.learning_rate * step, m, v

    def _momentum(self, count, param, grad, velocity, unused):
        velocity = MOMENTUM * velocity - self.case.learning_rate * grad
        return param + velocity, velocity, unused

    def _loss(self, params, x, t):
        layers = list(self.case.dense_and_norms(params))
        for (w, b), norm in layers[:-1]:
            x = x @ w + b
            if norm:
                mean, variance = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
                x = norm[0] * (x - mean) / jnp.sqrt(variance + 1e-5) + norm[1]
            x = ACTIVATIONS[self.case.activation](x)
        (w, b), _ = layers[-1]
        return self._total(x @ w + b, t) / len(t)

    def _total(self, o, t):
        if self.case.loss == "classes":
            return -jnp.sum(t * jax.nn.log_softmax(o))
        if self.case.loss == "labels":
            return jnp.sum(jnp.logaddexp(0.0, o) - t * o)
        return 0.5 * jnp.sum((o - t) ** 2)


CONTENDER = JaxScan
