"""The engine that a user asks for: a name, or the JAX engine with settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

PRODUCTS = ("tensorfloat32", "bfloat16")

AUTO = "auto"
"""For `Jax.hosts`: the processes that JAX detects."""


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
    shard_optimizer : bool
        Let each device hold and update a part of the optimizer's averages only, for networks whose
        averages take too much of its memory; with `devices`. The numbers are the same.
    hosts : "address:port" or "auto", optional
        Train in several processes: where the first of them listens. "auto" asks JAX, which knows
        Slurm and Open MPI. All of them run the same program with the same rows, and their devices
        share each batch. The first one decides when to stop, and writes checkpoints.
    process : "k/n", optional
        That this is process k of n, from 0; with an address.
    lost_after : int
        A process that was not heard of for so many seconds is lost, and ends the others.

    Raises
    ------
    ValueError
        If the devices do not divide the shards, or a setting is unknown.

    Examples
    --------
    >>> import clearprop as cp
    >>> cp.Jax(devices="all", shards=16).shards
    16
    """

    devices: int | str | None = None
    shards: int = 8
    products: str | None = None
    shard_optimizer: bool = False
    hosts: str | None = None
    process: str | None = None
    lost_after: int = 60

    def __post_init__(self) -> None:
        if self.shards < 1:
            raise ValueError(f"Jax: shards must be at least 1, got {self.shards}")
        self._check_processes()
        if self.hosts is not None and self.devices is None:
            object.__setattr__(self, "devices", "all")
        if isinstance(self.devices, str):
            if self.devices != "all":
                raise ValueError(f"Jax: devices must be a number or 'all', got {self.devices!r}")
        elif self.hosts is not None:
            raise ValueError("Jax: with hosts=..., all devices of all processes train together")
        elif self.devices is not None:
            check_division(self.devices, self.shards)
        if self.products not in (None, *PRODUCTS):
            raise ValueError(f"Jax: products must be among {PRODUCTS}, got {self.products!r}")
        if self.shard_optimizer and self.devices is None:
            raise ValueError("Jax: shard_optimizer=True needs several devices: give devices='all'")

    @property
    def place_and_count(self) -> tuple[int, int]:
        """Return k and n of `process`."""
        place, slash, count = (self.process or "").partition("/")
        if not (slash and place.isdecimal() and count.isdecimal() and int(place) < int(count)):
            raise ValueError(
                f"Jax: process must be 'k/n', process k of n from 0, got {self.process!r}"
            )
        return int(place), int(count)

    def _check_processes(self) -> None:
        if self.lost_after < 1:
            raise ValueError(f"Jax: lost_after must be at least 1 second, got {self.lost_after}")
        if self.hosts is None or self.hosts == AUTO:
            if self.process is not None:
                raise ValueError("Jax: process='k/n' needs hosts='address:port'")
            return
        address, colon, port = self.hosts.rpartition(":")
        if not (address and colon and port.isdecimal()):
            raise ValueError(
                f"Jax: hosts must be 'address:port' or 'auto', got {self.hosts!r}: the address of "
                "the first process, and a port that is free there"
            )
        check_division(self.place_and_count[1], self.shards)


EngineChoice: TypeAlias = str | Jax
"""An engine's name, or `Jax` with settings."""


def check_division(devices: int, shards: int) -> None:
    """Raise ValueError unless the shards can be dealt to the devices, as many to each."""
    if devices < 1 or shards % devices:
        raise ValueError(
            f"Jax: {devices} devices do not divide {shards} shards; give a number of devices that "
            f"does, or shards={max(devices, 1) * 8}"
        )
