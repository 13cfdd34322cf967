"""The classes of a table matched with those of a model, however each of them writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from clearprop.data.values import as_text
from clearprop.files.errors import DataError
from clearprop.writing.sentences import count, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clearprop.data.dataset import Dataset


class Matched(NamedTuple):
    """Classes as numbers: those the model has from 0, others after them.

    Attributes
    ----------
    codes
        One for each row.
    names
        What each number stands for.
    notes
        Sentences on what did not match at once.
    """

    codes: np.ndarray[Any, Any]
    names: list[str]
    notes: list[str]


def texts(values: Sequence[Any] | np.ndarray[Any, Any]) -> list[str]:
    """Return how classes are called: 1, 1.0 and "1" are the same.

    >>> texts([1.0, "yes"])
    ['1', 'yes']
    """
    return [str(as_text(value, "target", row)) for row, value in enumerate(values)]


def class_names(classes: np.ndarray[Any, Any]) -> list[str]:
    """Return a name for each class; plain ones, unless two classes would have the same."""
    plain = texts(classes)
    return plain if len(set(plain)) == len(plain) else [str(label) for label in classes]


def named(dataset: Dataset) -> np.ndarray[Any, Any]:
    """Return the targets, under their names where numbers stand for names."""
    if dataset.target_names is None or dataset.target_names == tuple(texts(np.unique(dataset.y))):
        return dataset.y
    return np.array(dataset.target_names)[dataset.y]


def match(values: np.ndarray[Any, Any], classes: np.ndarray[Any, Any], source: str) -> Matched:
    """Return which of the model's classes each value is.

    Parameters
    ----------
    values
        Of a table's target.
    classes
        The model's.
    source
        Where the values come from, for the message.

    Raises
    ------
    DataError
        When not one of the values is a class of the model.
    """
    names = class_names(classes)
    distinct, which = np.unique(values, return_inverse=True)
    plain = names == texts(classes)
    found = texts(distinct) if plain else [str(value) for value in distinct]
    notes = list[str]()
    if not set(found) & set(names):
        # The test rows of the census data "adult" write their classes with a full stop.
        stripped = [text.removesuffix(".") for text in found]
        if not set(stripped) <= set(names):
            raise DataError(
                f"{source}: the target is {quoted(found)}, where the model has {quoted(names)}."
            )
        notes.append(f"Read the target {quoted(found)} of {source} without the full stop.")
        found = stripped
    unknown = [text for text in dict.fromkeys(found) if text not in names]
    position = {name: index for index, name in enumerate([*names, *unknown])}
    codes = np.array([position[text] for text in found])[which]
    if unknown:
        rows = count(int((codes >= len(names)).sum()), "row")
        notes.append(
            f"{rows} of {source} with a class that training did not meet: {quoted(unknown)}; "
            "each counts as an error."
        )
    return Matched(codes, [*names, *unknown], notes)
