"""Training steps at random, opened: a network, rows, and everything an update can be made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import given, seed
from hypothesis import strategies as st

import clearprop as cp
from clearprop.definitions.parameters import Layout
from clearprop.definitions.penalty import L2
from tests.parts import in_parts
from tests.random_networks import Case, cases
from tests.registry import LOSSES
from tests.trees import examples, frozen

RATE = 0.02
OPTIMIZERS = {
    "none": None,
    "sgd": cp.SGD(RATE),
    "momentum": cp.SGD(RATE, momentum=0.9),
    "nesterov": cp.SGD(RATE, momentum=0.8, nesterov=True),
    "rmsprop": cp.RMSProp(RATE, decay=0.95, epsilon=1e-6),
    "adam": cp.Adam(RATE, 0.8, 0.99, 1e-7),
    "adam, epsilon hat": cp.Adam(RATE, 0.8, 0.99, 1e-3, epsilon_hat=True),
    "adamw": cp.AdamW(RATE, 0.03, 0.8, 0.99, 1e-7),
}


def over(strategy: Any, count: int, parts: int = 4) -> Callable[[Any], Any]:
    """Run a check on `count` examples in all, as `parts` tests with examples of their own.

    The first part runs with the fast tests, the others with the slow ones.
    """

    def decorate(check: Callable[[Any], None]) -> Any:
        @in_parts(parts)
        def test(part: int) -> None:
            def each(example: Any) -> None:
                check(example)

            seed(part)(examples(count // parts)(given(strategy)(each)))()

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return decorate


@dataclass(frozen=True)
class Situation:
    """All that one step is made from; `explain` opens it."""

    case: Case
    optimizer_name: str
    state: dict[str, Any] | None
    rate: float | None
    weights: np.ndarray | None
    l2: L2
    clip_norm: float | None

    @property
    def optimizer(self) -> Any:
        return OPTIMIZERS[self.optimizer_name]

    def explain(self) -> Any:
        case = self.case
        return cp.explain(
            case.network, case.example.loss, case.params, case.x, case.t,
            optimizer=self.optimizer, state=self.state, rate=self.rate,
            sample_weight=self.weights, l2=self.l2, clip_norm=self.clip_norm, given=case.given,
        )  # fmt: skip

    def __repr__(self) -> str:
        return (
            f"{self.case!r}, {self.optimizer_name}, {self.l2!r}, clip {self.clip_norm}, "
            f"{'weighted, ' * (self.weights is not None)}"
            f"{'a later' if self.state else 'the first'} step"
        )


@st.composite
def situations(draw: Any, optimizers: Any = tuple(OPTIMIZERS)) -> Situation:
    """Return a step: the first one, or a later one with what the optimizer remembers."""
    case = draw(cases(LOSSES))
    name = draw(st.sampled_from(optimizers))
    optimizer, state, rate = OPTIMIZERS[name], None, None
    if optimizer is not None and draw(st.booleans()):
        state = later_state(case, optimizer, draw(st.integers(1, 40)))
        rate = draw(st.sampled_from([None, 0.003]))
    # Inputs, parameters and all else are frozen: opening a step may write to none of them.
    case = Case(
        case.network, case.example, *frozen((case.params, case.x, case.t, case.weights)),
        frozen(case.given),
    )  # fmt: skip
    return Situation(
        case,
        name,
        frozen(state),
        rate,
        case.weights if draw(st.booleans()) else None,
        draw(st.sampled_from([L2(0.0), L2(0.1), L2(0.1, per_row=True)])),
        draw(st.sampled_from([None, 0.05, 1e6])),
    )


def later_state(case: Case, optimizer: Any, steps: int) -> dict[str, Any]:
    """Return an optimizer's state with averages of some random past and a step count."""
    layout = Layout.of(case.params)
    vector = layout.pack(case.params)
    rng = np.random.default_rng(steps)

    def filled(state: Any) -> Any:
        past = {
            "velocity": 0.1 * rng.standard_normal(vector.size),
            "m": rng.standard_normal(vector.size),
            "v": rng.uniform(0.5, 2.0, vector.size),
            "square": rng.uniform(0.5, 2.0, vector.size),
            "t": steps,
        }
        return {
            name: filled(branch) if isinstance(branch, dict) else past.get(name, branch)
            for name, branch in state.items()
        }

    return filled(optimizer.init(vector, layout.penalised(case.network, vector.dtype)))
