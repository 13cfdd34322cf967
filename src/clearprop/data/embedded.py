"""Load the data sets that come with scikit-learn, by name and without a network connection."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clearprop.data.dataset import Dataset, image_of
from clearprop.files.errors import DataError
from clearprop.writing.sentences import suggestion

if TYPE_CHECKING:
    from clearprop.data.dataset import Task


class _Source(NamedTuple):
    loader: str
    target_name: str
    task: Task


_SOURCES = {
    "digits": _Source("load_digits", "digit", "classification"),
    "iris": _Source("load_iris", "species", "classification"),
    "wine": _Source("load_wine", "cultivar", "classification"),
    "breast-cancer": _Source("load_breast_cancer", "diagnosis", "classification"),
    "diabetes": _Source("load_diabetes", "progression", "regression"),
}

EMBEDDED_NAMES = tuple(_SOURCES)
"""The names that :func:`load` takes."""


def embedded_name(name: str) -> str | None:
    """Return the embedded set that a name stands for, whatever its case and hyphens, or None.

    >>> embedded_name("Breast_Cancer")
    'breast-cancer'
    """
    plain = name.lower().replace("_", "-")
    return plain if plain in _SOURCES else None


def load(name: str) -> Dataset:
    """Return one of the embedded data sets.

    Parameters
    ----------
    name
        One of ``EMBEDDED_NAMES``; case does not matter, nor do underscores for hyphens.

    Returns
    -------
    Dataset
        With NumPy arrays. Classes are numbered from 0, and `target_names` says what they are.

    Raises
    ------
    DataError
        When there is no such set.

    Examples
    --------
    >>> iris = load("iris")
    >>> print(iris)
    iris: 150 rows, 4 columns, target species (classification)
    >>> iris.target_names
    ('setosa', 'versicolor', 'virginica')
    """
    known = embedded_name(name)
    if known is None:
        hint = suggestion(name, EMBEDDED_NAMES)
        raise DataError(
            f"there is no embedded data set {name!r}.{hint} "
            f"The embedded sets are {', '.join(EMBEDDED_NAMES)}."
        )
    import sklearn.datasets

    source = _SOURCES[known]
    bunch = getattr(sklearn.datasets, source.loader)()
    classes = source.task == "classification"
    return Dataset(
        name=known,
        X=np.asarray(bunch.data),
        y=np.asarray(bunch.target),
        feature_names=tuple(str(feature) for feature in bunch.feature_names),
        target_name=source.target_name,
        target_names=tuple(str(label) for label in bunch.target_names) if classes else None,
        task=source.task,
        description=str(bunch.DESCR),
        image=image_of(np.shape(bunch.images)) if "images" in bunch else None,
    )


def is_folder(source: str) -> bool:
    """Return whether a source is a folder of files; an embedded name comes before a folder's."""
    return not embedded_name(source) and Path(source).is_dir()
