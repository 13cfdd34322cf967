"""Layers that the table estimators were tried with and do not have; see ``table_layers.py``.

`WithRows` indexes arrays, for which a definition has no primitive, so that it runs with the NumPy
engine alone. The others run with the JAX engine too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import clearprop as cp
import numpy as np
from clearprop.definitions.initializers import GlorotUniform


@dataclass(frozen=True)
class WithRows(cp.Layer):
    """An embedding: values as they are, and the learned rows of categories beside them.

    y = [x₁ … x_D, E[n₁], E[n₂] …], where the numbers n are the last values of a row.
    Source: Guo and Berkhahn 2016, section 3.

    Shapes: x (N, D + places), E (rows, width), y (N, D + places · width).
    """

    plain: int
    places: int
    rows: int
    width: int
    spread: float

    penalised: ClassVar[tuple[str, ...]] = ("E",)

    def init(self, rng: Any, dtype: Any = float) -> dict[str, Any]:
        """Return E ~ N(0, spread²)."""
        if not self.places:
            return {}
        return {"E": (self.spread * rng.standard_normal((self.rows, self.width))).astype(dtype)}

    def forward(self, xp: Any, params: Any, x: Any, given: Any = None) -> tuple[Any, Any]:
        """Return the values with the rows."""
        if not self.places:
            return x, None
        numbers = x[:, self.plain :].astype(np.intp)
        rows = params["E"][numbers].reshape(len(x), -1)
        return np.hstack([x[:, : self.plain], rows]), numbers

    def pullback(self, xp: Any, params: Any, saved: Any, dy: Any) -> tuple[Any, dict[str, Any]]:
        """Return dx, nothing for numbers, and dE."""
        if not self.places:
            return dy, {}
        dx = np.hstack([dy[:, : self.plain], np.zeros_like(dy[:, : self.places])])
        dE = np.zeros_like(params["E"])
        np.add.at(dE, saved, dy[:, self.plain :].reshape(*saved.shape, self.width))
        return dx, {"E": dE}

    def output_width(self, input_width: int | None) -> int:
        """Return D + places · width."""
        return self.plain + self.places * self.width


@dataclass(frozen=True)
class SharedDense(cp.Layer):
    """TabM: dense layers of k members that share W, zᵢ = ((xᵢ ⊙ rᵢ) W) ⊙ sᵢ + bᵢ for member i.

    The first layer gives every member the same x, and its r are random: standard normal or signs.
    In the other layers r and s start at 1. Mini keeps only the first layer's r; b is shared then.
    Source: Gorishniy, Kotelnikov and Babenko 2024, section 3.

    Shapes: x (N, k I), the first layer's (N, I); W (I, O), r (k, I), s and b (k, O), z (N, k O).
    """

    inputs: int
    outputs: int
    members: int
    first: str | None
    full: bool

    penalised: ClassVar[tuple[str, ...]] = ("W",)

    def init(self, rng: Any, dtype: Any = float) -> dict[str, Any]:
        """Return W, b and the members' own r and s."""
        shape = (self.inputs, self.outputs)
        own = self.members if self.full else 1
        params = {"W": GlorotUniform()(rng, shape, dtype, shape),
                  "b": np.zeros((own, self.outputs), dtype)}  # fmt: skip
        if self.first or self.full:
            r = np.ones((self.members, self.inputs))
            if self.first:
                r = rng.standard_normal(r.shape)
            params["r"] = (np.sign(r) if self.first == "signs" else r).astype(dtype)
        if self.full:
            params["s"] = np.ones((own, self.outputs), dtype)
        return params

    def forward(self, xp: Any, params: Any, x: Any, given: Any = None) -> tuple[Any, Any]:
        """Return the members' z beside each other."""
        x = x[:, None] if self.first else x.reshape(-1, self.members, self.inputs)
        scaled = x * params["r"] if "r" in params else x
        product = (scaled.reshape(-1, self.inputs) @ params["W"]).reshape(
            -1, self.members, self.outputs
        )
        z = (product * params["s"] if self.full else product) + params["b"]
        return z.reshape(-1, self.members * self.outputs), (x, scaled, product)

    def pullback(self, xp: Any, params: Any, saved: Any, dy: Any) -> tuple[Any, dict[str, Any]]:
        """Return dx, and the gradients of W, b, r and s."""
        x, scaled, product = saved
        dy = dy.reshape(-1, self.members, self.outputs)
        db = xp.sum(dy, axis=0)
        found = {"b": db if self.full else xp.sum(db, axis=0, keepdims=True)}
        if self.full:
            found["s"] = xp.sum(dy * product, axis=0)
            dy = dy * params["s"]
        rows = dy.reshape(-1, self.outputs)
        found["W"] = scaled.reshape(-1, self.inputs).T @ rows
        dx = (rows @ params["W"].T).reshape(-1, self.members, self.inputs)
        if "r" in params:
            found["r"] = xp.sum(dx * x, axis=0)
            dx = dx * params["r"]
        if self.first:
            dx = xp.sum(dx, axis=1)
        order = [name for name in params if name in found]
        return dx.reshape(dx.shape[0], -1), {name: found[name] for name in order}

    def output_width(self, input_width: int | None) -> int:
        """Return k O."""
        return self.members * self.outputs


