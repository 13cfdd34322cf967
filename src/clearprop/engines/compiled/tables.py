"""What kernels read and write: tuples of arrays and numbers, made of a task and a position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from clearprop.definitions.parameters import leaves_of
from clearprop.engines.base import TrainingRows, TrainingState
from clearprop.engines.compiled import codes as c
from clearprop.engines.compiled.plan import KernelPlan
from clearprop.engines.compiled.rooms import MaskRoom, aligned, aligned_copy
from clearprop.engines.compiled.sparse_form import SparseRows, common_of, most_numbers, of_csr


class PlanTables(NamedTuple):
    """A plan in the form that kernels read; docs/engine.md shows one.

    Attributes
    ----------
    ops : (operations, COLUMNS) int64
        A row for each operation, in the order of the forward pass; columns as in codes.py.
    numbers : (operations, 2) float64
        Each operation's own numbers: an activation's parameter, a dropout rate, or epsilon and
        momentum of a normalization.
    output : int
        Offset of the buffer with the network's output, in numbers a row.
    outputs : int
        K, the width of that buffer.
    loss, loss_number : int, float
        Code of the loss, and its number: threshold, level or smoothing; 0 where it has none.
    stages : (stages + 1,) int64
        A stage is the operations from one of these to the next. Each but the first begins with a
        BatchNorm, which needs the moments of all rows of a batch.
    """

    ops: np.ndarray
    numbers: np.ndarray
    output: int
    outputs: int
    loss: int
    loss_number: float
    stages: np.ndarray


class Data(NamedTuple):
    """All rows of a fit, read-only. Kernels pick a batch by its row indices.

    Attributes
    ----------
    x : (N, I)
        Dense rows, in the parameters' dtype; (0, I) where the rows are sparse.
    values, columns, starts : (nonzeros,), (nonzeros,) int32, (N + 1,) int64
        Rows in compressed sparse form; all of shape (0,) where they are dense.
    common : (I,) or (0,)
        The common value of each column of dense rows, about which they are sparse; (0,) where
        nothing is to be gained by it.
    t : (N, K)
        Targets, in the parameters' dtype.
    weights : (N,) or (0,)
        Weights of the rows; (0,) where all weigh 1.
    mean_weight : float
        The weights' mean, 1 without weights.
    """

    x: np.ndarray
    values: np.ndarray
    columns: np.ndarray
    starts: np.ndarray
    common: np.ndarray
    t: np.ndarray
    weights: np.ndarray
    mean_weight: float


class UpdateRule(NamedTuple):
    """How a gradient becomes a step.

    Attributes
    ----------
    code : int
        The optimizer, see codes.py.
    numbers : tuple of five floats
        Momentum or beta_1; beta_2 or the decay of squares; epsilon; 1 where epsilon is the
        paper's epsilon-hat; weight decay. 0 where the optimizer has no such number.
    penalised : (parameters,)
        1 where penalty and weight decay apply, 0 elsewhere.
    l2 : float
        Strength of the penalty.
    l2_per_row : bool
        Whether the strength is divided by the divisor of the batch.
    clip_norm : float
        The longest gradient; 0 for any length.
    """

    code: int
    numbers: tuple[float, ...]
    penalised: np.ndarray
    l2: float
    l2_per_row: bool
    clip_norm: float


class KernelState(NamedTuple):
    """What steps change, in place: copies of a position's arrays, in the parameters' dtype.

    Attributes
    ----------
    params : (parameters,)
        The parameters' vector.
    moment_1, moment_2 : (parameters,) or (0,)
        The optimizer's averages: velocity for momentum, mean square for RMSProp, the means of
        gradients and of their squares for Adam; (0,) where the optimizer has none.
    running : (averages,)
        Running means and variances of all BatchNorm layers, in the plan's order.
    steps, updates : int
        Steps made before this call, and the optimizer's own count of them (Adam's t).
    """

    params: np.ndarray
    moment_1: np.ndarray
    moment_2: np.ndarray
    running: np.ndarray
    steps: int
    updates: int


class SparseRoom(NamedTuple):
    """Room for products of sparse rows; all of width 0 where rows are dense.

    Attributes
    ----------
    values, rows, starts : (rooms, most), (rooms, most) int32, (rooms, I + 1) int64
        The numbers of a batch by column, their rows in the batch, and where each column begins.
    """

    values: np.ndarray
    rows: np.ndarray
    starts: np.ndarray


class Workspace(NamedTuple):
    """Room for the values of one batch, allocated once for a fit.

    The first five and those of `left`, `sparse` and `masked` have a row for each thread; where
    panels of weights read what pieces have left, or a plan has several stages, for each piece of
    the batch. A kernel that computes one piece gets a workspace with one row of them. A buffer of
    width w takes room * w numbers.

    Attributes
    ----------
    values : (rooms, width * room)
        Buffers of the forward pass: inputs, activations, masks, standardised values.
    slopes : (rooms, width * room)
        Gradients of the loss with respect to `values`, at the same offsets.
    product : (rooms, widest * room)
        A product that is added to a gradient that is there already; sums over all rows of a batch.
    scales : (rooms, normalizations * slot)
        1 / sqrt(variance + epsilon): by row for LayerNorm, by unit for BatchNorm.
    loss : (rooms, (2 K + 3) * room)
        Targets of the batch, and the loss's values on the way.
    moments : (pieces * averages,) float64
        Means and variances of each piece of the batch, at the places of the running ones.
    zeros : (widest,)
        Zeros: the bias of layers without one.
    tiny : (1,)
        The smallest normal number of the dtype.
    grads : (pieces, parameters)
        The gradient of each piece of the batch, but for what is `left`; their sum ends in the
        first row.
    left : (rooms, operations) int64
        1 where the piece has left xᵀ dE/dz of a Dense operation to the panels.
    panels : (threads, numbers of the largest panel)
        The gradient of a panel.
    tallies : (TALLIES, max(pieces, chunks)) float64
        Each piece's loss; each chunk's part of the gradient's squared length, of the penalty and
        of the check for finite numbers.
    room : int
        The most rows of a piece.
    chunks : (chunks, 3) int64
        Which parameters each chunk updates; and the operation whose panel of weights they are, or
        -1. Columns as in codes.py.
    claims : (pieces + chunks,) int64
        The phase in which a thread has last taken a piece or chunk, from 1; 0 before a call.
    sparse : SparseRoom
        For products of sparse rows.
    masked : MaskRoom
        For products that leave out zeros.
    """

    values: np.ndarray
    slopes: np.ndarray
    product: np.ndarray
    scales: np.ndarray
    loss: np.ndarray
    moments: np.ndarray
    zeros: np.ndarray
    tiny: np.ndarray
    grads: np.ndarray
    left: np.ndarray
    panels: np.ndarray
    tallies: np.ndarray
    room: int
    chunks: np.ndarray
    claims: np.ndarray
    sparse: SparseRoom
    masked: MaskRoom


def tables_of(plan: KernelPlan, slot: int) -> PlanTables:
    """Return a plan's tables; each normalization layer has `slot` scales of its own."""
    ops = plan.ops.copy()
    ops[np.isin(ops[:, c.KIND], (c.LAYER_NORM, c.BATCH_NORM)), c.SCALES] *= slot
    stages = [0, *np.flatnonzero(ops[:, c.KIND] == c.BATCH_NORM), len(ops)]
    return PlanTables(
        ops, plan.numbers, plan.output, plan.outputs, plan.loss, plan.loss_number,
        np.array(stages, np.int64),
    )  # fmt: skip


