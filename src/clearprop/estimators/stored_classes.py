"""A classifier's classes in a model file: their names or numbers, and the kind of targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.preprocessing import LabelBinarizer

from clearprop.files.document import a_list, a_text, checked
from clearprop.files.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clearprop.files.arrays import Arrays
    from clearprop.files.container import Json

MULTILABEL = "multilabel-indicator"

_WIDE_BYTES, _MOST_TIMES = 64 * 2**20, 16
"""An array of names gives each the room of the longest. This many bytes it may always take, and
more only if that is at most so many times what the names have themselves."""


def classes_parts(estimator: Any) -> tuple[Json, dict[str, np.ndarray[Any, Any]]]:
    """Return the document and the arrays of a fitted estimator's classes; None for a regressor."""
    if not is_classifier(estimator):
        return None, {}
    binarizer = estimator._label_binarizer
    texts = estimator.classes_.tolist() if estimator.classes_.dtype.kind in "UO" else None
    if texts is not None:
        check_names(texts)
    document: Json = {
        "targets": binarizer.y_type_,
        "sparse": bool(binarizer.sparse_input_),
        "texts": texts,
    }
    return document, {} if texts is not None else {"classes": estimator.classes_}


def take_classes(estimator: Any, document: object, arrays: Arrays) -> None:
    """Set the classes of an estimator that has its weights already.

    Raises
    ------
    ValueError
        If the number of classes does not fit the network's outputs, or the classes do not fit
        the kind of targets. This is checked before anything is built from them.
    """
    if not is_classifier(estimator):
        if document is not None:
            raise DataError("a regressor has no classes")
        return
    fields = {"targets": a_text, "sparse": _bool, "texts": texts_or_none}
    found = checked(document, "the classes", fields)
    texts, targets = found["texts"], found["targets"]
    numbers = arrays.take("classes", "biuf", (None,)) if texts is None else None
    count = len(texts) if numbers is None else len(numbers)
    # One class alone is called binary by scikit-learn, and needs one output like two.
    if estimator.n_outputs_ != (1 if targets == "binary" and count <= 2 else count):
        raise DataError(f"{count} classes for a network of {estimator.n_outputs_} outputs")
    if found["sparse"] and targets != MULTILABEL:
        raise DataError(f"the classes: {targets!r:.60} targets are never sparse")
    if numbers is None:
        check_names(texts)
    classes = np.array(texts, str) if numbers is None else numbers
    binarizer = binarizer_of(classes, targets)
    if not np.array_equal(binarizer.classes_, classes) or binarizer.y_type_ != targets:
        raise DataError(f"the classes {classes!s:.60} are not those of {targets} targets")
    binarizer.sparse_input_ = found["sparse"]
    estimator._label_binarizer, estimator.classes_ = binarizer, classes


def binarizer_of(classes: np.ndarray[Any, Any], targets: str) -> Any:
    """Return a binarizer as one fitted to targets of these classes."""
    if targets == MULTILABEL:
        return LabelBinarizer().fit(np.eye(2, max(len(classes), 2), dtype=int))
    return LabelBinarizer().fit(classes)


def check_names(names: Sequence[str]) -> None:
    """Raise ValueError if an array of these names would take far more room than the names."""
    lengths = [len(name) for name in names]
    width = np.dtype("U1").itemsize * len(names) * max(lengths, default=0)
    if width > max(_WIDE_BYTES, _MOST_TIMES * np.dtype("U1").itemsize * sum(lengths)):
        raise DataError(
            f"a class name has {max(lengths):,} characters: the names of all {len(names):,} "
            f"classes would take {width:,} bytes. Shorten it and train again"
        )


def _bool(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise DataError(f"{where} must be true or false, not {value!r:.40}")
    return value


def texts_or_none(value: object, where: str) -> list[str] | None:
    """Return a list of texts, or None."""
    return None if value is None else [a_text(text, where) for text in a_list(value, where)]
