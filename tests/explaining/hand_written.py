"""Training steps as people write them by hand: in plain NumPy, right or with one slip.

Nothing here comes from the package but the names of the slips: `check` must recognise its slips in
code that it does not share. Losses are computed from o in their stable forms: ln(1 - p) of a p that
is nearly 1 has lost its digits, and `check` says so.
"""

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import strategies as st

import clearprop as cp

RATE, MOMENTUM, BETA_1, BETA_2, EPSILON = 0.1, 0.9, 0.8, 0.99, 1e-8
LAYERS = {"sigmoid": cp.Sigmoid, "tanh": cp.Tanh, "relu": cp.ReLU, "softplus": cp.Softplus}
LOSSES = {
    "squared": cp.SquaredError(), "softmax": cp.CrossEntropy(), "logistic": cp.BinaryCrossEntropy(),
}  # fmt: skip
OPTIMIZERS = {
    "sgd": cp.SGD(RATE),
    "momentum": cp.SGD(RATE, MOMENTUM),
    "adam": cp.Adam(RATE, BETA_1, BETA_2, EPSILON),
}


@dataclass(frozen=True)
class Setup:
    """What is trained: `activations` has one for each layer, None for none."""

    sizes: tuple[int, ...]
    activations: tuple[str | None, ...]
    loss: str
    optimizer: str
    l2: float
    steps: int
    W: list[np.ndarray] = field(repr=False)
    b: list[np.ndarray] = field(repr=False)
    x: np.ndarray = field(repr=False)
    t: np.ndarray = field(repr=False)
    first: list[np.ndarray] = field(repr=False)
    second: list[np.ndarray] = field(repr=False)

    @property
    def network(self) -> cp.Chain:
        """The same network, in the package's words."""
        layers: list[cp.Layer] = []
        for k, activation in enumerate(self.activations):
            layers.append(cp.Dense(self.sizes[k], self.sizes[k + 1]))
            layers += [LAYERS[activation]()] if activation else []
        return cp.Chain(*layers)

    @property
    def params(self) -> dict[str, Any]:
        pairs = zip(self.W, self.b, strict=True)
        return {f"dense{k}": {"W": W, "b": b} for k, (W, b) in enumerate(pairs, 1)}

    @property
    def state(self) -> dict[str, Any] | None:
        """What the optimizer remembers, as the package keeps it."""
        first, second = (np.concatenate(list(map(np.ravel, m))) for m in (self.first, self.second))
        if self.optimizer == "adam":
            return {"m": first, "v": second, "t": self.steps}
        return {"velocity": first} if self.optimizer == "momentum" else None

    def explain(self) -> Any:
        """The true step."""
        return cp.explain(
            self.network, LOSSES[self.loss], self.params, self.x, self.t,
            optimizer=OPTIMIZERS[self.optimizer], state=self.state, l2=self.l2,
        )  # fmt: skip

    def at(self, dtype: Any) -> "Setup":
        """The same in another precision."""
        lists = {
            name: [a.astype(dtype) for a in getattr(self, name)]
            for name in ("W", "b", "first", "second")
        }
        t = self.t if self.loss == "softmax" else self.t.astype(dtype)
        return replace(self, x=self.x.astype(dtype), t=t, **lists)

    def with_rows(self, rows: Any) -> "Setup":
        """The same with some of its rows, or in another order."""
        return replace(self, x=self.x[rows], t=self.t[rows])

    @property
    def inside(self) -> list[str]:
        """The activations by their paths."""
        seen: dict[str, int] = {}
        paths = []
        for kind in filter(None, self.activations):
            seen[kind] = seen.get(kind, 0) + 1
            paths.append(f"{kind}{seen[kind]}")
        return paths


