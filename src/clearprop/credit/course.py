"""The course's ``NeuralNetwork`` class, expressed by options of the rules here.

Its ``train`` method, in its own column convention (``wih`` hidden x inputs, ``who`` outputs x
hidden):

1. h = σ(wih x), o = σ(who h)
2. e = t - o, who += η (e o (1 - o)) hᵀ
3. e_hidden = whoᵀ e
4. wih += η (e_hidden h (1 - h)) xᵀ

Step 3 differs in two places from the gradient of E = ½ Σ e²: it sends back e, where the derivative
has e o (1 - o), and it sends it through a `who` that step 2 has already changed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.credit.backward import gradients
from clearprop.credit.rules import TransposedWeights
from clearprop.definitions.initializers import TruncatedNormal
from clearprop.definitions.layers import Chain, Dense, Sigmoid
from clearprop.definitions.losses import SquaredError
from clearprop.definitions.optimizers import SGD
from clearprop.definitions.parameters import Layout
from clearprop.readings import numpy as xp


def course_network(inputs: int, hidden: int, outputs: int) -> Chain:
    """Return the class's network: two layers of sigmoids without bias.

    Its ``init(rng)`` draws from a normal distribution of standard deviation 1, cut at ±1/sqrt(I)
    for a layer of I inputs.

    Examples
    --------
    >>> import numpy as np
    >>> params = course_network(4, 3, 2).init(np.random.default_rng(0))
    >>> params["dense1"]["W"].shape, bool(abs(params["dense1"]["W"]).max() <= 0.5)
    ((4, 3), True)
    """
    start = TruncatedNormal(1.0)
    return Chain(
        Dense(inputs, hidden, bias=False, weight_init=start),
        Sigmoid(),
        Dense(hidden, outputs, bias=False, weight_init=start),
        Sigmoid(),
    )


def course_step(
    wih: Any,
    who: Any,
    x: Any,
    t: Any,
    rate: float,
    *,
    raw_error: bool = True,
    after_update: bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """Return ``wih`` and ``who`` after one call of the class's ``train(x, t)``.

    Parameters
    ----------
    wih, who : array (H, I), (O, H)
        Weights in the course's convention; they are not changed.
    x, t : array, tuple or list, of I and O numbers
        One input and its target.
    rate : float
        The learning rate.
    raw_error, after_update : bool
        The class's two slips. With both False the step is gradient descent on ½ Σ (t - o)².

    Examples
    --------
    >>> wih, who = course_step([[0.1, 0.2]], [[0.3]], (1, 2), (1,), rate=0.5)
    >>> wih.round(6), who.round(6)
    (array([[0.117848, 0.235696]]), array([[0.334976]]))
    """
    wih, who = (np.asarray(weights, float) for weights in (wih, who))
    hidden, inputs = _matrix(wih, "wih")
    outputs, fed = _matrix(who, "who")
    if fed != hidden:
        raise ValueError(
            f"wih has {hidden} rows, one for each hidden node, but who has {fed} columns"
        )
    network = course_network(inputs, hidden, outputs)
    params = {"dense1": {"W": wih.T}, "dense2": {"W": who.T}}
    rule = TransposedWeights(raw_error=raw_error, after_update=after_update)
    row, target = (np.asarray(values, float).reshape(1, -1) for values in (x, t))
    _, found = gradients(network, SquaredError(), params, row, target, rule, rate=rate)
    layout = Layout.of(params)
    moved, _ = SGD(rate).update(xp, layout.pack(found), {}, layout.pack(params), rate)
    after = layout.unpack(moved)
    return after["dense1"]["W"].T.copy(), after["dense2"]["W"].T.copy()


def _matrix(weights: np.ndarray, name: str) -> tuple[int, int]:
    if weights.ndim != 2:
        raise ValueError(f"{name} must be a matrix, got shape {weights.shape}")
    return weights.shape[0], weights.shape[1]
