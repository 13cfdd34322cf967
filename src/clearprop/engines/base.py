"""What an engine is: it runs epochs of training steps, and predicts.

The training loop decides what is done in which order. An engine does the arithmetic of a whole
epoch, so that a fast one need not return to Python between steps.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, overload

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.losses import Loss
from clearprop.definitions.noise import Noise
from clearprop.definitions.optimizers import Optimizer
from clearprop.definitions.parameters import Layout
from clearprop.definitions.penalty import L2
from clearprop.engines.processes import ALONE, Processes


@dataclass(frozen=True)
class TrainingTask:
    """What is trained, and how a gradient becomes a step.

    Attributes
    ----------
    layout : Layout
        Names and shapes of the parameters in their vector.
    penalised : (parameters,)
        1 where the penalty applies, 0 elsewhere, in the parameters' dtype.
    l2 : L2
        The penalty, in the loss's unit.
    clip_norm : float or None
        The longest gradient; None for any length.
    """

    network: Layer
    loss: Loss
    optimizer: Optimizer
    layout: Layout
    penalised: np.ndarray
    l2: L2 = field(default_factory=L2)
    clip_norm: float | None = None

    def __post_init__(self) -> None:
        """Take a NumPy scalar as a plain number, which widens no float32."""
        if self.clip_norm is not None:
            object.__setattr__(self, "clip_norm", float(self.clip_norm))


@dataclass(frozen=True)
class TrainingState:
    """The state of a training: everything that a step changes.

    Attributes
    ----------
    params : (parameters,)
        All parameters, one vector in the task's layout.
    optimizer_state : dict
        The optimizer's averages, vectors as long as `params`, and its count of updates.
    network_state
        What layers remember between steps, such as BatchNorm's running means (units,) and
        variances (units,); None where no layer does.
    steps, epochs, rows_seen : int
        Steps made, whole epochs, and rows of all whole epochs together.
    plateaus : int
        How often the learning rate was lowered because the loss had stopped improving.
    rate_factor : float
        What the learning rate is multiplied by because it was changed by hand.
    """

    params: np.ndarray
    optimizer_state: dict[str, Any]
    network_state: Any = None
    steps: int = 0
    epochs: int = 0
    rows_seen: int = 0
    plateaus: int = 0
    rate_factor: float = 1.0


def epoch_done(position: TrainingState, rows: int, epochs: int = 1) -> TrainingState:
    """Return the position with whole epochs of `rows` rows counted."""
    return replace(
        position, epochs=position.epochs + epochs, rows_seen=position.rows_seen + epochs * rows
    )


@dataclass(frozen=True)
class TrainingRows:
    """Rows to train on.

    Attributes
    ----------
    x : (N, I)
        Inputs, an array or a sparse matrix.
    t : (N, K)
        Targets.
    weights : (N,) or None
        How much each row counts in the loss; None for 1.
    mean_weight : float
        The mean of `weights`.
    """

    x: Any
    t: np.ndarray
    weights: np.ndarray | None = None
    mean_weight: float = 1.0

    @classmethod
    def of(cls, x: Any, t: np.ndarray, weights: np.ndarray | None) -> TrainingRows:
        """Return the rows with the mean of their weights."""
        return cls(x, t, weights, 1.0 if weights is None else float(weights.mean()))

    @property
    def count(self) -> int:
        """N."""
        return int(self.x.shape[0])


def never() -> bool:
    """Return False: nothing asks training to end."""
    return False


@dataclass(frozen=True)
class UnfinishedEpoch:
    """The part of an epoch that is done.

    Attributes
    ----------
    steps : int
        The steps of the epoch that are made; its order of rows tells which batches are left.
    sums : (any, 3) float64
        From which the epoch's losses are computed: loss, penalty and rows, as the engine adds them.
    """

    steps: int
    sums: np.ndarray


@dataclass(frozen=True)
class Request:
    """Epochs that an engine is to run, from one position.

    Attributes
    ----------
    orders : (epochs, N) int64
        Row indices of each epoch. A step takes the next `batch_size` of them; an epoch's last
        batch may be shorter.
    rates : (epochs, steps) float64
        The learning rate of each step.
    noise : Noise
        The stream that dropout masks are drawn from.
    begun : UnfinishedEpoch or None
        What is done of the first epoch; `position` is the one after it.

    An engine calls `cancelled` every few tenths of a second. Once it returns True the engine ends
    as after Ctrl-C: a thread that is not the main one never gets a KeyboardInterrupt. It calls
    `pauses` as often, and once that returns True it may return what it has, to be asked for the
    rest.
    """

    task: TrainingTask
    position: TrainingState
    rows: TrainingRows
    orders: np.ndarray
    batch_size: int
    rates: np.ndarray
    noise: Noise
    cancelled: Callable[[], bool] = never
    begun: UnfinishedEpoch | None = None
    pauses: Callable[[], bool] = never

    def first(self, epochs: int) -> Request:
        """Return the request for the first `epochs` epochs only, without a pause."""
        return replace(self, orders=self.orders[:epochs], rates=self.rates[:epochs], pauses=never)

    def after(self, epochs: int, position: TrainingState) -> Request:
        """Return the request for all but the first `epochs` epochs, which ended at `position`."""
        return replace(
            self, position=position, orders=self.orders[epochs:], rates=self.rates[epochs:],
            begun=self.begun if epochs == 0 else None,
        )  # fmt: skip

    @property
    def steps_begun(self) -> int:
        """The steps of the first epoch that are made already."""
        return 0 if self.begun is None else self.begun.steps


class Objective(ABC):
    """The mean loss of all rows and its gradient, in float64, at a vector of parameters."""

    @abstractmethod
    def __call__(self, params: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the loss, and its gradient in float64."""

    def asked_often(self) -> AbstractContextManager[Any]:
        """Return a context for an optimizer that calls this again and again."""
        return nullcontext()


