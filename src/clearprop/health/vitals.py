"""The vital signs of a training: per-layer numbers of one step on a sample of rows.

Nothing is trained by it: the step is computed from a position and forgotten. What the numbers
should be stands in :mod:`clearprop.health.checks`.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.layers.activations import Activation, Identity, Sigmoid, Tanh
from clearprop.definitions.layers.dense import Dense
from clearprop.engines.base import TrainingState
from clearprop.engines.numpy import Arithmetic, arithmetic
from clearprop.health.sample import Sample
from clearprop.health.seen import Seen, watched
from clearprop.readings import numpy as xp
from clearprop.writing.json_safe import json_safe

SELDOM = 0.01
"""A unit that is active in fewer rows than this is dead; one off its ends in fewer is saturated.

Source: Amazon SageMaker Debugger, rules DeadRelu and SaturatedActivation, ``threshold_inactivity``.
"""

DORMANT = 0.025
"""A unit is dormant if its mean |a| is at most this part of its layer's mean.

Source: Sokar, Agarwal, Castro and Evci 2023, "The dormant neuron phenomenon", definition 3.1.
"""

ENDS: dict[type[Layer], tuple[float, float]] = {Tanh: (-9.5, 9.5), Sigmoid: (-23.0, 17.0)}
"""Pre-activations beyond which a unit is saturated.

Source: Amazon SageMaker Debugger, rule SaturatedActivation.
"""

STEEPEST: dict[type[Layer], float] = {Tanh: 1.0, Sigmoid: 0.25}
"""The largest slopes of the activations that saturate."""


@dataclass(frozen=True)
class LayerVitals:
    """One layer's numbers in one step. What a layer does not have is None.

    Attributes
    ----------
    path, kind : str
        Its path, such as "dense1" or "residual1.chain1.tanh1", and its class, such as "Dense".
    units : int
        O, the values of a row that it gives.
    mean, sd : float
        Of its output, over rows and units.
    signal : float
        The root mean square over rows and units of dE_n/dy, the error signal that arrives.
    weights, gradient, update : float or None
        The lengths of its parameters, of the gradient that the optimizer was given (with penalty
        and clipping), and of the change that the optimizer made; None without parameters.
    unequal : float or None
        Of a Dense layer of two units or more: by how much a weight differs most from the first
        unit's. 0 where all units are alike.
    dead, dormant, saturated : float or None
        Of an activation: the part of its units that are. Dead: output and slope are 0 in all but
        `SELDOM` of the rows. Dormant: mean |a| is at most `DORMANT` of the layer's. Saturated, of
        tanh and sigmoid: beyond `ENDS` in all but `SELDOM` of the rows.
    passes : float or None
        Of tanh and sigmoid: the part of the error that could pass at most that does,
        Σ |dz| / Σ |da| / the steepest slope.
    """

    path: str
    kind: str
    units: int
    mean: float
    sd: float
    signal: float
    weights: float | None = None
    gradient: float | None = None
    update: float | None = None
    unequal: float | None = None
    dead: float | None = None
    dormant: float | None = None
    saturated: float | None = None
    passes: float | None = None

    @property
    def ratio(self) -> float | None:
        """Update / weights; None without parameters, infinite where all weights are 0."""
        if self.update is None or self.weights is None:
            return None
        if not self.weights:
            return math.inf if self.update else 0.0
        return self.update / self.weights


@dataclass(frozen=True)
class Vitals:
    """The numbers of one step on a sample of rows.

    Attributes
    ----------
    steps, epochs : int
        Those that training had made before: 0 and 0 for its first step.
    rows : int
        N, the rows of the sample.
    loss, penalty : float
        Their mean loss, and the L2 penalty.
    gradient, update : float
        The lengths of the whole gradient and of the whole change.
    noise : float or None
        The simple noise scale tr(Σ) / |G|² in rows, where Σ is the covariance of the rows'
        gradients and G their mean: a batch of far fewer rows follows noise. Infinite where G
        cannot be told from 0. None where a layer other than Dense has parameters, or rows have
        weights. Source: McCandlish, Kaplan and Amodei 2018, eq. 2.9 and A.2.
    layers : tuple of LayerVitals
        All plain layers, from the inputs on.
    """

    steps: int
    epochs: int
    rows: int
    loss: float
    penalty: float
    gradient: float
    update: float
    noise: float | None
    layers: tuple[LayerVitals, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as plain values for JSON, with each layer's `ratio`."""
        document = asdict(self)
        document["layers"] = [{**asdict(one), "ratio": one.ratio} for one in self.layers]
        safe: dict[str, Any] = json_safe(document)
        return safe


