"""A fitted estimator from the document and arrays that a model file holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.preprocessing import LabelBinarizer

from clearprop.definitions.layers import Activation
from clearprop.estimators import MLPClassifier, MLPRegressor
from clearprop.estimators.network import to_tree
from clearprop.estimators.options import OUTPUT_ACTIVATIONS, hidden_sizes
from clearprop.estimators.stored import COUNTERS, CURVES, NUMBERS
from clearprop.estimators.stored_position import position_of_parts
from clearprop.estimators.stored_values import restored
from clearprop.estimators.weights import check_class_weight
from clearprop.files.arrays import Arrays
from clearprop.files.document import a_count, a_list, a_text, checked
from clearprop.files.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Named = dict[str, np.ndarray[Any, Any]]

ESTIMATORS: Mapping[str, Any] = {"MLPClassifier": MLPClassifier, "MLPRegressor": MLPRegressor}
"""The kinds of estimators that can be saved; a file names one of these words, never code."""


def estimator_of(document: object, arrays: Arrays) -> Any:
    """Return the fitted estimator that a document and arrays describe.

    Raises
    ------
    ValueError
        If they do not describe one, or do not fit each other.
    """
    found = checked(
        document,
        "the estimator",
        {
            "kind": _kind,
            "clearprop": a_text,
            "parameters": _anything,
            "feature_names": _texts_or_none,
            "counters": _anything,
            "numbers": _anything,
            "classes": _anything,
            "position": _anything,
        },
    )
    estimator = _unfitted(ESTIMATORS[found["kind"]], found["parameters"])
    _take_weights(estimator, arrays)
    _take_names(estimator, found["feature_names"])
    _take_classes(estimator, found["classes"], arrays)
    estimator.out_activation_ = OUTPUT_ACTIVATIONS.get(type(estimator._loss_object()), "identity")
    counters = checked(found["counters"], "counters", dict.fromkeys(COUNTERS, a_count))
    vars(estimator).update(counters)
    _take_numbers(estimator, found["numbers"])
    for name in CURVES:
        there = name in arrays or name == "loss_curve_"
        setattr(estimator, name, arrays.take(name, "f", (None,)).tolist() if there else None)
    to_tree(estimator._network(), estimator.coefs_, estimator.intercepts_)
    vars(estimator).update(position_of_parts(estimator, found["position"], arrays))
    arrays.finish()
    return estimator


def _unfitted(cls: Any, document: object) -> Any:
    names = cls._get_param_names()
    fields = checked(document, "the parameters", dict.fromkeys(names, restored))
    for name, check in _CHECKS.items():
        if name in fields and not check(fields[name]):
            raise DataError(f"the parameter {name} is {fields[name]!r:.60}")
    check_class_weight(fields.get("class_weight"))
    estimator = cls(**fields)
    estimator._validate_params()
    return estimator


def _take_weights(estimator: Any, arrays: Arrays) -> None:
    layers = len(hidden_sizes(estimator.hidden_layer_sizes)) + 1
    estimator.coefs_ = [arrays.take(f"coefs.{i}", "f", (None, None)) for i in range(layers)]
    estimator.intercepts_ = [arrays.take(f"intercepts.{i}", "f", (None,)) for i in range(layers)]
    estimator.n_layers_ = layers + 1
    estimator.n_features_in_, estimator.n_outputs_ = (
        estimator.coefs_[0].shape[0],
        estimator.coefs_[-1].shape[1],
    )


def _take_names(estimator: Any, names: list[str] | None) -> None:
    if names is None:
        return
    if len(names) != estimator.n_features_in_:
        raise DataError(f"{len(names)} feature names for {estimator.n_features_in_} features")
    estimator.feature_names_in_ = np.array(names, object)


def _take_classes(estimator: Any, document: object, arrays: Arrays) -> None:
    if not isinstance(estimator, MLPClassifier):
        if document is not None:
            raise DataError("a regressor has no classes")
        return
    fields = {"targets": a_text, "sparse": _bool, "texts": _texts_or_none}
    found = checked(document, "the classes", fields)
    texts = found["texts"]
    classes = arrays.take("classes", "biuf", (None,)) if texts is None else np.array(texts, str)
    binarizer = _binarizer(classes, found["targets"])
    if not np.array_equal(binarizer.classes_, classes) or binarizer.y_type_ != found["targets"]:
        raise DataError(f"the classes {classes!s:.60} are not those of {found['targets']} targets")
    outputs = 1 if binarizer.y_type_ == "binary" else len(classes)
    if estimator.n_outputs_ != outputs:
        raise DataError(f"{len(classes)} classes for a network of {estimator.n_outputs_} outputs")
    binarizer.sparse_input_ = found["sparse"]
    estimator._label_binarizer, estimator.classes_ = binarizer, classes


def _binarizer(classes: np.ndarray[Any, Any], targets: str) -> Any:
    """Return a binarizer as one fitted to targets of these classes."""
    if targets == "multilabel-indicator":
        return LabelBinarizer().fit(np.eye(max(len(classes), 2), dtype=int))
    return LabelBinarizer().fit(classes)


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
"""What scikit-learn's validation of parameters does not look into."""


def _kind(value: object, where: str) -> str:
    kind = a_text(value, where)
    if kind not in ESTIMATORS:
        raise DataError(f"{where} must be one of {', '.join(ESTIMATORS)}, not {kind!r:.60}")
    return kind


def _anything(value: object, where: str) -> object:
    """Return what is checked later."""
    return value


def _bool(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise DataError(f"{where} must be true or false, not {value!r:.40}")
    return value


def _texts_or_none(value: object, where: str) -> list[str] | None:
    return None if value is None else [a_text(text, where) for text in a_list(value, where)]
