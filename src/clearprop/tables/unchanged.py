"""A fit that fails leaves the estimator as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from clearprop.estimators.callbacks import OF_CALLBACKS


@contextmanager
def unchanged_unless_done(estimator: Any) -> Iterator[None]:
    """Give the estimator its attributes back where the fit within ends with an exception."""
    before, done = vars(estimator).copy(), False
    try:
        yield
        done = True
    finally:
        if not done:
            kept = {k: v for k, v in vars(estimator).items() if k.startswith(OF_CALLBACKS)}
            vars(estimator).clear()
            vars(estimator).update(before | kept)