def vitals_of(sample: Sample, position: TrainingState, rate: float) -> Vitals:
    """Return the vital signs of the step that training would make next on the sample's rows.

    The step has no dropout; batch norm takes the statistics of the sample.

    Parameters
    ----------
    sample : Sample
        The task, and N rows.
    position : TrainingState
        Where training stands: parameters (P,) and the optimizer's state.
    rate : float
        The learning rate of the step.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> from clearprop.definitions.parameters import Layout
    >>> from clearprop.engines.base import TrainingRows, TrainingState, TrainingTask
    >>> net = cp.Chain(cp.Dense(1, 2), cp.ReLU(), cp.Dense(2, 1))
    >>> params = net.init(np.random.default_rng(0))
    >>> params["dense1"]["W"][:] = [[1.0, -1.0]]
    >>> layout = Layout.of(params)
    >>> vector = layout.pack(params)
    >>> task = TrainingTask(net, cp.SquaredError(), cp.SGD(0.1), layout, np.ones_like(vector))
    >>> rows = TrainingRows.of(np.array([[1.0], [2.0]]), np.array([[1.0], [2.0]]), None)
    >>> now = vitals_of(Sample.of(task, rows), TrainingState(vector, {}), 0.1)
    >>> [(one.path, one.dead) for one in now.layers]    # unit 1 gives 0 for both rows
    [('dense1', None), ('relu1', 0.5), ('dense2', None)]
    """
    network, log = watched(sample.task.network)
    batch = sample.batch
    done = arithmetic(replace(sample.task, network=network), position, batch, rate)
    with np.errstate(all="ignore"):
        change = np.subtract(done.params, position.params, dtype=np.float64)
        layers = tuple(
            _layer_vitals(path, seen, sample, position, done, change) for path, seen in log.items()
        )
        return Vitals(
            position.steps, position.epochs, len(batch.t), done.loss, done.penalty,
            _length(done.gradient), _length(change), _noise(sample, position, done, log), layers,
        )  # fmt: skip


def _layer_vitals(
    path: str,
    seen: Seen,
    sample: Sample,
    position: TrainingState,
    done: Arithmetic,
    change: np.ndarray,
) -> LayerVitals:
    layout, batch = sample.task.layout, sample.batch
    parts = [part for name, part in layout.slices().items() if name.rpartition(".")[0] == path]
    weights, gradient, update = (
        math.hypot(*(_length(vector[part]) for part in parts)) if parts else None
        for vector in (position.params, done.gradient, change)
    )
    y, kind = np.asarray(seen.y), type(seen.layer).__name__
    # The mean over rows is taken out: a row's own error signal does not depend on N.
    signal = float(batch.divisor) * _rms(seen.dy)
    return LayerVitals(
        path or kind.lower(), kind, y.shape[1], float(y.mean()), float(y.std()), signal,
        weights, gradient, update, _unequal(path, seen.layer, sample, position),
        **_unit_shares(seen),
    )  # fmt: skip


def _unequal(path: str, layer: Layer, sample: Sample, position: TrainingState) -> float | None:
    """Return by how much a weight differs most from that of the first unit."""
    if not isinstance(layer, Dense) or layer.outputs < 2:
        return None
    part = sample.task.layout.slices()[f"{path}.W" if path else "W"]
    weights = position.params[part].reshape(layer.inputs, -1)
    return float(np.abs(weights - weights[:, :1]).max())


