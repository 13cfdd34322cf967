"""The update as a textbook writes it, and the package's step it is checked against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import clearprop as cp
from tests.explaining.textbook.passes import RATE, Passes

LAYER = {"sigmoid": cp.Sigmoid, "tanh": cp.Tanh, "relu": cp.ReLU}
EPSILON, DECAY, MU = 1e-4, 0.02, 0.9


@dataclass
class Textbook(Passes):
    """One network's whole step."""

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