def data_of(rows: TrainingRows, dtype: Any, may_have_common: bool = False) -> Data:
    """Return the rows as contiguous arrays; a sparse matrix as its three.

    All are read-only views, whether the user's arrays are writable or not: Numba compiles a
    kernel for one type of array, and again for every other.

    Parameters
    ----------
    rows
        The rows.
    dtype
        The parameters' dtype.
    may_have_common
        Whether dense rows are taken about their common values where that pays.
    """
    nothing = np.empty(0, dtype)
    sparse = SparseRows(nothing, np.empty(0, np.int32), np.empty(0, np.int64))
    common = nothing
    if hasattr(rows.x, "tocsr"):
        sparse = of_csr(rows.x, dtype)
        x = np.empty((0, rows.x.shape[1]), dtype)
    else:
        x = _read_only(rows.x, dtype)
        common = common_of(x) if may_have_common else nothing
    return Data(
        _read_only(x, dtype),
        _read_only(sparse.values, dtype),
        _read_only(sparse.columns, np.int32),
        _read_only(sparse.starts, np.int64),
        _read_only(common, dtype),
        _read_only(rows.t, dtype),
        _read_only(nothing if rows.weights is None else rows.weights, dtype),
        float(rows.mean_weight),
    )


def sparse_room(data: Data, rows: int, *rooms: int) -> SparseRoom:
    """Return room for the products of up to `rows` sparse rows; of width 0 for dense ones.

    `rooms` is left out for one of them.
    """
    dtype, sparse = data.x.dtype, data.starts.size > 0
    most = most_numbers(data.starts, rows) if sparse else 0
    return SparseRoom(
        np.empty((*rooms, most), dtype),
        np.empty((*rooms, most), np.int32),
        np.empty((*rooms, data.x.shape[1] + 1 if sparse else 0), np.int64),
    )


