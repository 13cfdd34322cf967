"""Slips of slopes: of the wrong number, of another activation, missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import Any

import numpy as np

from clearprop.definitions.layers import (
    ELU,
    GELU,
    Activation,
    Dense,
    LeakyReLU,
    Mish,
    ReLU,
    Sigmoid,
    SiLU,
    Tanh,
)
from clearprop.explaining.record import Record
from clearprop.explaining.work.changes import (
    change_layers,
    change_loss,
    change_network,
    leaves,
)
from clearprop.explaining.work.recorded import reading as xp
from clearprop.explaining.work.situation import Situation, run
from clearprop.explaining.work.slips.slip import (
    Slip,
    activations,
    before_activations,
    dense_layers,
    places,
)
from clearprop.explaining.work.wrong_layers import NoSlope, SlopeOfZ, right
from clearprop.explaining.work.wrong_losses import OwnFormulas
from clearprop.explaining.work.wrong_parts import WrongSlope, with_dense

Formula = Callable[..., Any]


def slope_slips(situation: Situation) -> Iterator[Slip]:
    """Yield the slips of the activations' slopes."""
    inside = activations(situation)
    paths = [path for path, _ in inside]
    for path, where in places(paths):
        yield Slip(
            f"slope taken at z{where}",
            "the slope's formula takes the activation a and was given z (tanh: 1 − z²)",
            change_layers(Activation, SlopeOfZ, path),
            common=int(not where),
        )
        yield Slip(
            f"activation slope missing{where}",
            "the error went back through the activation without its slope",
            change_layers(Activation, NoSlope, path),
            common=1,
        )
    for kinds, name, sentence, formula in SLOPES:
        for path, where in places([path for path, layer in inside if isinstance(layer, kinds)]):
            yield Slip(
                f"{name}{where}",
                sentence,
                change_layers(kinds, partial(WrongSlope, formula=formula), path),
                common=int(name == "slope taken at a"),
            )
    if len(situation.batch.x) > 1:
        rows = situation.divisor
        for path, where in places(paths):
            yield Slip(
                f"slope of the error{where}",
                "the slope's formula was given the error; it takes the activation",
                change_layers(Activation, partial(WrongSlope, formula=_of_error(rows)), path),
            )
    yield from _of_another(situation)
    yield from _of_one_layer(situation)
    yield from _of_last(situation)


def _at_a(f: Any, z: Any, a: Any, dy: Any) -> Any:
    return f.slope(xp, a, f.value(xp, a))


def _of_error(rows: float) -> Formula:
    return lambda f, z, a, dy: f.slope(xp, rows * dy, rows * dy)


def _as_sigmoid(f: Any, z: Any, a: Any, dy: Any) -> Any:
    return a * (1 - a)


def _as_tanh(f: Any, z: Any, a: Any, dy: Any) -> Any:
    return 1 - a * a


def _gate(z: Any, a: Any) -> Any:
    """Return g(z) of an activation a = z g(z)."""
    return np.divide(a, z, out=np.full_like(a, 0.5), where=z != 0)


def _of_sigmoid(f: Any, z: Any, a: Any, dy: Any) -> Any:
    s = xp.expit(z)
    return s * (1 - s)


