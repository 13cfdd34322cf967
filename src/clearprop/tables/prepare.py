"""From a data set's name to the arrays that are trained on, stopped by and tested on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.model_selection import train_test_split

from clearprop.data import DataError, TableEncoder, TargetEncoder, infer_task, open_dataset
from clearprop.data.cells import is_number
from clearprop.data.doubts import doubts
from clearprop.data.frames import framed
from clearprop.data.labels import class_names, match, named
from clearprop.data.optional import require
from clearprop.files.fingerprint import fingerprint
from clearprop.tables.choice import why_one_network
from clearprop.tables.findings import findings_in
from clearprop.tables.fit_inputs import check_columns, kinds_of
from clearprop.tables.settings import FEWEST_VALIDATION_ROWS, VALIDATION_FRACTION
from clearprop.writing.sentences import count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clearprop.data import Dataset
    from clearprop.data.dataset import Task
    from clearprop.tables.settings import TrainSettings

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class TableRows:
    """Inputs with their targets: classes and numbers as the table has them, unscaled.

    `inputs` are what the estimator takes: encoded numbers for a network, the raw rows for a table
    estimator. `table` is the whole source they are rows of, and `places` say which, counted from 0.
    """

    inputs: Any
    y: Array
    table: Any
    places: Array

    def take(self, rows: Array) -> TableRows:
        """Return some of the rows."""
        return TableRows(_rows(self.inputs, rows), self.y[rows], self.table, self.places[rows])

    def raw(self) -> Any:
        """Return the rows as the source has them."""
        return _rows(self.table, self.places)

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class PreparedTable:
    """A data set prepared for training.

    Attributes
    ----------
    one_network
        Why one network is trained on it; "" where it is a table estimator.
    encoder
        What becomes of each column; None where a table estimator learns that itself.
    train, validation, test
        Rows for training, for early stopping and for testing; None if there are none.
    target
        How a regression's targets are scaled for one network.
    held_out, fingerprint
        Which rows of the source `test` are, and of what source; the second is "" for a table
        estimator, which has no inputs before its training.
    """

    dataset: Dataset
    task: Task
    one_network: str
    encoder: TableEncoder | None
    target: TargetEncoder | None
    train: TableRows
    validation: TableRows | None
    test: TableRows | None
    held_out: Array
    fingerprint: str
    notes: list[str] = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the source, without the target."""
        rows, columns = self.dataset.X.shape
        return rows, columns

    @property
    def given(self) -> tuple[Any, Any]:
        """What a table estimator is fitted to."""
        return self.train.inputs, self.train.y

    @property
    def classes(self) -> list[str]:
        """The names of the classes in training."""
        return class_names(np.unique(self.train.y)) if self.task == "classification" else []

    @property
    def commonest(self) -> int | None:
        """The place of the most frequent class in training; None for numbers."""
        if self.task == "regression":
            return None
        _, counts = np.unique(self.train.y, return_counts=True)
        return int(counts.argmax())

    def scaled(self, rows: TableRows) -> Array:
        """Return targets as the network sees them."""
        return rows.y if self.target is None else self.target.encode(rows.y)


def prepare(settings: TrainSettings) -> PreparedTable:
    """Read, split and encode what `settings` name.

    Raises
    ------
    DataError, OSError
        When the data cannot be used.
    """
    dataset = open_dataset(settings.source, settings.target, **settings.reading)
    task = settings.task or dataset.task or infer_task(dataset.y)
    refuse_stray(dataset, settings.task)
    if settings.class_weight and task == "regression":
        raise DataError("--class-weight is for classes, and the target holds numbers.")
    reason = why_one_network(dataset, settings.one_network)
    y = targets_of(dataset, task)
    fraction = 0.0 if settings.test else settings.test_fraction
    by_class = task == "classification"
    train, held_out = _split(y, np.arange(len(y)), fraction, settings.seed, by_class)
    if task == "classification" and len(np.unique(y[train])) < 2:
        raise DataError(f"{dataset.name}: the target {dataset.target_name} is {y[0]} in every row.")
    if task == "regression" and not reason and y.min() == y.max():
        raise DataError(
            f"{dataset.name}: the target {dataset.target_name} is {y[0]} in every row: there is "
            "nothing to learn."
        )
    encoder, kinds, inputs = None, {}, dataset.X
    if reason:
        encoder, inputs = _encoded(settings, dataset, train)
    else:
        inputs = frame_of(dataset.X, dataset.feature_names)
        with dataset.origin.locating():
            kinds = kinds_of(columns_in(inputs), len(inputs))
    everything = TableRows(inputs, y, dataset.X, np.arange(len(y)))
    target = TargetEncoder.fit(y[train]) if reason and task == "regression" else None
    test, notes = everything.take(held_out) if held_out.size else None, list[str]()
    if settings.test:
        test, notes = rows_of_test_file(settings, dataset, task, encoder or kinds, everything)
    kept, watched = train, held_out[:0]
    if reason and settings.early_stopping:
        kept, watched = _split(
            y, train, VALIDATION_FRACTION, settings.seed, by_class, FEWEST_VALIDATION_ROWS
        )
    return PreparedTable(
        dataset=replace(dataset, task=task),
        task=task,
        one_network=reason,
        encoder=encoder,
        target=target,
        train=everything.take(kept),
        validation=everything.take(watched) if watched.size else None,
        test=test,
        held_out=held_out,
        fingerprint=fingerprint(everything.inputs) if reason else "",
        notes=[
            *dataset.notes,
            *doubts(dataset, task, told=settings.task is not None),
            *(_findings(dataset, y, train, task) if reason else []),
            *(encoder.describe() if encoder else []),
            *(target.describe() if target else []),
            *notes,
        ],
    )


