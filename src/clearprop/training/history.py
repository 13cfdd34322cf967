"""The record of a training: one number for each epoch of everything that was measured."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class History:
    """Numbers by epoch, in lists of equal length.

    Attributes
    ----------
    loss : list of float
        The mean loss of the training rows over each epoch, penalty included.
    metrics : dict of str to list of float
        What was measured after each epoch: "validation_loss", and every metric by its name.
    learning_rate : list of float
        That of each epoch's last step; 1 for L-BFGS.
    seconds : list of float
        How long each epoch took.
    best_epoch : int
        The best epoch by early stopping, counted from 1; 0 if nothing was monitored.
    rate_factors : dict of int to float
        Changes of the learning rate by hand: the factor that holds from this epoch on.
    """

    loss: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)
    learning_rate: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    best_epoch: int = 0
    rate_factors: dict[int, float] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.loss)

    def add(self, loss: float, metrics: dict[str, float], rate: float, seconds: float) -> None:
        """Add one epoch."""
        self.loss.append(loss)
        self.learning_rate.append(rate)
        self.seconds.append(seconds)
        for name, value in metrics.items():
            self.metrics.setdefault(name, []).append(value)

    def extend(self, losses: list[float], rates: list[float], seconds: float) -> None:
        """Add several epochs on which nothing else was measured."""
        self.loss.extend(losses)
        self.learning_rate.extend(rates)
        self.seconds.extend([seconds] * len(losses))