Row = tuple[Any, str, str, Formula]
SLOPES: tuple[Row, ...] = (
    (Activation, "slope taken at a", "a function f'(z) was given the activation a in place of z",
     _at_a),
    (Activation, "slope of the error",
     "the slope's formula was given the error; it takes the activation",
     lambda f, z, a, dy: f.slope(xp, dy, dy)),
    (Activation, "slope of f(error)", "a function f'(z) was given the error in place of z",
     lambda f, z, a, dy: f.slope(xp, dy, f.value(xp, dy))),
    ((Tanh, ReLU, LeakyReLU), "sigmoid's slope", "a (1 − a) is the slope of a sigmoid",
     _as_sigmoid),
    ((Tanh, ReLU, LeakyReLU), "sigmoid's slope at z", "σ(z) (1 − σ(z)) is the slope of a sigmoid",
     _of_sigmoid),
    ((Sigmoid, ReLU), "tanh's slope", "1 − a² is the slope of tanh", _as_tanh),
    ((Sigmoid, Tanh), "ReLU's slope", "1 where z > 0, else 0, is the slope of ReLU",
     lambda f, z, a, dy: (z > 0) * 1.0),
    (Sigmoid, "only 1 − a of the slope", "the slope is a (1 − a)", lambda f, z, a, dy: 1 - a),
    (Sigmoid, "only a of the slope", "the slope is a (1 − a)", lambda f, z, a, dy: a),
    (Sigmoid, "slope a (1 + a)", "the slope is a (1 − a)", lambda f, z, a, dy: a * (1 + a)),
    (Sigmoid, "slope a (a − 1)", "the slope is a (1 − a); its sign is wrong",
     lambda f, z, a, dy: a * (a - 1)),
    (Sigmoid, "slope a − z²", "the slope is a − a²", lambda f, z, a, dy: a - z * z),
    (Tanh, "square missing in the slope", "the slope of tanh is 1 − a², here 1 − a was taken",
     lambda f, z, a, dy: 1 - a),
    (Tanh, "1 / cosh z in place of the slope", "the slope of tanh is 1 / cosh² z",
     lambda f, z, a, dy: np.sqrt(1 - a * a)),
    ((SiLU, GELU, Mish), "second term of the slope missing",
     "the activation is z g(z); its slope is g(z) + z g'(z), and g(z) alone was taken",
     lambda f, z, a, dy: _gate(z, a)),
    ((SiLU, GELU, Mish), "first term of the slope missing",
     "the activation is z g(z); its slope is g(z) + z g'(z), and z g'(z) alone was taken",
     lambda f, z, a, dy: f.slope(xp, z, a) - _gate(z, a)),
    (ELU, "the left side's slope on both sides", "the slope is 1 where z > 0, a + α elsewhere",
     lambda f, z, a, dy: a + f.alpha),
    (ELU, "the left side's slope without α", "the slope is a + α where z < 0; a was taken",
     lambda f, z, a, dy: np.where(z > 0, 1.0, a)),
    (Tanh, "slope 1 + a²", "the slope of tanh is 1 − a²", lambda f, z, a, dy: 1 + a * a),
    (Tanh, "slope a²", "the slope of tanh is 1 − a²", lambda f, z, a, dy: a * a),
    (Tanh, "slope a² − 1", "the slope of tanh is 1 − a²; its sign is wrong",
     lambda f, z, a, dy: a * a - 1),
    (ReLU, "z in place of ReLU's slope", "the slope of ReLU is 1 where z > 0; z was taken",
     lambda f, z, a, dy: z),
    (ReLU, "a in place of ReLU's slope", "the slope of ReLU is 1 where z > 0; max(z, 0) was taken",
     lambda f, z, a, dy: a),
    (ReLU, "ReLU's slope taken of the error", "the error was cut at 0; the slope asks for z > 0",
     lambda f, z, a, dy: (dy > 0) * 1.0),
    (ReLU, "leaky slope for ReLU", "the slope of ReLU is 0 where z < 0, here 0.01 was taken",
     lambda f, z, a, dy: np.where(z > 0, 1.0, 0.01)),
    ((ReLU, LeakyReLU), "ReLU's slope the other way round",
     "the slope is that of z > 0; it was taken where z < 0",
     lambda f, z, a, dy: f.slope(xp, -z, -a)),
    (LeakyReLU, "leaky factor missing in the slope",
     "the slope is α where z < 0; 0 was taken, as for ReLU", lambda f, z, a, dy: (z > 0) * 1.0),
    (LeakyReLU, "leaky factor with the wrong sign", "the slope is α where z < 0; −α was taken",
     lambda f, z, a, dy: np.where(z > 0, 1.0, -f.alpha)),
    (LeakyReLU, "leaky factor times z in the slope", "the slope is α where z < 0; α z was taken",
     lambda f, z, a, dy: np.where(z > 0, 1.0, f.alpha * z)),
    (Activation, "slope taken twice", "the slope came in once more",
     lambda f, z, a, dy: f.slope(xp, z, a) ** 2),
    (Activation, "f(z) in place of the slope", "the error was multiplied by a, not by f'(z)",
     lambda f, z, a, dy: a),
    (Activation, "divided by the slope", "the error was divided by f'(z), not multiplied",
     lambda f, z, a, dy: 1 / f.slope(xp, z, a)),
)  # fmt: skip
"""The kinds of activation, the slip's name and sentence, the slope that was taken."""


