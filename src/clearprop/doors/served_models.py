"""Fitted estimators and models of tables, as they are served."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clearprop.data.columns import LeftOutColumn, NumberColumn
from clearprop.definitions.layer import Layer, Tree
from clearprop.definitions.losses import Loss
from clearprop.doors.served import Served, served_network
from clearprop.estimators import MLPClassifier, MLPRegressor
from clearprop.estimators.inside import fitted_network, is_multilabel
from clearprop.tables.base import BaseTable
from clearprop.tables.members_model import MembersModel
from clearprop.tables.model import TableModel

ONLY_ONNX = (
    "has several networks over coded columns; only to_onnx takes it out whole. One network goes "
    "out through any door: clearprop.MLPClassifier, or `clearprop train --hidden 64`"
)


def served(
    model: Any,
    params: Tree | None = None,
    *,
    loss: Loss | None = None,
    state: Any = None,
    inputs: int | None = None,
) -> Served:
    """Return what predictions of a model need.

    Parameters
    ----------
    model : Layer, TrainingResult, OpenedModel, MLPClassifier, MLPRegressor or TableModel
        A network is given with `params`; the others bring what they need.
    params, loss, state, inputs
        Of a network: its parameters, the loss whose link is applied, the state of its BatchNorm,
        and the numbers of a row where no layer says them.

    Raises
    ------
    TypeError
        If the model is none of these, or comes with arguments that are for networks.
    """
    if isinstance(model, Layer):
        return served_network(model, params, loss, state, inputs)
    if any(value is not None for value in (params, loss, state, inputs)):
        raise TypeError(
            f"params, loss, state and inputs are for a network; {type(model).__name__} has its own"
        )
    if all(hasattr(model, name) for name in ("network", "params", "loss", "state")):
        return served_network(model.network, model.params, model.loss, model.state, None)
    return served_model(model)


def served_model(model: Any) -> Served:
    """Return what predictions of a fitted model of one network need.

    Raises
    ------
    TypeError
        If the model is not known, or has several networks.
    """
    if isinstance(model, MLPClassifier | MLPRegressor):
        return served_estimator(model)
    if isinstance(model, TableModel):
        return served_table(model)
    if isinstance(model, BaseTable | MembersModel):
        raise TypeError(f"{type(model).__name__} {ONLY_ONNX}")
    raise TypeError(
        "a model to export is a network with its parameters, what clearprop.train or "
        "clearprop.open_model returned, a fitted estimator of clearprop or a model of "
        f"clearprop.load, not {type(model).__name__}"
    )


def served_estimator(estimator: Any) -> Served:
    """Return what predictions of MLPClassifier and MLPRegressor need."""
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(estimator)
    fitted = fitted_network(estimator)
    return Served(
        fitted.network,
        fitted.params,
        fitted.loss,
        None,
        int(estimator.n_features_in_),
        classes=getattr(estimator, "classes_", None),
        multilabel=is_multilabel(estimator),
        columns=tuple(map(str, getattr(estimator, "feature_names_in_", ()))),
    )


def served_table(model: TableModel) -> Served:
    """Return what predictions of a model of one network over a table of numbers need.

    A row has the columns that the model uses, in the order of the training table; a missing number
    is NaN.

    Raises
    ------
    TypeError
        If a column that it uses is not of numbers.
    """
    used = [column for column in model.encoder.columns if not isinstance(column, LeftOutColumn)]
    numbers = [column for column in used if isinstance(column, NumberColumn)]
    if len(numbers) < len(used):
        other = next(column for column in used if not isinstance(column, NumberColumn))
        raise TypeError(
            f"column {other.name!r} holds no numbers ({other.kind}); only to_onnx takes tables "
            "with such columns out"
        )
    names = tuple(column.name for column in numbers)
    return replace(
        served_estimator(model.estimator),
        inputs=len(numbers), numbers=tuple(numbers), target=model.target, columns=names,
    )  # fmt: skip
