"""Slips of dense layers going back: the error that is sent on, dW and db."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from clearprop.explaining.work.changes import change_network
from clearprop.explaining.work.situation import Situation
from clearprop.explaining.work.slips.slip import Slip, before_activations, dense_layers, places
from clearprop.explaining.work.wrong_parts import At, with_dense

Formula = Callable[[At], Any]


def dense_slips(situation: Situation) -> Iterator[Slip]:
    """Yield the slips of what each dense layer sends back, of dW and of db."""
    dense = dense_layers(situation)
    later = [path for path, _ in dense[1:]]
    behind = [path for path in later if path in dict(before_activations(situation))]
    if len(behind) > 1:
        for path in behind:
            yield _sent(f"raw error sent back in {path}", RAW, path, lambda at: at.raw @ at.W.T)
    for name, sentence, formula in SENT:
        for path, where in places(later):
            yield _sent(f"{name}{where}", sentence, path, formula)
    for number, (path, layer) in enumerate(dense):
        for other, (theirs, another) in enumerate(dense):
            fits = another.outputs == layer.outputs and another.inputs in (1, layer.inputs)
            if other != number > 0 and fits:
                yield _sent(
                    f"the W of {theirs} in place of {path}'s",
                    "the error went back through another layer's W",
                    path,
                    partial(_through, situation, theirs),
                )
    yield from _left_at_zero([path for path, layer in dense if layer.bias and len(dense) > 1])
    paths = [path for path, _ in dense]
    biased = [path for path, layer in dense if layer.bias]
    for name, sentence, gradients in WEIGHTS:
        for path, where in places(paths):
            yield _made(f"{name}{where}", sentence, path, gradients)
    for name, sentence, gradients in BIASES:
        for path, where in places(biased):
            yield _made(f"{name}{where}", sentence, path, partial(_with_bias, gradients))


def _left_at_zero(paths: list[str]) -> Iterator[Slip]:
    for path in paths:
        sentence = "the loop back over the layers ends before this one"
        yield _made(f"gradients of {path} left at 0", sentence, path, _nothing)


def _nothing(at: At) -> dict[str, Any]:
    return {"W": 0 * at.W, "b": 0 * at.b}


def _with_bias(formula: Formula, at: At) -> dict[str, Any]:
    made: dict[str, Any] = {} if at.b is None else formula(at)
    return made


def _sent(name: str, sentence: str, path: str, formula: Formula) -> Slip:
    change = change_network(partial(with_dense, only=path or None, back=formula))
    return Slip(name, sentence, change, whole=name.startswith(WHOLE))


def _made(name: str, sentence: str, path: str, formula: Formula) -> Slip:
    change = partial(with_dense, only=path or None, gradients_of=formula)
    return Slip(name, sentence, change_network(change), whole=name.startswith(WHOLE))


WHOLE = (
    "sum not set back", "last weights left out", "first weights left out", "columns of dW",
    "rows of dW",
)  # fmt: skip
"""How the names of slips begin that take whole arrays in a way that no primitive does."""


def _through(situation: Situation, theirs: str, at: At) -> Any:
    held: Any = situation.task.layout.unpack(np.asarray(situation.position.params, float))
    for name in theirs.split(".") if theirs else ():
        held = held[name]
    return np.broadcast_to(at.delta @ held["W"].T, at.x.shape)


def _without_w(at: At, error: Any) -> Any:
    """Return the error as wide as the inputs: as it is where it is, else its sum."""
    wide = error if error.shape[1] == at.x.shape[1] else error.sum(axis=1, keepdims=True)
    return np.broadcast_to(wide, at.x.shape)


RAW = "W times the raw error went back; it must be W times delta"
SENT: tuple[tuple[str, str, Formula], ...] = (
    ("error did not go through W", "delta went on as it was; what goes back is delta Wᵀ",
     lambda at: _without_w(at, at.delta)),
    ("raw error did not go through W", "the error went on as it was; what goes back is delta Wᵀ",
     lambda at: _without_w(at, at.raw)),
    ("error summed in place of going through W",
     "the deltas' sum went on; what goes back is delta Wᵀ",
     lambda at: np.broadcast_to(at.delta.sum(axis=1, keepdims=True), at.x.shape)),
    ("error averaged in place of going through W",
     "the deltas' mean went on; what goes back is delta Wᵀ",
     lambda at: np.broadcast_to(at.delta.mean(axis=1, keepdims=True), at.x.shape)),
    ("input in place of W", "delta times the layer's input went on; what goes back is delta Wᵀ",
     lambda at: at.x * at.delta.sum(axis=1, keepdims=True)),
    ("|W| in place of W", "the error went back through |W|", lambda at: at.delta @ abs(at.W).T),
    ("shares of W in place of W",
     "each weight was divided by the sum of its unit's; the derivative has W itself",
     lambda at: at.delta @ (at.W / at.W.sum(axis=0, keepdims=True)).T),
    ("shares of W and the raw error in place of W",
     "each weight was divided by the sum of its unit's; the derivative has W and delta",
     lambda at: at.raw @ (at.W / at.W.sum(axis=0, keepdims=True)).T),
    ("sign of the error turned going back", "−delta Wᵀ went on; what goes back is delta Wᵀ",
     lambda at: -at.delta @ at.W.T),
    ("sum not set back to 0 between units",
     "each unit's error has those of the units before it; the sum begins at 0 for each",
     lambda at: np.cumsum(at.delta @ at.W.T, axis=1)),
    ("last unit left out going back", "the loop over the units ends too early",
     lambda at: _without(at.delta @ at.W.T, -1)),
    ("first unit left out going back", "the loop over the units begins too late",
     lambda at: _without(at.delta @ at.W.T, 0)),
    ("error of the last output alone",
     "the errors were overwritten in the loop over the outputs; they are to be added",
     lambda at: _alone(at.delta, -1) @ at.W.T),
    ("error of the first output alone", "the errors of all outputs are to be added",
     lambda at: _alone(at.delta, 0) @ at.W.T),
    ("error averaged over the outputs going back",
     "delta Wᵀ was divided by the number of outputs; it is their sum",
     lambda at: at.delta @ at.W.T / at.W.shape[1]),
    ("last weights left out in place of the bias going back",
     "with the bias as the first row of W, that row is left out going back",
     lambda at: at.delta @ _bias_first(at)[:-1].T),
    ("first weights left out in place of the bias going back",
     "with the bias as the last row of W, that row is left out going back",
     lambda at: at.delta @ np.vstack([_bias_first(at)[1:], _bias_first(at)[:1]])[1:].T),
)  # fmt: skip
"""What a dense layer sent back: name, sentence, dx."""


def _alone(error: Any, unit: int) -> Any:
    kept = np.zeros((1, error.shape[1]))
    kept[0, unit] = 1.0
    return error * kept


def _without(error: Any, unit: int) -> Any:
    kept = np.ones((1, error.shape[1]))
    kept[0, unit] = 0.0
    return error * kept


def _bias_first(at: At) -> Any:
    """Return the weights with the bias as their first row; 0 where there is none."""
    return np.vstack([np.zeros(at.W.shape[1]) if at.b is None else at.b, at.W])


def _other_x(choose: Callable[[At], Any]) -> Callable[[At], dict[str, Any]]:
    def gradients(at: At) -> dict[str, Any]:
        x = choose(at)
        if x is None or x.shape[1] not in (1, at.x.shape[1]) or len(x) != len(at.x):
            return {}
        return {"W": np.broadcast_to(x.T @ at.delta, at.W.shape)}

    return gradients


WEIGHTS: tuple[tuple[str, str, Formula], ...] = (
    ("z in place of a in dW", "dW takes what the layer was given, f(z) of the layer before",
     _other_x(lambda at: at.before.z)),
    ("the layer's own output in place of its input in dW", "dW = xᵀ delta, x what the layer got",
     _other_x(lambda at: _z(at) if at.after.a is None else at.after.a)),
    ("the layer's own z in place of its input in dW", "dW = xᵀ delta, x what the layer got",
     _other_x(lambda at: _z(at))),
    ("the network's input in place of the layer's in dW",
     "dW = xᵀ delta, x what this layer got", _other_x(lambda at: at.first.z)),
    ("W in place of the input in dW", "dW = xᵀ delta; W times delta was taken",
     lambda at: {"W": at.W * at.delta.sum(axis=0)}),
    ("input missing in dW", "dW = xᵀ delta; delta alone was taken",
     lambda at: {"W": np.broadcast_to(at.delta.sum(axis=0), at.W.shape)}),
    ("product of the means in dW",
     "the mean of x times the mean of delta; dW is the mean of the rows' products",
     lambda at: {"W": np.outer(at.x.mean(axis=0), at.delta.sum(axis=0))}),
    ("first row of the input in every product",
     "x of the first row was multiplied by every row's delta",
     lambda at: {"W": np.outer(at.x[0], at.delta.sum(axis=0))}),
    ("last row of the input in every product",
     "x of the last row was multiplied by every row's delta",
     lambda at: {"W": np.outer(at.x[-1], at.delta.sum(axis=0))}),
    ("first row of the error in every product",
     "delta of the first row was multiplied by every row's x",
     lambda at: {"W": np.outer(at.x.sum(axis=0), at.delta[0])}),
    ("last row of the error in every product",
     "delta of the last row was multiplied by every row's x",
     lambda at: {"W": np.outer(at.x.sum(axis=0), at.delta[-1])}),
    ("dW divided by the number of units", "dW is xᵀ delta, not divided by the layer's units",
     lambda at: {"W": at.gradients["W"] / at.W.shape[1]}),
    ("dW divided by the number of inputs", "dW is xᵀ delta, not divided by the layer's inputs",
     lambda at: {"W": at.gradients["W"] / at.W.shape[0]}),
    ("dW taken twice", "dW is xᵀ delta; a factor 2 came in",
     lambda at: {"W": 2 * at.gradients["W"]}),
    ("W added to dW", "dW is xᵀ delta; the weights themselves were added",
     lambda at: {"W": at.gradients["W"] + at.W}),
    ("columns of dW in the reverse order", "column k of dW belongs to unit k",
     lambda at: {"W": at.gradients["W"][:, ::-1]}),
    ("rows of dW in the reverse order", "row i of dW belongs to input i",
     lambda at: {"W": at.gradients["W"][::-1]}),
    ("gradient of W left at 0", "dW is xᵀ delta; 1 // N is 0, or nothing was added to dW",
     lambda at: {"W": 0 * at.W}),
    ("1/N missing in dW alone", "dW was summed over the rows; the biases' gradient is the mean",
     lambda at: {"W": len(at.x) * at.gradients["W"]}),
    ("1/N twice in dW alone", "dW was divided by N once more",
     lambda at: {"W": at.gradients["W"] / len(at.x)}),
    ("wrong sign in dW", "dW has the opposite sign", lambda at: {"W": -at.gradients["W"]}),
    ("last row left out of dW", "the loop over the rows ends too early",
     lambda at: {"W": at.x[:-1].T @ at.delta[:-1]}),
    ("last row alone in dW", "the other rows' gradients were overwritten, not added",
     lambda at: {"W": at.x[-1:].T @ at.delta[-1:]}),
)  # fmt: skip
"""What dW was made of: name, sentence, the gradients that are not right."""


def _z(at: At) -> Any:
    return at.x @ at.W + (0.0 if at.b is None else at.b)


def _slope_of_b(at: At) -> Any:
    s = 1 / (1 + np.exp(-at.b))
    return s * (1 - s)


BIASES: tuple[tuple[str, str, Formula], ...] = (
    ("bias summed to one number", "db was summed over everything; sum over the rows only (axis 0)",
     lambda at: {"b": np.full_like(at.b, at.delta.sum())}),
    ("bias averaged to one number", "db is one mean of everything; sum over the rows only (axis 0)",
     lambda at: {"b": np.full_like(at.b, at.delta.mean())}),
    ("bias averaged twice", "db was divided by N once more",
     lambda at: {"b": at.gradients["b"] / len(at.x)}),
    ("bias made from dW", "db was summed from dW; it is the sum of delta over the rows",
     lambda at: {"b": at.gradients["W"].sum(axis=0)}),
    ("bias made from dW, averaged", "db is the mean of dW; it is the sum of delta over the rows",
     lambda at: {"b": at.gradients["W"].mean(axis=0)}),
    ("bias made from dW, divided by N", "db was summed from dW and divided by N",
     lambda at: {"b": at.gradients["W"].sum(axis=0) / len(at.x)}),
    ("bias treated as an activation", "dz/db is 1: db is the sum of delta; b came in as a factor",
     lambda at: {"b": at.b * at.gradients["b"]}),
    ("bias treated as an activation, with a slope b (1 − b)",
     "dz/db is 1: db is the sum of delta; a slope of b came in",
     lambda at: {"b": at.b * (1 - at.b) * at.gradients["b"]}),
    ("bias treated as an activation, with a slope σ'(b)",
     "dz/db is 1: db is the sum of delta; a slope of b came in",
     lambda at: {"b": _slope_of_b(at) * at.gradients["b"]}),
    ("bias of the last row alone", "db is the sum of delta over all rows",
     lambda at: {"b": at.delta[-1]}),
    ("bias of the first row alone", "db is the sum of delta over all rows",
     lambda at: {"b": at.delta[0]}),
    ("wrong sign in db", "db has the opposite sign", lambda at: {"b": -at.gradients["b"]}),
    ("bias gradient left at 0", "db is the sum of delta over the rows",
     lambda at: {"b": 0 * at.b}),
    ("input in db", "dz/db is 1: db is the sum of delta; the input came in as a factor",
     lambda at: {"b": (at.x.sum(axis=1, keepdims=True) * at.delta).sum(axis=0)}),
)  # fmt: skip
"""What db was made of: name, sentence, the gradients that are not right."""
