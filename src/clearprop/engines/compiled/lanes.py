"""Small networks side by side: which may, their room, and their epochs in one call."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from clearprop.engines.base import Burst, Request, TrainingTask
from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.kernels.lane_products import TALLEST
from clearprop.engines.compiled.kernels.lane_rows import AT_ONCE
from clearprop.engines.compiled.kernels.lanes import run_lanes
from clearprop.engines.compiled.kernels.losses import loss_room
from clearprop.engines.compiled.kernels.vectors import VECTOR_BYTES
from clearprop.engines.compiled.rooms import aligned
from clearprop.engines.compiled.tables import KernelState, stacked_states

if TYPE_CHECKING:
    from clearprop.engines.compiled.engine import PreparedKernels

GAINS = {
    4: {256: 3.0, 512: 2.3, 1024: 1.8, 2048: 1.5, 4096: 1.3},
    8: {256: 1.8, 512: 1.4, 1024: 1.3, 2048: 1.2},
}
"""How many times as long a step takes alone as in a lane of many: by the bytes of a number, and the
most parameters. Larger networks fill vectors by themselves, or the caches together."""

ROOM_BYTES = 2**17
"""Values and slopes of the rows that go through all layers together. Of fewer rows products take
longer than the first cache saves; more would fill the second one."""


class LaneRoom(NamedTuple):
    """Room for steps of several networks, each with a lane of its own.

    Attributes
    ----------
    x, t : (N, AT_ONCE or more)
        All rows of the fit and their targets; those of fewer numbers have zeros behind them.
    weights_of_rows : (N,) or (0,)
        As `Data.weights`.
    values, slopes : (width * room * lanes,)
        As those of `Workspace`, with a row of `lanes` numbers in place of each number.
    grads : (parameters * lanes,)
        The gradients.
    loss : ((2 K + 3) * room * lanes,)
        As that of `Workspace`.
    zeros : (widest * lanes,)
        The bias of layers without one.
    ones : (lanes,)
        The factor of each row in a bias's gradient.
    weights : (parameters * lanes,)
        The parameters that are penalised, and 0 for others.
    squares : (lanes,)
        Each network's sum of their squares.
    shares : (lanes,) float64
        What a row of each network counts in its loss.
    tallies : (lanes,) float64
        Each network's loss.
    tiny : (1,)
        The smallest normal number of the dtype.
    room : int
        Rows of each network that go through all layers together.
    """

    x: np.ndarray
    t: np.ndarray
    weights_of_rows: np.ndarray
    values: np.ndarray
    slopes: np.ndarray
    grads: np.ndarray
    loss: np.ndarray
    zeros: np.ndarray
    ones: np.ndarray
    weights: np.ndarray
    squares: np.ndarray
    shares: np.ndarray
    tallies: np.ndarray
    tiny: np.ndarray
    room: int


def lanes_for(dtype: Any) -> int:
    """Return how many networks stand side by side: the numbers of a vector."""
    return VECTOR_BYTES // np.dtype(dtype).itemsize


def fits_lanes(prepared: PreparedKernels) -> bool:
    """Return whether a network is trained beside others: small, and of plain layers only."""
    ops, data = prepared.tables.ops, prepared.data
    plain = np.isin(ops[:, c.KIND], (c.DENSE, c.ACTIVATION)).all() and not ops[:, c.ADDS].any()
    dense_rows = not data.starts.size and not data.common.size
    small = gain_of(prepared.task) > 0
    return bool(plain and dense_rows and small and not prepared.rule.clip_norm)


def gain_of(task: TrainingTask) -> float:
    """Return how many times as long a step takes alone as in a lane; 0 for a large network."""
    gains = GAINS[task.penalised.dtype.itemsize]
    return next((gain for most, gain in gains.items() if task.layout.size <= most), 0.0)


def lane_room(prepared: PreparedKernels) -> LaneRoom:
    """Return room for the steps of networks in all lanes."""
    work, size = prepared.work, prepared.task.layout.size
    width, widest = prepared.plan.width, prepared.plan.widest
    dtype, lanes = work.values.dtype, lanes_for(work.values.dtype)
    outputs = prepared.tables.outputs
    numbers_a_row = (2 * width + loss_room(outputs)) * lanes * dtype.itemsize
    room = min(max(ROOM_BYTES // numbers_a_row // TALLEST, 1) * TALLEST, work.room)
    rows = room * lanes
    return LaneRoom(
        x=at_least_four(prepared.data.x),
        t=at_least_four(prepared.data.t),
        weights_of_rows=prepared.data.weights,
        values=aligned(width * rows, dtype),
        slopes=aligned(width * rows, dtype),
        grads=aligned(size * lanes, dtype),
        loss=aligned(loss_room(outputs) * rows, dtype),
        zeros=np.zeros(widest * lanes, dtype),
        ones=np.ones(lanes, dtype),
        weights=aligned(size * lanes, dtype),
        squares=np.zeros(lanes, dtype),
        shares=np.zeros(lanes),
        tallies=np.zeros(lanes),
        tiny=work.tiny,
        room=room,
    )


def at_least_four(rows: np.ndarray) -> np.ndarray:
    """Return rows (N, width) of AT_ONCE numbers or more, read-only: narrow ones with zeros."""
    width = rows.shape[1]
    if width < AT_ONCE:
        rows = np.pad(rows, ((0, 0), (0, AT_ONCE - width)))
    view = rows.view()
    view.flags.writeable = False
    return view


def groups_for(task: TrainingTask, runs: int, workers: int) -> list[int]:
    """Return so many small networks in groups; too few for a group go one by one.

    A group is the work of one worker: where some would have none, networks may be done sooner one
    by one.
    """
    lanes = lanes_for(task.penalised.dtype)
    whole, left = divmod(runs, lanes)
    groups = [lanes] * whole + ([left] if fill_lanes(left, task) else [1] * left)
    longest = -(-len(groups) // workers) * lanes / gain_of(task)
    return groups if longest < -(-runs // workers) else [1] * runs


def fill_lanes(networks: int, task: TrainingTask) -> bool:
    """Return whether so many networks take less time side by side than one by one."""
    lanes = lanes_for(task.penalised.dtype)
    return lanes <= networks * gain_of(task) and networks <= lanes


def alike(one: Request, other: Request) -> bool:
    """Return whether two requests differ in weights, averages and orders of rows only."""
    same_things = (
        one.task is other.task
        and one.rows is other.rows
        and one.batch_size == other.batch_size
        and one.begun is other.begun is None
        and one.position.steps == other.position.steps
        and one.position.optimizer_state.get("t") == other.position.optimizer_state.get("t")
    )
    return same_things and np.array_equal(one.rates, other.rates)


def epochs_in_lanes(
    prepared: PreparedKernels, room: LaneRoom, requests: Sequence[Request], seconds: float
) -> list[Burst | None]:
    """Return the outcomes of requests that are alike, no more than there are lanes.

    None stands for a network that met a number that is not finite. Lanes that are left over repeat
    the first network.

    Parameters
    ----------
    seconds : float
        The longest the kernels run before they ask whether to end.
    """
    lanes = lanes_for(prepared.work.values.dtype)
    every = [requests[k] if k < len(requests) else requests[0] for k in range(lanes)]
    state = stacked_states([request.position for request in every], prepared.names)
    # Each stays where it was drawn: a copy of all of them is larger than the cache.
    drawn = [np.ascontiguousarray(request.orders, np.int64) for request in every]
    orders = np.array([order.ctypes.data for order in drawn], np.int64)
    rates = np.ravel(requests[0].rates)
    rule = prepared.rule._replace(penalised=np.repeat(prepared.rule.penalised, lanes))
    losses = np.zeros((lanes, len(requests[0].orders), 3))
    done, chunk = 0, max(prepared.first_steps // lanes, 1)
    while done < rates.size and not requests[0].cancelled():
        started = time.perf_counter()
        part = rates[done : done + chunk]
        run_lanes(
            prepared.tables, prepared.data.mean_weight, rule, orders, requests[0].batch_size,
            part, state, room, done, losses,
        )  # fmt: skip
        done += len(part)
        passed = max(time.perf_counter() - started, 1e-6)
        chunk = max(1, int(len(part) * seconds / passed))
    interrupted = done < rates.size
    finite = np.asarray(np.isfinite(losses).all(axis=(1, 2)))
    return [
        prepared.burst(request, own, each, done, interrupted) if good else None
        for request, own, each, good in zip(
            requests, states_of(state, lanes), losses, finite, strict=False
        )
    ]


def states_of(state: KernelState, lanes: int) -> Iterator[KernelState]:
    """Yield the state of each network."""
    vectors = (state.params, state.moment_1, state.moment_2)
    for params, moment_1, moment_2 in zip(
        *(each.reshape(-1, lanes).T.copy() for each in vectors), strict=True
    ):
        yield state._replace(params=params, moment_1=moment_1, moment_2=moment_2)
