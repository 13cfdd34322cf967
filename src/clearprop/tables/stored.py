"""The document and arrays that a model file holds of a fitted table estimator.

:mod:`clearprop.tables.restored` reads them back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from clearprop.estimators.kept import TRAINING_ALONE, without_keeping
from clearprop.estimators.scores import or_none
from clearprop.estimators.stored_classes import check_names
from clearprop.estimators.stored_values import stored
from clearprop.version import __version__

if TYPE_CHECKING:
    from clearprop.files.container import Json

    Named = dict[str, np.ndarray[Any, Any]]

KINDS = ("TableClassifier", "TableRegressor")
"""The estimators that can be saved. A file holds one of these words, never a name of code."""


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
    if kind not in KINDS:
        raise TypeError(
            f"{type(estimator).__name__} objects cannot be saved: a model file holds no code, so "
            f"only objects of the classes {' and '.join(KINDS)} can be"
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
    parameters = without_keeping(estimator, TRAINING_ALONE).items()
    document: dict[str, Json] = {
        "kind": kind,
        "clearprop": __version__,
        "parameters": {name: stored(value, name) for name, value in parameters},
        "features": int(estimator.n_features_in_),
        "feature_names": None if names is None else [str(name) for name in names],
        "inputs": estimator.inputs_.to_document(),
        "rows": int(estimator.n_rows_),
        "findings": [finding.to_document() for finding in estimator.findings_],
        "members": [
            {
                "inputs": member.inputs,
                "epochs": int(member.epochs),
                "rows_held_out": int(member.rows_held_out),
                "loss": [or_none(loss) for loss in member.loss_curve],
                "held_out_loss": [or_none(loss) for loss in member.held_out_curve],
            }
            for member in estimator.members_
        ],
        "target": target,
        "ended": estimator.ended_,
    }
    return document, {**arrays, **target_arrays}


def _classes(estimator: Any) -> tuple[Json, Named]:
    classes, binarizer = estimator.classes_, estimator._binarizer
    texts = [str(text) for text in classes] if classes.dtype.kind in "UO" else None
    if texts is not None:
        check_names(texts)
    document: Json = {
        "targets": binarizer.y_type_,
        "texts": None if texts is None else list[Any](texts),
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
