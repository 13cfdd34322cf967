"""Followers among an estimator's callbacks: told of the training itself, not only of its epochs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from clearprop.training.following import FollowedRun, Follower, RateChange
from clearprop.training.watch import EpochReport


def followers_of(estimator: Any) -> list[Follower]:
    """Return the estimator's callbacks that follow the training."""
    callbacks = getattr(estimator, "_skl_callbacks", None) or ()
    return [callback for callback in callbacks if isinstance(callback, Follower)]


def asked_of(answers: Sequence[Any]) -> bool | RateChange | None:
    """Return what several followers ask for: the end before another learning rate."""
    changes = [answer for answer in answers if isinstance(answer, RateChange)]
    if any(answer and not isinstance(answer, RateChange) for answer in answers):
        return True
    return changes[-1] if changes else None


class FitFollower(Follower):
    """Passes a fit on to followers, with the names that the estimator knows.

    Parameters
    ----------
    estimator
        Is fitted.
    after_epoch : function
        What the fit itself does after each epoch; it returns whether a callback ends training.
    followers : sequence of Follower
        Callbacks of the estimator.
    """

    def __init__(
        self,
        estimator: Any,
        after_epoch: Callable[[EpochReport], bool],
        followers: Sequence[Follower],
    ) -> None:
        self.estimator, self.after_epoch, self.followers = estimator, after_epoch, followers
        self.named: FollowedRun | None = None

    def begins(self, run: FollowedRun) -> None:
        """Tell the followers that the fit begins."""
        classes = getattr(self.estimator, "classes_", ())
        self.named = replace(
            run,
            columns=tuple(map(str, getattr(self.estimator, "feature_names_in_", ()))),
            classes=tuple(map(str, classes)) if np.ndim(classes) == 1 else (),
            model=type(self.estimator).__name__,
        )
        for follower in self.followers:
            follower.begins(self.named)

    def __call__(self, report: EpochReport) -> Any:
        """Tell the followers of an epoch; return what they ask for."""
        ends = self.after_epoch(report)
        named = replace(report, run=self.named)
        return asked_of([ends, *(follower(named) for follower in self.followers)])

    def ends(self, run: FollowedRun, reason: str) -> None:
        """Tell the followers that the fit has ended."""
        assert self.named is not None
        for follower in self.followers:
            follower.ends(self.named, reason)
