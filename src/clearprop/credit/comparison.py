"""Compare the rules with the true gradient: the direction and length of the step each takes."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.backprop import backprop
from clearprop.credit.backward import gradients, stages_of
from clearprop.credit.rules import (
    CancellingWeightsError,
    CreditRule,
    DirectFeedbackAlignment,
    Even,
    Exact,
    FeedbackAlignment,
    Proportional,
    TransposedWeights,
)
from clearprop.definitions.layer import Tree
from clearprop.definitions.layers import Chain
from clearprop.definitions.losses import Loss
from clearprop.definitions.parameters import Layout
from clearprop.writing.columns import aligned
from clearprop.writing.numbers import NONE

EVERY_RULE: tuple[CreditRule, ...] = (
    Exact(),
    TransposedWeights(),
    Proportional(),
    Even(),
    FeedbackAlignment(),
    DirectFeedbackAlignment(),
)

WHOLE = "all"
MOST_LAYERS = 4


@dataclass(frozen=True)
class RuleMeasurement:
    """One rule's gradient compared with the true one, in one layer or ("all") the whole network.

    Attributes
    ----------
    angle : float
        Degrees between the two. 0 is the same direction; below 90 a step still goes downhill if
        it is short enough. NaN if one of them is zero.
    size : float
        Length divided by the true gradient's.
    """

    rule: CreditRule
    layer: str
    angle: float
    size: float


@dataclass(frozen=True)
class RuleComparison:
    """The result of :func:`compare`; it prints as a table."""

    layers: tuple[str, ...]
    measured: tuple[RuleMeasurement, ...]
    notes: tuple[str, ...] = ()

    def of(self, rule: CreditRule, layer: str = WHOLE) -> RuleMeasurement:
        """Return the measurement of a rule in a layer, or in the whole network."""
        for found in self.measured:
            if found.rule == rule and found.layer == layer:
                return found
        raise KeyError(f"{rule} in {layer!r} was not measured; layers are {self.layers}")

    def table(self) -> list[str]:
        """Return angles and lengths as lines of text, with a column for each layer and for all."""
        shown = _shown(self.layers)
        rules = list(dict.fromkeys(found.rule for found in self.measured))
        rows = [["angle", *shown]]
        rows += [
            [describe(r), *(_degrees(self.of(r, name).angle) for name in shown)] for r in rules
        ]
        rows += [["length", *shown]]
        rows += [[describe(r), *(_times(self.of(r, name).size) for name in shown)] for r in rules]
        lines = aligned(rows)
        lines.insert(len(rules) + 1, "")
        left_out = len(self.layers) + 1 - len(shown)
        return [*lines, f"({left_out} layers in between are not shown)"] if left_out else lines

    def __str__(self) -> str:
        head = "angle to the true gradient, and length relative to it"
        notes = [textwrap.fill(note, 79, subsequent_indent="  ") for note in self.notes]
        return "\n".join([head, "", *self.table(), *notes])


def compare(
    network: Chain,
    loss: Loss,
    params: Tree,
    x: Any,
    t: Any,
    rules: Iterable[CreditRule] = EVERY_RULE,
    *,
    rate: float | None = None,
) -> RuleComparison:
    """Return how each rule's gradient differs from the true one, layer by layer.

    The true one is :func:`~clearprop.backprop`'s. In the last layer both are always the same: its
    error has not been sent back through any layer.

    Parameters
    ----------
    network, loss, params, x, t, rate
        As for :func:`gradients`.
    rules : CreditRule ...
        One of each kind, unless given.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> net = cp.Chain(cp.Dense(2, 4), cp.Sigmoid(), cp.Dense(4, 1), cp.Sigmoid())
    >>> params = net.init(np.random.default_rng(1))
    >>> x, t = [[1.0, 0.0], [0.0, 1.0]], [1.0, 0.0]
    >>> print(compare(net, cp.SquaredError(), params, x, t,
    ...               [cp.credit.TransposedWeights(), cp.credit.Even()]))
    angle to the true gradient, and length relative to it
    <BLANKLINE>
    angle       dense1  dense2    all
    transposed    2.4°    0.0°  36.7°
    even         96.1°    0.0°  58.6°
    <BLANKLINE>
    length      dense1  dense2    all
    transposed   4.104   1.000  2.341
    even         1.787   1.000  1.273
    """
    stages = stages_of(network)
    layers = tuple(stage.name for stage in stages)
    _, true = backprop(network, loss, params, x, t)
    measured: list[RuleMeasurement] = []
    notes: list[str] = []
    for rule in rules:
        try:
            _, found = gradients(network, loss, params, x, t, rule, rate=rate)
        except CancellingWeightsError as error:
            notes.append(f"{describe(rule)}: {error}")
            measured += [
                RuleMeasurement(rule, name, math.nan, math.nan) for name in (*layers, WHOLE)
            ]
            continue
        for name in (*layers, WHOLE):
            ours, exact = (_vector(tree, name) for tree in (found, true))
            measured.append(RuleMeasurement(rule, name, angle(ours, exact), _size(ours, exact)))
        remarks = {name: rule.note(params[name]["W"]) for name in layers[1:]}
        notes += [f"{describe(rule)}, {name}: {said}" for name, said in remarks.items() if said]
    return RuleComparison(layers, tuple(measured), tuple(notes))


def angle(a: np.ndarray, b: np.ndarray) -> float:
    """Return the angle between two vectors in degrees, NaN if one is zero.

    2 atan2(|u - v|, |u + v|) of the unit vectors, which is exact near 0 and 180, where the arc
    cosine of their product loses half of its digits. Source: Kahan 2006, "How futile are mindless
    assessments of roundoff", section 12.

    >>> angle(np.array([1.0, 0.0]), np.array([1.0, 1.0]))
    45.0
    """
    if not (np.any(a) and np.any(b)):
        return math.nan
    u, v = a / np.linalg.norm(a), b / np.linalg.norm(b)
    return math.degrees(2 * math.atan2(np.linalg.norm(u - v), np.linalg.norm(u + v)))


def describe(rule: CreditRule) -> str:
    """Return the rule in a few words."""
    words = {
        Exact: "exact",
        TransposedWeights: "transposed",
        Proportional: "proportional",
        Even: "even",
        FeedbackAlignment: "feedback alignment",
        DirectFeedbackAlignment: "direct feedback",
    }
    text = words.get(type(rule), type(rule).__name__)
    if getattr(rule, "raw_error", None) is False:
        text += ", delta"
    if getattr(rule, "after_update", False):
        text += ", updated first"
    return text


def _shown(layers: tuple[str, ...]) -> list[str]:
    if len(layers) <= MOST_LAYERS:
        return [*layers, WHOLE]
    return [*layers[:2], *layers[-2:], WHOLE]


def _degrees(angle: float) -> str:
    return NONE if math.isnan(angle) else f"{angle:.1f}°"


def _times(size: float) -> str:
    if math.isnan(size):
        return NONE
    return f"{size:.3f}" if size < 10 else f"{size:.4g}" if size < 1000 else f"{size:.1e}"


def _size(ours: np.ndarray, exact: np.ndarray) -> float:
    length = float(np.linalg.norm(exact))
    return float(np.linalg.norm(ours)) / length if length else math.nan


def _vector(tree: Tree, layer: str) -> np.ndarray:
    part = tree if layer == WHOLE else {layer: tree[layer]}
    return Layout.of(part).pack(part)
