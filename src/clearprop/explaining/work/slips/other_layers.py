"""Slips of dropout and normalization."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from clearprop.definitions.layers import BatchNorm, Dropout, LayerNorm
from clearprop.explaining.work.changes import change_layers, leaves
from clearprop.explaining.work.situation import Situation
from clearprop.explaining.work.slips.slip import Slip, places
from clearprop.explaining.work.wrong_layers import right
from clearprop.explaining.work.wrong_parts import WrongOther, WrongStatistics, numbers

Formula = Callable[..., Any]
Row = tuple[str, str, Formula | None, Formula | None]


def other_slips(situation: Situation) -> Iterator[Slip]:
    """Yield the slips of dropout and of normalization, for each such layer."""
    for kinds, table in ((Dropout, DROPOUT), ((BatchNorm, LayerNorm), NORMALIZATION)):
        found = [
            p for p, layer in leaves(situation.task.network) if isinstance(right(layer), kinds)
        ]
        for name, sentence, forward, back in table:
            for path, where in places(found):
                yield Slip(
                    f"{name}{where}",
                    sentence,
                    change_layers(
                        kinds, partial(WrongOther, forward_of=forward, back_of=back), path
                    ),
                    "backward" if forward is None else "loss",
                )
    found = [
        p
        for p, layer in leaves(situation.task.network)
        if isinstance(right(layer), BatchNorm | LayerNorm)
    ]
    for name, sentence, formula in STATISTICS:
        for path, where in places(found):
            change = change_layers(
                (BatchNorm, LayerNorm), partial(WrongStatistics, formula=formula), path
            )
            yield Slip(f"{name}{where}", sentence, change, "loss")


def _kept(mask: Any) -> Any:
    return 1.0 if mask is None else (mask != 0) * 1.0


def _scale(layer: Any, mask: Any) -> Any:
    return 1.0 if mask is None else 1.0 / (1.0 - layer.rate)


def _unscaled(layer: Any, params: Any, x: Any, mask: Any) -> Any:
    return x * _kept(mask)


DROPOUT: list[Row] = [
    ("dropout not scaled", "the values kept are to be divided by 1 − rate",
     _unscaled, lambda f, p, saved, dy, dx: (dy * _kept(numbers(saved)), {})),
    ("dropout not scaled going forward", "the values kept are to be divided by 1 − rate",
     _unscaled, None),
    ("dropout not scaled going back", "the error goes back through the mask and its scale",
     None, lambda f, p, saved, dy, dx: (dy * _kept(numbers(saved)), {})),
    ("dropout's mask forgotten going back", "the error goes back through the same mask",
     None, lambda f, p, saved, dy, dx: (dy, {})),
    ("dropout scaled but not masked going back", "the error goes back through the same mask",
     None, lambda f, p, saved, dy, dx: (dy * _scale(f, numbers(saved)), {})),
    ("dropout left out", "the values went on without the mask",
     lambda f, p, x, mask: x, lambda f, p, saved, dy, dx: (dy, {})),
    ("dropout's mask forgotten going forward", "the values went on without the mask",
     lambda f, p, x, mask: x, None),
    ("dropout's mask turned round", "the values to drop were kept, the others dropped",
     lambda f, p, x, mask: x * (1 - _kept(mask)) * _scale(f, mask),
     lambda f, p, saved, dy, dx: (
         dy * (1 - _kept(numbers(saved))) * _scale(f, numbers(saved)), {})),
    ("dropout divided by the rate", "the values kept are divided by 1 − rate, not by the rate",
     lambda f, p, x, mask: x * _kept(mask) / f.rate,
     lambda f, p, saved, dy, dx: (dy * _kept(numbers(saved)) / f.rate, {})),
    ("dropout multiplied by 1 − rate", "the values kept are divided by 1 − rate",
     lambda f, p, x, mask: x * _kept(mask) * (1 - f.rate),
     lambda f, p, saved, dy, dx: (dy * _kept(numbers(saved)) * (1 - f.rate), {})),
    ("dropout's mask taken twice going back", "the error goes back through the mask once",
     None, lambda f, p, saved, dy, dx: (
         dy * numbers(saved) ** 2 if saved is not None else dy, {})),
]  # fmt: skip


def _axis(layer: Any) -> int:
    return 1 if isinstance(layer, LayerNorm) else 0


def _standardised(layer: Any, saved: Any) -> tuple[Any, Any, Any]:
    """Return x̂, 1 / sd, and the axis of the mean."""
    held = _held(layer, saved)
    return numbers(held.x_hat), numbers(held.inverse_sd), _axis(layer)


def _back(
    scale: Formula | None = None,
    mean: float = 1.0,
    variance: float = 1.0,
    gamma: bool = True,
    other_axis: bool = False,
) -> Formula:
    """Return the pullback with some of its terms: dx = s (dx̂ − mean dx̂ − x̂ mean(dx̂ x̂))."""

    def back(layer: Any, params: Any, saved: Any, dy: Any, dx: Any) -> tuple[Any, dict[str, Any]]:
        x_hat, inverse, axis = _standardised(layer, saved)
        axis = 1 - axis if other_axis else axis
        d = params["gamma"] * dy if gamma else dy
        through = mean * d.mean(axis=axis, keepdims=True)
        through = through + variance * x_hat * (d * x_hat).mean(axis=axis, keepdims=True)
        factor = inverse if scale is None else scale(layer, inverse)
        return factor * (d - through), {}

    return back


def _through_variance(power: Formula) -> Formula:
    """Return the pullback whose term through the variance has another power of v + ε."""

    def back(layer: Any, params: Any, saved: Any, dy: Any, dx: Any) -> tuple[Any, dict[str, Any]]:
        x_hat, inverse, axis = _standardised(layer, saved)
        d = params["gamma"] * dy
        centred = x_hat / inverse
        count = dy.shape[axis]
        d_variance = (d * centred).sum(axis=axis, keepdims=True) * -0.5 * power(inverse)
        d_mean = -(d * inverse).sum(axis=axis, keepdims=True)
        return d * inverse + d_variance * 2 * centred / count + d_mean / count, {}

    return back


def _normalized(factor: Formula) -> Formula:
    """Return y with another factor of x − μ: of the variance and the layer."""

    def forward(layer: Any, params: Any, x: Any, given: Any) -> Any:
        axis = _axis(layer)
        centred = x - x.mean(axis=axis, keepdims=True)
        variance = (centred * centred).mean(axis=axis, keepdims=True)
        return params["gamma"] * centred * factor(variance, layer, x) + params["beta"]

    return forward


def _held(layer: Any, saved: Any) -> Any:
    return saved if isinstance(layer, LayerNorm) else saved[0]


def _gamma_of(formula: Formula) -> Formula:
    def back(layer: Any, params: Any, saved: Any, dy: Any, dx: Any) -> tuple[Any, dict[str, Any]]:
        return dx, {"gamma": formula(_standardised(layer, saved), params, dy)}

    return back


NORMALIZATION: list[Row] = [
    ("statistics taken as constants", "mean and variance depend on the rows; dx has their terms",
     None, _back(mean=0.0, variance=0.0)),
    ("gamma left out of dx", "dx̂ = γ dy; dy itself was taken", None, _back(gamma=False)),
    ("gamma left out of dx, statistics taken as constants", "dx = γ dy / sd and more", None,
     _back(mean=0.0, variance=0.0, gamma=False)),
    ("variance taken as a constant", "dx has a term through the variance", None,
     _back(variance=0.0)),
    ("mean taken as a constant", "dx has a term through the mean", None, _back(mean=0.0)),
    ("means along the other axis in dx",
     "batch normalization's are over the rows, layer normalization's over each row", None,
     _back(other_axis=True)),
    ("standard deviation left out of dx", "dx has the factor 1 / sqrt(v + ε)", None,
     _back(lambda layer, inverse: 1.0)),
    ("root missing in dx", "dx has the factor 1 / sqrt(v + ε); 1 / (v + ε) was taken", None,
     _back(lambda layer, inverse: inverse**2)),
    ("(v + ε)² in place of the root in dx", "dx has the factor 1 / sqrt(v + ε)", None,
     _back(lambda layer, inverse: inverse**4)),
    ("sign of the variance's term turned", "dx has − x̂ mean(dx̂ x̂)", None, _back(variance=-1.0)),
    ("(v + ε)^(−1/2) in the variance's term", "the derivative of the root has (v + ε)^(−3/2)",
     None, _through_variance(lambda inverse: inverse)),
    ("(v + ε)² in the variance's term", "the derivative of the root has (v + ε)^(−3/2)",
     None, _through_variance(lambda inverse: inverse**-4)),
    ("(v + ε)^(−2) in the variance's term", "the derivative of the root has (v + ε)^(−3/2)",
     None, _through_variance(lambda inverse: inverse**4)),
    ("(v + ε)^(−1) in the variance's term", "the derivative of the root has (v + ε)^(−3/2)",
     None, _through_variance(lambda inverse: inverse**2)),
    ("(v + ε)^(3/2) in the variance's term", "the derivative of the root has (v + ε)^(−3/2)",
     None, _through_variance(lambda inverse: inverse**-3)),
    ("ε outside the root", "x̂ = (x − μ) / sqrt(v + ε); sqrt(v) + ε was taken",
     _normalized(lambda v, f, x: 1 / (np.sqrt(v) + f.epsilon)), None),
    ("ε left out", "x̂ = (x − μ) / sqrt(v + ε)", _normalized(lambda v, f, x: 1 / np.sqrt(v)), None),
    ("root missing", "x̂ = (x − μ) / sqrt(v + ε); v + ε was taken",
     _normalized(lambda v, f, x: 1 / (v + f.epsilon)), None),
    ("(v + ε)² in place of the root", "x̂ = (x − μ) / sqrt(v + ε)",
     _normalized(lambda v, f, x: (v + f.epsilon) ** -2.0), None),
    ("unbiased variance", "the variance divides by N, not by N − 1",
     _normalized(lambda v, f, x: 1 / np.sqrt(
         v * x.shape[_axis(f)] / max(x.shape[_axis(f)] - 1, 1) + f.epsilon)), None),
    ("not divided by the standard deviation", "x̂ = (x − μ) / sqrt(v + ε)",
     _normalized(lambda v, f, x: 1.0), None),
    ("β added before γ", "y = γ x̂ + β; γ (x̂ + β) was taken", lambda f, p, x, given: _normalized(
        lambda v, f, x: 1 / np.sqrt(v + f.epsilon))(
            f, {"gamma": p["gamma"], "beta": p["gamma"] * p["beta"]}, x, given), None),
    ("γ and β left out", "y = γ x̂ + β", lambda f, p, x, given: _normalized(
        lambda v, f, x: 1 / np.sqrt(v + f.epsilon))(
            f, {"gamma": 1.0, "beta": 0.0}, x, given), None),
    ("x̂ missing in dγ", "dγ = Σ dy x̂; dy alone was summed", None,
     _gamma_of(lambda held, p, dy: dy.sum(axis=0))),
    ("x in place of x̂ in dγ", "dγ = Σ dy x̂; the output y was taken for x̂", None,
     _gamma_of(lambda held, p, dy: (dy * (p["gamma"] * held[0] + p["beta"])).sum(axis=0))),
    ("γ in dγ", "dγ = Σ dy x̂, without γ", None,
     _gamma_of(lambda held, p, dy: (p["gamma"] * dy * held[0]).sum(axis=0))),
    ("dγ and dβ averaged", "the error has its 1/N already", None,
     lambda f, p, saved, dy, dx: (dx, {
         "gamma": (dy * _standardised(f, saved)[0]).mean(axis=0), "beta": dy.mean(axis=0)})),
    ("γ in dβ", "dβ = Σ dy, without γ", None,
     lambda f, p, saved, dy, dx: (dx, {"beta": (p["gamma"] * dy).sum(axis=0)})),
]  # fmt: skip


def _by(axis: Formula, ddof: int = 0, inverse: Formula | None = None) -> Formula:
    """Return x̂ and 1 / sd of statistics along an axis of the layer."""

    def statistics(layer: Any, x: Any) -> tuple[Any, Any]:
        along = axis(layer)
        variance = x.var(axis=along, keepdims=True, ddof=ddof)
        made = inverse or (lambda v, f: 1 / np.sqrt(v + f.epsilon))
        factor = np.asarray(made(variance, layer))
        return (x - x.mean(axis=along, keepdims=True)) * factor, factor

    return statistics


STATISTICS: list[tuple[str, str, Formula]] = [
    ("unbiased variance, going back too", "the variance divides by N, not by N − 1",
     _by(_axis, ddof=1)),
    ("statistics over rows and units together",
     "batch normalization takes each unit's over the rows, layer normalization each row's",
     _by(lambda layer: None)),
    ("statistics along the other axis",
     "batch normalization takes each unit's over the rows, layer normalization each row's",
     _by(lambda layer: 1 - _axis(layer))),
    ("ε outside the root, going back too", "x̂ = (x − μ) / sqrt(v + ε); sqrt(v) + ε was taken",
     _by(_axis, inverse=lambda v, f: 1 / (np.sqrt(v) + f.epsilon))),
    ("ε left out, going back too", "x̂ = (x − μ) / sqrt(v + ε)",
     _by(_axis, inverse=lambda v, f: 1 / np.sqrt(v))),
]  # fmt: skip
"""Other statistics, that the pullback takes too: name, sentence, x̂ and 1 / sd."""
