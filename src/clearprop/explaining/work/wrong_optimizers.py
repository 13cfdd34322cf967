"""Optimizers with one line changed: conventions that are right, and known slips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clearprop.definitions.layer import Array, Namespace
from clearprop.definitions.optimizers import Optimizer


@dataclass(frozen=True)
class WrongOptimizer(Optimizer):
    """An optimizer that asks another for everything."""

    inner: Any

    def __getattr__(self, name: str) -> Any:
        if name == "inner":  # not set yet
            raise AttributeError(name)
        return getattr(self.inner, name)

    @property
    def learning_rate(self) -> float:  # type: ignore[override]
        """The learning rate of the optimizer inside."""
        return float(self.inner.learning_rate)

    def init(self, params: Any, penalised: Any = None) -> dict[str, Any]:
        """Return the state before the first step."""
        state: dict[str, Any] = self.inner.init(params, penalised)
        return state

    def update(
        self, xp: Namespace, grads: Array, state: dict[str, Any], params: Array, rate: Any
    ) -> tuple[Array, dict[str, Any]]:
        """Return what the optimizer inside returns."""
        moved, after = self.inner.update(xp, grads, state, params, rate)
        return moved, after


class OneMinusMu(WrongOptimizer):
    """Momentum that takes (1 - μ) of the gradient."""

    def update(
        self, xp: Namespace, grads: Array, state: dict[str, Any], params: Array, rate: Any
    ) -> tuple[Array, dict[str, Any]]:
        """Return the step with (1 - μ) g."""
        moved, after = self.inner.update(
            xp, grads * (1.0 - self.inner.momentum), state, params, rate
        )
        return moved, after


class RootOfMore(WrongOptimizer):
    """Adam or RMSProp with ε inside the root: m̂ / sqrt(v̂ + ε)."""

    def update(
        self, xp: Namespace, grads: Array, state: dict[str, Any], params: Array, rate: Any
    ) -> tuple[Array, dict[str, Any]]:
        """Return θ - η m̂ / sqrt(v̂ + ε)."""
        rule = self.inner
        if "square" in state:
            square = rule.decay * state["square"] + (1.0 - rule.decay) * (grads * grads)
            return params - rate * grads / xp.sqrt(square + rule.epsilon), {"square": square}
        t = state["t"] + 1
        m = rule.beta_1 * state["m"] + (1.0 - rule.beta_1) * grads
        v = rule.beta_2 * state["v"] + (1.0 - rule.beta_2) * (grads * grads)
        m_hat, v_hat = m / (1.0 - rule.beta_1**t), v / (1.0 - rule.beta_2**t)
        return params - rate * m_hat / xp.sqrt(v_hat + rule.epsilon), {"m": m, "v": v, "t": t}


class AllDecay(WrongOptimizer):
    """Weight decay that acts on biases too."""

    def update(
        self, xp: Namespace, grads: Array, state: dict[str, Any], params: Array, rate: Any
    ) -> tuple[Array, dict[str, Any]]:
        """Return the update with every parameter penalised."""
        moved, after = self.inner.update(xp, grads, {**state, "penalised": 1.0}, params, rate)
        return moved, {**after, "penalised": state.get("penalised", 1.0)}
