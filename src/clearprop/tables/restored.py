"""Build a fitted table estimator from the document and arrays of a model file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.preprocessing import LabelBinarizer

from clearprop.definitions.parameters import check_parameters
from clearprop.estimators.kept import TRAINING_ALONE
from clearprop.estimators.stored_classes import binarizer_of, check_names, texts_or_none
from clearprop.estimators.stored_values import restored
from clearprop.files.document import a_count, a_list, a_number, a_positive_number, a_text, checked
from clearprop.files.errors import DataError
from clearprop.tables.classifier import MULTILABEL, TableClassifier
from clearprop.tables.findings import findings_from
from clearprop.tables.inputs import TableInputs
from clearprop.tables.recipe import ALL, WITHOUT_PIECES, recipe_of
from clearprop.tables.regressor import TableRegressor
from clearprop.tables.task import Member, network_of

if TYPE_CHECKING:
    from clearprop.files.arrays import Arrays
    from clearprop.files.document import Check

TABLE_ESTIMATORS: dict[str, Any] = {
    "TableClassifier": TableClassifier,
    "TableRegressor": TableRegressor,
}
"""The estimators that can be saved, by the word that a file has for them."""

MOST_MEMBERS = 1000
ENDED = ("done", "time", "interrupted", "callback")


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
            "parameters": lambda value, _: value,
            "features": a_count,
            "feature_names": texts_or_none,
            "inputs": TableInputs.from_document,
            "rows": a_count,
            "findings": findings_from,
            "members": a_list,
            "target": lambda value, _: value,
            "ended": _ended,
        },
    )
    cls = TABLE_ESTIMATORS[found["kind"]]
    names = [name for name in cls._get_param_names() if name not in TRAINING_ALONE]
    estimator = cls(
        **checked(found["parameters"], "the parameters", dict.fromkeys(names, restored))
    )
    estimator._validate_params()
    estimator.n_features_in_ = found["features"]
    if found["feature_names"] is not None:
        if len(found["feature_names"]) != estimator.n_features_in_:
            raise DataError(f"feature names for {estimator.n_features_in_} features are expected")
        estimator.feature_names_in_ = np.array(found["feature_names"], object)
    estimator.inputs_, estimator.n_rows_ = found["inputs"], found["rows"]
    estimator.ended_, estimator.findings_ = found["ended"], found["findings"]
    estimator._recipe = recipe_of(estimator, max(estimator.n_rows_, 1))
    outputs = _take_target(estimator, found["target"], arrays)
    estimator.members_ = _take_members(estimator, found["members"], outputs, arrays)
    estimator.n_iter_ = max(member.epochs for member in estimator.members_)
    arrays.finish()
    return estimator


def _take_target(estimator: Any, document: object, arrays: Arrays) -> int:
    """Set what is known of the target, and return the number of a network's outputs."""
    if not is_classifier(estimator):
        return _take_quantities(estimator, document, arrays)
    found = checked(
        document,
        "the target",
        {"targets": a_text, "texts": texts_or_none, "temperature": a_positive_number},
    )
    if found["texts"] is None:
        classes = arrays.take("classes", "biuf", (None,))
    else:
        check_names(found["texts"])
        classes = np.array(found["texts"], str)
    if len(classes) < 2:
        raise DataError("a classifier has two classes or more")
    binarizer: LabelBinarizer = binarizer_of(classes, found["targets"])
    if not np.array_equal(binarizer.classes_, classes) or binarizer.y_type_ != found["targets"]:
        raise DataError(f"the classes {classes!s:.60} are not those of {found['targets']} targets")
    estimator._binarizer, estimator.classes_ = binarizer, classes
    estimator.temperature_ = found["temperature"]
    return 1 if len(classes) == 2 and found["targets"] != MULTILABEL else len(classes)


def _take_quantities(estimator: Any, document: object, arrays: Arrays) -> int:
    found = checked(document, "the target", {"single": _a_bool})
    estimator._single = found["single"]
    estimator.target_mean_ = arrays.take("target.mean", "f", (None,))
    outputs = len(estimator.target_mean_)
    estimator.target_sd_ = arrays.take("target.sd", "f", (outputs,))
    low, high = arrays.take("target.range", "f", (2, outputs))
    estimator.target_range_ = low, high
    estimator.residuals_ = arrays.take("target.residuals", "f", (None, outputs))
    if not outputs or (estimator._single and outputs != 1):
        raise DataError(f"{outputs} targets where one is told")
    return outputs


def _take_members(
    estimator: Any, documents: list[object], outputs: int, arrays: Arrays
) -> list[Member]:
    if not 0 < len(documents) <= MOST_MEMBERS:
        raise DataError(f"there must be 1 to {MOST_MEMBERS} members, not {len(documents)}")
    widths = {
        ALL: len(estimator.inputs_.input_kinds),
        WITHOUT_PIECES: len(estimator.inputs_.without_pieces()),
    }
    members = []
    for number, document in enumerate(documents):
        found = checked(document, "a member", _MEMBER)
        if found["inputs"] not in widths:
            raise DataError(f"a member sees {found['inputs']!r:.40}, which are no inputs")
        network = network_of(estimator._recipe, found["inputs"], widths[found["inputs"]], outputs)
        params = {}
        for layer, expected in network.init(np.random.default_rng(0), np.float32).items():
            params[layer] = {
                name: _finite(arrays, f"members.{number}.{layer}.{name}", array.shape)
                for name, array in expected.items()
            }
        check_parameters(network, params)
        members.append(
            Member(
                params, found["inputs"], found["epochs"], rows_held_out=found["rows_held_out"],
                loss_curve=found["loss"], held_out_curve=found["held_out_loss"],
            )
        )  # fmt: skip
    return members


def _curve(value: object, where: str) -> tuple[float, ...]:
    """Return a loss for each epoch, NaN where it was not finite."""
    return tuple(
        float("nan") if number is None else float(a_number(number, where))
        for number in a_list(value, where)
    )


_MEMBER: dict[str, Check] = {
    "inputs": a_text,
    "epochs": a_count,
    "rows_held_out": a_count,
    "loss": _curve,
    "held_out_loss": _curve,
}


def _finite(arrays: Arrays, name: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    array = arrays.take(name, np.dtype(np.float32), shape)
    if not np.isfinite(array).all():
        raise DataError(f"the array {name!r} holds NaN or infinity: the model can predict nothing")
    return array


def _a_bool(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise DataError(f"{where} must be true or false, not {value!r:.40}")
    return value


def _kind(value: object, where: str) -> str:
    name = a_text(value, where)
    if name not in TABLE_ESTIMATORS:
        raise DataError(f"{where} must be one of {', '.join(TABLE_ESTIMATORS)}, not {name!r:.40}")
    return name


def _ended(value: object, where: str) -> str:
    if value not in ENDED:
        raise DataError(f"{where} must be one of {', '.join(ENDED)}, not {value!r:.40}")
    return str(value)
