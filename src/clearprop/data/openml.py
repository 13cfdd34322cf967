"""Data sets on OpenML by name or number, through scikit-learn's fetcher and its cache."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.error import HTTPError, URLError

from clearprop.data.dataset import Table
from clearprop.data.optional import require
from clearprop.data.split import split_target
from clearprop.files.errors import DataError
from clearprop.writing.sentences import quoted

if TYPE_CHECKING:
    from os import PathLike

    from clearprop.data.dataset import Dataset


def fetch_openml(
    name_or_id: str | int,
    version: int | Literal["active"] = "active",
    *,
    target: str | int | None = None,
    data_home: str | PathLike[str] | None = None,
) -> Dataset:
    """Return a data set on OpenML, from the network the first time and then from a cache.

    Parameters
    ----------
    name_or_id
        A set's name, or its number, which stands for one version.
    version
        Which version of the name; "active" takes the oldest that is active.
    target
        The target's name or its index from 0; None takes the one that OpenML names.
    data_home
        The folder of scikit-learn's cache; None takes scikit-learn's own.

    Returns
    -------
    Dataset
        Its `notes` hold what OpenML or scikit-learn warn about.

    Raises
    ------
    DataError
        When there is no such set, or it has no single target or no rows and columns.
    ConnectionError
        When the set is not in the cache and OpenML cannot be reached.
    ModuleNotFoundError
        Without pandas.
    """
    require("pandas", "reading a data set from OpenML")
    label = f"OpenML data set {name_or_id!r}"
    bunch, notes = _fetch(name_or_id, version, target is not None, data_home, label)
    frame = bunch.frame
    if target is None:
        names = bunch.target_names
        if len(names) != 1:
            have = f"has the targets {quoted(names)}" if names else "names no target"
            raise DataError(f"{label} {have}; choose one column with target=.")
        frame = frame[[*bunch.feature_names, names[0]]]
        target = str(names[0])
    table = Table(str(bunch.details["name"]), frame, tuple(map(str, frame.columns)), notes)
    dataset = split_target(table, target)
    return replace(dataset, description=str(bunch.DESCR))


def _fetch(
    name_or_id: str | int,
    version: int | str,
    all_columns: bool,
    data_home: str | PathLike[str] | None,
    label: str,
) -> tuple[Any, tuple[str, ...]]:
    import sklearn.datasets

    number = isinstance(name_or_id, int) or name_or_id.isdecimal()
    which = {"data_id": int(name_or_id)} if number else {"name": name_or_id, "version": version}
    if number and version != "active":
        raise DataError(f"{label} is one version of a set already; leave the version out.")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            bunch = sklearn.datasets.fetch_openml(
                **which,
                target_column=None if all_columns else "default-target",
                data_home=data_home,
                as_frame=True,
                n_retries=1,
                delay=0.5,
            )
    except HTTPError as error:
        reason = {404: "it has no data set of that name or number"}.get(error.code, str(error))
        raise DataError(f"{label}: OpenML answers that {reason}.") from error
    except (URLError, TimeoutError) as error:
        raise ConnectionError(
            f"{label} is not in the cache and OpenML cannot be reached ({error}); "
            "check the network and try again."
        ) from error
    except ValueError as error:
        raise DataError(f"{label} cannot be used: {error}") from error
    return bunch, tuple(" ".join(str(warning.message).split()) for warning in caught)
