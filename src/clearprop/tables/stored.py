"""The document and arrays that a model file holds of a fitted table estimator, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.validation import check_is_fitted

from clearprop.definitions.parameters import check_parameters
from clearprop.estimators.stored_classes import binarizer_of, check_names, texts_or_none
from clearprop.estimators.stored_values import restored, stored
from clearprop.files.document import a_count, a_list, a_number, a_positive_number, a_text, checked
from clearprop.files.errors import DataError
from clearprop.tables.classifier import MULTILABEL, TableClassifier
from clearprop.tables.inputs import TableInputs
from clearprop.tables.members import ALL, WITHOUT_PIECES, Member, network_of
from clearprop.tables.recipe import recipe_of
from clearprop.tables.regressor import TableRegressor
from clearprop.version import __version__

if TYPE_CHECKING:
    from clearprop.files.arrays import Arrays
    from clearprop.files.container import Json

    Named = dict[str, np.ndarray[Any, Any]]

TABLE_ESTIMATORS: dict[str, Any] = {
    "TableClassifier": TableClassifier,
    "TableRegressor": TableRegressor,
}
"""The estimators that can be saved. A file holds one of these words, never a name of code."""

MOST_MEMBERS = 1000
ENDED = ("done", "time", "interrupted")


def parts_of(estimator: Any) -> tuple[dict[str, Json], Named]:
    """Return the document and the arrays of a fitted table estimator.

    Raises
    ------
    TypeError
        If its class or one of its parameters is the user's own code.
    ValueError
        If a weight is NaN or infinite.
    """
    kind = vars(type(estimator)).get("_stored_as")
    if kind not in TABLE_ESTIMATORS:
        raise TypeError(
            f"{type(estimator).__name__} objects cannot be saved: a model file holds no code, so "
            f"only objects of the classes {' and '.join(TABLE_ESTIMATORS)} can be"
        )
    check_is_fitted(estimator)
    names = getattr(estimator, "feature_names_in_", None)
    arrays: Named = {}
    for number, member in enumerate(estimator.members_):
        for layer, named in member.params.items():
            for name, array in named.items():
                if not np.isfinite(array).all():
                    raise ValueError(
                        f"{layer}.{name} of member {number} holds NaN or infinity: the model can "
                        "predict nothing, so it is not saved. Fit it again"
                    )
                arrays[f"members.{number}.{layer}.{name}"] = array
    target, target_arrays = (_classes if is_classifier(estimator) else _quantities)(estimator)
    parameters = estimator.get_params(deep=False).items()
    document: dict[str, Json] = {
        "kind": kind,
        "clearprop": __version__,
        "parameters": {name: stored(value, name) for name, value in parameters},
        "features": int(estimator.n_features_in_),
        "feature_names": None if names is None else [str(name) for name in names],
        "inputs": estimator.inputs_.to_document(),
        "rows": int(estimator.n_rows_),
        "members": [
            {
                "inputs": member.inputs,
                "epochs": int(member.epochs),
                "rows_held_out": int(member.rows_held_out),
                "loss": list(member.loss_curve),
                "held_out_loss": list(member.held_out_curve),
            }
            for member in estimator.members_
        ],
        "target": target,
        "ended": estimator.ended_,
    }
    return document, {**arrays, **target_arrays}


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
            "kind": a_text,
            "clearprop": a_text,
            "parameters": lambda value, _: value,
            "features": a_count,
            "feature_names": texts_or_none,
            "inputs": TableInputs.from_document,
            "rows": a_count,
            "members": a_list,
            "target": lambda value, _: value,
            "ended": _ended,
        },
    )
    cls = TABLE_ESTIMATORS[found["kind"]]
    names = cls._get_param_names()
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
    estimator.ended_ = found["ended"]
    estimator._recipe = recipe_of(estimator, max(estimator.n_rows_, 1))
    outputs = _take_target(estimator, found["target"], arrays)
    estimator.members_ = _take_members(estimator, found["members"], outputs, arrays)
    estimator.n_iter_ = max(member.epochs for member in estimator.members_)
    arrays.finish()
    return estimator


def _classes(estimator: Any) -> tuple[Json, Named]:
    classes, binarizer = estimator.classes_, estimator._binarizer
    texts = [str(text) for text in classes] if classes.dtype.kind in "UO" else None
    if texts is not None:
        check_names(texts)
    document: Json = {
        "targets": binarizer.y_type_,
        "texts": texts,
        "temperature": float(estimator.temperature_),
    }
    return document, {} if texts is not None else {"classes": classes}


def _quantities(estimator: Any) -> tuple[Json, Named]:
    arrays = {
        "target.mean": estimator.target_mean_,
        "target.sd": estimator.target_sd_,
        "target.range": np.stack(estimator.target_range_),
        "target.residuals": estimator.residuals_,
    }
    return {"single": bool(estimator._single)}, arrays


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
        network = network_of(estimator._recipe, widths[found["inputs"]], outputs)
        params = {}
        for layer, expected in network.init(np.random.default_rng(0), np.float32).items():
            params[layer] = {
                name: _finite(arrays, f"members.{number}.{layer}.{name}", array.shape)
                for name, array in expected.items()
            }
        check_parameters(network, params)
        members.append(
            Member(
                params,
                found["inputs"],
                found["epochs"],
                rows_held_out=found["rows_held_out"],
                loss_curve=found["loss"],
                held_out_curve=found["held_out_loss"],
            )  # fmt: skip
        )
    return members


def _curve(value: object, where: str) -> tuple[float, ...]:
    return tuple(float(a_number(number, where)) for number in a_list(value, where))


_MEMBER: dict[str, Any] = {
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


def _ended(value: object, where: str) -> str:
    if value not in ENDED:
        raise DataError(f"{where} must be one of {', '.join(ENDED)}, not {value!r:.40}")
    return str(value)
