"""What every model of a raw table has, whichever estimator is in it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from clearprop.files.container import write_model
from clearprop.files.errors import DataError
from clearprop.files.fingerprint import fingerprint
from clearprop.writing.sentences import count

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from clearprop.data.dataset import Task
    from clearprop.data.encoder import RawTable
    from clearprop.data.reading import Reading
    from clearprop.definitions.layer import Layer, Tree
    from clearprop.definitions.losses import Loss
    from clearprop.explaining.opened import Step
    from clearprop.files.container import Json

    Array = np.ndarray[Any, Any]

FORMAT = 2
"""The version of their file format; version 1 has no dates and no record of the reading."""

Setting = bool | int | float | str | None


@dataclass(frozen=True, eq=False)
class OpenedNetwork:
    """One network of a model, with rows as it takes them.

    Attributes
    ----------
    network, loss, params
        As clearprop's functions take them.
    inputs, targets
        (N, I) and (N, K).
    l2
        The strength of the L2 penalty for each row.
    """

    network: Layer
    loss: Loss
    params: Tree
    inputs: Array
    targets: Array
    l2: float = 0.0


class TrainedTable(ABC):
    """A model of a raw table: of one network (TableModel) or of several (MembersModel).

    Attributes
    ----------
    estimator
        The fitted estimator.
    target_name
        The column it predicts.
    source
        The name of the data set it was trained on.
    test
        What was measured on rows it was not trained on; empty without such rows.
    settings
        What training was asked for, for the record.
    fingerprint
        Of the rows it was trained and tested on, see :meth:`knows`.
    held_out
        Which of these rows, counted from 0, it was tested on and not trained on.
    """

    estimator: Any
    target_name: str
    source: str
    test: Mapping[str, float]
    settings: Mapping[str, Setting]
    fingerprint: str
    held_out: Array

    @property
    @abstractmethod
    def task(self) -> Task:
        """Whether it names classes or measures a quantity."""

    @property
    @abstractmethod
    def networks(self) -> int:
        """How many networks it has."""

    @property
    @abstractmethod
    def title(self) -> str:
        """Its layers in a line."""

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """The names of the training table's columns, without the target."""

    @property
    @abstractmethod
    def width(self) -> int:
        """How many inputs the columns become."""

    @property
    @abstractmethod
    def target_mean(self) -> float | None:
        """The mean of a regression's training targets; None for classes."""

    @abstractmethod
    def describe(self) -> list[str]:
        """Return sentences on what became of the columns and of the target."""

    @abstractmethod
    def as_read(self) -> Reading:
        """Return how to read a table of text for this model."""

    @abstractmethod
    def encode(self, table: RawTable) -> tuple[Any, list[str]]:
        """Return the inputs (N, D) of a table, and notes on values that training did not have."""

    @abstractmethod
    def predict_inputs(self, inputs: Any) -> Array:
        """Return the predictions (N,) for inputs that :meth:`encode` made."""

    @abstractmethod
    def probabilities_of_inputs(self, inputs: Any) -> Array:
        """Return the probabilities (N, classes) for inputs that :meth:`encode` made."""

    @abstractmethod
    def explain(
        self,
        table: RawTable,
        y: Any,
        row_names: Sequence[str] | None = None,
        image_shape: tuple[int, int] | None = None,
        member: int = 0,
    ) -> Step:
        """Return the training step that a network would take next on rows of a raw table."""

    @abstractmethod
    def opened(self, inputs: Any, y: Any, member: int = 0) -> OpenedNetwork:
        """Return one of its networks with rows: inputs of :meth:`encode`, targets of the table."""

    @abstractmethod
    def parts(self) -> tuple[dict[str, Json], dict[str, Array]]:
        """Return the document and the arrays of the model's file."""

    def predict(self, table: RawTable) -> Array:
        """Return a class or a quantity for each row of a raw table.

        Parameters
        ----------
        table : DataFrame or ndarray
            With the columns of the training table; its target and others are ignored.

        Returns
        -------
        predictions : ndarray of shape (n_rows,)
            Classes as the training table had them, or quantities in its unit.
        """
        return self.predict_inputs(self.encode(table)[0])

    def predict_proba(self, table: RawTable) -> Array:
        """Return the probability of each class, in the order of ``estimator.classes_``.

        Parameters
        ----------
        table : DataFrame or ndarray
            As in :meth:`predict`.

        Returns
        -------
        probabilities : ndarray of shape (n_rows, n_classes)
            Rows sum to one.
        """
        if self.task == "regression":
            raise TypeError(f"{self.target_name} is a quantity: there are no probabilities")
        return self.probabilities_of_inputs(self.encode(table)[0])

    def tested(self, test: Mapping[str, float]) -> Self:
        """Return the model with what was measured on rows it was not trained on."""
        return replace(self, test=test)  # type: ignore[type-var]  # each model is a dataclass

    def knows(self, inputs: Any) -> bool:
        """Return whether these are, all and in order, the rows it was trained and tested on."""
        return bool(self.fingerprint) and fingerprint(inputs) == self.fingerprint

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save the model in one file, for ``clearprop.load`` and ``clearprop predict``.

        Parameters
        ----------
        path : path-like
            The file to create or to replace, as a whole or not at all.
        """
        write_model(path, *self.parts(), version=FORMAT)

    def check_member(self, member: int) -> None:
        """Raise an IndexError unless the model has a network of this number."""
        if not 0 <= member < self.networks:
            most = self.networks - 1
            has = f"numbers 0 to {most}" if most else "one network only, number 0"
            raise IndexError(f"the model has {has}, no network {member}")


def check_held_out(held_out: Array, trained_on: int) -> None:
    """Raise a DataError unless these can be the rows held out beside so many trained on."""
    last = trained_on + len(held_out) - 1
    if (np.diff(held_out, prepend=-1, append=last + 1) < 1).any():
        raise DataError(f"held_out are rows from 0 to {last} in order")


def pictures_of(
    table: RawTable, names: Sequence[str], shape: tuple[int, int]
) -> np.ndarray[Any, Any]:
    """Return rows (N, height · width) as pictures (N, height, width)."""
    if np.prod(shape) != len(names):
        raise DataError(f"rows of {count(len(names), 'column')} are no pictures of {shape}")
    values: Any = table if isinstance(table, np.ndarray) else table[list(names)].to_numpy(float)
    return np.asarray(values, float).reshape(-1, *shape)


def some_numbers(value: object, where: str) -> dict[str, float]:
    """Return a document's numbers by name, or raise a DataError."""
    if not isinstance(value, dict) or any(type(n) not in (int, float) for n in value.values()):
        raise DataError(f"{where} must be numbers by name, not {value!r:.60}")
    return value


def some_settings(value: object, where: str) -> dict[str, Setting]:
    """Return a document's plain values by name, or raise a DataError."""
    if not isinstance(value, dict) or any(isinstance(v, list | dict) for v in value.values()):
        raise DataError(f"{where} must be plain values by name, not {value!r:.60}")
    return value
