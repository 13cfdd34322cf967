"""The page on which an estimator's network trains live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clearprop.definitions.optimizers import SGD
from clearprop.definitions.penalty import L2
from clearprop.estimators.inside import checked_rows, fitted_network
from clearprop.estimators.options import STOCHASTIC_SOLVERS, optimizer_of
from clearprop.learning import Lesson, learn

BATCH = 10


def lesson_of(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: Any,
    from_fitted: bool,
    inputs: Sequence[str] | None,
    image_shape: tuple[int, int] | None,
) -> Lesson:
    """Return the page for a fitted estimator's network, loss, optimizer and penalty."""
    fitted = fitted_network(estimator)
    rows = checked_rows(estimator, X, y)
    x = rows.X.toarray() if hasattr(rows.X, "toarray") else rows.X
    names = inputs if inputs is not None else getattr(estimator, "feature_names_in_", None)
    classes = [str(one) for one in np.ravel(getattr(estimator, "classes_", ()))]
    outputs = rows.t.shape[1]
    stochastic = estimator.solver in STOCHASTIC_SOLVERS
    return learn(
        fitted.network,
        fitted.loss,
        np.asarray(x, np.float64),
        rows.t,
        sample_weight=sample_weight,
        params=fitted.params if from_fitted else None,
        optimizer=optimizer_of(estimator) if stochastic else SGD(),
        l2=L2(float(estimator.alpha), per_row=True),
        batch_size=BATCH if estimator.batch_size == "auto" else int(estimator.batch_size),
        inputs=None if names is None else [str(name) for name in names],
        outputs=classes if len(classes) == outputs else None,
        image_shape=image_shape,
        title=type(estimator).__name__,
    )
