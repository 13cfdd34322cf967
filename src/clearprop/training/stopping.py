"""Early stopping: when training no longer improves, and which weights were best."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class EarlyStopping:
    """Stop when `monitor` has not improved by at least `tolerance` for more than `patience` epochs.

    An epoch improves if its value is at least `tolerance` better than the best before it, and
    exactly `tolerance` is enough. The count is scikit-learn's: training ends after the first epoch
    that makes the epochs without improvement MORE than `patience`. NaN is no improvement.

    Parameters
    ----------
    monitor : str
        "loss" (training), "validation_loss", or the name of a metric.
    patience : float
        Epochs without improvement that are allowed; infinity never stops.
    tolerance : float
        The least improvement that counts, in the unit of `monitor`.
    maximize : bool
        Whether more is better, as for an accuracy.
    restore_best : bool
        Whether training returns the weights of the best epoch rather than the last.
    """

    monitor: str = "validation_loss"
    patience: float = 10
    tolerance: float = 1e-4
    maximize: bool = False
    restore_best: bool = True


@dataclass(frozen=True)
class EarlyStoppingState:
    """What early stopping has counted up to an epoch.

    Attributes
    ----------
    best : float
        The best monitored value so far, NaN at first.
    waited : int
        The epochs since the last improvement.
    """

    best: float = math.nan
    waited: int = 0

    def after(self, value: float, rule: EarlyStopping) -> EarlyStoppingState:
        """Return the state after an epoch whose monitored value is `value`."""
        if math.isnan(self.best):
            return EarlyStoppingState(value, self.waited + 1 if math.isnan(value) else 0)
        if rule.maximize:
            enough, better = value >= self.best + rule.tolerance, value > self.best
        else:
            enough, better = value <= self.best - rule.tolerance, value < self.best
        return EarlyStoppingState(value if better else self.best, 0 if enough else self.waited + 1)

    def improved_on(self, earlier: EarlyStoppingState) -> bool:
        """Return whether the epoch between `earlier` and this one was the best so far."""
        return not math.isnan(self.best) and self.best != earlier.best
