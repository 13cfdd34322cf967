"""What `clearprop predict` does, step by step."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import typer

from clearprop.atomicfile import write_atomically
from clearprop.cli.evaluate import evaluate
from clearprop.cli.figures import ClassFigures, Figures
from clearprop.cli.labels import class_names, named, texts
from clearprop.cli.report import headline, layers_of
from clearprop.cli.show import Page, aligned, fixed, number, ratio, rows_of, shortened
from clearprop.data import DataError, open_dataset, open_inputs
from clearprop.data.split import target_array
from clearprop.modelfile import ModelFileError
from clearprop.saving import TableModel, load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    Array = np.ndarray[Any, Any]

SHOWN = 20


class Wanted(NamedTuple):
    """What the command was asked for."""

    held_out: bool
    out: Path | None
    proba: bool
    head: int | None
    quiet: bool
    as_json: bool


@dataclass(frozen=True)
class Truth:
    """The target of those rows that have one: their positions from 0, and its values."""

    rows: Array
    values: Array

    def among(self, chosen: Array) -> Truth:
        """Return the truth of the chosen rows, under their positions in `chosen`."""
        _, here, there = np.intersect1d(chosen, self.rows, return_indices=True)
        return Truth(here, self.values[there])


@dataclass(frozen=True)
class Predicted:
    """Predictions for rows of a table, which are numbered from 0.

    Attributes
    ----------
    rows, values
        Which rows, and what is predicted for them.
    names, probabilities
        The classes and their probabilities; neither for numbers.
    truth, figures
        The target where the table has it, and how good the predictions are.
    """

    model: TableModel
    source: str
    rows: Array
    values: Array
    names: list[str]
    probabilities: Array | None
    truth: Truth | None
    figures: Figures | None
    notes: list[str] = field(default_factory=list)


def run(path: Path, source: str, wanted: Wanted) -> None:
    """Load, read, predict, and print or write it."""
    model = load_table_model(path)
    if wanted.proba and model.target is not None:
        raise typer.BadParameter(
            f"{model.target_name} is a number and has no probabilities", param_hint="--proba"
        )
    predicted = predict_rows(model, source, wanted.held_out)
    if wanted.out is not None:
        write_csv(predicted, wanted)
    if wanted.as_json:
        typer.echo(json.dumps(document(predicted, path, wanted), ensure_ascii=False))
        return
    essential, rest = Page(), Page(silent=wanted.quiet)
    tell_model(rest, path, predicted)
    tell_rows(essential, predicted, wanted)
    if wanted.out is not None:
        essential.line(f"wrote {len(predicted.rows):,} predictions to {wanted.out}")
    if predicted.figures is not None:
        essential.line(score_line(predicted.figures), "bold")


def load_table_model(path: Path) -> TableModel:
    """Return the model in a file.

    Raises
    ------
    ModelFileError
        When there is none, or it holds an estimator that knows no table.
    """
    try:
        model = load(path)
    except OSError as error:
        raise ModelFileError(f"cannot read the model {path}: {error.strerror}.") from error
    if not isinstance(model, TableModel):
        raise ModelFileError(
            f"{path} holds an estimator, saved from Python, that knows nothing of tables and "
            "their columns; use it there: clearprop.load(path).predict(X)."
        )
    return model


def predict_rows(model: TableModel, source: str, held_out: bool) -> Predicted:
    """Return predictions for the rows of a source: all, or those the model was not trained on."""
    X, truth, name, notes = _read(model, source)
    inputs, met = model.encode(X)
    rows = np.arange(len(inputs))
    known = model.knows(inputs)
    if held_out:
        if not known:
            raise DataError(f"{name} is not the data that the model was trained on, which is "
                            f"{model.source}: no rows of it were held out.")  # fmt: skip
        if not model.held_out.size:
            raise DataError("the model was trained on all rows: none were held out.")
        rows = model.held_out
    elif known:
        seen = len(inputs) - len(model.held_out)
        notes.append(f"{seen:,} of these rows were trained on, and are predicted better than "
                     "new ones; --rows held-out takes the others.")  # fmt: skip
    values = model.predict_inputs(inputs[rows])
    names, probabilities = [], None
    if model.target is None:
        names = class_names(model.estimator.classes_)
        probabilities = model.estimator.predict_proba(inputs[rows])
    figures = None
    if truth is not None:
        truth = truth.among(rows)
        figures, others = evaluate(model, truth.values, values[truth.rows], name)
        notes += others
    return Predicted(
        model, name, rows, values, names, probabilities, truth, figures, [*notes, *met]
    )


def _read(model: TableModel, source: str) -> tuple[Any, Truth | None, str, list[str]]:
    """Return the rows of a source, their target where it is there, and what to call them."""
    table = open_inputs(source)
    X: Any = table.X
    truth = None
    if isinstance(X, np.ndarray) or source.startswith("openml:"):
        truth = _truth_beside(source)
    elif model.target_name in table.feature_names:
        column = X[model.target_name]
        present = np.flatnonzero(column.notna())
        truth = Truth(present, target_array(column.iloc[present])) if present.size else None
    return X, truth, table.name, list(table.notes)


def _truth_beside(source: str) -> Truth | None:
    """Return the target that is kept apart from the inputs, as in embedded sets and NPZ files."""
    try:
        y = named(open_dataset(source))
    except DataError:  # inputs alone
        return None
    return Truth(np.arange(len(y)), y)


def tell_model(page: Page, path: Path, predicted: Predicted) -> None:
    """Print what predicts what."""
    model = predicted.model
    tested = {name: value for name, value in model.test.items() if name in ("accuracy", "r2")}
    score = "".join(f"; test {'R²' if name == 'r2' else name} {value:.4f}"
                    for name, value in tested.items())  # fmt: skip
    page.line(f"{path.name} → {model.target_name}: {layers_of(model.estimator)}{score}", "bold")
    for note in predicted.notes:
        page.note(note)
    page.line()


def tell_rows(page: Page, predicted: Predicted, wanted: Wanted) -> None:
    """Print the first predictions, with the row's number and the truth where it is known."""
    shown = wanted.head if wanted.head is not None else 0 if wanted.out else SHOWN
    shown = min(shown, len(predicted.rows))
    if not shown:
        return
    columns = _columns(predicted, shown, wanted.proba)
    page.lines(aligned([list(row) for row in zip(*columns, strict=True)], left=0))
    if left := len(predicted.rows) - shown:
        page.line(f"… and {left:,} more rows; --head N shows more, --out FILE writes all", "dim")
    page.line()


