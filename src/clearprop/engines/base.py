"""What an engine is: it runs epochs of training steps, and predicts.

The loop decides what is done in which order; an engine does the arithmetic of a whole epoch, so
that a fast one need not come back to Python between steps.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from clearprop.backprop import L2
from clearprop.definitions.layer import Layer
from clearprop.definitions.losses import Loss
from clearprop.definitions.noise import Noise
from clearprop.definitions.optimizers import Optimizer
from clearprop.definitions.parameters import Layout


@dataclass(frozen=True)
class Task:
    """What is trained, and how a gradient becomes a step."""

    network: Layer
    loss: Loss
    optimizer: Optimizer
    layout: Layout
    penalised: np.ndarray
    l2: L2 = field(default_factory=L2)
    clip_norm: float | None = None


@dataclass(frozen=True)
class Position:
    """Where training stands: everything that a step changes."""

    params: np.ndarray
    optimizer_state: dict[str, Any]
    network_state: Any = None
    steps: int = 0
    epochs: int = 0
    rows_seen: int = 0
    plateaus: int = 0


def epoch_done(position: Position, rows: int, epochs: int = 1) -> Position:
    """Return the position with whole epochs of `rows` rows counted."""
    return replace(
        position, epochs=position.epochs + epochs, rows_seen=position.rows_seen + epochs * rows
    )


@dataclass(frozen=True)
class Rows:
    """Rows to train on. `weights` is None or has the mean `mean_weight`."""

    x: Any
    t: np.ndarray
    weights: np.ndarray | None = None
    mean_weight: float = 1.0

    @classmethod
    def of(cls, x: Any, t: np.ndarray, weights: np.ndarray | None) -> Rows:
        """Return the rows, the mean weight computed."""
        return cls(x, t, weights, 1.0 if weights is None else float(weights.mean()))

    @property
    def count(self) -> int:
        """N."""
        return int(self.x.shape[0])


def never() -> bool:
    """Return False: nothing asks training to end."""
    return False


@dataclass(frozen=True)
class Request:
    """Epochs asked of an engine, from one position.

    `orders` (epochs, rows) are row indices; each is cut every `batch_size` rows, and the last
    batch may be shorter. `rates` (epochs, steps) are the learning rates of the steps.

    An engine calls `cancelled` every few tenths of a second. Once it returns True the engine ends
    as after Ctrl-C: a thread that is not the main one never gets a KeyboardInterrupt.
    """

    task: Task
    position: Position
    rows: Rows
    orders: np.ndarray
    batch_size: int
    rates: np.ndarray
    noise: Noise
    cancelled: Callable[[], bool] = never

    def first(self, epochs: int) -> Request:
        """Return the request for so many of the epochs only."""
        return replace(self, orders=self.orders[:epochs], rates=self.rates[:epochs])

    def after(self, epochs: int, position: Position) -> Request:
        """Return the request for the epochs after so many, which ended at `position`."""
        return replace(
            self, position=position, orders=self.orders[epochs:], rates=self.rates[epochs:]
        )


class Objective(ABC):
    """The mean loss of all rows and its gradient, in float64, at a vector of parameters."""

    @abstractmethod
    def __call__(self, params: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the loss, and its gradient in float64."""

    def asked_often(self) -> AbstractContextManager[Any]:
        """Return what holds for as long as an optimizer asks again and again."""
        return nullcontext()


@dataclass(frozen=True)
class Batch:
    """The rows of one step, what they weigh together, and what the pass is given.

    `divisor` is D of :mod:`clearprop.backprop`; `given` dropout masks or running statistics.
    """

    x: Any
    t: np.ndarray
    weights: np.ndarray | None
    divisor: float
    given: Any = None


@dataclass(frozen=True)
class NotFinite:
    """A number that left the finite ones, and where: training stopped before using it."""

    quantity: str
    where: str
    step: int
    epoch: int

    def __str__(self) -> str:
        return (
            f"the {self.quantity} is not finite at step {self.step:,} (epoch {self.epoch}): "
            f"{self.where}. Training stopped before this update and keeps the last finite "
            "weights. A smaller learning rate, inputs and targets scaled to about -1..1, or "
            "clip_norm usually cure it."
        )


class Losses(NamedTuple):
    """An epoch's mean loss of the rows, and of the L2 penalty; their sum was descended."""

    loss: float
    penalty: float = 0.0


@dataclass(frozen=True)
class Burst:
    """What one or more epochs came to, and what cut the last of them short.

    `losses` has an entry for each whole epoch.
    """

    position: Position
    losses: tuple[Losses, ...]
    failure: NotFinite | None = None
    interrupted: bool = False


class Engine(ABC):
    """One way to compute what the layers define."""

    name: str

    def prepare(  # noqa: B027 - most engines have nothing to prepare
        self, task: Task, position: Position, rows: Rows, batch_size: int
    ) -> None:
        """Do what is done once before the first epoch, such as compiling: no part of training."""

    def prepare_outputs(  # noqa: B027 - most engines have nothing to prepare
        self, network: Layer, params: Any, state: Any, x: Any
    ) -> None:
        """Do what is done once before the first :meth:`outputs` of rows like `x`."""

    @abstractmethod
    def epochs(self, request: Request) -> Burst:
        """Return the outcome of the epochs asked for.

        Loss and penalty are means over batches, each weighted by its number of rows, of what
        they were before the batch's update.
        """

    def epochs_at_once(self, steps: int) -> int:
        """Return how many epochs of `steps` steps are worth asking for in one call."""
        return 1

    @abstractmethod
    def outputs(
        self, network: Layer, params: Any, state: Any, x: Any, batch_size: int = 4096
    ) -> np.ndarray:
        """Return the raw outputs for `x`, shape (N, K), computed batch by batch."""
