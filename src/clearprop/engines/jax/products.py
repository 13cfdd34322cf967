"""How exact products of matrices are: as exact as the numbers, unless less is asked for."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import jax

PRECISION = {None: "highest", "tensorfloat32": "TF32_TF32_F32", "bfloat16": "BF16_BF16_F32"}
"""JAX's name of each precision. Its own default rounds float32 products on a GPU or TPU."""


def product_precision(products: str | None) -> AbstractContextManager[Any]:
    """Return the context in which products are traced."""
    return jax.default_matmul_precision(PRECISION[products])