def _findings(dataset: Dataset, y: Array, train: Array, task: Task) -> list[str]:
    """Return sentences on columns that may give the target away, for one network.

    A table estimator finds them itself; pictures have no such columns.
    """
    if dataset.image is not None or not hasattr(dataset.X, "iloc"):
        return []
    frame = dataset.X.iloc[train]
    return [str(finding) for finding in findings_in(columns_in(frame), y[train], task)]


def columns_in(frame: Any) -> dict[str, Any]:
    """Return the columns of a pandas table by name."""
    return {str(name): frame.iloc[:, place] for place, name in enumerate(frame.columns)}


def frame_of(table: Any, names: Sequence[str]) -> Any:
    """Return a table as a pandas one: an array gets the names of its columns."""
    frame = framed(table)
    if frame is not None:
        return frame
    require("pandas", "a table estimator")
    import pandas as pd

    if table.shape[1] != len(names):
        has = count(table.shape[1], "column")
        raise DataError(f"the array has {has}, where training had {len(names)}.")
    return pd.DataFrame(table, columns=pd.Index(list(names)))


def _encoded(settings: TrainSettings, dataset: Dataset, train: Array) -> tuple[TableEncoder, Array]:
    """Return the encoder of one network, learned from the training rows, and all rows' inputs."""
    names = None if hasattr(dataset.X, "iloc") else dataset.feature_names
    # L-BFGS measures differences of the loss that float32 rounds away.
    dtype = np.float32 if settings.steps else np.float64
    with dataset.origin.locating():
        encoder = TableEncoder.fit(dataset.X, names, rows=train, reading=dataset.reading)
        return encoder, encoder.encode(dataset.X, dtype)


def refuse_stray(dataset: Dataset, task: Task | None) -> None:
    """Refuse a target of numbers with a word among them, unless classes are asked for."""
    if dataset.stray_target is None or task == "classification":
        return
    row, word = dataset.stray_target
    raise DataError(
        f"{dataset.name}, {dataset.origin.place(row)}: the target {dataset.target_name!r} is "
        f"{word!r} there, and a number nearly everywhere else. Correct the cell, or leave the row "
        "out."
    )


def targets_of(dataset: Dataset, task: Task) -> Array:
    """Return the targets as classes or as numbers, as the task requires."""
    y = dataset.y
    if task == "regression":
        if y.dtype.kind not in "iuf":
            row = next((row for row, cell in enumerate(y) if not is_number(str(cell))), 0)
            raise DataError(
                f"{dataset.name}, {dataset.origin.place(row)}: the target {dataset.target_name!r} "
                f"is {str(y[row])!r:.60} there, which is not a number."
            )
        return y
    if y.dtype.kind == "f" and (y % 1 != 0).any():
        row = int((y % 1 != 0).argmax())
        raise DataError(
            f"{dataset.name}, {dataset.origin.place(row)}: the target {dataset.target_name!r} is "
            f"{y[row]} there, a number with a fraction and no class; it is for --task regression."
        )
    return named(dataset)


def rows_of_test_file(
    settings: TrainSettings,
    dataset: Dataset,
    task: Task,
    known: TableEncoder | Mapping[str, str],
    seen: TableRows,
) -> tuple[TableRows, list[str]]:
    """Return the rows of the test file, and notes on values in them that training did not have.

    `known` is the encoder of one network, or the kinds of the columns for a table estimator: what
    that one has not met is known after its training.
    """
    path = str(settings.test)
    frame = hasattr(dataset.X, "iloc")
    options = {name: value for name, value in settings.reading.items() if name != "ignore"}
    other = open_dataset(
        path, dataset.target_name if frame else settings.target, known=dataset.reading, **options
    )
    inputs, notes = other.X, list[str]()
    with other.origin.locating():
        if isinstance(known, TableEncoder):
            inputs, notes = known.encode_with_notes(other.X, seen.inputs.dtype)
            notes = [f"{other.name}: {note}" for note in notes]
        else:
            inputs = frame_of(other.X, dataset.feature_names)
            check_columns(columns_in(inputs), known)
        y = targets_of(other, task)
        if task == "classification":
            notes += match(y, np.unique(seen.y), other.name).notes
    return TableRows(inputs, y, other.X, np.arange(len(y))), notes


def _split(
    y: Array, rows: Array, fraction: float, seed: int, by_class: bool, fewest: int = 1
) -> tuple[Array, Array]:
    """Return the rows to keep and, drawn at random, those to set aside, each in order.

    Of each class the same part is set aside as far as that is possible, and one row is always
    kept. None is set aside where there would be less than `fewest`.
    """
    aside = round(len(rows) * fraction)
    if aside < fewest:
        return rows, rows[:0]
    free, groups = rows, None
    if by_class:
        free = np.delete(rows, np.unique(y[rows], return_index=True)[1])
        _, which, counts = np.unique(y[free], return_inverse=True, return_counts=True)
        free, groups = free[counts[which] > 1], which[counts[which] > 1]
        if not len(np.unique(groups)) <= aside <= len(free) - len(np.unique(groups)):
            groups = None
    if aside >= len(free):
        return rows, rows[:0]
    _, chosen = train_test_split(free, test_size=aside, random_state=seed, stratify=groups)
    return np.setdiff1d(rows, chosen), np.sort(chosen)


def _rows(X: Any, rows: Array) -> Any:
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]
