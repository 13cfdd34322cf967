"""Fitted estimators and models of tables, as they are served."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from clearprop.data.columns import LeftOutColumn, NumberColumn
from clearprop.data.target import TargetEncoder
from clearprop.definitions.layer import Layer, Tree
from clearprop.definitions.losses import Loss
from clearprop.doors.scaling import of_columns, of_transformer
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
    if isinstance(model, Pipeline):
        return served_pipeline(model)
    if isinstance(model, TransformedTargetRegressor):
        return served_transformed(model)
    if hasattr(model, "best_estimator_"):  # of a search
        return served_model(model.best_estimator_)
    if isinstance(model, BaseTable | MembersModel):
        raise TypeError(f"{type(model).__name__} {ONLY_ONNX}")
    raise TypeError(
        "a model to export is a network with its parameters, what clearprop.train or "
        "clearprop.open_model returned, a fitted estimator of clearprop, alone or last in a "
        f"pipeline, or a model of clearprop.load, not {type(model).__name__}"
    )


def served_estimator(estimator: Any) -> Served:
    """Return what predictions of MLPClassifier and MLPRegressor need."""
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
        inputs=len(numbers), scaling=(of_columns(numbers),), target=model.target, columns=names,
    )  # fmt: skip


def served_pipeline(pipeline: Any) -> Served:
    """Return what predictions of a pipeline need that scales numbers before a network.

    Raises
    ------
    TypeError
        If a step is not known.
    """
    check_is_fitted(pipeline)
    *steps, (_, last) = pipeline.steps
    inner = served_model(last)
    made = [of_transformer(step, transformer) for step, transformer in steps]
    scaling = tuple(one for one in made if one is not None)
    columns = tuple(map(str, getattr(pipeline, "feature_names_in_", ())))
    return replace(inner, scaling=(*scaling, *inner.scaling), columns=columns or inner.columns)


def served_transformed(model: Any) -> Served:
    """Return what predictions of a network need whose one target is standardised.

    Raises
    ------
    TypeError
        If the target is transformed otherwise.
    """
    check_is_fitted(model)
    inner = served_model(model.regressor_)
    scaling = None
    if isinstance(model.transformer_, StandardScaler):
        scaling = of_transformer("transformer", model.transformer_)
    if scaling is None or scaling.shift.size > 1 or inner.target is not None:
        raise TypeError(
            "TransformedTargetRegressor goes out with transformer=StandardScaler() and one target"
        )
    return replace(inner, target=TargetEncoder(float(scaling.shift[0]), float(scaling.scale[0])))
