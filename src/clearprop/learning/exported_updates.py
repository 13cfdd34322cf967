"""How a gradient becomes a step, as data: optimizers, decay, penalty, clipping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clearprop.definitions import optimizers
from clearprop.definitions.clipping import clip_factor
from clearprop.definitions.penalty import L2
from clearprop.explaining.parts import parts_of
from clearprop.learning.tracing import OpenTrace, filled, opened, settings_of

OPTIMIZERS: dict[str, tuple[Any, ...]] = {
    "SGD": (
        optimizers.SGD(), optimizers.SGD(momentum=0.9), optimizers.SGD(momentum=0.9, nesterov=True),
    ),
    "RMSProp": (optimizers.RMSProp(),),
    "Adam": (optimizers.Adam(), optimizers.Adam(epsilon_hat=True)),
}  # fmt: skip
WAYS = ("gradient", "L2", "clipping")
"""The summands that the gradient of an optimizer may be made of."""


def optimizer(examples: Sequence[Any]) -> dict[str, Any]:
    """Return an optimizer as data; each example takes another branch of the definition."""
    return {
        "settings": settings_of(examples[0]),
        "programs": [_traced_optimizer(example) for example in examples],
    }


def _traced_optimizer(example: Any) -> dict[str, Any]:
    trace = OpenTrace()
    twin, grads, state, parameter, rate = optimizer_parts(trace, example)
    start = example.init(parameter.value)
    moved, after = twin.update(trace, grads, state, parameter, rate)
    ways = {name: trace.named(f"way.{name}", np.ones(4)) for name in WAYS}
    memory = {symbol.serial: name for name, symbol in state.items()}
    parts = parts_of(moved, parameter, grads, ways, memory)
    program = trace.program(
        params=moved, **{f"state.{name}": value for name, value in after.items()},
        **{f"part.{part.name}": part.symbol for part in parts},
    )  # fmt: skip
    scalars = [name for name, value in start.items() if not np.ndim(value)]
    return {**program, "start": {name: filled(value) for name, value in start.items()},
            "counters": scalars}  # fmt: skip


def optimizer_parts(trace: OpenTrace, example: Any) -> tuple[Any, Any, dict[str, Any], Any, Any]:
    """Return an optimizer with open settings, and its gradient, state, parameter and rate."""
    params = np.linspace(-1.0, 1.0, 4)
    start = example.init(params)
    state = {name: trace.named(f"state.{name}", value) for name, value in start.items()}
    grads, rate = trace.named("g", np.linspace(0.3, -0.4, 4)), trace.named("rate", 0.1)
    twin = opened(trace, example)
    return twin, grads, state, trace.named("params", params), rate


def decay() -> dict[str, Any]:
    """Return decoupled weight decay around an optimizer, which is left open."""
    programs = []
    for acts in (True, False):
        trace = OpenTrace()
        params = trace.named("params", np.linspace(-1.0, 1.0, 4))
        moved = trace.named("inner.params", np.linspace(-1.0, 0.9, 4))

        class Inner:
            """The optimizer that is not known yet."""

            def update(self, *_: Any, moved: Any = moved) -> tuple[Any, dict[str, Any]]:
                return moved, {}

        twin = opened(trace, optimizers.WeightDecay(optimizers.SGD()))
        object.__setattr__(twin, "optimizer", Inner())
        state: dict[str, Any] = {"penalised": 1.0 if acts else trace.nothing, "inner": {}}
        done, _ = twin.update(trace, None, state, params, trace.named("rate", 0.1))
        shares = parts_of(done, params, trace.nothing, {}, {moved.serial: "inner"})
        parts = {f"part.{part.name}": part.symbol for part in shares if part.name != "inner"}
        programs.append({**trace.program(params=done, **parts), "penalised": acts})
    return {"settings": {"decay": 0.01}, "programs": programs}


def penalty() -> dict[str, Any]:
    """Return the L2 penalty, its gradient, and the gradient of both."""
    programs = []
    for per_row in (False, True):
        trace = OpenTrace()
        twin = opened(trace, L2(0.1, per_row))
        weights, divisor = trace.named("weights", np.ones(4)), trace.named("N", 3.0)
        parameter = trace.named("params", np.ones(4))
        pull = twin.gradient(parameter, 1.0, divisor)
        programs.append(
            trace.program(
                penalty=twin.value(trace, weights, 1.0, divisor),
                l2=pull,
                descended=trace.named("g", np.ones(4)) + pull,
            )
        )
    return {"settings": settings_of(L2()), "programs": programs}


def clipping() -> dict[str, Any]:
    """Return the factor for a gradient of this length, and what is removed of a gradient."""
    trace = OpenTrace()
    factor = clip_factor(trace.named("length", 2.0), trace.setting("norm", 1.0))
    ((is_long, _),) = trace.decisions
    trace.decisions.clear()  # the page looks at the length in each step
    clip = trace.where(is_long, factor, 1.0)
    g = trace.named("g", np.ones(4))
    shortened = g * clip
    results = {"clip": clip, "clipped": shortened, "removed": shortened - g}
    return {"settings": {"norm": 1.0}, "programs": [trace.program(**results)]}
