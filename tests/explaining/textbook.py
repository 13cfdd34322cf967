"""A training step as a textbook writes it, in plain NumPy, with a switch for each slip.

Nothing of the package computes here: the loops over the layers, the losses and the optimizers are
written out. `drawn` draws a network, a convention and a slip at random; `handed_over` gives the
numbers in the shapes, names and types in use.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import clearprop as cp

LAYER = {"sigmoid": cp.Sigmoid, "tanh": cp.Tanh, "relu": cp.ReLU}
CONVENTIONS = (
    "mean", "sum", "no half", "MSELoss", "own scale", "per row", "slope 1 at 0", "log(p + e)",
    "e in the root", "1 - mu", "biases decay", "differences",
)  # fmt: skip
EPSILON, DECAY, MU, RATE = 1e-4, 0.02, 0.9, 0.05


@dataclass
class Textbook:
    """One network, its rows, and how its step is computed; `slip` is the switch that is on."""

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

    # The update.

    def parameters(self) -> list[tuple[str, str, Any, Any]]:
        """Return name, kind, value and gradient of every parameter, in the network's order."""
        found = []
        for k in range(len(self.W)):
            found += [(f"{self.dense(k)}.W", "W", self.W[k], self.dW[k]),
                      (f"{self.dense(k)}.b", "b", self.b[k], self.db[k])]  # fmt: skip
            if k in self.gamma:
                name = self.norm(k)
                found += [(f"{name}.gamma", "g", self.gamma[k], self.dgamma[k]),
                          (f"{name}.beta", "g", self.beta[k], self.dbeta[k])]  # fmt: skip
        return found

    def updated(self) -> dict[str, Any]:
        new, at = {}, 0
        rate = 1.0 if self.on("no rate") else -RATE if self.on("uphill") else RATE
        inner = self.optimizer.removesuffix("w")
        for name, kind, theta, g in self.parameters():
            part = slice(at, at + theta.size)
            at += theta.size
            g = np.asarray(g, float)
            penalised = kind == "W" or (kind == "b" and self.on("L2 on biases"))
            if self.l2 and penalised and not self.on("L2 forgotten"):
                factor = {"L2 twice": 2.0, "L2 sign": -1.0}.get(self.slip, 1.0)
                g = g + factor * self.l2 * theta
            if inner == "sgd":
                moved = theta - rate * g
            elif inner == "momentum":
                v = self.velocity[part].reshape(theta.shape)
                weight = 1 - MU if self.convention == "1 - mu" else 1.0
                mu = -MU if self.on("velocity sign") else 0.0 if self.on("no velocity") else MU
                mu = 0.0 if self.on("no velocity for biases") and kind == "b" else mu
                moved = theta + mu * v - rate * weight * g
            else:
                moved = theta - rate * self.adam(part, g)
            decays = kind == "W" or self.convention == "biases decay"
            if self.optimizer == "adamw" and decays and not self.on("no decay"):
                moved = moved - RATE * DECAY * theta
            new[name] = moved
        return new

    def adam(self, part: slice, g: Any) -> Any:
        m, v = self.m[part].reshape(g.shape), self.v[part].reshape(g.shape)
        t = {"t too low": 3, "t too high": 5}.get(self.slip, 4)
        m = 0.9 * m + (1.0 if self.on("1 - beta missing") else 0.1) * g
        square = g if self.on("g not squared") else m * m if self.on("m squared in v") else g * g
        v = 0.999 * v + 0.001 * square
        if not self.on("no correction"):
            m, v = m / (1 - 0.9**t), v / (1 - 0.999**t)
        if self.on("no root"):
            return m / (v + EPSILON)
        if self.convention == "e in the root":
            return m / np.sqrt(v + EPSILON)
        return m / (np.sqrt(v) + EPSILON)

    # What is handed over, and what it is checked against.

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

    def dense(self, k: int) -> str:
        if k < self.hidden and self.residual[k]:
            return f"residual{1 + sum(self.residual[:k])}.chain1.dense1"
        outside = [j for j in range(k) if not (j < self.hidden and self.residual[j])]
        return f"dense{len(outside) + 1}"

    def norm(self, k: int) -> str:
        if self.residual[k]:
            return f"residual{1 + sum(self.residual[:k])}.chain1.batchnorm1"
        before = [j for j in self.gamma if j < k and not self.residual[j]]
        return f"batchnorm{len(before) + 1}"

    def step(self) -> Any:
        layers: list[Any] = []
        for k, (i, o) in enumerate(zip(self.sizes[:-1], self.sizes[1:], strict=True)):
            block: list[Any] = [cp.Dense(i, o)]
            if k < self.hidden:
                block += [cp.BatchNorm(o)] if self.normed[k] else []
                block.append(LAYER[self.acts[k]]())
                block = [cp.Residual(cp.Chain(*block))] if self.residual[k] else block
                block += [cp.Dropout(0.4)] if self.dropped[k] else []
            layers += block
        if self.end in LAYER:
            layers.append(LAYER[self.end]())
        loss = {"softmax": cp.CrossEntropy(), "logistic": cp.BinaryCrossEntropy()}.get(
            self.end, cp.SquaredError()
        )
        params: dict[str, Any] = {}
        for name, _, value, _ in self.parameters():
            *path, last = name.split(".")
            held = params
            for part in path:
                held = held.setdefault(part, {})
            held[last] = value
        drops = [k for k in range(self.hidden) if self.dropped[k]]
        given = {f"dropout{n + 1}": self.mask[k] / 0.6 for n, k in enumerate(drops)}
        how = {"given": given} if given else {}
        return cp.explain(cp.Chain(*layers), loss, params, self.x, self.t, **how, **self.rule())

    def rule(self) -> dict[str, Any]:
        weights = np.concatenate(
            [np.full(value.size, float(kind == "W")) for _, kind, value, _ in self.parameters()]
        )
        averages = {"m": self.m, "v": self.v, "t": 3}
        adamw = cp.AdamW(RATE, DECAY)
        rules: dict[str, dict[str, Any]] = {
            "": {},
            "sgd": {"optimizer": cp.SGD(RATE)},
            "momentum": {"optimizer": cp.SGD(RATE, MU), "state": {"velocity": self.velocity}},
            "adam": {"optimizer": cp.Adam(RATE, epsilon=EPSILON), "state": averages},
        }
        if self.optimizer == "adamw":
            start = adamw.init(self.m, weights)
            inner = {**start["inner"], **averages}
            found = {"optimizer": cp.AdamW(RATE, DECAY, epsilon=EPSILON),
                     "state": {**start, "inner": inner}}  # fmt: skip
        else:
            found = rules[self.optimizer]
        return {**found, **({"l2": self.l2} if self.l2 else {})}

    def numbers(self) -> dict[str, Any]:
        """Return the quantities by their paths: E, the prediction, gradients or new parameters."""
        found: dict[str, Any] = {"E": self.E}
        if self.convention == "mean" and self.on("softmax over rows"):
            found["p"] = self.p
        if self.slip in ("no bias", "z fed on", "other bias"):
            found[f"{self.dense(self.layer)}.y"] = self.z[self.layer]
        if self.optimizer:
            return {**found, **{f"{name}.new": value for name, value in self.updated().items()}}
        for name, _, _, g in self.parameters():
            layer, _, last = name.rpartition(".")
            found[f"{layer}.d{last}"] = g
        if self.convention == "per row":
            found[f"{self.dense(self.hidden)}.dy"] = self.delta[-1] * self.rows
        return found


