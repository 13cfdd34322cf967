"""Calling someone's training function with what its arguments are called, rows or columns.

A function may want its examples as rows, X (N, features), or as columns, X (features, N), and its
weights as (inputs, units) or as (units, inputs). Which of these it takes is found by calling it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.explaining.step import StepData
from clearprop.explaining.work.naming import INPUT, TARGET, Naming

PARAMETERS = ("params", "parameters", "weights", "theta", "p", "network", "model", "nn", "w")
RATE = ("lr", "learningrate", "eta", "alpha", "rate", "stepsize")
MORE_INPUT = (*INPUT, "inputvector", "xs", "xtrain", "data", "features", "xbatch", "inputdata")
MORE_TARGET = (
    *TARGET, "targetvector", "ys", "ytrain", "labels", "label", "ybatch", "outputs", "expected",
)  # fmt: skip


@dataclass(frozen=True)
class CallForm:
    """How a function is handed its arrays.

    Attributes
    ----------
    columns : bool
        Whether examples are columns: X (features, N), y (outputs, N), biases (units, 1).
    exchanged : bool
        Whether weights are (units, inputs).
    flat_bias : bool
        Whether biases stay (units,) where examples are columns.
    """

    columns: bool = False
    exchanged: bool = False
    flat_bias: bool = False

    def of_rows(self, array: np.ndarray) -> np.ndarray:
        """Return a copy of examples, (N, K), as this form has them."""
        return np.array(array.T if self.columns else array, order="C")

    def of_params(self, params: Any) -> Any:
        """Return copies of parameters, nested as they are, as this form has them."""
        if isinstance(params, Mapping):
            return {name: self.of_params(part) for name, part in params.items()}
        array = np.asarray(params)
        if array.ndim == 1 and self.columns and not self.flat_bias:
            array = array[:, None]
        elif array.ndim == 2 and self.exchanged:
            array = array.T
        return np.array(array, order="C")

    def sentence(self, step: StepData) -> str:
        """Return what to tell of this form; empty for the package's own."""
        if self == ROWS:
            return ""
        weights = "(units, inputs)" if self.exchanged else "(inputs, units)"
        if not self.columns:
            return f"your function was given weights as {weights}"
        x, t = (" × ".join(map(str, np.shape(step[name])[::-1])) for name in ("x", "t"))
        biases = "(units,)" if self.flat_bias else "(units, 1)"
        return (
            f"your function was given examples as columns, inputs {x} and targets {t}, weights as "
            f"{weights} and biases as {biases}"
        )


ROWS = CallForm()
FORMS = (
    ROWS,
    CallForm(columns=True, exchanged=True),
    CallForm(columns=True, exchanged=True, flat_bias=True),
    CallForm(columns=True),
    CallForm(columns=True, flat_bias=True),
    CallForm(exchanged=True),
)
"""The forms that are tried, the package's own first."""


def call(function: Callable[..., Any], step: StepData, params: Any, form: CallForm = ROWS) -> Any:
    """Return what a function makes of the step's rows and of `params`, which have the form.

    Raises
    ------
    TypeError
        The function asks for something that is not known; the sentence says how to wrap it.
    """
    x, t = form.of_rows(step["x"]), form.of_rows(step["t"])
    try:
        names = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # a built-in has no signature
        return function(params, x, t)
    asked = [one for one in names if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    if any(one.kind is one.VAR_POSITIONAL for one in names):
        return function(params, x, t)
    known = [_asked(one.name, step, params, x, t) for one in asked]
    missing = [one.name for one, value in zip(asked, known, strict=True) if value is None]
    if len(asked) == 3 and missing and set(missing) != {one.name for one in asked}:
        known, missing = [params, x, t], []
    if len(asked) == 3 and len(missing) == 3:
        return function(params, x, t)
    wanted = [one for one in asked if one.name in missing and one.default is one.empty]
    if wanted:
        name = getattr(function, "__name__", "your function")
        raise TypeError(
            f"{name} asks for {', '.join(one.name for one in wanted)}, which is not known; wrap it "
            f"so: check_work(lambda params, x, t: {name}(...), ...)"
        )
    arguments = {
        one.name: value for one, value in zip(asked, known, strict=True) if value is not None
    }
    positional = [one for one in asked if one.kind is one.POSITIONAL_ONLY]
    first = [arguments.pop(one.name) for one in positional]
    return function(*first, **arguments)


def _asked(name: str, step: StepData, params: Any, x: np.ndarray, t: np.ndarray) -> Any:
    """Return what an argument of that name is given, None where the name is not known."""
    word = "".join(letter for letter in name.lower() if letter.isalnum())
    tables: tuple[tuple[tuple[str, ...], Any], ...] = (
        (MORE_INPUT, x), (MORE_TARGET, t), (RATE, step.rate), (PARAMETERS, params),
    )  # fmt: skip
    for words, value in tables:
        if word in words:
            return value
    path = Naming(step).path(name)
    if path in step.task.layout.paths:
        held: Any = params
        for part in path.split("."):
            held = held[part]
        return held
    return None


def learning_rate_of(owner: Any, method: Callable[..., Any] | None) -> float | None:
    """Return the learning rate that an object keeps or its method has as a default."""
    for name, value in _attributes(owner).items():
        if _is_rate(name) and isinstance(value, int | float) and value > 0:
            return float(value)
    if method is not None:
        for one in inspect.signature(method).parameters.values():
            if _is_rate(one.name) and isinstance(one.default, int | float) and one.default > 0:
                return float(one.default)
    return None


def _is_rate(name: str) -> bool:
    return "".join(letter for letter in name.lower() if letter.isalnum()) in RATE


def _attributes(owner: Any) -> Mapping[str, Any]:
    return owner if isinstance(owner, Mapping) else getattr(owner, "__dict__", {})
