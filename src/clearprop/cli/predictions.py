"""Predictions printed, and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.cli.report import headline
from clearprop.cli.show import in_column, ratio, rows_of, shortened
from clearprop.estimators.shares import accuracy_told, decimals_of
from clearprop.writing.columns import aligned
from clearprop.writing.numbers import NONE

if TYPE_CHECKING:
    from pathlib import Path

    from clearprop.cli.show import Page
    from clearprop.estimators.scores import Figures
    from clearprop.tables.trained_table import TrainedTable

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Truth:
    """The target of those rows that have one: their positions from 0, and its values."""

    rows: Array
    values: Array

    def among(self, chosen: Array) -> Truth:
        """Return the truth of the chosen rows, under their positions in `chosen`."""
        _, here, there = np.intersect1d(chosen, self.rows, return_indices=True)
        return Truth(here, self.values[there])

    def first(self, count: int) -> dict[int, Any]:
        """Return the values of those among the first rows that have one, by position."""
        there = self.rows < count
        return dict(zip(self.rows[there].tolist(), self.values[there].tolist(), strict=True))


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
        The target where the table has it, of classes the names, and how good the predictions are.
    notes
        Sentences on decisions made in reading, and on values that training did not have.
    """

    model: TrainedTable
    source: str
    rows: Array
    values: Array
    names: list[str]
    probabilities: Array | None
    truth: Truth | None
    figures: Figures | None
    notes: list[str]


def tell_model(page: Page, path: Path, predicted: Predicted) -> None:
    """Print what predicts what."""
    model = predicted.model
    told = [f"{path.name} → {model.target_name}: {model.title}"]
    if "accuracy" in model.test:
        told.append(f"test {accuracy_told(model.test['accuracy'], int(model.test['rows']))}")
    elif "r2" in model.test:
        told.append(f"test R² {ratio(model.test['r2'], decimals_of(int(model.test['rows'])))}")
    page.line("; ".join(told), "bold")
    for note in predicted.notes:
        page.note(note)
    page.line()


def tell_rows(page: Page, predicted: Predicted, count: int, proba: bool) -> None:
    """Print the first predictions, with the row's number and the truth where it is known."""
    count = min(count, len(predicted.rows))
    if not count:
        return
    said, true = _told(predicted, count)
    columns = [
        ["row", *(f"{row + 1}" for row in predicted.rows[:count])],
        [shortened(predicted.model.target_name), *said],
    ]
    probabilities = predicted.probabilities
    if probabilities is not None:
        columns.append(["probability", *(f"{p:.4f}" for p in probabilities[:count].max(axis=1))])
    if true is not None:
        columns.append(["true", *true])
    if true is not None and probabilities is not None:
        pairs = zip(said, true, strict=True)
        columns.append(["", *("wrong" if t not in (s, NONE) else "" for s, t in pairs)])
    if proba and probabilities is not None:
        for name, each in zip(predicted.names, probabilities[:count].T, strict=True):
            columns.append([shortened(name), *(f"{p:.4f}" for p in each)])
    page.lines(aligned([list(row) for row in zip(*columns, strict=True)], left=0))
    if left := len(predicted.rows) - count:
        page.line(f"… and {rows_of(left)} more; --head N shows more, --out FILE writes all", "dim")
    page.line()


def _told(predicted: Predicted, count: int) -> tuple[list[str], list[str] | None]:
    """Return the first predictions as texts, and the truth, with a dash where there is none."""
    values = predicted.values[:count]
    true = {} if predicted.truth is None else predicted.truth.first(count)
    if predicted.probabilities is None:
        told = in_column([*values, *true.values()])
    else:
        codes = np.searchsorted(predicted.model.estimator.classes_, values)
        told = [shortened(text) for text in (*np.array(predicted.names)[codes], *true.values())]
    answers = dict(zip(true, told[count:], strict=True))
    if predicted.truth is None:
        return told[:count], None
    return told[:count], [answers.get(row, NONE) for row in range(count)]


def tell_score(page: Page, predicted: Predicted) -> None:
    """Print how good the predictions are, where the truth is known."""
    if predicted.figures is not None:
        page.line(headline(predicted.figures), "bold")


def document(predicted: Predicted, count: int | None, proba: bool) -> dict[str, Any]:
    """Return the first `count` predictions, or all, as JSON."""
    pairs = zip(predicted.rows[:count].tolist(), predicted.values[:count].tolist(), strict=True)
    told: list[dict[str, Any]] = [{"row": row + 1, "prediction": value} for row, value in pairs]
    if proba and predicted.probabilities is not None:
        for entry, each in zip(told, predicted.probabilities[:count].tolist(), strict=True):
            entry["probabilities"] = dict(zip(predicted.names, each, strict=True))
    return {
        "source": predicted.source,
        "target": predicted.model.target_name,
        "rows": len(predicted.rows),
        "notes": predicted.notes,
        "predictions": told,
        "figures": None if predicted.figures is None else predicted.figures.document(),
    }
