"""The training position in a model file, from which `partial_fit` continues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.definitions.parameters import Layout, leaves_of
from clearprop.engines.base import TrainingState
from clearprop.estimators.network import from_tree, to_tree
from clearprop.estimators.options import STOCHASTIC_SOLVERS, optimizer_of
from clearprop.estimators.stored_values import restored, stored
from clearprop.files.document import a_count, checked
from clearprop.files.errors import DataError
from clearprop.training.stopping import EarlyStoppingState

if TYPE_CHECKING:
    from clearprop.files.arrays import Arrays
    from clearprop.files.container import Json

_COUNTERS = ("steps", "epochs", "rows_seen", "plateaus")
_PREFIX = "optimizer."


def position_parts(estimator: Any) -> tuple[Json, dict[str, np.ndarray[Any, Any]]]:
    """Return the document and arrays of the training position; None if there is none.

    The position is left out if the solver was changed after the fit: the optimizer's state would
    not fit it, and training would start with a new one.
    """
    position: TrainingState | None = getattr(estimator, "_position", None)
    if position is None or estimator.solver not in STOCHASTIC_SOLVERS:
        return None, {}
    leaves = dict(leaves_of(position.optimizer_state))
    vector = Layout.of(_tree(estimator)).pack(_tree(estimator))
    fresh = dict(leaves_of(_fresh_state_of_one(estimator, vector)))
    if _forms(leaves, (1,)) != _forms(fresh, vector.shape):
        return None, {}
    arrays = {path: leaf for path, leaf in leaves.items() if isinstance(leaf, np.ndarray)}
    stopping: EarlyStoppingState = estimator._stopping_state
    document: Json = {
        **{name: int(getattr(position, name)) for name in _COUNTERS},
        "best": stored(stopping.best, "best"),
        "waited": int(stopping.waited),
        "optimizer": {path: int(leaves[path]) for path in leaves.keys() - arrays.keys()},
    }
    return document, {_PREFIX + path: array for path, array in arrays.items()}


def position_of_parts(estimator: Any, document: object, arrays: Arrays) -> dict[str, Any]:
    """Return the attributes that hold the training position; an empty dict if there is none.

    The weights become views of the position's vector, as they are after a fit.
    """
    if document is None:
        return {}
    if estimator.solver not in STOCHASTIC_SOLVERS:
        raise DataError(f"position: the solver {estimator.solver!r} has none")
    fields = dict.fromkeys((*_COUNTERS, "waited"), a_count)
    found = checked(
        document, "position", {**fields, "best": restored, "optimizer": lambda value, _: value}
    )
    best, waited = found.pop("best"), found.pop("waited")
    if not isinstance(best, float):
        raise DataError(f"position: best must be a number, not {best!r:.40}")
    layout = Layout.of(_tree(estimator))
    vector = layout.pack(_tree(estimator))
    estimator.coefs_, estimator.intercepts_ = from_tree(estimator._network(), layout.unpack(vector))
    template = _fresh_state_of_one(estimator, vector)
    counts = [path for path, leaf in leaves_of(template) if not isinstance(leaf, np.ndarray)]
    integers = checked(found.pop("optimizer"), "optimizer", dict.fromkeys(counts, a_count))
    state = _filled(template, integers, arrays, vector.shape)
    return {
        "_position": TrainingState(vector, state, **found),
        "_stopping_state": EarlyStoppingState(best, waited),
    }


def _tree(estimator: Any) -> dict[str, Any]:
    return to_tree(estimator._network(), estimator.coefs_, estimator.intercepts_)


def _fresh_state_of_one(estimator: Any, vector: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Return the initial state of the estimator's optimizer for the first parameter only.

    That of all parameters has vectors as long as theirs, which take memory.
    """
    return optimizer_of(estimator).init(vector[:1], vector[:1])


def _forms(leaves: dict[str, Any], in_place_of_one: tuple[int, ...]) -> dict[str, Any]:
    """Return shape and type of each leaf; those of one number have another shape instead."""
    return {
        path: (in_place_of_one if np.shape(leaf) == (1,) else np.shape(leaf), np.result_type(leaf))
        for path, leaf in leaves.items()
    }


def _filled(
    template: dict[str, Any],
    integers: dict[str, int],
    arrays: Arrays,
    shape: tuple[int, ...],
    path: str = "",
) -> dict[str, Any]:
    """Return the template with its arrays, which have `shape`, and numbers as they are stored."""
    state: dict[str, Any] = {}
    for name, leaf in template.items():
        here = f"{path}{name}"
        if isinstance(leaf, dict):
            state[name] = _filled(leaf, integers, arrays, shape, f"{here}.")
        elif isinstance(leaf, np.ndarray):
            state[name] = arrays.take(_PREFIX + here, leaf.dtype, shape)
        else:
            state[name] = integers[here]
    return state