def turned(name: str, array: Any, columns: bool, weights: bool, bias: str) -> Any:
    """Return an array as someone keeps it: examples as columns, W (units, inputs), b 2-D."""
    last = name.removesuffix(".new").rpartition(".")[2]
    if last in ("W", "dW"):
        return array.T if weights else array
    if last in ("b", "db"):
        return {"": array, "row": array[None], "column": array[:, None]}[bias]
    return array.T if columns and np.ndim(array) == 2 else array


def network(rng: np.random.Generator, slip: str = "") -> Textbook:
    """Return a network drawn at random: depth 1 to 4, sides of 1, square ones, 2-2-1."""
    shape = int(rng.integers(0, 6))
    depth = int(rng.integers(1, 5))
    if shape == 0:
        sizes = [2, 2, 1]
    elif shape == 1:
        sizes = [int(rng.integers(2, 5))] * (depth + 1)
    else:
        sizes = [int(n) for n in rng.integers(1, 6, depth + 1)]
    end = str(rng.choice(["linear", "sigmoid", "tanh", "softmax", "logistic"]))
    if end == "softmax" and sizes[-1] < 2:
        sizes[-1] = 3
    rows = int(rng.choice([2, 3, 4, 5, 6, sizes[0] if sizes[0] > 1 else 4]))
    hidden = len(sizes) - 2
    acts = [str(rng.choice(list(LAYER))) for _ in range(hidden)]
    residual = [sizes[k] == sizes[k + 1] and k > 0 and rng.uniform() < 0.25 for k in range(hidden)]
    normed = [bool(rng.uniform() < 0.12 and rows > 2) for _ in range(hidden)]
    dropped = [bool(rng.uniform() < 0.12) for _ in range(hidden)]
    return Textbook(
        sizes, acts, end, rows, normed, [bool(r) for r in residual], dropped,
        optimizer=str(rng.choice(["", "", "sgd", "momentum", "adam", "adamw"])),
        l2=float(rng.choice([0.0, 0.0, 0.01])), seed=int(rng.integers(2**32)),
    )  # fmt: skip