def _read_only(array: Any, dtype: Any) -> np.ndarray:
    view = np.ascontiguousarray(array, dtype).view()
    view.flags.writeable = False
    return view


def _innermost(state: Mapping[str, Any]) -> Mapping[str, Any]:
    inner: Mapping[str, Any] = state.get("inner", state)
    return inner


def copies_of(position: TrainingState, names: list[str]) -> KernelState:
    """Return copies of what steps change; `names` are the optimizer's vectors."""
    state = _innermost(position.optimizer_state)
    nothing = np.empty(0, position.params.dtype)
    moment_1, moment_2, *_ = [*(aligned_copy(state[name]) for name in names), nothing, nothing]
    return KernelState(
        aligned_copy(position.params), moment_1, moment_2,
        running_averages(position.network_state, position.params.dtype), position.steps,
        int(state.get("t", 0)),
    )  # fmt: skip


def stacked_states(positions: Sequence[TrainingState], names: list[str]) -> KernelState:
    """Return the states of several networks, each number beside those of the others.

    They have made equally many steps, and their layers remember nothing.
    """
    first = positions[0]
    states = [_innermost(position.optimizer_state) for position in positions]

    def beside(vectors: list[np.ndarray]) -> np.ndarray:
        stacked = aligned((vectors[0].size, len(vectors)), vectors[0].dtype)
        return np.stack(vectors, axis=1, out=stacked).ravel()

    moments = [beside([state[name] for state in states]) for name in names]
    nothing = np.empty(0, first.params.dtype)
    moment_1, moment_2, *_ = [*moments, nothing, nothing]
    params = beside([position.params for position in positions])
    updates = int(states[0].get("t", 0))
    return KernelState(params, moment_1, moment_2, nothing, first.steps, updates)


def counted_from(state: KernelState, begun: int) -> KernelState:
    """Return the state with its counts as they were before `begun` steps were made."""
    return state._replace(steps=state.steps - begun, updates=state.updates - begun)


def running_averages(network_state: Any, dtype: Any) -> np.ndarray:
    """Return a copy of all running averages in one vector, in the order of the plan."""
    leaves = [leaf for _, leaf in leaves_of(network_state or {})]
    return np.concatenate(leaves).astype(dtype, copy=False) if leaves else np.empty(0, dtype)


def position_of(
    position: TrainingState,
    reached: KernelState,
    names: list[str],
    done: int,
    epochs: int,
    rows: int,
) -> TrainingState:
    """Return the position that the kernels reached, its arrays in the reference's form.

    They have made `done` steps, and ended `epochs` epochs of so many rows.
    """
    state: dict[str, Any] = dict(zip(names, (reached.moment_1, reached.moment_2), strict=False))
    old = _innermost(position.optimizer_state)
    if "t" in old:
        state["t"] = old["t"] + done
    if "inner" in position.optimizer_state:
        state = {"penalised": position.optimizer_state["penalised"], "inner": state}
    network_state = position.network_state
    if reached.running.size:
        places = iter(np.split(reached.running, _ends(network_state)))
        network_state = _refilled(network_state, places)
    return replace(
        position,
        params=reached.params,
        optimizer_state=state,
        network_state=network_state,
        steps=position.steps + done,
        epochs=position.epochs + epochs,
        rows_seen=position.rows_seen + epochs * rows,
    )


def _ends(state: Any) -> list[int]:
    sizes = [leaf.size for _, leaf in leaves_of(state or {})]
    return [int(end) for end in np.cumsum(sizes)[:-1]]


def _refilled(state: Any, places: Any) -> Any:
    if isinstance(state, Mapping):
        return {name: _refilled(branch, places) for name, branch in state.items()}
    return None if state is None else next(places)
