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
    write_csv,
)
from clearprop.cli.show import Page
from clearprop.data import DataError
from clearprop.data.labels import class_names

if TYPE_CHECKING:
    from pathlib import Path

    from clearprop.tables.model import TableModel

SHOWN = 20


class Wanted(NamedTuple):
    """What the command was asked for."""

    held_out: bool
    out: Path | None
    proba: bool
    head: int | None
    quiet: bool
    as_json: bool


def run(path: Path, source: str, wanted: Wanted) -> None:
    """Load, read, predict, and print or write it."""
    model = load_model(path)
    if wanted.proba and model.target is not None:
        raise typer.BadParameter(
            f"{model.target_name} is a number and has no probabilities", param_hint="--proba"
        )
    predicted = _predict(model, read_rows(model, source), wanted.held_out)
    if wanted.out is not None:
        write_csv(predicted, wanted.out, wanted.proba)
    if wanted.as_json:
        found = document(predicted, wanted.head, wanted.proba)
        say_json({"model": str(path), **found}, allow_nan=True)
        return
    essential, rest = Page(), Page(silent=wanted.quiet)
    tell_model(rest, path, predicted)
    shown = 0 if wanted.out else SHOWN
    tell_rows(essential, predicted, shown if wanted.head is None else wanted.head, wanted.proba)
    if wanted.out is not None:
        essential.line(f"wrote {len(predicted.rows):,} predictions to {wanted.out}")
    tell_score(essential, predicted)


def _predict(model: TableModel, source: Source, held_out: bool) -> Predicted:
    """Return predictions for all rows, or for those that the model was not trained on."""
    inputs, met = model.encode(source.X)
    notes = [*source.notes, *met]
    rows = np.arange(len(inputs))
    known = model.knows(inputs)
    if held_out:
        rows = _held_out(model, source.name, known)
    elif known:
        seen = len(inputs) - len(model.held_out)
        others = "; --rows held-out takes the others" if model.held_out.size else ""
        notes.append(f"{seen:,} of these rows were trained on: better is to be expected{others}")
    values = model.predict_inputs(inputs[rows])
    names, probabilities = [], None
    if model.target is None:
        names = class_names(model.estimator.classes_)
        probabilities = model.estimator.predict_proba(inputs[rows])
    truth, figures = source.truth and source.truth.among(rows), None
    if truth is not None and truth.rows.size:
        found = evaluate(model, truth.values, values[truth.rows], source.name)
        truth, figures = Truth(truth.rows, found.truth), found.figures
        notes += found.notes
    return Predicted(model, source.name, rows, values, names, probabilities, truth, figures, notes)


def _held_out(model: TableModel, source: str, known: bool) -> np.ndarray[Any, Any]:
    if not model.held_out.size:
        raise DataError("the model was trained on all rows of its table: none were held out.")
    if not known:
        raise DataError(
            f"{source} is not the table that the model was trained on, {model.source}, so no "
            "rows of it were held out."
        )
    return model.held_out
