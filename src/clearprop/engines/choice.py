"""The engine that a user asks for: a name, or the JAX engine with settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

PRODUCTS = ("tensorfloat32", "bfloat16")


@dataclass(frozen=True)
class Jax:
    """The JAX engine with settings; ``engine="jax"`` is ``engine=Jax()``.

    Parameters
    ----------
    devices : int or "all", optional
        Cut each batch into shards and compute them on so many devices; without it one device
        computes whole batches.
    shards : int
        How many shards a batch is cut into, whatever the number of devices, which must divide it.
        The shards' gradients are added pairwise, in their order: the number of devices does not
        change the sum where ``shards / devices`` is a power of two.
    products : "bfloat16" or "tensorfloat32", optional
        Round the factors of float32 products to so few digits, which GPUs and TPUs multiply
        faster; sums stay in float32. Without it products are as exact as the numbers.

    Raises
    ------
    ValueError
        If the devices do not divide the shards, or a setting is unknown.

    Examples
    --------
    >>> import clearprop as cp
    >>> cp.Jax(devices="all", shards=16)
    Jax(devices='all', shards=16, products=None)
    """

    devices: int | str | None = None
    shards: int = 8
    products: str | None = None

    def __post_init__(self) -> None:
        if self.shards < 1:
            raise ValueError(f"Jax: shards must be at least 1, got {self.shards}")
        if isinstance(self.devices, str):
            if self.devices != "all":
                raise ValueError(f"Jax: devices must be a number or 'all', got {self.devices!r}")
        elif self.devices is not None:
            check_division(self.devices, self.shards)
        if self.products not in (None, *PRODUCTS):
            raise ValueError(f"Jax: products must be among {PRODUCTS}, got {self.products!r}")


EngineChoice: TypeAlias = str | Jax
"""An engine's name, or `Jax` with settings."""


def check_division(devices: int, shards: int) -> None:
    """Raise ValueError unless the shards can be dealt to the devices, as many to each."""
    if devices < 1 or shards % devices:
        raise ValueError(
            f"Jax: {devices} devices do not divide {shards} shards; give a number of devices that "
            f"does, or shards={max(devices, 1) * 8}"
        )