@dataclass(frozen=True)
class Heads(cp.Layer):
    """The members' own last layers: oᵢ = xᵢ Wᵢ + bᵢ for member i.

    Shapes: x (N, k I), W (k, I, O), b (k, O), o (N, k O).
    """

    inputs: int
    outputs: int
    members: int
    begins: tuple[float, ...]

    penalised: ClassVar[tuple[str, ...]] = ("W",)

    def init(self, rng: Any, dtype: Any = float) -> dict[str, Any]:
        """Return each member's W and b."""
        fans = (self.inputs, self.outputs)
        shape = (self.members, *fans)
        b = np.tile(np.array(self.begins, dtype), (self.members, 1))
        return {"W": GlorotUniform()(rng, shape, dtype, fans), "b": b}

    def forward(self, xp: Any, params: Any, x: Any, given: Any = None) -> tuple[Any, Any]:
        """Return the members' outputs beside each other."""
        x = x.reshape(-1, self.members, self.inputs).transpose(1, 0, 2)
        o = (x @ params["W"]).transpose(1, 0, 2) + params["b"]
        return o.reshape(-1, self.members * self.outputs), x

    def pullback(self, xp: Any, params: Any, saved: Any, dy: Any) -> tuple[Any, dict[str, Any]]:
        """Return dx, dW and db."""
        dy = dy.reshape(-1, self.members, self.outputs)
        db = xp.sum(dy, axis=0)
        dy = dy.transpose(1, 0, 2)
        dx = (dy @ params["W"].transpose(0, 2, 1)).transpose(1, 0, 2)
        gradients = {"W": saved.transpose(0, 2, 1) @ dy, "b": db}
        return dx.reshape(-1, self.members * self.inputs), gradients

    def output_width(self, input_width: int | None) -> int:
        """Return k O."""
        return self.members * self.outputs


@dataclass(frozen=True)
class MeanOfMembers(cp.Loss):
    """The mean of the losses of k members; the prediction is the mean of theirs."""

    inner: cp.Loss
    members: int

    formula = "Eₙ = mean over members i of Eₙᵢ"

    def link(self, xp: Any, o: Any) -> Any:
        """Return the mean of the members' predictions (N, K)."""
        linked = self.inner.link(xp, self._rows(o))
        return xp.mean(linked.reshape(-1, self.members, linked.shape[1]), axis=1)

    def value(self, xp: Any, o: Any, t: Any) -> Any:
        """Return the mean of the members' losses (N,)."""
        each = self.inner.value(xp, self._rows(o), self._rows(t))
        return xp.mean(each.reshape(-1, self.members), axis=1)

    def gradient(self, xp: Any, o: Any, t: Any) -> Any:
        """Return that of each member, divided by k."""
        each = self.inner.gradient(xp, self._rows(o), self._rows(t))
        return each.reshape(o.shape) / self.members

    def targets(self, t: Any, outputs: int, dtype: Any = float) -> Any:
        """Return the targets once for each member (N, k K)."""
        return np.tile(self.inner.targets(t, outputs // self.members, dtype), (1, self.members))

    def _rows(self, o: Any) -> Any:
        return o.reshape(-1, o.shape[1] // self.members)
