"""Reading with JAX: the same definitions compiled for whatever device JAX has.

It is not imported with the other readings, as JAX need not be installed. The formulas are those of
:mod:`clearprop.readings.numpy`, so that small losses and far outputs stay as exact.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

exp = jnp.exp
expm1 = jnp.expm1
log = jnp.log
sqrt = jnp.sqrt
tanh = jnp.tanh
absolute = jnp.absolute
sign = jnp.sign
maximum = jnp.maximum
minimum = jnp.minimum
where = jnp.where
ones_like = jnp.ones_like
sum = jnp.sum  # noqa: A001 - the array namespaces' own name
mean = jnp.mean
expit = jax.scipy.special.expit
softplus = jax.nn.softplus
ndtr = jax.scipy.special.ndtr
softmax = jax.nn.softmax


def log_softmax(o: Any) -> Any:
    """Return ln softmax(o) within each row, with the row's largest value kept out of the sum."""
    z = o - jax.lax.stop_gradient(jnp.max(o, axis=-1, keepdims=True))
    return z - log_sum_exp_of_shifted(z)


def log_sum_exp_of_shifted(z: Any) -> Any:
    """Return ln Σ e^z for rows whose largest value is exactly zero."""
    largest = z == 0
    others = jnp.sum(jnp.where(largest, 0.0, jnp.exp(z)), axis=-1, keepdims=True)
    # e^z, and not 1, so that JAX's own derivative knows of the largest value too.
    ties = jnp.sum(jnp.where(largest, jnp.exp(z), 0.0), axis=-1, keepdims=True) - 1.0
    return jnp.log1p(others + ties)
