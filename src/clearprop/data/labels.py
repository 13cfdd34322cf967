"""Match the classes of a table with those of a model, whatever way each is written."""

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
    """Classes as numbers: those of the model from 0, unknown ones after them.

    Attributes
    ----------
    codes
        One for each row.
    names
        The class of each number.
    notes
        Sentences on classes that did not match exactly.
    """

    codes: np.ndarray[Any, Any]
    names: list[str]
    notes: list[str]


def texts(values: Sequence[Any] | np.ndarray[Any, Any]) -> list[str]:
    """Return the names of classes; 1, 1.0 and "1" have the same name.

    >>> texts([1.0, "yes"])
    ['1', 'yes']
    """
    return [str(as_text(value, "target", row)) for row, value in enumerate(values)]


def class_names(classes: np.ndarray[Any, Any]) -> list[str]:
    """Return a name for each class, in plain form unless two classes would then be the same."""
    plain = texts(classes)
    return plain if len(set(plain)) == len(plain) else [str(label) for label in classes]


def named(dataset: Dataset) -> np.ndarray[Any, Any]:
    """Return the targets, with names in place of class numbers where there are names."""
    if dataset.target_names is None or dataset.target_names == tuple(texts(np.unique(dataset.y))):
        return dataset.y
    return np.array(dataset.target_names)[dataset.y]


def match(values: np.ndarray[Any, Any], classes: np.ndarray[Any, Any], source: str) -> Matched:
    """Return the model's class of each value.

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
        When none of the values is a class of the model.
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
