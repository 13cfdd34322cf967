"""Slips of what activations give: missing, twice, another, a formula with a part wrong."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from clearprop.definitions.layers import ELU, GELU, Activation, LeakyReLU, ReLU, Sigmoid, Tanh
from clearprop.explaining.work.changes import change_layers
from clearprop.explaining.work.recorded import reading as xp
from clearprop.explaining.work.situation import Situation
from clearprop.explaining.work.slips.slip import Slip, activations, places
from clearprop.explaining.work.wrong_parts import WrongSlope, WrongValue


def activation_slips(situation: Situation) -> Iterator[Slip]:
    """Yield the slips of what activations give."""
    inside = activations(situation)
    for path, where in places([path for path, _ in inside]):
        yield Slip(
            f"activation missing{where}",
            "z itself went on in place of f(z)",
            change_layers(Activation, partial(WrongValue, formula=lambda f, z: z), path),
            "loss",
        )
        yield Slip(
            f"activation missing{where}, and its slope",
            "z itself went on in place of f(z), and the error came back without a slope",
            change_layers(Activation, _none, path),
            "loss",
        )
        for name, sentence, formula in VALUES:
            change = change_layers(Activation, partial(WrongValue, formula=formula), path)
            yield Slip(f"{name}{where}", sentence, change, "loss")
        if any(not isinstance(layer, OF_SIGN) for one, layer in inside if path in ("", one)):
            yield Slip(
                f"activation missing{where}, its slope kept",
                "z itself went on in place of f(z); the error came back with f'(z)",
                change_layers(Activation, partial(WrongValue, formula=_same, kept=True), path),
                "loss",
            )
        yield Slip(
            f"activation taken twice{where}",
            "f(f(z)) went on in place of f(z)",
            change_layers(Activation, partial(WrongValue, formula=_twice), path),
            "loss",
        )
    for kinds, name, sentence, formula in OF_KINDS:
        for path, where in places([path for path, layer in inside if isinstance(layer, kinds)]):
            change = change_layers(kinds, partial(WrongValue, formula=formula), path)
            yield Slip(f"{name}{where}", sentence, change, "loss")
    for kinds, name, sentence, value, slope in VARIANTS:
        for path, where in places([path for path, layer in inside if isinstance(layer, kinds)]):
            for back, words in ((slope, ""), (None, ", the slope right")):
                change = change_layers(kinds, partial(_variant, value, back), path)
                yield Slip(f"{name}{where}{words}", sentence, change, "loss")
    for path, layer in inside:
        others = (Sigmoid(), Tanh(), ReLU(), *((LeakyReLU(),) if isinstance(layer, ReLU) else ()))
        for other in others:
            if type(other) is not type(layer):
                yield Slip(
                    f"{word(other)} in place of {word(layer)} in {path}",
                    f"{path} is {word(layer)}; the numbers are {word(other)}'s",
                    change_layers(Activation, partial(_put, other), path),
                    "loss",
                )


def _none(layer: Any) -> Any:
    return WrongSlope(WrongValue(layer, lambda f, z: z), lambda f, z, a, dy: 1.0)


VALUES: tuple[tuple[str, str, Any], ...] = (
    ("sign of z turned in the activation",
     "f(−z) went on in place of f(z): the sigmoid is 1 / (1 + exp(−z))",
     lambda f, z: f.value(xp, -z)),
    ("2 z in the activation", "f(2 z) went on in place of f(z): tanh(z) has twice the sigmoid's z",
     lambda f, z: f.value(xp, 2 * z)),
    ("z / 2 in the activation", "f(z / 2) went on in place of f(z)",
     lambda f, z: f.value(xp, z / 2)),
    ("activation cut off at 1", "values above 1 were set to 1",
     lambda f, z: np.minimum(f.value(xp, z), 1.0)),
)  # fmt: skip
"""What an activation gave: name, sentence, a."""


def _variant(value: Any, slope: Any, layer: Any) -> Any:
    changed = WrongValue(layer, value, kept=True)
    return changed if slope is None else WrongSlope(changed, slope)


def _stretched(z: Any) -> Any:
    return np.tanh(z * (2 / 3))


def _quick(z: Any) -> Any:
    return xp.expit(1.702 * z)


def _near(z: Any) -> Any:
    return np.tanh(0.7978845608028654 * (z + 0.044715 * z * z * z))


VARIANTS: tuple[tuple[Any, str, str, Any, Any], ...] = (
    (Tanh, "1.7159 tanh(2 z / 3) in place of tanh z", "LeCun's stretched tanh was taken",
     lambda f, z: 1.7159 * _stretched(z),
     lambda f, z, a, dy: 1.7159 * 2 / 3 * (1 - _stretched(z) * _stretched(z))),
    (GELU, "z σ(1.702 z) in place of GELU", "GELU is z Φ(z); an approximation was taken",
     lambda f, z: z * _quick(z),
     lambda f, z, a, dy: _quick(z) + 1.702 * z * _quick(z) * (1 - _quick(z))),
    (GELU, "GELU by its tanh", "GELU is z Φ(z); its approximation by a tanh was taken",
     lambda f, z: 0.5 * z * (1 + _near(z)),
     lambda f, z, a, dy: 0.5 * (1 + _near(z)) + 0.5 * z * (1 - _near(z) * _near(z))
     * 0.7978845608028654 * (1 + 0.134145 * z * z)),
)  # fmt: skip
"""Variants of an activation: kinds, name, sentence, a, the slope that belongs to it."""

OF_SIGN = (ReLU, LeakyReLU)
"""Activations whose slope is told by z as by f(z)."""

OF_KINDS: tuple[tuple[Any, str, str, Any], ...] = (
    (Sigmoid, "1 + exp(−z) in the activation",
     "1 / 1 + exp(−z) is 1 + exp(−z): 1 / (1 + exp(−z)) needs its parentheses",
     lambda f, z: 1 + np.exp(-z)),
    (Sigmoid, "1 / (1 − exp(−z)) in the activation", "the sigmoid is 1 / (1 + exp(−z))",
     lambda f, z: 1 / (1 - np.exp(-z))),
    (Sigmoid, "exp(−z) in the activation", "the sigmoid is 1 / (1 + exp(−z))",
     lambda f, z: np.exp(-z)),
    (Tanh, "sinh z in the activation", "tanh is (e^z − e^(−z)) / (e^z + e^(−z)), not / 2",
     lambda f, z: (np.exp(z) - np.exp(-z)) / 2),
    (Tanh, "parentheses missing in tanh",
     "e^z − e^(−z) / e^z + e^(−z) divides e^(−z) alone: both sums need their parentheses",
     lambda f, z: np.exp(z) - np.exp(-z) / np.exp(z) + np.exp(-z)),
    (Tanh, "1 / tanh z in the activation", "tanh is (e^z − e^(−z)) / (e^z + e^(−z))",
     lambda f, z: 1 / np.tanh(z)),
    ((ReLU, LeakyReLU), "1 in place of z above 0", "f(z) is z where z > 0; 1 was taken",
     lambda f, z: np.where(z > 0, 1.0, f.value(xp, z))),
    ((ReLU, LeakyReLU), "|z| in the activation", "below 0 f(z) is 0, or α z", lambda f, z: abs(z)),
    (ReLU, "z kept below 0, not above", "ReLU is max(0, z)", lambda f, z: np.minimum(z, 0.0)),
    (ReLU, "leaky below 0 for ReLU", "ReLU is 0 where z < 0; 0.01 z was taken",
     lambda f, z: np.where(z > 0, z, 0.01 * z)),
    (LeakyReLU, "α in place of α z below 0", "f(z) is α z where z < 0; α was taken",
     lambda f, z: np.where(z > 0, z, f.alpha)),
    (LeakyReLU, "0 in place of α z below 0", "f(z) is α z where z < 0; 0 was taken",
     lambda f, z: np.maximum(z, 0.0)),
    (LeakyReLU, "−α z in place of α z below 0", "f(z) is α z where z < 0",
     lambda f, z: np.where(z > 0, z, -f.alpha * z)),
    (LeakyReLU, "α z above 0, z below", "f(z) is z where z > 0, α z below; they were exchanged",
     lambda f, z: np.where(z > 0, f.alpha * z, z)),
    (ELU, "−1 missing below 0", "f(z) is α (e^z − 1) where z < 0",
     lambda f, z: np.where(z > 0, z, f.alpha * np.exp(z))),
    (ELU, "α missing below 0", "f(z) is α (e^z − 1) where z < 0",
     lambda f, z: np.where(z > 0, z, np.exp(z) - 1)),
    (ELU, "α outside of one term below 0", "f(z) is α (e^z − 1) where z < 0; α e^z − 1 was taken",
     lambda f, z: np.where(z > 0, z, f.alpha * np.exp(z) - 1)),
)  # fmt: skip
"""What an activation of some kind gave: kinds, name, sentence, a."""


def _same(f: Any, z: Any) -> Any:
    return z


def _twice(f: Any, z: Any) -> Any:
    return f.value(xp, f.value(xp, z))


def _put(other: Any, layer: Any) -> Any:
    return other


def word(layer: Any) -> str:
    """Return what a kind of activation is called."""
    return type(layer).__name__.lower()