def _unit_shares(seen: Seen) -> dict[str, float]:
    """Return which parts of an activation's units are dead, dormant, saturated, and what passes."""
    layer = seen.layer
    if not isinstance(layer, Activation) or isinstance(layer, Identity):
        return {}
    z, a = np.asarray(seen.x), np.asarray(seen.y)
    slope = np.broadcast_to(layer.slope(xp, z, a), z.shape)
    active = ((a != 0) | (slope != 0)).mean(axis=0)
    sizes = np.abs(a).mean(axis=0, dtype=np.float64)
    shares = {
        "dead": float((active < SELDOM).mean()),
        "dormant": float((sizes <= DORMANT * sizes.mean()).mean()),
    }
    if type(layer) in ENDS:
        low, high = ENDS[type(layer)]
        inside = ((z > low) & (z < high)).mean(axis=0)
        arriving = np.abs(seen.dy)
        most = float(arriving.sum(dtype=np.float64)) * STEEPEST[type(layer)]
        passed = float((arriving * slope).sum(dtype=np.float64))
        shares["saturated"] = float((inside < SELDOM).mean())
        shares["passes"] = passed / most if most else 1.0
    return shares


def _noise(
    sample: Sample, position: TrainingState, done: Arithmetic, log: dict[str, Seen]
) -> float | None:
    """Return tr(Σ) / |G|², both without bias, from the lengths of the rows' gradients.

    Of a Dense layer |g_n|² = (|x_n|² + 1) |δ_n|², so that no row needs a pass of its own.
    """
    batch, rows = sample.batch, len(sample.batch.t)
    with_parameters = {path.rpartition(".")[0] for path in sample.task.layout.paths}
    dense = {path: seen for path, seen in log.items() if isinstance(seen.layer, Dense)}
    if batch.weights is not None or rows < 2 or with_parameters - dense.keys():
        return None
    squares = np.zeros(rows)
    for seen in dense.values():
        has_bias = isinstance(seen.layer, Dense) and seen.layer.bias
        delta = rows * np.asarray(seen.dy, np.float64)
        squares += (_row_squares(seen.x) + has_bias) * _row_squares(delta)
    mean = _length(_mean_gradient(sample, position, done, dense)) ** 2
    trace = rows / (rows - 1) * max(float(squares.mean()) - mean, 0.0)
    signal = mean - trace / rows
    if signal <= 0:
        return math.inf if trace else 0.0
    return trace / signal


def _mean_gradient(
    sample: Sample, position: TrainingState, done: Arithmetic, dense: dict[str, Seen]
) -> np.ndarray:
    """Return the mean of the rows' gradients, without penalty and clipping (parameters,)."""
    task, batch = sample.task, sample.batch
    if task.clip_norm is None:
        if not task.l2.strength:
            return done.gradient
        return done.gradient - task.l2.gradient(position.params, task.penalised, batch.divisor)
    layout, found = task.layout, np.zeros(task.layout.size)
    tree = layout.unpack(found)
    for path, seen in dense.items():
        branch = tree
        for name in path.split(".") if path else ():
            branch = branch[name]
        for name, gradient in seen.layer.parameter_gradients(xp, branch, seen.x, seen.dy).items():
            branch[name][...] = gradient
    return found


def _row_squares(x: Any) -> np.ndarray:
    if hasattr(x, "multiply"):
        return np.asarray(x.multiply(x).sum(axis=1), np.float64).ravel()
    wide = np.asarray(x, np.float64)
    return np.einsum("ni,ni->n", wide, wide)


def _length(vector: Any) -> float:
    return float(np.linalg.norm(np.asarray(vector, np.float64)))


def _rms(array: Any) -> float:
    wide = np.asarray(array, np.float64)
    return float(np.sqrt(np.mean(wide * wide))) if wide.size else 0.0
