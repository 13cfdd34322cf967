"""What training looked like: one number an epoch of everything that was watched."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class History:
    """Numbers by epoch, in lists of one length.

    `metrics` holds what was measured after each epoch: "validation_loss", and every metric by
    its name. `best_epoch` counts from 1; 0 means the starting weights or that nothing was
    monitored.
    """

    loss: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)
    learning_rate: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    best_epoch: int = 0

    def __len__(self) -> int:
        return len(self.loss)

    def add(self, loss: float, metrics: dict[str, float], rate: float, seconds: float) -> None:
        """Add one epoch."""
        self.loss.append(loss)
        self.learning_rate.append(rate)
        self.seconds.append(seconds)
        for name, value in metrics.items():
            self.metrics.setdefault(name, []).append(value)
