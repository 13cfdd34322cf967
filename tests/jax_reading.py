"""JAX as the tests need it: on the CPU, in float64, compiled fast rather than fast when compiled.

The oracle is only for small arrays: jax 0.10.2 compiles some large ones wrongly on a CPU (jax issue
39103: more than 16,384 rows), so `SAFE_ROWS` is checked wherever this is an oracle.
"""

import jax
import numpy as np

from clearprop.readings import jax as xp

jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_enable_x64", True)
jax.config.update("jax_disable_most_optimizations", True)  # compiling takes all the time

SAFE_ROWS = 1000

__all__ = ["SAFE_ROWS", "to_numpy", "xp"]


def to_numpy(tree):
    """Return a tree of JAX arrays as NumPy arrays."""
    return jax.tree.map(np.asarray, tree)
