"""Proof that a gradient is right, by derivatives that share none of its formulas.

The gradient of the pullbacks is compared with the derivative of the forward pass alone
(`derivatives.py`). In small networks every entry is checked. In large ones a sample of entries is
checked, and random directions through all parameters.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.backprop import mean_loss, prepare_rows
from clearprop.definitions.layer import Layer, Tree
from clearprop.definitions.losses import Loss
from clearprop.definitions.parameters import Layout, check_parameters
from clearprop.definitions.penalty import L2
from clearprop.derivatives import GradientReport, compare
from clearprop.readings import numpy as numpy_reading


def check_gradients(
    network: Layer,
    loss: Loss,
    params: Tree,
    x: Any,
    t: Any,
    *,
    sample_weight: Any = None,
    l2: float | L2 = 0.0,
    given: Any = None,
    entries: int = 500,
    directions: int = 8,
    seed: int = 0,
    tolerance: float | None = None,
) -> GradientReport:
    """Return how backpropagation's gradient compares with derivatives of the forward pass.

    Parameters and inputs are checked, in float64: every entry where there are at most `entries`,
    else a random sample of that size; and `directions` random directions through all of them.

    Parameters
    ----------
    network, loss, params, x, t, sample_weight, l2, given
        As for :func:`~clearprop.backprop.backprop`.
    entries, directions : int
        How many are compared.
    seed : int
        For the sample and the directions.
    tolerance : float, optional
        Largest difference, relative to max(|g|, 0.001), that is right: 1e-9 for complex step,
        1e-5 for central differences.

    Returns
    -------
    GradientReport
        True if right; printed, it names the worst entry with both values. Source of the method:
        Squire and Trapp 1998; Martins, Sturdza and Alonso 2003.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> net = cp.Chain(cp.Dense(2, 3), cp.Tanh(), cp.Dense(3, 1))
    >>> params = net.init(np.random.default_rng(0))
    >>> report = cp.check_gradients(net, cp.SquaredError(), params, [[0.5, -1.0]], [[0.2]])
    >>> bool(report), len(report.comparisons)
    (True, 23)
    """
    check_parameters(network, params)
    layout = Layout.of(params)
    vector = layout.pack(params, np.float64)
    x, t, weights = prepare_rows(network, loss, x, t, sample_weight, np.float64)
    x = x.toarray() if hasattr(x, "tocsr") else x
    penalty = l2 if isinstance(l2, L2) else L2(l2)
    penalised = layout.penalised(network)
    divisor = float(x.shape[0] if weights is None else weights.sum())
    size = layout.size

    def value(xp: Any, point: np.ndarray) -> Any:
        tree, inputs = layout.unpack(point[:size]), point[size:].reshape(x.shape)
        output, _ = network.forward(xp, tree, inputs, given)
        decay = penalty.value(xp, point[:size], penalised, divisor)
        return mean_loss(xp, loss, output, t, weights, divisor) + decay

    def gradient(point: np.ndarray) -> np.ndarray:
        tree, inputs = layout.unpack(point[:size]), point[size:].reshape(x.shape)
        output, saved = network.forward(numpy_reading, tree, inputs, given)
        row_weights = np.ones(x.shape[0]) if weights is None else weights
        delta = (row_weights / divisor)[:, None] * loss.gradient(numpy_reading, output, t)
        dx, gradients = network.pullback(numpy_reading, tree, saved, delta)
        decay = penalty.gradient(point[:size], penalised, divisor)
        return np.concatenate([layout.pack(gradients, np.float64) + decay, np.ravel(dx)])

    def name(index: int) -> str:
        if index < size:
            return layout.locate(index)
        row, column = divmod(index - size, x.shape[1])
        return f"x[{row},{column}]"

    point = np.concatenate([vector, x.ravel()])
    return compare(value, gradient, point, name, entries, directions, seed, tolerance)


_checked: set[tuple[type, str]] = set()


def check_loss_once(loss: Loss, rows: int, t: np.ndarray) -> None:
    """Raise ValueError if a user's own loss has a wrong gradient; each loss is checked once.

    The tests of the package check its own losses.
    """
    key = (type(loss), repr(loss))
    if type(loss).__module__.startswith("clearprop.") or key in _checked:
        return
    t = t[: min(rows, 5)]
    o = np.random.default_rng(0).standard_normal(t.shape)
    values, gradient = loss.value(numpy_reading, o, t), loss.gradient(numpy_reading, o, t)
    kind = type(loss).__name__
    if np.shape(values) != (t.shape[0],) or np.shape(gradient) != o.shape:
        raise ValueError(
            f"{kind}: for outputs of shape {o.shape}, value must have shape {(t.shape[0],)} and "
            f"gradient {o.shape}; got {np.shape(values)} and {np.shape(gradient)}"
        )

    def total(xp: Any, point: np.ndarray) -> Any:
        return np.sum(loss.value(xp, point.reshape(o.shape), t))

    def name(index: int) -> str:
        row, column = divmod(index, o.shape[1])
        return f"row {row}, output {column}"

    def slopes(point: np.ndarray) -> np.ndarray:
        return np.ravel(loss.gradient(numpy_reading, point.reshape(o.shape), t))

    report = compare(total, slopes, o.ravel(), name, directions=0)
    if not report:
        worst = report.worst
        raise ValueError(
            f"{kind}.gradient is not the derivative of {kind}.value: at {worst.where} it returns "
            f"{worst.backprop:.6g}, but {report.method} of the value gives {worst.other:.6g}"
        )
    _checked.add(key)
