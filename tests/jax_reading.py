"""Reading with JAX: the same definitions in another library, which differentiates them itself.

Only tests use it, and only on small arrays: jax 0.10.2 compiles some large ones wrongly on a CPU
(jax issue 39103: more than 16,384 rows), so `SAFE_ROWS` is checked wherever this is an oracle.
"""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_enable_x64", True)
jax.config.update("jax_disable_most_optimizations", True)  # compiling takes all the time

SAFE_ROWS = 1000

xp = SimpleNamespace(
    exp=jnp.exp,
    expm1=jnp.expm1,
    log=jnp.log,
    sqrt=jnp.sqrt,
    tanh=jnp.tanh,
    absolute=jnp.absolute,
    sign=jnp.sign,
    maximum=jnp.maximum,
    minimum=jnp.minimum,
    where=jnp.where,
    ones_like=jnp.ones_like,
    sum=jnp.sum,
    mean=jnp.mean,
    expit=jax.scipy.special.expit,
    softplus=jax.nn.softplus,
    ndtr=jax.scipy.special.ndtr,
    softmax=jax.nn.softmax,
    log_softmax=jax.nn.log_softmax,
)


def to_numpy(tree):
    """Return a tree of JAX arrays as NumPy arrays."""
    return jax.tree.map(np.asarray, tree)
