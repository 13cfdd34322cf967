"""Rows that a model is evaluated on: target, prediction, probabilities and loss of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data import DataError
from clearprop.data.labels import match
from clearprop.estimators import MLPClassifier, MLPRegressor
from clearprop.estimators.inside import (
    checked_inputs,
    checked_rows,
    fitted_network,
    is_multilabel,
    linked,
    predicted,
    raw_outputs,
)
from clearprop.readings import numpy as xp
from clearprop.tables.members_model import MembersModel
from clearprop.tables.model import TableModel
from clearprop.tables.trained_table import TrainedTable

if TYPE_CHECKING:
    from clearprop.explaining.opened import Step

Array = np.ndarray[Any, Any]
Image = tuple[int, int]


@dataclass(frozen=True, eq=False)
class EvaluatedRows:
    """Rows with targets, predictions and losses.

    Attributes
    ----------
    table, columns
        The rows as they were given, and the names of its columns.
    numbers
        The rows' numbers in their source, counted from 1.
    true, predicted
        Classes as indices into `names`, or numbers in their unit.
    names
        The classes' names, last those that training did not see; None for a regression.
    loss
        The loss of each row, without penalty; NaN if training did not see its class.
    probabilities
        (N, K), in the order of the model's classes; None for a regression.
    explain
        A function from positions of rows to the training step on them.
    notes
        Sentences on values that training did not see.
    """

    table: Any
    columns: tuple[str, ...]
    numbers: Array
    true: Array
    predicted: Array
    names: list[str] | None
    loss: Array
    probabilities: Array | None
    explain: Callable[[Sequence[int]], Step]
    image: Image | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.true)

    @property
    def wrong(self) -> Array:
        """For each row, whether its class was predicted wrongly."""
        return np.asarray(self.true != self.predicted)

    def worst(self) -> Array:
        """Return the rows' positions by falling loss; those without a loss come last."""
        return np.argsort(-np.nan_to_num(self.loss, nan=-np.inf), kind="stable")


