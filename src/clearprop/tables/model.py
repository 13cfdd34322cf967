"""A model of a raw table with one network, as `clearprop train` makes it for pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.encoder import TableEncoder
from clearprop.data.target import TargetEncoder
from clearprop.estimators import MLPClassifier
from clearprop.estimators.inside import checked_targets, fitted_network, is_multilabel
from clearprop.estimators.restored import estimator_of
from clearprop.estimators.stored import parts_of
from clearprop.explaining.labels import Standardised
from clearprop.files.document import a_text, checked
from clearprop.files.errors import DataError
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
    from clearprop.data.reading import Reading
    from clearprop.explaining.opened import Step
    from clearprop.files.arrays import Arrays
    from clearprop.files.container import Json

TABLE_MODEL = "TableModel"
"""The word a file has for it."""

_PREFIX = "estimator."


@dataclass(frozen=True, eq=False)
class TableModel(TrainedTable):
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
        check_held_out(self.held_out, self.encoder.rows)

    @property
    def task(self) -> Task:
        """Whether it names classes or measures a quantity."""
        return "classification" if self.target is None else "regression"

    @property
    def networks(self) -> int:
        """How many networks it has."""
        return 1

    @property
    def title(self) -> str:
        """Its layers in a line: 64 → 16 relu → 10 softmax."""
        return layers_of(self.estimator)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the training table's columns, without the target."""
        return tuple(column.name for column in self.encoder.columns)

    @property
    def width(self) -> int:
        """How many inputs the columns become."""
        return self.encoder.width

    @property
    def target_mean(self) -> float | None:
        """The mean of a regression's training targets; None for classes."""
        return None if self.target is None else self.target.mean

    def describe(self) -> list[str]:
        """Return sentences on what became of the columns and of the target."""
        return [*self.encoder.describe(), *(self.target.describe() if self.target else [])]

    def as_read(self) -> Reading:
        """Return how to read a table of text for this model."""
        return replace(self.encoder.as_read(), target=self.target_name)

    def encode(self, table: RawTable) -> tuple[np.ndarray[Any, Any], list[str]]:
        """Return the inputs for a table, and notes on values that training did not have."""
        return self.encoder.encode_with_notes(table, self.estimator.coefs_[0].dtype)

    def predict_inputs(self, inputs: Any) -> np.ndarray[Any, Any]:
        """Return the predictions for inputs that :meth:`encode` made."""
        predictions: np.ndarray[Any, Any] = self.estimator.predict(inputs)
        return predictions if self.target is None else self.target.decode(predictions)

    def probabilities_of_inputs(self, inputs: Any) -> np.ndarray[Any, Any]:
        """Return the probabilities for inputs that :meth:`encode` made."""
        probabilities: np.ndarray[Any, Any] = self.estimator.predict_proba(inputs)
        return probabilities

    def opened(self, inputs: Any, y: Any, member: int = 0) -> OpenedNetwork:
        """Return its network with rows: inputs of :meth:`encode`, targets of the table."""
        self.check_member(member)
        fitted = fitted_network(self.estimator)
        targets = checked_targets(
            self.estimator, y if self.target is None else self.target.encode(y)
        )
        alpha = float(self.estimator.alpha)
        return OpenedNetwork(fitted.network, fitted.loss, fitted.params, inputs, targets, alpha)

    def explain(
        self,
        table: RawTable,
        y: Any,
        row_names: Sequence[str] | None = None,
        image_shape: tuple[int, int] | None = None,
        member: int = 0,
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
        member : int, default=0
            The number of the network; there is one only.

        Returns
        -------
        step : Step
            See :func:`clearprop.explain`; its inputs are called as the encoder calls them.
        """
        self.check_member(member)
        inputs = self.encode(table)[0]
        targets = y if self.target is None else self.target.encode(y)
        step: Step = self.estimator.explain(inputs, targets, row_names=row_names)
        labels = replace(step.labels, columns=self.encoder.input_names, inputs=self._standardised())
        if image_shape is not None:
            labels = replace(labels, pictures=pictures_of(table, self.columns, image_shape))
            # Without the pixels that never change the inputs are no picture any more.
            if self.encoder.width == np.prod(image_shape):
                labels = replace(labels, image=image_shape)
        if self.target is not None:
            labels = replace(
                labels,
                targets=tuple(shown(value, 6) for value in np.asarray(y, float)),
                predictions=tuple(map(shown, self.predict_inputs(inputs))),
                outputs=(Standardised(self.target_name, self.target.mean, self.target.sd),),
            )
        return replace(step, labels=labels)

    def _standardised(self) -> tuple[Standardised | None, ...]:
        return tuple(
            Standardised(column.name, column.mean, column.sd) if column else None
            for column in self.encoder.standardised
        )

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
                "test": some_numbers,
                "settings": some_settings,
                "fingerprint": a_text,
            },
        )
        del found["kind"], found["clearprop"]
        held_out = arrays.take("held_out", "i", (None,))
        arrays.finish()
        return cls(**found, held_out=held_out)


def layers_of(estimator: Any) -> str:
    """Return the layers of a fitted estimator of one network."""
    widths = [estimator.n_features_in_, *(len(bias) for bias in estimator.intercepts_)]
    link = estimator.out_activation_
    return layers(widths, str(estimator.activation), "" if link == "identity" else link)


def layers(widths: Sequence[int], activation: str, link: str) -> str:
    """Return layers in a line, of their widths from the inputs to the outputs.

    >>> layers([64, 16, 10], "relu", "softmax")
    '64 → 16 relu → 10 softmax'
    """
    hidden = [f"{width} {activation}" for width in widths[1:-1]]
    return " → ".join([str(widths[0]), *hidden, f"{widths[-1]} {link}".rstrip()])
