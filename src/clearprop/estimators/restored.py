"""Build a fitted estimator from the document and arrays of a model file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.definitions.layers import Activation
from clearprop.estimators import MLPClassifier, MLPRegressor
from clearprop.estimators.kept import KEEPING
from clearprop.estimators.network import to_tree
from clearprop.estimators.options import hidden_sizes, out_activation
from clearprop.estimators.stored import COUNTERS, CURVES, NUMBERS
from clearprop.estimators.stored_classes import take_classes, texts_or_none
from clearprop.estimators.stored_position import position_of_parts
from clearprop.estimators.stored_values import restored
from clearprop.estimators.weights import check_class_weight
from clearprop.files.arrays import Arrays
from clearprop.files.document import a_count, a_text, checked
from clearprop.files.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Named = dict[str, np.ndarray[Any, Any]]

ESTIMATORS: Mapping[str, Any] = {"MLPClassifier": MLPClassifier, "MLPRegressor": MLPRegressor}
"""The estimators that can be saved. A file holds one of these words, never a name of code."""


def estimator_of(document: object, arrays: Arrays) -> Any:
    """Return the fitted estimator that a document and arrays describe.

    Raises
    ------
    ValueError
        If they do not describe an estimator, or do not fit each other.
    """
    found = checked(
        document,
        "the estimator",
        {
            "kind": _kind,
            "clearprop": a_text,
            "parameters": _anything,
            "feature_names": texts_or_none,
            "counters": _anything,
            "numbers": _anything,
            "classes": _anything,
            "position": _anything,
        },
    )
    estimator = _unfitted(ESTIMATORS[found["kind"]], found["parameters"])
    _take_weights(estimator, arrays)
    _take_names(estimator, found["feature_names"])
    take_classes(estimator, found["classes"], arrays)
    estimator.out_activation_ = out_activation(estimator._loss_object())
    counters = checked(found["counters"], "counters", dict.fromkeys(COUNTERS, a_count))
    vars(estimator).update(counters)
    estimator.engine_report_ = ()
    _take_numbers(estimator, found["numbers"])
    for name in CURVES:
        there = name in arrays or name == "loss_curve_"
        setattr(estimator, name, arrays.take(name, "f", (None,)).tolist() if there else None)
    to_tree(estimator._network(), estimator.coefs_, estimator.intercepts_)
    vars(estimator).update(position_of_parts(estimator, found["position"], arrays))
    arrays.finish()
    return estimator


def _unfitted(cls: Any, document: object) -> Any:
    names = [name for name in cls._get_param_names() if name not in KEEPING]
    fields = checked(document, "the parameters", dict.fromkeys(names, restored))
    for name, check in _CHECKS.items():
        if name in fields and not check(fields[name]):
            raise DataError(f"the parameter {name} cannot be {fields[name]!r:.60}")
    check_class_weight(fields.get("class_weight"))
    estimator = cls(**fields)
    estimator._validate_params()
    return estimator


def _take_weights(estimator: Any, arrays: Arrays) -> None:
    layers = len(hidden_sizes(estimator.hidden_layer_sizes)) + 1
    estimator.coefs_ = [_finite(arrays, f"coefs.{i}", (None, None)) for i in range(layers)]
    estimator.intercepts_ = [_finite(arrays, f"intercepts.{i}", (None,)) for i in range(layers)]
    estimator.n_layers_ = layers + 1
    estimator.n_features_in_, estimator.n_outputs_ = (
        estimator.coefs_[0].shape[0],
        estimator.coefs_[-1].shape[1],
    )


def _finite(arrays: Arrays, name: str, shape: tuple[None, ...]) -> np.ndarray[Any, Any]:
    array = arrays.take(name, "f", shape)
    if not np.isfinite(array).all():
        raise DataError(f"the array {name!r} holds NaN or infinity: the model can predict nothing")
    return array


def _take_names(estimator: Any, names: list[str] | None) -> None:
    if names is None:
        return
    if len(names) != estimator.n_features_in_:
        raise DataError(f"{len(names)} feature names for {estimator.n_features_in_} features")
    estimator.feature_names_in_ = np.array(names, object)


def _take_numbers(estimator: Any, document: object) -> None:
    if not isinstance(document, dict):
        raise DataError("numbers: expected an object")
    there = [name for name in NUMBERS if name in document]
    for name, number in checked(document, "numbers", dict.fromkeys(there, restored)).items():
        if not (number is None or isinstance(number, float)):
            raise DataError(f"{name} must be a number, not {number!r:.40}")
        setattr(estimator, name, number)


def _sequence_or_one(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: all(map(check, value if isinstance(value, list | tuple) else [value]))


def _weights_or_none(value: Any) -> bool:
    if value is None or isinstance(value, str):
        return True
    dicts = value if isinstance(value, list) else [value]
    return all(isinstance(d, dict) and all(map(_is_number, d.values())) for d in dicts)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "hidden_layer_sizes": _sequence_or_one(lambda value: type(value) is int),
    "activation": _sequence_or_one(lambda value: isinstance(value, str | Activation)),
    "dropout": _sequence_or_one(_is_number),
    "class_weight": _weights_or_none,
}
"""Checks of nested values, which scikit-learn's validation of parameters leaves out."""


def _kind(value: object, where: str) -> str:
    kind = a_text(value, where)
    if kind not in ESTIMATORS:
        raise DataError(f"{where} must be one of {', '.join(ESTIMATORS)}, not {kind!r:.60}")
    return kind


def _anything(value: object, where: str) -> object:
    """Return the value, which is checked later."""
    return value
