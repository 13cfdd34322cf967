"""What the slips of all optimizers share: another rule, at all parameters or at some."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from clearprop.definitions.layer import Array, Namespace
from clearprop.explaining.work.changes import Make, change_after, change_optimizer
from clearprop.explaining.work.situation import Outcome, Situation
from clearprop.explaining.work.slips.slip import Slip
from clearprop.explaining.work.wrong_optimizers import WrongOptimizer
from clearprop.readings.symbol import Symbol

State = dict[str, Any]
Rule = Callable[[Any, Any, State, Any, Any], tuple[Any, State]]
"""What an update makes of rule, gradient, state, parameters and rate."""


@dataclass(frozen=True)
class OtherRule(WrongOptimizer):
    """An optimizer with another update, of plain arrays."""

    rule: Rule

    def update(
        self, xp: Namespace, grads: Array, state: State, params: Array, rate: Any
    ) -> tuple[Array, State]:
        """Return what the rule makes."""
        with np.errstate(all="ignore"):
            return self.rule(self.inner, grads, state, params, rate)


def of_rules(rules: tuple[tuple[str, str, Rule], ...]) -> Iterator[Slip]:
    """Yield one slip for each name, sentence and rule."""
    for name, sentence, rule in rules:
        yield Slip(name, sentence, change_optimizer(partial(OtherRule, rule=rule)), "update")


def of_some(situation: Situation, row: tuple[str, str, Rule]) -> Iterator[Slip]:
    """Yield a slip of the biases alone, and of the weights alone."""
    name, sentence, rule = row
    paths = situation.task.layout.paths
    biases = [path for path in paths if path.rpartition(".")[2] == "b"]
    other = change_optimizer(partial(OtherRule, rule=rule))
    for words, some in (("biases", biases), ("weights", [p for p in paths if p not in biases])):
        if some and len(some) < len(paths):
            make = change_after(Some(situation, dict.fromkeys(some, other)))
            yield Slip(f"{name} for the {words}", sentence, make, "update", whole=True)


class Some:
    """New parameters of other updates at some paths, computed when first asked for."""

    def __init__(self, situation: Situation, makes: Mapping[str, Make]) -> None:
        self._situation, self._makes = situation, makes

    def __call__(self, path: str, array: np.ndarray) -> np.ndarray:
        """Return the new parameter after its own update; other quantities as they are."""
        parameter, _, last = path.rpartition(".")
        if last != "new" or parameter not in self._makes:
            return array
        return Outcome(self._makes[parameter](self._situation), ())[path]


def mean(beta: float, m: Any, g: Any) -> Any:
    """Return β m + (1 − β) g."""
    return beta * m + (1 - beta) * g


def mean_square(beta: float, v: Any, g: Any) -> Any:
    """Return β v + (1 − β) g²."""
    return beta * v + (1 - beta) * (g * g)


def whole_mean(v: Any) -> Any:
    """Return the mean of all numbers, of symbols too."""
    return v.trace.mean(v, axis=None) if isinstance(v, Symbol) else np.mean(v)


def root(v: Any) -> Any:
    """Return the root, of symbols too."""
    return v**0.5
