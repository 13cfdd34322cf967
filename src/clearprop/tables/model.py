"""A model of a raw table: what `clearprop train` makes, and `clearprop predict` takes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.encoder import TableEncoder
from clearprop.data.target import TargetEncoder
from clearprop.estimators import MLPClassifier
from clearprop.estimators.inside import is_multilabel
from clearprop.estimators.restored import estimator_of
from clearprop.estimators.stored import parts_of
from clearprop.files.container import write_model
from clearprop.files.document import a_text, checked
from clearprop.files.errors import DataError
from clearprop.version import __version__
from clearprop.writing.numbers import shown
from clearprop.writing.sentences import count

if TYPE_CHECKING:
    import os

    from clearprop.data.dataset import Task
    from clearprop.data.encoder import RawTable
    from clearprop.data.reading import Reading
    from clearprop.explaining.opened import Step
    from clearprop.files.arrays import Arrays
    from clearprop.files.container import Json

TABLE_MODEL = "TableModel"
"""The word a file has for it."""

FORMAT = 2
"""The version of its file format; version 1 has no dates and no record of the reading."""

_PREFIX = "estimator."

Setting = bool | int | float | str | None


@dataclass(frozen=True, eq=False)
class TableModel:
    """A trained network with all that stands between it and a raw table.

    Attributes
    ----------
    encoder : TableEncoder
        What becomes of each column.
    estimator : MLPClassifier or MLPRegressor
        The fitted estimator, which sees what the encoder makes.
    target_name : str
        The column it predicts.
    target : TargetEncoder or None
        How the targets of a regression were scaled.
    source : str
        The name of the data set it was trained on.
    test : dict of str to float
        What was measured on rows it was not trained on; empty without such rows.
    settings : dict
        What training was asked for, for the record.
    fingerprint : str
        Of the rows it was trained and tested on, see :meth:`knows`.
    held_out : ndarray of int
        Which of these rows, counted from 0, it was tested on and not trained on.
    """

    encoder: TableEncoder = field(repr=False)
    estimator: Any
    target_name: str
    target: TargetEncoder | None = None
    source: str = "a table"
    test: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, Setting] = field(default_factory=dict)
    fingerprint: str = field(default="", repr=False)
    held_out: np.ndarray[Any, Any] = field(
        default_factory=lambda: np.array([], np.int64), repr=False
    )

    def __post_init__(self) -> None:
        if self.encoder.width != self.estimator.n_features_in_:
            raise DataError(
                f"the table has {self.encoder.width} inputs, the network takes "
                f"{self.estimator.n_features_in_}"
            )
        classifies = isinstance(self.estimator, MLPClassifier)
        if classifies == (self.target is not None):
            raise DataError("a regression's targets are scaled, a classification's are not")
        multilabel = is_multilabel(self.estimator)
        if multilabel or (not classifies and self.estimator.n_outputs_ != 1):
            raise DataError("a table has one target, the network has several")
        last = self.encoder.rows + len(self.held_out) - 1
        if (np.diff(self.held_out, prepend=-1, append=last + 1) < 1).any():
            raise DataError(f"held_out are rows from 0 to {last} in order")

    @property
    def task(self) -> Task:
        """Whether it names classes or measures a quantity."""
        return "classification" if self.target is None else "regression"

    def as_read(self) -> Reading:
        """Return how to read a table of text for this model."""
        return replace(self.encoder.as_read(), target=self.target_name)

    def encode(self, table: RawTable) -> tuple[np.ndarray[Any, Any], list[str]]:
        """Return the inputs for a table, and notes on values that training did not have."""
        return self.encoder.encode_with_notes(table, self.estimator.coefs_[0].dtype)

    def predict(self, table: RawTable) -> np.ndarray[Any, Any]:
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

    def predict_inputs(self, inputs: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return the predictions for inputs that :meth:`encode` made."""
        predictions: np.ndarray[Any, Any] = self.estimator.predict(inputs)
        return predictions if self.target is None else self.target.decode(predictions)

    def predict_proba(self, table: RawTable) -> np.ndarray[Any, Any]:
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
        if self.target is not None:
            raise TypeError(f"{self.target_name} is a quantity: there are no probabilities")
        probabilities: np.ndarray[Any, Any] = self.estimator.predict_proba(self.encode(table)[0])
        return probabilities

    def explain(
        self,
        table: RawTable,
        y: Any,
        row_names: Sequence[str] | None = None,
        image_shape: tuple[int, int] | None = None,
    ) -> Step:
        """Return the training step the network would take next on rows of a raw table, open.

        Parameters
        ----------
        table : DataFrame or ndarray
            As in :meth:`predict`.
        y : array-like of shape (n_rows,)
            Their targets: classes as the model has them, or quantities in its unit.
        row_names : sequence of str, optional
            What to call the rows.
        image_shape : (int, int), optional
            Height and width, where a row is a picture: it is drawn as it was given.

        Returns
        -------
        step : Step
            See :func:`clearprop.explain`; its inputs are called as the encoder calls them.
        """
        inputs = self.encode(table)[0]
        targets = y if self.target is None else self.target.encode(y)
        step: Step = self.estimator.explain(inputs, targets, row_names=row_names)
        labels = replace(step.labels, columns=self.encoder.input_names)
        if image_shape is not None:
            labels = replace(labels, pictures=self._pictures(table, image_shape))
            # Without the pixels that never change the inputs are no picture any more.
            if self.encoder.width == np.prod(image_shape):
                labels = replace(labels, image=image_shape)
        if self.target is not None:
            labels = replace(
                labels,
                targets=tuple(shown(value, 6) for value in np.asarray(y, float)),
                predictions=tuple(shown(value, 6) for value in self.predict_inputs(inputs)),
            )
        return replace(step, labels=labels)

    def _pictures(self, table: RawTable, shape: tuple[int, int]) -> np.ndarray[Any, Any]:
        names = [column.name for column in self.encoder.columns]
        if np.prod(shape) != len(names):
            raise DataError(f"rows of {count(len(names), 'column')} are no pictures of {shape}")
        values: Any = table if isinstance(table, np.ndarray) else table[names].to_numpy(float)
        return np.asarray(values, float).reshape(-1, *shape)

    def knows(self, inputs: np.ndarray[Any, Any]) -> bool:
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

    def parts(self) -> tuple[dict[str, Json], dict[str, np.ndarray[Any, Any]]]:
        """Return the document and the arrays of the model."""
        estimator, arrays = parts_of(self.estimator)
        document: dict[str, Json] = {
            "kind": TABLE_MODEL,
            "clearprop": __version__,
            "source": self.source,
            "target_name": self.target_name,
            "target": None if self.target is None else self.target.to_document(),
            "encoder": self.encoder.to_document(),
            "estimator": estimator,
            "test": dict[str, Any](self.test),
            "settings": dict[str, Any](self.settings),
            "fingerprint": self.fingerprint,
        }
        arrays = {_PREFIX + name: array for name, array in arrays.items()}
        return document, {**arrays, "held_out": self.held_out.astype(np.int64)}

    @classmethod
    def of_parts(cls, document: object, arrays: Arrays) -> TableModel:
        """Return the model that a document and arrays describe.

        Raises
        ------
        ValueError
            If they do not describe one, or do not fit each other.
        """
        found = checked(
            document,
            "the model",
            {
                "kind": a_text,
                "clearprop": a_text,
                "source": a_text,
                "target_name": a_text,
                "target": lambda value, _: (
                    None if value is None else TargetEncoder.from_document(value)
                ),
                "encoder": lambda value, _: TableEncoder.from_document(value),
                "estimator": lambda value, _: estimator_of(value, arrays.part(_PREFIX)),
                "test": _numbers,
                "settings": _settings,
                "fingerprint": a_text,
            },
        )
        del found["kind"], found["clearprop"]
        held_out = arrays.take("held_out", "i", (None,))
        arrays.finish()
        return cls(**found, held_out=held_out)


def fingerprint(inputs: np.ndarray[Any, Any]) -> str:
    """Return the SHA-256 of an array, its dtype and shape included."""
    digest = hashlib.sha256(f"{inputs.dtype} {inputs.shape} ".encode())
    digest.update(np.ascontiguousarray(inputs).data)
    return digest.hexdigest()


def _numbers(value: object, where: str) -> dict[str, float]:
    if not isinstance(value, dict) or any(type(n) not in (int, float) for n in value.values()):
        raise DataError(f"{where} must be numbers by name, not {value!r:.60}")
    return value


def _settings(value: object, where: str) -> dict[str, Setting]:
    if not isinstance(value, dict) or any(isinstance(v, list | dict) for v in value.values()):
        raise DataError(f"{where} must be plain values by name, not {value!r:.60}")
    return value