def _of_another(situation: Situation) -> Iterator[Slip]:
    """Yield slopes taken of another layer's activations."""
    inside = [one for one in activations(situation) if isinstance(one[1], BY_ACTIVATION)]
    values = _Values(situation)
    for path, _ in inside:
        for other, _ in inside:
            if other != path:
                yield Slip(
                    f"slope of {path} taken at {other}'s values",
                    f"the slope's formula takes what {path} gave; it was given {other}.y",
                    change_layers(
                        BY_ACTIVATION,
                        partial(WrongSlope, formula=partial(_at_values, values, other)),
                        path,
                    ),
                )


BY_ACTIVATION = (Sigmoid, Tanh, ReLU, LeakyReLU)
"""Activations whose slope can be told from what they give."""


class _Values:
    """What the layers give, computed when first asked for."""

    def __init__(self, situation: Situation) -> None:
        self._situation = situation

    @cached_property
    def record(self) -> Record:
        """The record of the two passes."""
        return run(self._situation, update=False)


def _at_values(values: _Values, other: str, f: Any, z: Any, a: Any, dy: Any) -> Any:
    symbol = values.record.quantities[f"{other}.y"].symbol
    theirs = np.asarray(symbol.value, float)
    if theirs.shape[1] not in (1, a.shape[1]):
        return f.slope(xp, z, a)
    inputs = [arg.value for arg in symbol.args if np.shape(arg.value) == theirs.shape]
    return f.slope(xp, np.asarray(inputs[0] if inputs else theirs, float), theirs)


def _of_one_layer(situation: Situation) -> Iterator[Slip]:
    """Yield slopes missing in one layer's gradients alone, the error going back rightly."""
    first = dense_layers(situation)[:1]
    for path, _ in before_activations(situation):
        for name, sentence, formula in ALONE:
            # Nothing goes back from the first layer: without its slope all its gradients are.
            whole = name.endswith("dW and db") or (name.endswith("dW") and not first[0][1].bias)
            if path == first[0][0] and whole:
                continue
            yield Slip(
                f"activation slope missing in {name.format(path=path)} alone",
                sentence,
                change_network(partial(with_dense, only=path, gradients_of=formula)),
            )


ALONE: tuple[tuple[str, str, Formula], ...] = (
    ("{path}.dW", "the error that made dW is without f'(z); what went back has it",
     lambda at: {"W": at.x.T @ at.raw}),
    ("{path}.dW and db", "the error that made them is without f'(z); what went back has it",
     lambda at: {"W": at.x.T @ at.raw} | ({} if at.b is None else {"b": at.raw.sum(axis=0)})),
    ("{path}.db", "the error that made db is without f'(z)",
     lambda at: {} if at.b is None else {"b": at.raw.sum(axis=0)}),
)  # fmt: skip


def _of_last(situation: Situation) -> Iterator[Slip]:
    """Yield slopes that came in behind the last layer, linear or not."""
    last = list(leaves(situation.task.network))[-1:]
    for _, layer in last:
        linear = isinstance(right(layer), Dense)
        loss = situation.task.loss
        for word, formula in (
            ("sigmoid", lambda o: o * (1 - o)),
            ("tanh", lambda o: 1 - o * o),
            ("ReLU", lambda o: (o > 0) * 1.0),
            ("a sigmoid at o", lambda o: xp.expit(o) * (1 - xp.expit(o))),
        ):
            if loss.link_name == "sigmoid" and word == "a sigmoid at o":
                continue  # the doubled derivative
            if linear:
                at, sentence = "at a linear output", "the last layer is linear: its slope is 1"
            else:
                at, sentence = "besides the last one's", "the last activation has its own slope"
            name = f"the slope of {word} {at}" if word[0] == "a" else f"{word}'s slope {at}"
            yield Slip(name, sentence, _at_output(formula))


def _at_output(formula: Formula) -> Any:
    def gradient(loss: Any, o: Any, t: Any) -> Any:
        return loss.gradient(xp, o, t) * formula(o)

    return change_loss(partial(OwnFormulas, gradient_of=gradient))