def slips(setup: Setup) -> list[str]:
    """Return the slips that can be made in this setup and change its numbers."""
    rows, outputs = len(setup.x), setup.sizes[-1]
    names = ["wrong sign", "1/2 missing", "1/2 missing, in the loss alone", "step uphill"]
    names += ["a factor 1/2 too many", "a factor 1/2 too many, in the loss alone"]
    if setup.inside:
        # ReLU's slope asks only for a sign, which a and z share; softplus's formula takes z.
        curved = [path for path in setup.inside if path.startswith(("sigmoid", "tanh"))]
        names += [f"slope taken at z in {path}" for path in curved]
        names += [f"activation slope missing in {path}" for path in setup.inside]
    if len(setup.inside) > 1:
        names += ["activation slope missing"]
        names += ["slope taken at z"] if curved else []
    if any(setup.activations[1:]):
        names += ["raw error sent back"]
    names += ["weights updated before the error went back"]
    if setup.loss != "squared":
        link = {"softmax": "softmax", "logistic": "sigmoid"}[setup.loss]
        names += [f"{link} and cross-entropy derivative doubled"]
    if rows > 1:
        names += ["1/N missing", "bias summed, not averaged"]
    if outputs > 1:
        names += ["mean over outputs", "mean over outputs, in the loss alone"]
    for k in range(len(setup.W)):
        if setup.sizes[k] == setup.sizes[k + 1] > 1:
            names += [f"W not transposed in dense{k + 1}"] if k else []
            names += [f"dW transposed in dense{k + 1}"]
    if max(setup.sizes[:-1]) > 1:
        names += ["bias stepped once per weight"]
    if setup.optimizer == "adam":
        names += ["Adam's step counted one too high", "Adam without bias correction"]
        names += ["Adam's step counted one too low"] if setup.steps else []
    if setup.l2:
        names += ["L2 on biases", "L2 forgotten", "L2 doubled"]
    return names


def trained(  # noqa: C901 - as people write it: one list of lines
    setup: Setup, slip: str = "", dtype: Any = np.float64
) -> dict[str, np.ndarray]:
    """Return loss, error signals, gradients and new parameters of one step with one slip."""
    setup = setup.at(dtype)
    x, t, W, b = setup.x, setup.t, setup.W, setup.b
    rows, outputs = len(x), setup.sizes[-1]

    z, a = [], [x]
    for k, activation in enumerate(setup.activations):
        z.append(a[-1] @ W[k] + b[k])
        a.append(_activated(activation, z[-1]))

    each, error = _loss(setup, a[-1], t, slip)
    factor = {
        "1/2 missing": 2.0,
        "a factor 1/2 too many": 0.5,
        "mean over outputs": 1.0 / outputs,
    }.get(slip.removesuffix(", in the loss alone"), 1.0)
    error = error * (1.0 if slip.endswith("in the loss alone") else factor)
    if slip == "wrong sign":
        error = -error
    divisor = 1 if slip == "1/N missing" else rows
    found = {"E": factor * each.sum() / divisor}
    back = error / divisor

    paths = iter(reversed(setup.inside))
    for k in reversed(range(len(W))):
        raw, delta = back, back
        if setup.activations[k]:
            path, slope = next(paths), _slope(setup.activations[k], z[k], a[k + 1])
            if slip in ("slope taken at z", f"slope taken at z in {path}"):
                slope = _slope(setup.activations[k], z[k], z[k])
            if slip in ("activation slope missing", f"activation slope missing in {path}"):
                slope = 1.0
            delta = back * slope
        dW, db = a[k].T @ delta, delta.sum(axis=0)
        if slip == f"dW transposed in dense{k + 1}":
            dW = dW.T
        if slip == "bias stepped once per weight":
            db = db * setup.sizes[k]
        if slip == "bias summed, not averaged":
            db = db * rows
        through, sent = W[k], delta
        if slip == "weights updated before the error went back":
            # This one updates in the loop, each layer as soon as its gradient is known.
            through = _moved(setup, 2 * k, W[k], dW, "")
        if slip == "raw error sent back" and setup.activations[k]:
            sent = raw
        not_transposed = slip == f"W not transposed in dense{k + 1}"
        back = sent @ (through if not_transposed else through.T)
        name = f"dense{k + 1}"
        found |= {f"{name}.delta": delta, f"{name}.dW": dW, f"{name}.db": db}

    for k in range(len(W)):
        name = f"dense{k + 1}"
        pull = {"L2 forgotten": 0.0, "L2 doubled": 2.0}.get(slip, 1.0) * setup.l2
        g = found[f"{name}.dW"] + pull * W[k]
        h = found[f"{name}.db"] + (pull * b[k] if slip == "L2 on biases" else 0.0)
        found[f"{name}.W.new"] = _moved(setup, 2 * k, W[k], g, slip)
        found[f"{name}.b.new"] = _moved(setup, 2 * k + 1, b[k], h, slip)
    return found


def _activated(kind: str | None, z: np.ndarray) -> np.ndarray:
    if kind == "sigmoid":
        return 1 / (1 + np.exp(-z))
    if kind == "softplus":
        return np.log(1 + np.exp(z))
    return {"tanh": np.tanh(z), "relu": np.maximum(z, 0), None: z}[kind]


