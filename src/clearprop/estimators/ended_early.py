"""How a fit ends early: by Ctrl-C within one of many fits, or by numbers that are not finite."""

from __future__ import annotations

import sys
from types import FrameType

from clearprop.training.flight import Incident


class InterruptedFit(KeyboardInterrupt):
    """Ctrl-C within one of many fits; the estimator is fitted."""


class NotFiniteError(ValueError):
    """A fit whose first step was not finite.

    Attributes
    ----------
    incident : Incident or None
        ``error.incident.explain()`` opens the step.
    """

    def __init__(self, message: str, incident: Incident | None) -> None:
        super().__init__(message)
        self.incident = incident


def is_one_of_many() -> bool:
    """Return whether joblib has called for this fit: a search, a cross-validation, an ensemble.

    Ctrl-C is meant for all of its fits, and only the exception ends them. A pipeline has a single
    network to fit, and calls for it without joblib.
    """
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_globals.get("__name__", "").partition(".")[0] == "joblib":
            return True
        frame = frame.f_back
    return False