@dataclass(frozen=True)
class Batch:
    """The rows of one step, and what layers need beside them.

    Attributes
    ----------
    x : (N, I)
        Inputs.
    t : (N, K)
        Targets.
    weights : (N,) or None
        How much each row counts; None for 1.
    divisor : float
        D of :mod:`clearprop.backprop`, by which the sum over rows is divided: N times the mean
        weight of all rows of the fit.
    given
        A tree with a dropout layer's mask (N, units), or a BatchNorm layer's running statistics
        when it predicts; None where no layer needs anything.
    """

    x: Any
    t: np.ndarray
    weights: np.ndarray | None
    divisor: float
    given: Any = None


@dataclass(frozen=True)
class NotFinite:
    """A number that is not finite, and where it came up: training stopped before using it."""

    quantity: str
    where: str
    step: int
    epoch: int

    @property
    def what(self) -> str:
        """Return what was not finite, and where, without what followed."""
        return (
            f"the {self.quantity} is not finite at step {self.step:,} (epoch {self.epoch}): "
            f"{self.where}"
        )

    def __str__(self) -> str:
        return (
            f"{self.what}. Training stopped before this update and keeps the last finite "
            "weights. A smaller learning rate, inputs and targets scaled to about -1..1, or "
            "clip_norm usually cure it."
        )


class Losses(NamedTuple):
    """An epoch's mean loss of the rows, and its mean L2 penalty; steps descend on their sum."""

    loss: float
    penalty: float = 0.0


class MeanLosses(Sequence[Losses]):
    """The losses of epochs whose numbers stand in one array: a burst may have thousands.

    Parameters
    ----------
    means : (epochs, 2) float64
        Loss and penalty of each epoch.
    """

    def __init__(self, means: np.ndarray) -> None:
        self.means = means

    def __len__(self) -> int:
        return len(self.means)

    @overload
    def __getitem__(self, place: int) -> Losses: ...
    @overload
    def __getitem__(self, place: slice) -> MeanLosses: ...
    def __getitem__(self, place: int | slice) -> Losses | MeanLosses:
        if isinstance(place, slice):
            return MeanLosses(self.means[place])
        return Losses(*self.means[place].tolist())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.means, dtype, copy=copy)


@dataclass(frozen=True)
class Burst:
    """The outcome of one or more epochs, and what ended the last of them early, if anything did.

    `losses` has an entry for each whole epoch. `unfinished` is what is done of the next, where an
    interrupt or a pause came within it.
    """

    position: TrainingState
    losses: Sequence[Losses]
    failure: NotFinite | None = None
    interrupted: bool = False
    unfinished: UnfinishedEpoch | None = None


def shuffle(orders: np.ndarray, rng: np.random.Generator) -> None:
    """Shuffle each row of `orders` (epochs, N)."""
    rng.permuted(orders, axis=1, out=orders)


class Engine(ABC):
    """One way to compute what the layers define.

    `failed` is the request for the step whose numbers were not finite, where nobody else has its
    rows; None otherwise. `processes` are those that train together.
    """

    name: str
    failed: Request | None = None
    processes: Processes = ALONE

    def prepare(  # noqa: B027 - most engines have nothing to prepare
        self, task: TrainingTask, position: TrainingState, rows: TrainingRows, batch_size: int
    ) -> None:
        """Do what is done once before the first epoch, such as compiling; it changes no result."""

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

    def sibling(self) -> Engine:
        """Return an engine for another thread, prepared as this one is."""
        return self

    def shuffle(self, orders: np.ndarray, rng: np.random.Generator) -> None:
        """Shuffle each row of `orders` (epochs, N) int64, as ``rng.permuted`` does."""
        shuffle(orders, rng)

    def groups_of(self, runs: int, workers: int) -> list[int]:
        """Return how many of so many trainings to ask for together, group by group.

        So many threads will take a group each, the next when one is done. The engine is prepared
        for the first training.
        """
        return [1] * runs

    def epochs_together(self, requests: Sequence[Request]) -> list[Burst]:
        """Return the outcome of each request, of several trainings."""
        return [self.epochs(request) for request in requests]

    def report(self) -> tuple[str, ...]:
        """Return which form the products of the last training took and why, a sentence each.

        Empty where there is one form only.
        """
        return ()

    def epochs_at_once(self, steps: int) -> int:
        """Return how many epochs of `steps` steps to ask for in one call."""
        return 1

    def outputs_each_epoch(
        self, network: Layer, layout: Layout, x: Any
    ) -> Callable[[TrainingState], np.ndarray]:
        """Return :meth:`outputs` for `x` as a function of a position, to be called many times."""
        return lambda position: self.outputs(
            network, layout.unpack(position.params), position.network_state, x
        )

    @abstractmethod
    def outputs(
        self, network: Layer, params: Any, state: Any, x: Any, batch_size: int = 4096
    ) -> np.ndarray:
        """Return the raw outputs for `x`, shape (N, K), computed batch by batch."""