def measure(
    model: Any, X: Any, y: Any, row_numbers: Any = None, image_shape: Image | None = None
) -> EvaluatedRows:
    """Return rows with targets, predictions and losses.

    Parameters
    ----------
    model : TableModel, MembersModel, MLPClassifier or MLPRegressor
        The model that predicts.
    X, y
        Rows as the model takes them, and their targets.
    row_numbers
        The numbers to call the rows by; by default they are counted from 1.
    image_shape
        Height and width, if each row is an image.

    Raises
    ------
    TypeError
        If the model is of another kind.
    DataError
        If rows and targets do not fit each other or the model.
    """
    table = X if hasattr(X, "shape") else np.asarray(X)
    count = int(table.shape[0])
    numbers = np.arange(1, count + 1) if row_numbers is None else np.asarray(row_numbers)
    y = np.asarray(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if not count or y.shape != (count,) or numbers.shape != (count,):
        raise DataError(
            f"a report needs a target and a number for each row: {count} rows, targets of shape "
            f"{y.shape}, numbers of shape {numbers.shape}."
        )
    if image_shape is not None and np.prod(image_shape) != table.shape[1]:
        raise DataError(f"rows of {table.shape[1]} values are not images of shape {image_shape}.")
    if isinstance(model, TrainedTable):
        found = _of_table_model(model, table, y, numbers, image_shape)
    elif isinstance(model, MLPClassifier | MLPRegressor):
        found = _of_estimator(model, table, y, numbers, image_shape)
    else:
        raise TypeError(
            "a report needs a fitted MLPClassifier, MLPRegressor, TableClassifier or "
            "TableRegressor, or the model of a table that `clearprop train` saved and cp.load "
            f"read, not of type {type(model).__name__}"
        )
    return replace(found, image=image_shape)


def _of_table_model(
    model: TrainedTable, table: Any, y: Array, numbers: Array, image: Image | None
) -> EvaluatedRows:
    inputs, notes = model.encode(table)
    if model.task == "regression":
        y = _quantities(y, model.target_name)
    found = _EVALUATED[type(model)](model, inputs, y)

    def explain(places: Sequence[int]) -> Step:
        some = list(places)
        rows = [f"row {numbers[place]}" for place in some]
        targets = _as_known(found, model.estimator, y, some)
        step = model.explain(_rows(table, some), targets, rows, image)
        return replace(step, labels=replace(step.labels, model=model.source))

    columns = model.columns if isinstance(table, np.ndarray) else tuple(map(str, table.columns))
    kept = set(model.columns)
    if not isinstance(table, np.ndarray) and set(columns) != kept:
        table = table[[name for name in table.columns if str(name) in kept]]
        columns = tuple(map(str, table.columns))
    return replace(
        found, table=table, columns=columns, numbers=numbers, explain=explain,
        notes=(*found.notes, *notes),
    )  # fmt: skip


def _of_estimator(
    estimator: Any, table: Any, y: Array, numbers: Array, image: Image | None
) -> EvaluatedRows:
    if y.dtype.kind not in "iuf" and isinstance(estimator, MLPRegressor):
        raise DataError("the targets of a regression must be numbers.")
    found = _evaluated(estimator, checked_inputs(estimator, table), y, "y")

    def explain(places: Sequence[int]) -> Step:
        some = list(places)
        rows = [f"row {numbers[place]}" for place in some]
        targets = _as_known(found, estimator, y, some)
        step: Step = estimator.explain(
            _rows(table, some), targets, row_names=rows, image_shape=image
        )
        return step

    named = getattr(table, "columns", None)
    columns = tuple(map(str, named)) if named is not None else ()
    columns = columns or tuple(f"x{place + 1}" for place in range(table.shape[1]))
    return replace(found, table=table, columns=columns, numbers=numbers, explain=explain)


def _evaluated(estimator: Any, inputs: Any, y: Array, source: str) -> EvaluatedRows:
    """Return targets, predictions and losses for inputs as the network takes them."""
    if estimator.n_outputs_ > 1 and not _names_one_class(estimator):
        raise DataError("a report needs a network with one target; this one has several.")
    outputs = raw_outputs(estimator, inputs)
    nothing: Any = None
    empty = EvaluatedRows(nothing, (), y, y, y, None, np.full(len(y), np.nan), None, nothing)
    values = linked(estimator, outputs)
    if isinstance(estimator, MLPRegressor):
        loss = _row_losses(estimator, inputs, outputs, y)
        return replace(empty, predicted=np.ravel(values), loss=loss)
    matched = match(y, estimator.classes_, source)
    known = matched.codes < len(estimator.classes_)
    loss = empty.loss
    loss[known] = _row_losses(
        estimator, inputs[known], outputs[known], estimator.classes_[matched.codes[known]]
    )
    return replace(
        empty,
        true=matched.codes,
        predicted=np.searchsorted(estimator.classes_, predicted(estimator, outputs)),
        names=matched.names,
        loss=loss,
        probabilities=np.hstack([1 - values, values]) if values.shape[1] == 1 else values,
        notes=tuple(matched.notes),
    )


def _evaluated_network(model: TableModel, inputs: Any, y: Array) -> EvaluatedRows:
    targets = y if model.target is None else model.target.encode(y.astype(inputs.dtype))
    found = _evaluated(model.estimator, inputs, targets, model.source)
    if model.target is None:
        return found
    return replace(found, true=y, predicted=model.predict_inputs(inputs))


def _evaluated_members(model: MembersModel, inputs: Any, y: Array) -> EvaluatedRows:
    """Return targets, predictions and losses of the mean of several networks.

    The loss is that of the mean: -ln p of the row's class, or (t - y)² / 2 with both divided by
    the standard deviation of the training targets.
    """
    nothing: Any = None
    estimator = model.estimator
    if model.task == "regression":
        predicted = model.predict_inputs(inputs)
        loss = ((y - predicted) / estimator.target_sd_[0]) ** 2 / 2
        return EvaluatedRows(nothing, (), y, y, predicted, None, loss, None, nothing)
    p = model.probabilities_of_inputs(inputs)
    matched = match(y, estimator.classes_, model.source)
    known = np.flatnonzero(matched.codes < len(estimator.classes_))
    loss = np.full(len(y), np.nan)
    loss[known] = -np.log(np.maximum(p[known, matched.codes[known]], np.finfo(float).tiny))
    return EvaluatedRows(
        nothing, (), y, matched.codes, p.argmax(axis=1), matched.names, loss, p, nothing,
        notes=tuple(matched.notes),
    )  # fmt: skip


_EVALUATED: dict[type, Callable[[Any, Any, Array], EvaluatedRows]] = {
    TableModel: _evaluated_network,
    MembersModel: _evaluated_members,
}


def _names_one_class(estimator: Any) -> bool:
    return not isinstance(estimator, MLPRegressor) and not is_multilabel(estimator)


def _row_losses(estimator: Any, inputs: Any, outputs: Array, y: Array) -> Array:
    if not len(y):
        return np.empty(0)
    rows = checked_rows(estimator, inputs, y)
    return np.asarray(fitted_network(estimator).loss.value(xp, outputs, rows.t), float)


def _as_known(found: EvaluatedRows, estimator: Any, y: Array, places: Sequence[int]) -> Any:
    """Return the targets of some rows as the estimator knows them."""
    if found.names is None:
        return y[list(places)]
    return estimator.classes_[found.true[list(places)]]


def _quantities(y: Array, name: str) -> Array:
    if y.dtype.kind not in "iuf":
        raise DataError(f"the target {name} does not hold numbers.")
    return y.astype(float)


def _rows(table: Any, places: Sequence[int]) -> Any:
    return table.iloc[list(places)] if hasattr(table, "iloc") else table[list(places)]
