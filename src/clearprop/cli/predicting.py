"""What `clearprop predict` does: a model file and a source of rows give predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import typer

from clearprop.cli.encoding import say_json
from clearprop.cli.evaluate import evaluate
from clearprop.cli.models import Source, load_model, read_rows
from clearprop.cli.predictions import (
    Predicted,
    Truth,
    document,
    tell_model,
    tell_rows,
    tell_score,
)
from clearprop.cli.show import Page
from clearprop.cli.written import rows_of_source, write_predictions
from clearprop.data import DataError
from clearprop.data.content import STANDARD_INPUT
from clearprop.data.labels import class_names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clearprop.estimators.scores import Figures
    from clearprop.tables.trained_table import TrainedTable

    Array = np.ndarray[Any, Any]

SHOWN = 20


class PredictOptions(NamedTuple):
    """What the command was asked for."""

    held_out: bool
    out: Path | None
    proba: bool
    head: int | None
    quiet: bool
    as_json: bool
    append: bool = False
    no_formulas: bool = False

    @property
    def to_stdout(self) -> bool:
        """Whether the predictions go to standard output, as CSV."""
        return self.out is not None and str(self.out) == STANDARD_INPUT


def run(path: Path, source: str, reading: Mapping[str, Any], wanted: PredictOptions) -> None:
    """Load, read, predict, and print or write it."""
    model = load_model(path)
    if wanted.proba and model.task == "regression":
        raise typer.BadParameter(
            f"{model.target_name} is a number and has no probabilities", param_hint="--proba"
        )
    rows = read_rows(model, source, reading)
    with rows.origin.locating():
        predicted = _predict(model, rows, wanted.held_out)
    if wanted.out is not None:
        table = rows_of_source(rows, predicted.rows) if wanted.append else None
        write_predictions(predicted, wanted.out, wanted.proba, table, wanted.no_formulas)
    if wanted.as_json:
        found = document(predicted, wanted.head, wanted.proba)
        say_json({"model": str(path), **found}, allow_nan=True)
        return
    if wanted.to_stdout:
        return
    essential, rest = Page(), Page(silent=wanted.quiet)
    tell_model(rest, path, predicted)
    shown = 0 if wanted.out else SHOWN
    tell_rows(essential, predicted, shown if wanted.head is None else wanted.head, wanted.proba)
    if wanted.out is not None:
        essential.line(f"wrote {len(predicted.rows):,} predictions to {wanted.out}")
    tell_score(essential, predicted)


def _predict(model: TrainedTable, source: Source, held_out: bool) -> Predicted:
    """Return predictions for all rows, or for those that the model was not trained on."""
    inputs, met = model.encode(source.X)
    notes = [*source.notes, *met]
    rows = np.arange(inputs.shape[0])
    known = model.knows(inputs)
    if held_out:
        rows = _held_out(model, source.name, known)
    elif known:
        seen = len(rows) - len(model.held_out)
        others = "; --rows held-out takes the others" if model.held_out.size else ""
        notes.append(f"{seen:,} of these rows were trained on: better is to be expected{others}")
    values = model.predict_inputs(inputs[rows])
    names, probabilities = [], None
    if model.task == "classification":
        names = class_names(model.estimator.classes_)
        probabilities = model.probabilities_of_inputs(inputs[rows])
    truth, figures, skipped = _scored(model, source, rows, values)
    notes += skipped
    return Predicted(model, source.name, rows, values, names, probabilities, truth, figures, notes)


def _scored(
    model: TrainedTable, source: Source, rows: Array, values: Array
) -> tuple[Truth | None, Figures | None, list[str]]:
    """Return the truth, how good the predictions are, and notes; also on why there is no score."""
    if source.no_truth is not None:
        return None, None, [f"The predictions are not scored: {source.no_truth}"]
    truth = source.truth and source.truth.among(rows)
    if truth is None or not truth.rows.size:
        return truth, None, []
    try:
        found = evaluate(model, truth.values, values[truth.rows], source.name)
    except DataError as error:
        return None, None, [f"The predictions are not scored: {error}"]
    notes = list(found.notes)
    if truth.rows.size < rows.size:
        notes.append(f"{truth.rows.size:,} of {rows.size:,} rows have a target and are scored.")
    return Truth(truth.rows, found.truth), found.figures, notes


def _held_out(model: TrainedTable, source: str, known: bool) -> np.ndarray[Any, Any]:
    if not model.held_out.size:
        raise DataError("the model was trained on all rows of its table: none were held out.")
    if not known:
        raise DataError(
            f"{source} is not the table that the model was trained on, {model.source}, so no "
            "rows of it were held out."
        )
    return model.held_out