def fitting(book: Textbook) -> list[str]:
    """Return the conventions that a network can be computed in."""
    squared = book.end in ("linear", "sigmoid", "tanh")
    allowed = ["mean", "sum", "own scale"]
    if squared:
        allowed += ["no half", "MSELoss"]
    else:
        allowed.append("log(p + e)")
    if not book.optimizer:
        allowed += ["per row"]
        if sum(w.size for w in book.W) < 60:
            allowed.append("differences")
    if "relu" in book.acts[:1] and not any(book.normed) and not any(book.dropped):
        allowed.append("slope 1 at 0")
    if book.optimizer in ("adam", "adamw"):
        allowed.append("e in the root")
    if book.optimizer == "momentum":
        allowed.append("1 - mu")
    if book.optimizer == "adamw" and not book.gamma:
        allowed.append("biases decay")
    if book.optimizer and book.l2:
        # The penalty is on this package's scale: another loss scale would be another problem.
        allowed = [one for one in allowed if one not in ("sum", "own scale", "no half", "MSELoss")]
    return allowed


def again(book: Textbook, **changes: Any) -> Textbook:
    """Return the same network, computed otherwise."""
    names = ("sizes", "acts", "end", "rows", "normed", "residual", "dropped", "optimizer", "l2",
             "convention", "slip", "layer", "seed", "dtype")  # fmt: skip
    made = Textbook(**{name: getattr(book, name) for name in names} | changes)
    made.run()
    return made


FORMS = ("arrays", "float32", "lists", "short names", "nested")


def handed_over(book: Textbook, rng: np.random.Generator) -> dict[str, Any]:
    """Return the numbers as someone hands them over: orientation, names and types at random."""
    columns = bool(rng.uniform() < 0.4)
    weights = columns if rng.uniform() < 0.7 else not columns
    bias = str(rng.choice(["", "row", "column"]))
    form = str(rng.choice(FORMS))
    found = {n: turned(n, a, columns, weights, bias) for n, a in book.numbers().items()}
    if form == "float32" and book.convention != "differences":
        found = {name: np.asarray(array, np.float32) for name, array in found.items()}
    if form == "lists":
        found = {name: np.asarray(array).tolist() for name, array in found.items()}
    if form == "short names" and not any(book.residual):
        found = {_short(name): array for name, array in found.items()}
    if form == "nested":
        nested: dict[str, Any] = {}
        for name, array in found.items():
            *path, last = name.split(".")
            held = nested
            for part in path[:1] if path else []:
                held = held.setdefault(part, {})
            held[".".join([*path[1:], last])] = array
        found = nested
    return found


def _short(name: str) -> str:
    """Return dense2.dW as dW2, dense1.b.new as b1_new."""
    if name.startswith("dense"):
        number, _, rest = name.removeprefix("dense").partition(".")
        what, _, new = rest.partition(".")
        return {"dy": f"dZ{number}", "y": f"Z{number}"}.get(what, f"{what}{number}") + (
            "_new" if new else ""
        )
    return {"E": "loss", "p": "y_hat"}.get(name, name)


def right_solution(rng: np.random.Generator) -> tuple[Textbook, Any]:
    """Return a right solution in a convention at random, and what is handed over."""
    book = network(rng)
    book.run()
    made = again(book, convention=str(rng.choice(fitting(book))))
    return made, handed_over(made, rng)


# Slips: the switch, what a true name of it matches, and where it can be.

