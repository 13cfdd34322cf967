"""How exact products of matrices are: as exact as the numbers, unless less is asked for."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import jax
import numpy as np

PRECISION = {None: "highest", "tensorfloat32": "TF32_TF32_F32", "bfloat16": "BF16_BF16_F32"}
"""JAX's name of each precision. Its own default rounds float32 products on a GPU or TPU."""

LOST = {"tensorfloat32": 2.0**-12, "bfloat16": 2.0**-9}
"""A part of one that a factor of so few digits has no room for."""


def product_precision(products: str | None) -> AbstractContextManager[Any]:
    """Return the context in which products are traced."""
    return jax.default_matmul_precision(PRECISION[products])


def check_products(products: str | None, dtype: Any) -> None:
    """Raise ValueError where the device would not multiply as asked for."""
    if products is None:
        return
    if dtype != np.float32:
        raise ValueError(f"Jax: products={products!r} is for float32 parameters, not for {dtype}")
    if not _rounds(products):
        platform = jax.devices()[0].platform
        raise ValueError(
            f"Jax: products={products!r} has no effect on this {platform}: XLA does not round "
            "factors to it there. Leave it out"
        )


@cache
def _rounds(products: str) -> bool:
    """Return whether a factor of a product loses digits on this device."""
    factor = np.full((64, 64), 1.0 + LOST[products], np.float32)
    with product_precision(products):
        try:
            product = jax.jit(lambda a, b: a @ b)(factor, np.eye(64, dtype=np.float32))
        except ValueError:  # JAX says so of a precision that the device knows nothing of
            return False
    return bool((np.asarray(product) == 1.0).all())
