"""One fit of an estimator at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# By process and identity rather than an attribute: copies and pickles that a callback makes during
# a fit can be fitted, and so can the estimator in a process that was forked meanwhile.
_BEING_FITTED: dict[tuple[int, int], object] = {}


@contextmanager
def exclusive_fit(estimator: Any) -> Iterator[None]:
    """Keep every other fit of the same object out until this one has ended.

    Raises
    ------
    RuntimeError
        If the object is being fitted already: two fits would mix their weights and curves.
    """
    key, own = (os.getpid(), id(estimator)), object()
    if _BEING_FITTED.setdefault(key, own) is not own:
        raise RuntimeError(
            f"this {type(estimator).__name__} is being fitted already, by another thread or by the "
            "fit that called this callback: fit a clone (sklearn.base.clone) in each"
        )
    try:
        yield
    finally:
        del _BEING_FITTED[key]
