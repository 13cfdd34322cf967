"""What looks wrong with a training, for the lines of its record."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from clearprop.engines.threads import one_threaded_blas
from clearprop.health.checks import Health  # imported now: within an epoch it would be dear

if TYPE_CHECKING:
    from collections.abc import Callable


def findings_of(look: Callable[[], Health]) -> list[dict[str, Any]] | None:
    """Return what a look at a run's health finds; None where it fails.

    A fault of a check ends no training: a warning tells it.
    """
    try:
        with one_threaded_blas():
            return [finding.to_dict() for finding in look()]
    except Exception as error:  # noqa: BLE001 - the training is worth more than its diagnosis
        warnings.warn(f"the live page has no diagnosis of this training: {error!r}", stacklevel=2)
        return None
