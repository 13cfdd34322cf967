"""A model of a raw table with several networks: a table estimator and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import is_classifier

from clearprop.data.labels import class_names
from clearprop.data.reading import ColumnReading, Reading
from clearprop.explaining.labels import Standardised
from clearprop.files.document import a_text, checked
from clearprop.files.errors import DataError
from clearprop.tables.classifier import MULTILABEL
from clearprop.tables.prepare import columns_in, frame_of
from clearprop.tables.restored import estimator_of
from clearprop.tables.shown import members_title
from clearprop.tables.stored import parts_of
from clearprop.tables.trained_table import (
    OpenedNetwork,
    Setting,
    TrainedTable,
    check_held_out,
    pictures_of,
    some_numbers,
    some_settings,
)
from clearprop.version import __version__
from clearprop.writing.numbers import shown

if TYPE_CHECKING:
    from clearprop.data.dataset import Task
    from clearprop.data.encoder import RawTable
    from clearprop.explaining.opened import Step
    from clearprop.files.arrays import Arrays
    from clearprop.files.container import Json

    Array = np.ndarray[Any, Any]

MEMBERS_MODEL = "MembersModel"
"""The word a file has for it."""

_PREFIX = "estimator."
_READ_AS = {"number": "number", "category": "text", "date": "date", "text": "text"}
"""How the cells of a column with each kind of code are read."""


@dataclass(frozen=True, eq=False)
class MembersModel(TrainedTable):
    """A table estimator with the data set it was trained on.

    Attributes
    ----------
    estimator : TableClassifier or TableRegressor
        The fitted estimator.
    target_name : str
        The column it predicts.
    reading : Reading or None
        How the training table was read, if it was text.
    source, test, settings, fingerprint, held_out
        See :class:`TrainedTable`.
    """

    estimator: Any
    target_name: str
    reading: Reading | None = field(default=None, repr=False)
    source: str = "a table"
    test: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, Setting] = field(default_factory=dict)
    fingerprint: str = field(default="", repr=False)
    held_out: np.ndarray[Any, Any] = field(
        default_factory=lambda: np.array([], np.int64), repr=False
    )

    def __post_init__(self) -> None:
        several = (
            self.estimator._binarizer.y_type_ == MULTILABEL
            if is_classifier(self.estimator)
            else not self.estimator._single
        )
        if several:
            raise DataError("a table has one target, the estimator has several")
        check_held_out(self.held_out, self.estimator.n_rows_)

    @property
    def task(self) -> Task:
        """Whether it names classes or measures a quantity."""
        return "classification" if is_classifier(self.estimator) else "regression"

    @property
    def networks(self) -> int:
        """How many networks it has: the members of its estimator."""
        return len(self.estimator.members_)

    @property
    def title(self) -> str:
        """Its members and their layers in a line: 8 × (59 → 64 silu → 64 silu → 1 logistic)."""
        return members_title(self.estimator)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the training table's columns, without the target."""
        return tuple(code.name for code in self.estimator.inputs_.columns)

    @property
    def width(self) -> int:
        """How many inputs the columns become."""
        return len(self.estimator.inputs_.input_names)

    @property
    def target_mean(self) -> float | None:
        """The mean of a regression's training targets; None for classes."""
        return None if self.task == "classification" else float(self.estimator.target_mean_[0])

    def describe(self) -> list[str]:
        """Return sentences on what became of the columns, and on what should be looked at."""
        estimator = self.estimator
        return [*estimator.inputs_.describe(), *map(str, estimator.findings_)]

    def as_read(self) -> Reading:
        """Return how to read a table of text for this model.

        As the training table was read if that was text; otherwise by the kind of each code.
        """
        reading = self.reading
        if reading is None:
            kinds = {code.name: _READ_AS.get(code.kind) for code in self.estimator.inputs_.columns}
            columns: dict[str, Any] = {
                name: ColumnReading(kind)  # type: ignore[arg-type]
                for name, kind in kinds.items()
                if kind
            }
            reading = Reading(columns=columns)
        return replace(reading, target=self.target_name)

    def encode(self, table: RawTable) -> tuple[Any, list[str]]:
        """Return the inputs for a table, and notes on values that training did not have.

        The columns may stand in any order, and others are ignored; those of an array are taken by
        position. Columns that training left out may be missing.
        """
        frame = self._frame(table)
        inputs, notes = self.estimator.inputs_.encode(columns_in(frame), len(frame))
        return inputs, list(notes)

    def predict_inputs(self, inputs: Any) -> Array:
        """Return the predictions for inputs that :meth:`encode` made."""
        estimator = self.estimator
        if self.task == "regression":
            return np.asarray(estimator._mean_quantities(inputs))
        return np.asarray(estimator._most_probable(estimator._mean_probabilities(inputs)))

    def probabilities_of_inputs(self, inputs: Any) -> Array:
        """Return the probabilities for inputs that :meth:`encode` made."""
        return np.asarray(self.estimator._mean_probabilities(inputs))

    def half_interval(self, coverage: float = 0.9) -> float | None:
        """Return half the length of the interval that holds a target with this probability.

        None where it is not known: for classes, and where too few rows were held out.
        """
        if self.task == "classification":
            return None
        held_out = len(self.estimator.residuals_)
        if np.ceil((held_out + 1) * coverage) > held_out:
            return None
        return float(self.estimator._half_interval(coverage))

    def _standardised(self) -> tuple[Standardised, ...]:
        """Return how the target was standardised; nothing for one that is taken as it is."""
        mean, sd = float(self.estimator.target_mean_[0]), float(self.estimator.target_sd_[0])
        return () if (mean, sd) == (0, 1) else (Standardised(self.target_name, mean, sd),)

    def explain(
        self,
        table: RawTable,
        y: Any,
        row_names: Sequence[str] | None = None,
        image_shape: tuple[int, int] | None = None,
        member: int = 0,
    ) -> Step:
        """Return the training step a member would take next on rows of a raw table, open.

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
        member : int, default=0
            The number of the network.

        Returns
        -------
        step : Step
            See :func:`clearprop.explain`; its inputs are called as the codes call them. The
            predictions that it names are those of this network alone.
        """
        self.check_member(member)
        seen = self.estimator._seen_by(member, self.encode(table)[0])
        outputs = self.estimator._outputs_of(member, seen)
        # Columns that training left out may be missing; the estimator wants all of them there.
        frame = self._frame(table).reindex(columns=list(self.columns))
        rows = frame if hasattr(self.estimator, "feature_names_in_") else frame.to_numpy()
        step: Step = self.estimator.explain(rows, y, member=member, row_names=row_names)
        labels = step.labels
        if image_shape is not None:
            labels = replace(labels, pictures=pictures_of(table, self.columns, image_shape))
        if self.task == "regression":
            predicted = self.estimator._predicted_by(outputs)
            labels = replace(
                labels,
                targets=tuple(shown(value, 6) for value in np.asarray(y, float)),
                predictions=tuple(map(shown, predicted)),
                outputs=self._standardised(),
            )
        else:
            labels = replace(labels, classes=tuple(class_names(self.estimator.classes_)))
        return replace(step, labels=labels)

    def opened(self, inputs: Any, y: Any, member: int = 0) -> OpenedNetwork:
        """Return a member with rows: inputs of :meth:`encode`, targets of the table."""
        self.check_member(member)
        estimator = self.estimator
        seen = estimator._seen_by(member, inputs)
        return OpenedNetwork(
            estimator.network(member),
            estimator.member_loss,
            estimator.members_[member].params,
            seen.toarray() if hasattr(seen, "toarray") else seen,
            estimator._columns_of(y),
        )

    def parts(self) -> tuple[dict[str, Json], dict[str, np.ndarray[Any, Any]]]:
        """Return the document and the arrays of the model."""
        estimator, arrays = parts_of(self.estimator)
        document: dict[str, Json] = {
            "kind": MEMBERS_MODEL,
            "clearprop": __version__,
            "source": self.source,
            "target_name": self.target_name,
            "reading": None if self.reading is None else self.reading.to_document(),
            "estimator": estimator,
            "test": dict[str, Any](self.test),
            "settings": dict[str, Any](self.settings),
            "fingerprint": self.fingerprint,
        }
        arrays = {_PREFIX + name: array for name, array in arrays.items()}
        return document, {**arrays, "held_out": self.held_out.astype(np.int64)}

    @classmethod
    def of_parts(cls, document: object, arrays: Arrays) -> MembersModel:
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
                "reading": lambda value, where: (
                    None if value is None else Reading.from_document(value, where)
                ),
                "estimator": lambda value, _: estimator_of(value, arrays.part(_PREFIX)),
                "test": some_numbers,
                "settings": some_settings,
                "fingerprint": a_text,
            },
        )
        del found["kind"], found["clearprop"]
        held_out = arrays.take("held_out", "i", (None,))
        arrays.finish()
        return cls(**found, held_out=held_out)

    def _frame(self, table: Any) -> Any:
        if np.ndim(table) != 2:
            raise DataError(f"a table has rows and columns; this one has shape {np.shape(table)}.")
        return frame_of(table, self.columns)
