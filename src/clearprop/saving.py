"""Loading models: which kind of file is it, and who reads it.

A model becomes a document of plain values and a few arrays, which
:mod:`clearprop.files.container` puts into one file. No code and no name of code is in it:
activations, losses and kinds of models are looked up in fixed tables, and what is not in them is
refused, when saving with a sentence on what to do, when loading with a :class:`ModelFileError`.
``save`` is a method of each kind of model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clearprop.estimators.restored import ESTIMATORS, estimator_of
from clearprop.files.arrays import Arrays
from clearprop.files.container import ModelFileError, read_model, too_large
from clearprop.tables.model import TABLE_MODEL, TableModel

if TYPE_CHECKING:
    import os

__all__ = ["load"]


def load(path: str | os.PathLike[str]) -> Any:
    """Return the estimator or the :class:`TableModel` that was saved in a file.

    It predicts what the saved one predicted, bit for bit, and can be trained on.

    Parameters
    ----------
    path : path-like
        A file that ``save`` or ``clearprop train`` wrote.

    Returns
    -------
    model : MLPClassifier, MLPRegressor or TableModel
        Whichever it is.

    Raises
    ------
    ModelFileError
        If the file is not a clearprop model, is damaged, or needs a newer clearprop.
    OSError
        If there is no such file, or it cannot be read.

    Examples
    --------
    >>> import clearprop, tempfile
    >>> from clearprop import MLPRegressor
    >>> X, y = [[0.0], [0.5], [1.0]], [0.0, 0.25, 1.0]
    >>> net = MLPRegressor(hidden_layer_sizes=(4,), solver="lbfgs", random_state=0).fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     net.save(f"{folder}/square.clearprop")
    ...     again = clearprop.load(f"{folder}/square.clearprop")
    >>> bool((again.predict(X) == net.predict(X)).all())
    True
    """
    document, arrays = read_model(path)
    kind = document.get("kind")
    try:
        if kind == TABLE_MODEL:
            return TableModel.of_parts(document, Arrays(arrays))
        if isinstance(kind, str) and kind in ESTIMATORS:
            return estimator_of(document, Arrays(arrays))
    except ValueError as error:  # each part refuses with one of its own
        raise ModelFileError(f"{path} does not describe a model: {error}") from error
    except MemoryError as error:
        raise ModelFileError(too_large(path)) from error
    known = ", ".join([*ESTIMATORS, TABLE_MODEL])
    raise ModelFileError(f"{path} holds a model of the kind {kind!r:.60}; known are {known}.")
