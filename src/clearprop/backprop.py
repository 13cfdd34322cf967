"""One forward pass, one backward pass: the loss and the gradient of every parameter.

The mean over rows is taken here, for every layer and loss:

    E = Σ_n w_n E_n / D        δ_n = w_n / D · dE_n/do_n

D is the sum of the weights. In mini-batch training D is the number of rows in the batch times the
mean weight of ALL training rows. A batch of heavy rows then takes a longer step than a batch of
light rows. scikit-learn divides by each batch's own sum, which cancels weights between batches.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.definitions.layer import Array, Layer, Namespace, Tree
from clearprop.definitions.layers.combine import Chain
from clearprop.definitions.losses import Loss
from clearprop.definitions.noise import Noise
from clearprop.definitions.parameters import Layout, check_parameters
from clearprop.definitions.penalty import L2
from clearprop.readings import numpy as numpy_reading


@dataclass(frozen=True)
class Pass:
    """The results of one forward and one backward pass.

    `value` is E, `output` the raw output (N, K), `saved` what the layers kept for the backward
    pass, `gradients` dE/dparams by name.
    """

    value: Array
    output: Array
    saved: Any
    gradients: dict[str, Any]


def run_pass(
    xp: Namespace,
    network: Layer,
    loss: Loss,
    params: Tree,
    x: Array,
    t: Array,
    weights: Array | None = None,
    divisor: Any = None,
    given: Any = None,
) -> Pass:
    """Return the mean loss E and its gradients, for targets that ``loss.targets`` made.

    Shapes: x (N, I), t (N, K), weights (N,) or None; `divisor` is D, the sum of the weights where
    it is None.
    """
    output, saved = network.forward(xp, params, x, given)
    divisor = _divisor(xp, output, weights, divisor)
    row_gradients = loss.gradient(xp, output, t)
    if weights is not None:
        row_gradients = weights[:, None] * row_gradients
    gradients = network.parameter_gradients(xp, params, saved, row_gradients / divisor)
    return Pass(mean_loss(xp, loss, output, t, weights, divisor), output, saved, gradients)


def mean_loss(
    xp: Namespace,
    loss: Loss,
    output: Array,
    t: Array,
    weights: Array | None = None,
    divisor: Any = None,
) -> Array:
    """Return E = Σ_n w_n E_n / D for raw outputs."""
    values = loss.value(xp, output, t)
    total = xp.sum(values if weights is None else weights * values)
    return total / _divisor(xp, output, weights, divisor)


def _divisor(xp: Namespace, output: Array, weights: Array | None, divisor: Any) -> Any:
    if divisor is not None:
        return divisor
    return output.shape[0] if weights is None else xp.sum(weights)


def backprop(
    network: Layer,
    loss: Loss,
    params: Tree,
    x: Any,
    t: Any,
    *,
    sample_weight: Any = None,
    l2: float | L2 = 0.0,
    given: Any = None,
) -> tuple[float, dict[str, Any]]:
    """Return the loss of the rows and its gradient for every parameter.

    E = Σ w_n E_n / Σ w_n + ½ λ Σ W². Source: Rumelhart, Hinton and Williams 1986.

    Parameters
    ----------
    network : Layer
        The network, usually a :class:`~clearprop.Chain`.
    loss : Loss
        The loss of a row; the mean over rows is taken here.
    params : tree
        As ``network.init(rng)`` gives them.
    x : array (N, I)
        Inputs.
    t : array
        Targets in the shape and range that the loss takes.
    sample_weight : array (N,), optional
        w. A row of weight 2 counts as the row twice.
    l2 : float or L2
        λ of the penalty.
    given : optional
        What ``network.draw`` or ``network.recall`` returned: dropout masks, running statistics.
        Without it nothing is dropped, and BatchNorm uses the rows' own statistics.

    Returns
    -------
    value : float
        E.
    gradients : dict
        dE/dparams, shaped and named as `params`.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> net = cp.Chain(cp.Dense(1, 1))
    >>> params = {"dense1": {"W": np.array([[2.0]]), "b": np.array([0.0])}}
    >>> value, grads = cp.backprop(net, cp.SquaredError(), params, [[3.0]], [[5.0]])
    >>> value, float(grads["dense1"]["W"][0, 0])     # o = 6: E = ½ (5 - 6)², dW = (6 - 5) · 3
    (0.5, 3.0)
    """
    layout = Layout.of(params)
    vector = layout.pack(params)
    x, t, weights = prepare_rows(network, loss, x, t, sample_weight, vector.dtype)
    check_sparse(network, x)
    try:
        result = run_pass(numpy_reading, network, loss, params, x, t, weights, given=given)
        layout.check_same(result.gradients)
    except (KeyError, ValueError):
        check_parameters(network, params)  # raises a clearer error if the parameters are wrong
        raise
    penalty = l2 if isinstance(l2, L2) else L2(l2)
    if not penalty.strength:
        return float(result.value), result.gradients
    divisor = float(x.shape[0] if weights is None else weights.sum())
    penalised = layout.penalised(network, vector.dtype)
    gradient = layout.pack(result.gradients) + penalty.gradient(vector, penalised, divisor)
    value = float(result.value) + float(penalty.value(numpy_reading, vector, penalised, divisor))
    return value, layout.unpack(gradient)


def prepare_rows(
    network: Layer, loss: Loss, x: Any, t: Any, sample_weight: Any, dtype: Any
) -> tuple[Any, np.ndarray, np.ndarray | None]:
    """Return x (N, I), t (N, K) and weights (N,) as arrays of `dtype`; raise if they do not fit."""
    x = as_inputs(x, dtype)
    outputs = network.output_width(x.shape[1])
    t = loss.targets(t, outputs if outputs is not None else x.shape[1], dtype)
    if t.shape[0] != x.shape[0]:
        raise ValueError(f"x has {x.shape[0]} rows, but t has {t.shape[0]}")
    return x, t, as_weights(sample_weight, x.shape[0], dtype)


def as_inputs(x: Any, dtype: Any) -> Any:
    """Return `x` as an (N, I) array of `dtype`; sparse matrices stay sparse, in CSR form."""
    if hasattr(x, "tocsr"):
        with np.errstate(over="ignore"):  # a number too large for `dtype` is reported below
            x = x.tocsr().astype(dtype)
        values = x.data
    else:
        x = np.asarray(x)
        if x.dtype.kind not in "fiub":
            raise TypeError(f"x must hold numbers, got an array of {x.dtype}")
        with np.errstate(over="ignore"):
            x = values = x.astype(dtype, copy=False)
    if x.ndim != 2 or 0 in x.shape:
        raise ValueError(
            f"x must have rows and columns, got shape {x.shape}; one row is x[None, :]"
        )
    if not np.isfinite(values).all():
        where = "" if values is not x else " at row {}, column {}".format(*_first(~np.isfinite(x)))
        raise ValueError(f"x must be finite, but holds NaN or infinity{where}")
    return x


def check_sparse(network: Layer, x: Any) -> None:
    """Raise if `x` is sparse and the first layer does not take sparse rows."""
    if not hasattr(x, "tocsr"):
        return
    _, first = _outermost(network, 0)
    if not first.takes_sparse:
        kind = type(first).__name__
        raise TypeError(f"sparse x needs a Dense layer first, not {kind}; or give x.toarray()")


def warn_of_doubled_link(network: Layer, loss: Loss, stacklevel: int = 3) -> None:
    """Warn if the network's last layer computes what the loss's link computes once more.

    The two are compared by their values on two rows: for instance Sigmoid and the link of
    BinaryCrossEntropy. A link that is the identity can stand twice without harm.
    """
    path, last = _outermost(network, -1)
    outputs = network.output_width(None) or 1
    if last.init(np.random.default_rng(0)) or last.draw(Noise(0), 2, outputs, float) is not None:
        return
    rows = np.linspace(-2.0, 1.5, 2 * outputs).reshape(2, outputs)
    linked = loss.link(numpy_reading, rows)
    if np.array_equal(linked, rows):
        return
    activated, _ = last.forward(numpy_reading, {}, rows)
    if np.shape(activated) == np.shape(linked) and np.allclose(activated, linked, 1e-6, 0.0):
        kind, name = type(loss).__name__, loss.link_name or "its link"
        warnings.warn(
            f"the network ends in {type(last).__name__}{f' ({path})' if path else ''}, and {kind} "
            f"applies {name} to the network's output itself, so it is applied twice. Leave the "
            f"last {type(last).__name__} out of the network",
            stacklevel=stacklevel,
        )


def _outermost(network: Layer, place: int) -> tuple[str, Layer]:
    """Return path and layer at one end of a chain: the first (0) or the last (-1)."""
    path, layer = "", network
    while isinstance(layer, Chain) and layer.children:
        name, layer = list(layer.children.items())[place]
        path = f"{path}.{name}" if path else name
    return path, layer


def as_weights(sample_weight: Any, rows: int, dtype: Any) -> np.ndarray | None:
    """Return `sample_weight` as an (N,) array of `dtype`, None for all equal."""
    if sample_weight is None:
        return None
    weights = np.asarray(sample_weight, dtype)
    if weights.shape != (rows,):
        raise ValueError(f"sample_weight must have shape ({rows},), got {weights.shape}")
    wrong = ~(np.isfinite(weights) & (weights >= 0))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"sample_weight must be finite and not negative; row {row} is {weights[row]}"
        )
    if not weights.sum() > 0:
        raise ValueError("sample_weight must not be zero for every row")
    return weights


def _first(wrong: np.ndarray) -> tuple[int, int]:
    row, column = np.argwhere(wrong)[0]
    return int(row), int(column)