def _columns(predicted: Predicted, shown: int, proba: bool) -> list[list[str]]:
    """Return the columns to print, each with its head."""
    model, truth = predicted.model, predicted.truth
    target = shortened(model.target_name)
    columns = [["row", *(f"{row + 1}" for row in predicted.rows[:shown])]]
    true: dict[int, Any] = {}
    if truth is not None:
        true = {int(row): truth.values[i] for i, row in enumerate(truth.rows) if row < shown}
    if predicted.probabilities is None:
        told = fixed([*predicted.values[:shown], *true.values()])
        columns.append([target, *told[:shown]])
        answers = dict(zip(true, told[shown:], strict=True))
    else:
        said = [shortened(text) for text in _said(predicted, shown)]
        best = predicted.probabilities[:shown].max(axis=1)
        columns += [[target, *said], ["probability", *(f"{p:.4f}" for p in best)]]
        answers = {row: shortened(text)
                   for row, text in zip(true, texts(list(true.values())), strict=True)}  # fmt: skip
    if truth is not None:
        columns.append(["true", *(answers.get(row, "–") for row in range(shown))])
        if predicted.probabilities is not None:
            wrong = [row in answers and answers[row] != said[row] for row in range(shown)]
            columns.append(["", *("wrong" if w else "" for w in wrong)])
    if proba and predicted.probabilities is not None:
        for index, name in enumerate(predicted.names):
            each = predicted.probabilities[:shown, index]
            columns.append([shortened(name), *(f"{p:.4f}" for p in each)])
    return columns


def _said(predicted: Predicted, shown: int | None = None) -> list[str]:
    """Return the names of the predicted classes."""
    classes = predicted.model.estimator.classes_
    return [predicted.names[i] for i in np.searchsorted(classes, predicted.values[:shown])]


def score_line(figures: Figures) -> str:
    """Return how good the predictions are, in one line."""
    if isinstance(figures, ClassFigures):
        return headline(figures)
    errors = f"RMSE {number(figures.rmse)}, MAE {number(figures.mae)}"
    return f"R² {ratio(figures.r2)}, {errors} on {rows_of(figures.rows)}"


def write_csv(predicted: Predicted, wanted: Wanted) -> None:
    """Write all predictions with their rows' numbers, as a whole or not at all."""
    head = ["row", "prediction"]
    columns: list[Sequence[Any]] = [(predicted.rows + 1).tolist(), predicted.values.tolist()]
    if wanted.proba and predicted.probabilities is not None:
        head += [f"probability of {name}" for name in predicted.names]
        columns += predicted.probabilities.T.tolist()
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(zip(*columns, strict=True))
    assert wanted.out is not None
    write_atomically(wanted.out, [text.getvalue().encode()])


def document(predicted: Predicted, path: Path, wanted: Wanted) -> dict[str, Any]:
    """Return the predictions as JSON."""
    shown = predicted.rows[: wanted.head]
    rows = [
        {"row": int(row) + 1, "prediction": value}
        for row, value in zip(shown, predicted.values[: wanted.head].tolist(), strict=True)
    ]
    if wanted.proba and predicted.probabilities is not None:
        for entry, each in zip(rows, predicted.probabilities.tolist(), strict=False):
            entry["probabilities"] = dict(zip(predicted.names, each, strict=True))
    return {
        "model": str(path),
        "source": predicted.source,
        "target": predicted.model.target_name,
        "rows": len(predicted.rows),
        "notes": predicted.notes,
        "predictions": rows,
        "figures": None if predicted.figures is None else predicted.figures.document(),
    }
