"""Slips of the forward pass: sums, what is behind the last layer, predictions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from clearprop.definitions.layers import Activation, Dense, ReLU, Sigmoid, Tanh
from clearprop.definitions.losses import BinaryCrossEntropy, CrossEntropy
from clearprop.explaining.work.changes import (
    change_layers,
    change_loss,
    change_network,
    in_order,
    leaves,
)
from clearprop.explaining.work.recorded import reading as xp
from clearprop.explaining.work.situation import Situation
from clearprop.explaining.work.slips.activations import activation_slips, word
from clearprop.explaining.work.slips.slip import Slip, dense_layers, places
from clearprop.explaining.work.wrong_layers import right
from clearprop.explaining.work.wrong_losses import OtherLink, OwnFormulas
from clearprop.explaining.work.wrong_parts import (
    At,
    WithActivation,
    WrongForward,
    with_dense,
)


def forward_slips(situation: Situation) -> Iterator[Slip]:
    """Yield the slips of sums, activations and predictions."""
    yield from _of_sums(situation)
    yield from activation_slips(situation)
    yield from _of_last(situation)
    yield from _of_links(situation)


def _of_sums(situation: Situation) -> Iterator[Slip]:
    dense = dense_layers(situation)
    for path, where in places([path for path, layer in dense if layer.bias]):
        for name, sentence, formula in SUMS:
            change = change_layers(Dense, partial(WrongForward, formula=formula), path)
            whole = name.startswith(("sum", "last", "first"))
            yield Slip(f"{name}{where}", sentence, change, "loss", whole=whole)
    yield from _of_ones(situation)
    square = [path for path, layer in dense if layer.inputs == layer.outputs > 1]
    for path in square:
        turned = change_layers(Dense, partial(WrongForward, formula=_turned), path)
        yield Slip(
            f"W transposed going forward in {path}",
            "the forward pass multiplied by W transposed; here z = x W, W (inputs, units)",
            turned,
            "loss",
        )
        yield Slip(
            f"W transposed both ways in {path}",
            "W was read as (units, inputs); here it is (inputs, units)",
            in_order(
                turned,
                change_network(
                    partial(with_dense, only=path, back=_through_turned, gradients_of=_of_turned)
                ),
            ),
            "loss",
        )


SUMS: tuple[tuple[str, str, Any], ...] = (
    ("bias forgotten", "the forward pass left the bias out: z = x W + b",
     lambda W, b, x: x @ W),
    ("bias subtracted", "the bias is added: z = x W + b", lambda W, b, x: x @ W - b),
    ("bias added twice", "the bias is added once", lambda W, b, x: x @ W + 2 * b),
    ("first bias for all units", "each unit adds its own bias", lambda W, b, x: x @ W + b[0]),
    ("last bias for all units", "each unit adds its own bias", lambda W, b, x: x @ W + b[-1]),
    ("sum of the biases for all units", "each unit adds its own bias",
     lambda W, b, x: x @ W + b.sum()),
    ("sum not set back to 0 between units going forward",
     "each unit's sum has those of the units before it; it begins at 0 or b for each",
     lambda W, b, x: np.cumsum(x @ W, axis=1) + b),
    ("sum and bias not set back to 0 between units going forward",
     "each unit's sum has those of the units before it; it begins at 0 or b for each",
     lambda W, b, x: np.cumsum(x @ W + b, axis=1)),
    ("last input left out going forward", "the loop over the inputs ends too early",
     lambda W, b, x: x[:, :-1] @ W[:-1] + b),
    ("first input left out going forward", "the loop over the inputs begins too late",
     lambda W, b, x: x[:, 1:] @ W[1:] + b),
)  # fmt: skip
"""What a dense layer summed: name, sentence, z."""


def _of_ones(situation: Situation) -> Iterator[Slip]:
    """Yield columns of ones for the bias that went through the activation before."""
    found = list(leaves(situation.task.network))
    for (_, before), (path, layer) in pairwise(found):
        if isinstance(right(before), Activation) and isinstance(right(layer), Dense):
            one = float(right(before).value(xp, np.ones(1))[0])
            if one != 1.0 and right(layer).bias:
                yield Slip(
                    f"1 for the bias went through the activation before {path}",
                    "the column of ones is added behind the activation, not before it",
                    change_layers(Dense, partial(WrongForward, formula=_times_bias(one)), path),
                    "loss",
                )


def _times_bias(one: float) -> Any:
    return lambda W, b, x: x @ W + one * b


def _turned(W: Any, b: Any, x: Any) -> Any:
    return x @ W.T + b


def _through_turned(at: At) -> Any:
    return at.delta @ at.W


def _of_turned(at: At) -> dict[str, Any]:
    return {"W": at.delta.T @ at.x}


def _of_last(situation: Situation) -> Iterator[Slip]:
    """Yield an activation behind a last layer that has none."""
    last = list(leaves(situation.task.network))[-1:]
    for path, layer in last:
        if not isinstance(right(layer), Dense):
            continue
        for other in (Sigmoid(), Tanh(), ReLU()):
            for slope, words in ((True, ""), (False, ", without its slope")):
                yield Slip(
                    f"{word(other)} after the last layer{words}",
                    "the network ends with a linear layer; an activation was put behind it",
                    change_layers(
                        Dense,
                        partial(WithActivation, activation=other, slope=slope),
                        path,
                    ),
                    "loss",
                )


def _over(axis: int | None, o: Any) -> Any:
    if axis == 1:
        return xp.softmax(o)
    if axis == 0:
        return xp.softmax(o.T).T
    e = np.exp(o - np.max(o, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def _expit_of(o: Any) -> Any:
    return xp.expit(o)


LINKS: tuple[tuple[str, str, Any, Any], ...] = (
    ("sign of o turned in the {}", "the prediction takes o, not −o",
     lambda o: _over(1, -o), lambda o: xp.expit(-o)),
    ("powers of 2 in the {}", "the prediction takes powers of e",
     lambda o: _over(1, o * np.log(2.0)), lambda o: xp.expit(o * np.log(2.0))),
    ("2 o in the {}", "the prediction takes o", lambda o: _over(1, 2 * o),
     lambda o: xp.expit(2 * o)),
)  # fmt: skip
"""What the prediction was made of: name, sentence, softmax's and the logistic function's."""


def _shares_of_sigmoids(o: Any) -> Any:
    return xp.expit(o) / xp.expit(o).sum(axis=1, keepdims=True)


def _of_links(situation: Situation) -> Iterator[Slip]:
    loss, rows = situation.task.loss, len(situation.batch.x)
    softmax, logistic = isinstance(loss, CrossEntropy), isinstance(loss, BinaryCrossEntropy)
    if softmax and rows > 1:
        for axis, words in ((0, "over the rows"), (None, "over everything")):
            yield Slip(
                f"softmax taken {words}",
                "the probabilities of each row sum to 1: softmax goes over the classes (axis 1)",
                change_loss(partial(OtherLink, link_of=partial(_over, axis))),
                "loss",
            )
    if softmax and rows == situation.batch.t.shape[1]:
        yield Slip(
            "softmax divided by the sums of other rows",
            "e / e.sum(axis=1) divides column k by the sum of row k; keepdims=True keeps the axis",
            change_loss(partial(OtherLink, link_of=lambda o: np.exp(o) / np.exp(o).sum(axis=1))),
            "loss",
        )
    if softmax:
        yield Slip(
            "sigmoid in place of softmax",
            "each output went through a sigmoid of its own; softmax goes over the classes",
            change_loss(partial(OtherLink, link_of=_expit_of)),
            "loss",
        )
        yield Slip(
            "sigmoids divided by their sum in place of softmax",
            "softmax takes e^o of each output before it divides by the sum",
            change_loss(partial(OtherLink, link_of=_shares_of_sigmoids)),
            "loss",
        )
        yield Slip(
            "softmax without the exponential",
            "the outputs were divided by their sum; softmax takes e^o first",
            change_loss(partial(OtherLink, link_of=lambda o: o / o.sum(axis=1, keepdims=True))),
            "loss",
        )
    if not (softmax or logistic):
        return
    word = "softmax" if softmax else "sigmoid"
    once = partial(_over, 1) if softmax else _expit_of
    for name, sentence, of_softmax, of_logistic in LINKS:
        link = of_softmax if softmax else of_logistic
        made = change_loss(partial(OtherLink, link_of=link))
        yield Slip(name.format(word), sentence, made, "loss")
    for back, words in ((True, ""), (False, ", without its slope")):
        yield Slip(
            f"{word} before a loss that has its own{words}",
            f"the loss takes the raw output and applies {word} itself; it was applied twice",
            change_loss(partial(OwnFormulas, **_link_twice(once, softmax, back))),
            "loss",
        )
    yield Slip(
        f"no {word} before the loss",
        f"the prediction is {word} of the last layer's output; the output itself was taken",
        change_loss(partial(OtherLink, link_of=lambda o: o)),
        "loss",
    )


def _link_twice(once: Any, softmax: bool, back: bool) -> dict[str, Any]:
    def value(loss: Any, o: Any, t: Any) -> Any:
        return loss.value(xp, once(o), t)

    def gradient(loss: Any, o: Any, t: Any) -> Any:
        p, g = once(o), loss.gradient(xp, once(o), t)
        if not back:
            return g
        return p * (g - (p * g).sum(axis=1, keepdims=True)) if softmax else p * (1 - p) * g

    return {"link_of": lambda o: once(once(o)), "value_of": value, "gradient_of": gradient}
