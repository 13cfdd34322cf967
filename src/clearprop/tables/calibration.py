"""Temperature: one number that makes probabilities neither too sure nor too modest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALLEST_P = 1e-7
LOWEST, HIGHEST = 0.02, 5.0
"""Between these lies the inverse temperature."""

PRIOR_ROWS = 10.0
"""What (ln β)² / 2 weighs beside the log loss of a row, so that few rows leave β near 1.

Held-out rows that are all right would otherwise ask for probabilities as sure as can be, the more
so as each probe has chosen its epoch by them.
"""

ROWS_MEASURED = 4000
"""Of more validation rows the first so many say enough."""


def logits_of(probabilities: NDArray[Any]) -> NDArray[np.float32]:
    """Return logits (N, K) whose softmax gives the probabilities.

    Probabilities (N, 1) are those of the second of two classes.
    """
    p = np.asarray(probabilities, np.float32)
    if p.shape[1] == 1:
        p = np.clip(p, SMALLEST_P, 1 - SMALLEST_P)
        return np.hstack([np.zeros_like(p), np.log(p) - np.log1p(-p)])
    return np.log(np.clip(p, SMALLEST_P, 1))


def softmax(logits: NDArray[Any]) -> NDArray[np.float64]:
    """Return e^l_k / Σ e^l_j for each row, shifted by the largest logit."""
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def best_temperature(
    logits: NDArray[Any],
    classes: NDArray[Any],
    start: float = 1.0,
    steps: int = 6,
    weights: NDArray[Any] | None = None,
    prior: float = 0.0,
) -> tuple[float, float]:
    """Return the log loss of softmax(β logits) for the best β, and that β, the inverse temperature.

    The log loss is convex in β; Newton's method finds its minimum. With a prior that is the
    minimum of Σ loss + prior (ln β)² / 2, over N the loss that is returned.
    Source: Guo, Pleiss, Sun and Weinberger 2017, section 4.2.

    Parameters
    ----------
    logits
        Of N rows and K classes.
    classes
        The place of each row's class (N,).
    start
        The first β.
    steps
        The most steps of Newton's method.
    weights
        Of the rows (N,); None where all are equal.
    prior
        How many rows (ln β)² / 2 counts as.
    """
    pull = prior / len(classes)
    share = np.full(len(classes), 1 / len(classes)) if weights is None else weights / weights.sum()

    def averaged(of_rows: NDArray[Any]) -> float:
        return float(share @ of_rows)

    logits = logits - logits.max(axis=1, keepdims=True)
    own = averaged(logits[np.arange(len(classes)), classes])
    beta, best = start, (np.inf, start)
    for _ in range(steps):
        powers = np.exp(beta * logits)
        sums = powers.sum(axis=1)
        log_beta = np.log(beta)
        loss = averaged(np.log(sums)) - beta * own + pull * log_beta**2 / 2
        if loss < best[0] - 1e-7:
            best = (loss, beta)
        p = powers / sums[:, None]
        mean = (p * logits).sum(axis=1)
        slope = averaged(mean) - own + pull * log_beta / beta
        curvature = averaged((p * logits * logits).sum(axis=1) - mean * mean)
        curvature += pull * max(1 - log_beta, 0.0) / beta**2
        step = beta - slope / max(curvature, 1e-9)
        step = float(np.clip(np.clip(step, beta / 2.5, beta * 2.5), LOWEST, HIGHEST))
        if abs(step - beta) < 1e-3 * beta:
            break
        beta = step
    return best


@dataclass
class RefinedLogLoss:
    """The log loss after the best temperature: what calibration cannot mend.

    Early stopping by it goes on while classes still separate better, even where probabilities
    grow too sure, because one temperature mends that afterwards.
    Source: Berta, Holzmüller, Jordan and Bach 2025.

    Parameters
    ----------
    weights
        Of the rows (N,); None where all are equal.
    """

    weights: NDArray[Any] | None = None
    beta: float = field(default=1.0, init=False)

    @property
    def state(self) -> float:
        """What the next measurement depends on, for a checkpoint: where it begins to look."""
        return self.beta

    @state.setter
    def state(self, beta: float) -> None:
        self.beta = float(beta)  # a NumPy number would widen float32

    def __call__(self, targets: NDArray[Any], probabilities: NDArray[Any]) -> float:
        """Return the loss for targets and probabilities (N, K) or (N, 1)."""
        t, p = targets[:ROWS_MEASURED], probabilities[:ROWS_MEASURED]
        classes = t[:, 0].astype(np.intp) if t.shape[1] == 1 else t.argmax(axis=1)
        weights = None if self.weights is None else self.weights[:ROWS_MEASURED]
        loss, self.beta = best_temperature(logits_of(p), classes, self.beta, 4, weights)
        return loss
