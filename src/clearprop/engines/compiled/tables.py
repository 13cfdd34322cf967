"""Between Python's positions and tasks and what kernels read: tuples of arrays and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from clearprop.definitions.parameters import leaves_of
from clearprop.engines.base import Position, Rows
from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.plan import Plan


class PlanTables(NamedTuple):
    """The plan, in the form kernels read."""

    ops: np.ndarray
    numbers: np.ndarray
    output: int
    outputs: int
    loss: int
    loss_number: float


class Data(NamedTuple):
    """The rows: `x` dense, or else values, columns and row starts of a sparse matrix."""

    x: np.ndarray
    values: np.ndarray
    columns: np.ndarray
    starts: np.ndarray
    t: np.ndarray
    weights: np.ndarray
    mean_weight: float


class Rule(NamedTuple):
    """How a gradient becomes a step."""

    code: int
    numbers: tuple[float, ...]
    penalised: np.ndarray
    l2: float
    l2_per_row: bool
    clip_norm: float


class Moving(NamedTuple):
    """What steps change, in place: copies of a position's arrays."""

    params: np.ndarray
    first: np.ndarray
    second: np.ndarray
    running: np.ndarray
    steps: int
    updates: int


class Workspace(NamedTuple):
    """Room for one batch, allocated once.

    Each thread has a row of `values`, `slopes`, `product`, `scales` and `loss`; each piece of the
    batch has a row of `grads`. Kernels that belong to one thread see its own rows.
    """

    values: np.ndarray
    slopes: np.ndarray
    product: np.ndarray
    scales: np.ndarray
    loss: np.ndarray
    means: np.ndarray
    zeros: np.ndarray
    tiny: np.ndarray
    grads: np.ndarray
    tallies: np.ndarray
    room: int
    chunks: int


def tables_of(plan: Plan, slot: int) -> PlanTables:
    """Return a plan's tables; each normalization layer has `slot` scales of its own."""
    ops = plan.ops.copy()
    ops[np.isin(ops[:, c.KIND], (c.LAYER_NORM, c.BATCH_NORM)), c.SCALES] *= slot
    return PlanTables(ops, plan.numbers, plan.output, plan.outputs, plan.loss, plan.loss_number)


def data_of(rows: Rows, dtype: Any) -> Data:
    """Return the rows as contiguous arrays; a sparse matrix as its three.

    All of them refuse to be written to: kernels are compiled for that type of array and for no
    other, and people's own rows come both ways.
    """
    nothing, no_index = np.empty(0, dtype), np.empty(0, np.int64)
    x, values, columns, starts = rows.x, nothing, no_index, no_index
    if hasattr(x, "tocsr"):
        x = x.tocsr()
        values, columns, starts = x.data, x.indices, x.indptr
        x = np.empty((0, x.shape[1]), dtype)
    return Data(
        _read_only(x, dtype),
        _read_only(values, dtype),
        _read_only(columns, np.int64),
        _read_only(starts, np.int64),
        _read_only(rows.t, dtype),
        _read_only(nothing if rows.weights is None else rows.weights, dtype),
        float(rows.mean_weight),
    )


def _read_only(array: Any, dtype: Any) -> np.ndarray:
    view = np.ascontiguousarray(array, dtype).view()
    view.flags.writeable = False
    return view


def _innermost(state: Mapping[str, Any]) -> Mapping[str, Any]:
    inner: Mapping[str, Any] = state.get("inner", state)
    return inner


def copies_of(position: Position, names: list[str]) -> Moving:
    """Return copies of what steps change; `names` are the optimizer's vectors."""
    state = _innermost(position.optimizer_state)
    nothing = np.empty(0, position.params.dtype)
    first, second, *_ = [*(state[name].copy() for name in names), nothing, nothing]
    return Moving(
        position.params.copy(), first, second,
        running_averages(position.network_state, position.params.dtype), position.steps,
        int(state.get("t", 0)),
    )  # fmt: skip


def running_averages(network_state: Any, dtype: Any) -> np.ndarray:
    """Return a copy of all running averages in one vector, in the order of the plan."""
    leaves = [leaf for _, leaf in leaves_of(network_state or {})]
    return np.concatenate(leaves).astype(dtype, copy=False) if leaves else np.empty(0, dtype)


def position_of(position: Position, moving: Moving, names: list[str], done: int) -> Position:
    """Return the position the kernels reached, its arrays in the reference's form."""
    state: dict[str, Any] = dict(zip(names, (moving.first, moving.second), strict=False))
    old = _innermost(position.optimizer_state)
    if "t" in old:
        state["t"] = old["t"] + done
    if "inner" in position.optimizer_state:
        state = {"penalised": position.optimizer_state["penalised"], "inner": state}
    places = iter(np.split(moving.running, _ends(position.network_state)))
    return replace(
        position,
        params=moving.params,
        optimizer_state=state,
        network_state=_refilled(position.network_state, places),
        steps=position.steps + done,
    )


def _ends(state: Any) -> list[int]:
    sizes = [leaf.size for _, leaf in leaves_of(state or {})]
    return [int(end) for end in np.cumsum(sizes)[:-1]]


def _refilled(state: Any, places: Any) -> Any:
    if isinstance(state, Mapping):
        return {name: _refilled(branch, places) for name, branch in state.items()}
    return None if state is None else next(places)
