"""The two passes of a training step as a textbook writes them, with a switch for each slip."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

RATE = 0.05
"""The learning rate."""


@dataclass
class Passes:
    """One network, its rows, and how its passes are computed; `slip` is the switch that is on."""

    sizes: list[int]
    acts: list[str]
    end: str
    rows: int
    normed: list[bool]
    residual: list[bool]
    dropped: list[bool]
    optimizer: str = ""
    l2: float = 0.0
    convention: str = "mean"
    slip: str = ""
    layer: int = 0
    seed: int = 0
    dtype: Any = np.float64
    W: list[Any] = field(default_factory=list)
    b: list[Any] = field(default_factory=list)
    gamma: dict[int, Any] = field(default_factory=dict)
    beta: dict[int, Any] = field(default_factory=dict)
    mask: dict[int, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        for k, (i, o) in enumerate(zip(self.sizes[:-1], self.sizes[1:], strict=True)):
            self.W.append(rng.normal(size=(i, o)))
            self.b.append(rng.normal(size=o))
            if k < self.hidden and self.normed[k]:
                self.gamma[k], self.beta[k] = rng.uniform(0.5, 2, o), rng.normal(size=o)
            if k < self.hidden and self.dropped[k]:
                self.mask[k] = (rng.uniform(size=(self.rows, o)) < 0.6) * 1.0
        self.x, self.t = rng.normal(size=(self.rows, self.sizes[0])), self._targets(rng)
        if self.convention == "slope 1 at 0":
            self.x[0], self.b[0] = 0.0, np.zeros_like(self.b[0])
        count = sum(w.size + c.size for w, c in zip(self.W, self.b, strict=True))
        count += sum(g.size * 2 for g in self.gamma.values())
        self.velocity = 0.1 * rng.normal(size=count)
        self.m, self.v = 0.1 * rng.normal(size=count), rng.uniform(0.01, 0.1, count)

    @property
    def hidden(self) -> int:
        return len(self.sizes) - 2

    def _targets(self, rng: np.random.Generator) -> Any:
        shape = (self.rows, self.sizes[-1])
        if self.end == "softmax":
            return np.eye(shape[1])[rng.integers(0, shape[1], self.rows)]
        if self.end == "logistic":
            return rng.integers(0, 2, shape) * 1.0
        return rng.uniform(0.1, 0.9, shape)

    def on(self, slip: str, k: int | None = None) -> bool:
        return self.slip == slip and (k is None or k == self.layer)

    # The pass forward.

    def act(self, kind: str, z: Any) -> Any:
        if kind == "sigmoid":
            return 1 / (1 + np.exp(-z))
        return np.tanh(z) if kind == "tanh" else np.where(z > 0, z, 0)

    def slope(self, kind: str, z: Any, a: Any) -> Any:
        if kind == "relu":
            return (z >= 0) * 1.0 if self.convention == "slope 1 at 0" else (z > 0) * 1.0
        return a * (1 - a) if kind == "sigmoid" else 1 - a * a

    def forward(self, W: Any = None, b: Any = None) -> None:
        W, b = (
            W or [w.astype(self.dtype) for w in self.W],
            b or [c.astype(self.dtype) for c in self.b],
        )
        x = self.x.astype(self.dtype)
        self.h, self.z, self.u, self.a = [x], [], [], []
        self.stats: dict[int, Any] = {}
        for k in range(len(W)):
            bias = 0 if self.on("no bias", k) else b[k]
            bias = b[k - 1] if self.on("other bias", k) else bias
            fed = self.z[k - 1] if self.on("z fed on", k) else self.h[k]
            self.z.append(fed @ W[k] + bias)
            if k == self.hidden:
                break
            u = self.z[k]
            if self.normed[k]:
                mean = u.mean(axis=0)
                variance = u.var(axis=0, ddof=1 if self.on("ddof 1", k) else 0)
                inverse = 1 / np.sqrt(variance + 1e-5)
                hat = (u - mean) * inverse
                self.stats[k] = hat, inverse
                u = self.gamma[k].astype(self.dtype) * hat + self.beta[k].astype(self.dtype)
            self.u.append(u)
            a = self.act(self.acts[k], u)
            self.a.append(a)
            y = a + self.h[k] if self.residual[k] else a
            if self.dropped[k]:
                y = y * self.mask[k] / (1 if self.on("dropout unscaled", k) else 0.6)
            self.h.append(y.astype(self.dtype))
        self.o = self.z[-1]
        self.p = self.ended(self.o)

    def ended(self, o: Any) -> Any:
        if self.end == "softmax":
            axis = 0 if self.on("softmax over rows") else 1
            e = np.exp(o - o.max(axis=axis, keepdims=True))
            return e / e.sum(axis=axis, keepdims=True)
        if self.end in ("logistic", "sigmoid"):
            return 1 / (1 + np.exp(-o))
        return np.tanh(o) if self.end == "tanh" else o

    def scale(self) -> float:
        K = self.sizes[-1]
        return {"sum": self.rows, "no half": 2.0, "MSELoss": 2 / K, "own scale": 3.7}.get(
            self.convention, 1.0
        )

    def loss(self) -> Any:
        p, t = self.p, self.t
        more = 1e-8 if self.convention == "log(p + e)" else 0.0
        log = np.log2 if self.on("base two") else np.log
        if self.end == "softmax":
            each = -(t * log(p + more)).sum(axis=1)
        elif self.end == "logistic":
            each = -(t * log(p + more) + (1 - t) * log(1 - p + more)).sum(axis=1)
        else:
            each = 0.5 * ((p - t) ** 2).sum(axis=1)
        return self.scale() * each.mean()

    # The pass back.

    def backward(self) -> None:
        n, last = self.rows, self.hidden
        p = np.eye(self.p.shape[1])[self.p.argmax(axis=1)] if self.on("argmax") else self.p
        d = p - self.t
        d = np.abs(d) if self.on("absolute error") else d
        d = d**2 if self.on("squared error") else d
        d = -d if self.on("sign") else d
        d = d * self.p * (1 - self.p) if self.on("softmax slope") else d
        d = d * self.scale() if self.on("no 1/N") else d * self.scale() / n
        d = d * 2 if self.on("twice") else d
        raw, through = d, 0.0
        if self.end in ("sigmoid", "tanh") and not self.on("no slope", last):
            d = d * self.slope(self.end, self.o, self.p)
        self.delta: list[Any] = [None] * (last + 1)
        self.dW, self.db = [None] * (last + 1), [None] * (last + 1)
        self.dgamma: dict[int, Any] = {}
        self.dbeta: dict[int, Any] = {}
        for k in range(last, -1, -1):
            d = d.astype(self.dtype)
            self.delta[k] = d
            self.gradients(k, d)
            if k == 0:
                break
            W = self.W[k].astype(self.dtype)
            sent = raw if self.on("raw error", k) else d
            W = W - RATE * self.dW[k] if self.on("updated first", k) else W
            W = self.W[k - 1] if self.on("other W", k) else W
            e = sent @ (W if self.on("W not transposed", k) else W.T) + through
            j = k - 1
            if self.dropped[j] and not self.on("mask forgotten", j):
                e = e * self.mask[j] / (1 if self.on("dropout unscaled", j) else 0.6)
            keeps = self.residual[j] and not self.on("shortcut forgotten", j)
            through, raw = e if keeps else 0.0, e
            u, a = self.u[j], self.a[j]
            s = self.slope(self.acts[j], u, a)
            s = 1.0 if self.on("no slope", j) else s
            s = s * s if self.on("slope twice", j) else s
            if self.on("slope at z", j):
                s = u * (1 - u) if self.acts[j] == "sigmoid" else 1 - u * u
            s = (
                self.slope(self.acts[j], self.u[j + 1], self.a[j + 1])
                if (self.on("slope of the next layer", j))
                else s
            )
            d = e @ s if self.on("dot for times", j) else e * s
            d = np.clip(d, -0.02, 0.02) if self.on("clipped delta", j) else d
            if self.normed[j]:
                hat, inverse = self.stats[j]
                self.dgamma[j] = (d if self.on("no hat in dgamma", j) else d * hat).sum(axis=0)
                self.dbeta[j] = d.sum(axis=0)
                g = self.gamma[j].astype(self.dtype) * d
                if self.on("constant statistics", j):
                    d = g * inverse
                else:
                    d = inverse * (g - g.mean(axis=0) - hat * (g * hat).mean(axis=0))

    def gradients(self, k: int, d: Any) -> None:  # noqa: C901 - a list of switches
        x = self.h[k]
        if self.on("z in dW", k):
            x = self.z[k - 1]
        if self.on("X in dW", k):
            x = self.h[0]
        if self.on("twice X", k):
            x = 2 * x
        dW, db = x.T @ d, d.sum(axis=0)
        if self.on("means multiplied", k):
            dW = np.outer(x.mean(axis=0), d.sum(axis=0))
        if self.on("last row only", k):
            dW = x[-1:].T @ d[-1:]
        if self.on("last row left out", k):
            dW = x[:-1].T @ d[:-1]
        if self.on("W added", k):
            dW = dW + self.W[k]
        if self.on("divided by units", k):
            dW = dW / self.sizes[k + 1]
        if self.on("columns exchanged", k):
            dW = dW[:, ::-1]
        if self.on("dW transposed", k):
            dW = dW.T
        if self.on("db mean", k):
            db = d.mean(axis=0)
        if self.on("db of one row", k):
            db = d[0]
        if self.on("db one number", k):
            db = np.full_like(d[0], d.sum())
        if self.on("db times b", k):
            db = db * self.b[k]
        self.dW[k], self.db[k] = dW, db

    def run(self) -> None:
        with np.errstate(all="ignore"):
            self.forward()
            self.E = self.loss()
            self.backward()
            if self.convention == "differences":
                self.by_differences()

    def by_differences(self) -> None:
        """Put central differences of the loss in the place of dW."""
        for k in range(len(self.W)):
            found = np.zeros_like(self.W[k])
            for place in np.ndindex(*found.shape):
                ends = []
                for side in (1e-5, -1e-5):
                    W = [w.copy() for w in self.W]
                    W[k][place] += side
                    self.forward(W, self.b)
                    ends.append(self.loss())
                found[place] = (ends[0] - ends[1]) / 2e-5
            self.dW[k] = found
        self.forward()