def _slope(kind: str, z: np.ndarray, a: np.ndarray) -> np.ndarray:
    """Return f'(z); sigmoid's and tanh's formulas take the activation."""
    if kind == "relu":
        return (z > 0).astype(z.dtype)
    return {"sigmoid": a * (1 - a), "tanh": 1 - a**2, "softplus": 1 / (1 + np.exp(-z))}[kind]


def _loss(setup: Setup, o: np.ndarray, t: np.ndarray, slip: str) -> tuple[np.ndarray, np.ndarray]:
    """Return each row's loss, and its gradient at the output."""
    doubled = slip.endswith(" and cross-entropy derivative doubled")
    if setup.loss == "squared":
        return 0.5 * ((t - o) ** 2).sum(axis=1), o - t
    if setup.loss == "logistic":
        p = 1 / (1 + np.exp(-o))
        error = (p - t) * (p * (1 - p) if doubled else 1)
        return (np.logaddexp(0, o) - t * o).sum(axis=1), error
    shifted = o - o.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    p = powers / powers.sum(axis=1, keepdims=True)
    hot = np.eye(setup.sizes[-1], dtype=o.dtype)[t]
    error = p - hot
    if doubled:
        slopes = [np.diag(row) - np.outer(row, row) for row in p]
        error = np.array([slope @ row for slope, row in zip(slopes, error, strict=True)])
    return np.log(powers.sum(axis=1)) - (shifted * hot).sum(axis=1), error


def _moved(setup: Setup, place: int, theta: np.ndarray, g: np.ndarray, slip: str) -> np.ndarray:
    """Return a parameter after the step: SGD, momentum or Adam as in their papers."""
    rate = -RATE if slip == "step uphill" else RATE
    if setup.optimizer == "sgd":
        return theta - rate * g
    if setup.optimizer == "momentum":
        return theta + (MOMENTUM * setup.first[place] - rate * g)
    m = BETA_1 * setup.first[place] + (1 - BETA_1) * g
    v = BETA_2 * setup.second[place] + (1 - BETA_2) * g**2
    t = setup.steps + 1
    t += {"Adam's step counted one too high": 1, "Adam's step counted one too low": -1}.get(slip, 0)
    if slip != "Adam without bias correction":
        m, v = m / (1 - BETA_1**t), v / (1 - BETA_2**t)
    return theta - rate * m / (np.sqrt(v) + EPSILON)


@st.composite
def setups(draw: Any) -> Setup:
    """Return something to train: one or two hidden layers, one to five rows."""
    hidden = draw(st.lists(st.integers(2, 4), min_size=1, max_size=2))
    loss = draw(st.sampled_from(list(LOSSES)))
    outputs = draw(st.integers(2 if loss == "softmax" else 1, 3))
    sizes = (draw(st.integers(2, 4)), *hidden, outputs)
    kinds = st.sampled_from(list(LAYERS))
    last = draw(st.sampled_from([None, "sigmoid", "tanh"])) if loss == "squared" else None
    optimizer = draw(st.sampled_from(list(OPTIMIZERS)))
    return filled(
        sizes,
        (*(draw(kinds) for _ in hidden), last),
        loss,
        optimizer,
        draw(st.sampled_from([0.0, 0.1])),
        draw(st.sampled_from([0, 1, 5])) if optimizer == "adam" else 0,
        draw(st.integers(1, 5)),
        draw(st.integers(0, 2**32 - 1)),
    )


def filled(
    sizes: tuple[int, ...],
    activations: tuple[str | None, ...],
    loss: str,
    optimizer: str,
    l2: float,
    steps: int,
    rows: int,
    seed: int,
) -> Setup:
    """Return a setup with random numbers in it."""
    rng = np.random.default_rng(seed)
    W = [rng.standard_normal(pair) for pair in pairwise(sizes)]
    b = [rng.standard_normal(size) for size in sizes[1:]]
    outputs = sizes[-1]
    t: np.ndarray = rng.standard_normal((rows, outputs))
    if loss == "softmax":
        t = rng.integers(0, outputs, rows)
    elif loss == "logistic":
        t = rng.integers(0, 2, (rows, outputs))
    shapes = [array.shape for pair in zip(W, b, strict=True) for array in pair]
    later = steps > 0 or optimizer == "momentum"
    first = [0.1 * later * rng.standard_normal(shape) for shape in shapes]
    second = [later * rng.uniform(0.5, 2.0, shape) for shape in shapes]
    x = rng.standard_normal((rows, sizes[0]))
    return Setup(sizes, activations, loss, optimizer, l2, steps, W, b, x, t, first, second)
