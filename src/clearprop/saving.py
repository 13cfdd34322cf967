"""Load a model file of any kind.

A model is saved as a document of plain values and a few arrays, which
:mod:`clearprop.files.container` writes into one file. The file holds no code and no name of code:
activations, losses and kinds of models are looked up in fixed tables. Anything else is refused: by
``save``, a method of each model, with advice, and by ``load`` with a :class:`ModelFileError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clearprop.estimators.restored import ESTIMATORS, estimator_of
from clearprop.files.arrays import Arrays
from clearprop.files.container import ModelFileError, read_model, too_large
from clearprop.tables import restored as tables
from clearprop.tables.members_model import MEMBERS_MODEL, MembersModel
from clearprop.tables.model import TABLE_MODEL, TableModel

if TYPE_CHECKING:
    import os

__all__ = ["load"]


def load(path: str | os.PathLike[str]) -> Any:
    """Return the estimator or the model of a table that was saved in a file.

    Its predictions are those of the saved model, bit for bit, and its training can be continued.

    Parameters
    ----------
    path : path-like
        A file written by ``save`` or ``clearprop train``.

    Returns
    -------
    model : MLPClassifier, MLPRegressor, TableClassifier, TableRegressor, TableModel or MembersModel
        The model; the last two are those of ``clearprop train``: of one network, or of a table
        estimator. Both predict rows of raw tables: ``predict``, ``predict_proba``, ``explain``.

    Raises
    ------
    ModelFileError
        If the file is not a clearprop model, is damaged, has weights that are not finite, does
        not fit into memory, or needs a newer clearprop.
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
        if kind == MEMBERS_MODEL:
            return MembersModel.of_parts(document, Arrays(arrays))
        if isinstance(kind, str) and kind in ESTIMATORS:
            return estimator_of(document, Arrays(arrays))
        if isinstance(kind, str) and kind in tables.TABLE_ESTIMATORS:
            return tables.estimator_of(document, Arrays(arrays))
    except ValueError as error:  # ModelFileError and DataError are ValueErrors too
        raise ModelFileError(f"{path} does not describe a model: {error}") from error
    except MemoryError as error:
        raise ModelFileError(too_large(path)) from error
    known = ", ".join([*ESTIMATORS, *tables.TABLE_ESTIMATORS, TABLE_MODEL, MEMBERS_MODEL])
    raise ModelFileError(f"{path} holds a model of the kind {kind!r:.60}; known are {known}.")
