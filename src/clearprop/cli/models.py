"""What commands that use a saved model read: the model, and rows with or without their target."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from clearprop.cli.predictions import Truth
from clearprop.data import DataError, open_dataset, open_inputs
from clearprop.data.labels import named
from clearprop.data.split import target_array
from clearprop.files.container import ModelFileError
from clearprop.saving import load
from clearprop.tables.model import TableModel


@dataclass(frozen=True)
class Source:
    """Rows to use a model on, their target where it is known, their name, how they were read.

    `image` is their height and width where they are pictures.
    """

    X: Any
    truth: Truth | None
    name: str
    notes: list[str] = field(default_factory=list)
    image: tuple[int, int] | None = None


def load_model(path: Path) -> TableModel:
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


def read_rows(model: TableModel, source: str) -> Source:
    """Return the rows of a source, and their target if it stands in the table or beside it."""
    table = open_inputs(source)
    X: Any = table.X
    truth = None
    if isinstance(X, np.ndarray) or source.startswith("openml:"):
        truth = _truth_beside(source)
    elif model.target_name in table.feature_names:
        column = X[model.target_name]
        present = np.flatnonzero(column.notna())
        truth = Truth(present, target_array(column.iloc[present])) if present.size else None
    return Source(X, truth, table.name, list(table.notes), table.image)


def _truth_beside(source: str) -> Truth | None:
    """Return the target that is kept apart from the inputs, as in embedded sets and NPZ files."""
    try:
        y = named(open_dataset(source))
    except DataError:  # inputs alone
        return None
    return Truth(np.arange(len(y)), y)
