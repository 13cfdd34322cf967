"""Several processes as `jax.distributed` joins them, on one machine or many."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import jax
import numpy as np
from jax.errors import JaxRuntimeError
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from clearprop.engines.choice import AUTO, Jax
from clearprop.engines.processes import ALONE, LostProcessError, Processes

AXIS = "devices"

OF_CONNECTIONS = re.compile("(ABORTED|CANCELLED|DEADLINE_EXCEEDED|INTERNAL|UNAVAILABLE|UNKNOWN): ")
"""How the errors of XLA begin that may come from another process."""


def join(how: Jax) -> None:
    """Join the processes that `how` names, once; do nothing where it names none.

    Raises
    ------
    ValueError
        If the processes cannot be told, or JAX has computed something before.
    """
    if how.hosts is None or jax.distributed.is_initialized():
        return
    # JAX's own would take SIGTERM away from the program.
    jax.config.update("jax_enable_preemption_service", False)
    arguments: dict[str, Any] = {}
    if how.hosts != AUTO:
        place, count = how.place_and_count
        arguments = {
            "coordinator_address": how.hosts, "num_processes": count, "process_id": place,
            "cluster_detection_method": "deactivate",
        }  # fmt: skip
    try:
        jax.distributed.initialize(**arguments, heartbeat_timeout_seconds=how.lost_after)
    except (ValueError, RuntimeError) as error:
        if how.hosts == AUTO and "defined" in str(error):
            raise ValueError(
                "Jax: hosts='auto' asks JAX for the processes, and it finds no Slurm, Open MPI or "
                "other launcher here: give hosts='address:port' and process='k/n'"
            ) from error
        raise ValueError(f"Jax: cannot join the processes of {how.hosts}: {error}") from error


def processes_of(how: Jax) -> Processes:
    """Return the processes that train together with these settings."""
    if how.devices is None or jax.process_count() == 1:
        return ALONE
    return JaxProcesses()


class JaxProcesses(Processes):
    """All processes that `jax.distributed` has joined."""

    def __init__(self) -> None:
        self.count, self.place = jax.process_count(), jax.process_index()

    def summed(self, numbers: Sequence[float]) -> list[float]:
        """Return the sum of what all processes give, number by number."""
        return list(self._summed(np.array(numbers, np.float64)).tolist())

    def vector_of_first(self, vector: np.ndarray) -> np.ndarray:
        """Return the vector that the first process gives."""
        return self._summed(vector if self.is_first else np.zeros(len(vector)))

    def _summed(self, mine: np.ndarray) -> np.ndarray:
        mesh = Mesh(np.array(jax.devices()), (AXIS,))
        own = np.zeros((jax.local_device_count(), len(mine)))
        own[0] = mine
        with jax.enable_x64(True), named_losses():
            dealt = NamedSharding(mesh, PartitionSpec(AXIS))
            given = jax.make_array_from_process_local_data(dealt, own)
            return np.asarray(_summed(mesh, given))[0]


@partial(jax.jit, static_argnames="mesh")
def _summed(mesh: Mesh, given: Any) -> Any:
    one, all_of_it = PartitionSpec(AXIS), PartitionSpec()
    total = partial(jax.lax.psum, axis_name=AXIS)
    return jax.shard_map(total, mesh=mesh, in_specs=one, out_specs=all_of_it)(given)


@contextmanager
def named_losses() -> Iterator[None]:
    """Raise LostProcessError where an all-reduce fails, as it does when a process has ended."""
    try:
        yield
    except (JaxRuntimeError, ValueError) as error:  # by how the program was started
        if jax.process_count() == 1 or not OF_CONNECTIONS.match(str(error)):
            raise
        raise LostProcessError(
            "another process of this training has ended or cannot be reached, so it cannot go on "
            "here: look at what the others said. resume goes on from the checkpoint, with another "
            f"number of processes too. JAX says: {str(error).splitlines()[0]:.200}"
        ) from error
