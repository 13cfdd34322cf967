"""The document and arrays that a model file holds of a fitted estimator.

:mod:`clearprop.estimators.restored` reads them back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from clearprop.estimators.kept import without_keeping
from clearprop.estimators.network import to_tree
from clearprop.estimators.stored_classes import classes_parts
from clearprop.estimators.stored_position import position_parts
from clearprop.estimators.stored_values import stored
from clearprop.version import __version__

if TYPE_CHECKING:
    from clearprop.files.container import Json

    Named = dict[str, np.ndarray[Any, Any]]

COUNTERS = ("n_iter_", "t_")
NUMBERS = ("loss_", "best_loss_", "best_validation_score_", "learning_rate_")
CURVES = ("loss_curve_", "validation_scores_", "validation_loss_curve_")


def parts_of(estimator: Any) -> tuple[dict[str, Json], Named]:
    """Return the document and the arrays of a fitted estimator."""
    kind = vars(type(estimator)).get(
        "_stored_as"
    )  # not inherited: subclasses have code of their own
    if kind is None:
        raise TypeError(
            f"{type(estimator).__name__} objects cannot be saved: a model file holds no code, so "
            "only objects of the classes MLPClassifier and MLPRegressor can be"
        )
    check_is_fitted(estimator)
    to_tree(
        estimator._network(), estimator.coefs_, estimator.intercepts_
    )  # raises if they do not fit
    parameters = {name: stored(value, name) for name, value in without_keeping(estimator).items()}
    names = getattr(estimator, "feature_names_in_", None)
    known = vars(estimator)
    classes, arrays = classes_parts(estimator)
    position, position_arrays = position_parts(estimator)
    for index, (coef, intercept) in enumerate(
        zip(estimator.coefs_, estimator.intercepts_, strict=True)
    ):
        if not (np.isfinite(coef).all() and np.isfinite(intercept).all()):
            raise ValueError(
                f"coefs_[{index}] or intercepts_[{index}] holds NaN or infinity: the model can "
                "predict nothing, so it is not saved. Fit it again"
            )
        arrays[f"coefs.{index}"], arrays[f"intercepts.{index}"] = coef, intercept
    for name in CURVES:
        if known[name] is not None:
            arrays[name] = np.array(known[name], np.float64)
    document: dict[str, Json] = {
        "kind": kind,
        "clearprop": __version__,
        "parameters": parameters,
        "feature_names": None if names is None else [str(name) for name in names],
        "counters": {name: int(known[name]) for name in COUNTERS},
        "numbers": {name: stored(known[name], name) for name in NUMBERS if name in known},
        "classes": classes,
        "position": position,
    }
    return document, {**arrays, **position_arrays}