SLIPS: dict[str, str] = {
    "no slope": r"slope missing|× .*missing in dense|layer'?s? slope",
    "no 1/N": r"1/N missing",
    "twice": r"gradients of the step before kept|1/2 missing|a 2 slipped|a factor 2",
    "sign": r"wrong sign|step uphill|minus|operands exchanged",
    "absolute error": r"\|o − t\||absolute",
    "squared error": r"squared error in place of the error",
    "softmax slope": r"diagonal of the softmax|slope taken twice|derivative doubled",
    "argmax": r"likeliest|rounded prediction",
    "base two": r"base 2",
    "softmax over rows": r"softmax taken over the rows",
    "db mean": r"bias averaged twice|dbias|averaged",
    "db one number": r"summed to one number",
    "db of one row": r"row",
    "raw error": r"raw error|updated before",
    "updated first": r"updated before",
    "W not transposed": r"not transposed|transpose missing|in place of .*W",
    "other W": r"W of .* in place of",
    "z in dW": r"z in place of a|in place of .* in .*dW",
    "X in dW": r"input in place of|x.? in place of .* in .*dW",
    "dW transposed": r"dW transposed|exchanged",
    "slope twice": r"slope taken twice|in place of",
    "slope at z": r"slope taken at z",
    "slope of the next layer": r"in place of .* in",
    "dot for times": r"matrix product",
    "last row only": r"last row",
    "last row left out": r"row left out|last row",
    "means multiplied": r"product of the means",
    "mask forgotten": r"mask forgotten|missing in",
    "dropout unscaled": r"dropout not scaled",
    "ddof 1": r"unbiased variance",
    "constant statistics": r"statistics taken as constants",
    "no hat in dgamma": r"x̂ missing|missing in",
    "shortcut forgotten": r"missing in",
    "no bias": r"bias forgotten|missing in",
    "z fed on": r"in place of|activation missing",
    "other bias": r"in place of",
    "no rate": r"no learning rate|learning rate",
    "uphill": r"step uphill|wrong sign",
    "L2 on biases": r"L2 on biases",
    "L2 forgotten": r"L2 forgotten",
    "L2 twice": r"L2 doubled",
    "L2 sign": r"L2 with the wrong sign",
    "velocity sign": r"velocity with the wrong sign",
    "no velocity": r"velocity forgotten",
    "no velocity for biases": r"velocity.*missing|velocity forgotten",
    "no decay": r"decay forgotten|not updated",
    "t too low": r"one too low|exact",
    "t too high": r"one too high",
    "no correction": r"without bias correction",
    "1 - beta missing": r"1 − β missing in m",
    "g not squared": r"g not squared|power missing",
    "m squared in v": r"m in place of",
    "no root": r"root missing",
    # No catalogue names these; twice is N times for two rows, and two updates of one.
    "clipped delta": r"^$",
    "twice X": r"1/N missing in dW alone|updated twice",
    "W added": r"\.W .*added|W missing",
    "divided by units": r"^$",
    "columns exchanged": r"^$",
    "db times b": r"bias treated as an activation|times b|b in",
}
OUTSIDE = ("clipped delta", "twice X", "W added", "divided by units", "columns exchanged")
"""Slips that no catalogue names: they are to be told exactly, or the first wrong quantity is."""


def slip_solution(
    rng: np.random.Generator, slip: str
) -> tuple[Textbook, dict[str, Any], dict[str, Any]] | None:
    """Return a solution with a slip, what is handed over, and the same numbers by path.

    None where the slip changes no number in the network drawn.
    """
    for _ in range(60):
        book = network(rng)
        if rng.uniform() < 0.5 and slip in OF_UPDATE:
            book.optimizer = str(rng.choice(["sgd", "momentum", "adam", "adamw"]))
        book.run()
        kinds = [one for one in fitting(book) if one in ("mean", "sum", "no half", "MSELoss")]
        convention = str(rng.choice(kinds)) if rng.uniform() < 0.3 else "mean"
        layer = int(rng.integers(0, book.hidden + 1))
        if slip == "dW transposed" and len(book.W) == 1:
            continue  # the one matrix there is may stand either way
        if slip == "updated first" and book.optimizer != "sgd":
            continue
        if slip == "slope at z" and book.acts[layer : layer + 1] == ["relu"]:
            continue
        try:
            right = again(book, convention=convention).numbers()
            made = again(book, convention=convention, slip=slip, layer=layer)
            wrong = made.numbers()
        except (ValueError, IndexError, KeyError):  # the slip has no place here
            continue
        fits = all(
            np.shape(wrong[name]) == np.shape(right.get(name, wrong[name])) for name in wrong
        )
        known = [name for name in wrong if name in right] if fits else []
        changed = any(
            np.max(np.abs(wrong[name] - right[name])) > 1e-4 * np.max(np.abs(right[name]))
            for name in known
        )  # more than single precision hides
        finite = all(np.isfinite(array).all() for array in wrong.values())
        if fits and changed and finite:
            return made, handed_over(made, rng), wrong
    return None


OF_UPDATE = frozenset({
    "no rate", "uphill", "L2 on biases", "L2 forgotten", "L2 twice", "L2 sign", "velocity sign",
    "no velocity", "no velocity for biases", "no decay", "t too low", "t too high",
    "no correction", "1 - beta missing", "g not squared", "m squared in v", "no root",
    "updated first",
})  # fmt: skip


def outcome(report: Any, slip: str) -> str:
    """Return named, exact, located or misnamed: what a report says of a slip."""
    if report.causes and report.explained:
        return "named" if any(re.search(SLIPS[slip], one) for one in report.causes) else "misnamed"
    first = report.first_wrong
    if any(re.search(SLIPS[slip], one) for one in report.causes):
        return "named"
    if first is not None and first.statement:
        return "exact"
    return "located"
