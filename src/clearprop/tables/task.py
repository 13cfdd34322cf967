"""What the networks of one table are trained on, what becomes of one, and when all have to end."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from clearprop.definitions.layers import Chain, Dense
from clearprop.engines.processes import ALONE, Processes
from clearprop.health.checks import Health, examined
from clearprop.tables.recipe import Recipe
from clearprop.training.checkpoint import Checkpoint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clearprop.definitions.layer import Tree
    from clearprop.definitions.losses import Loss
    from clearprop.engines.choice import EngineChoice
    from clearprop.health.record import TrainingRecord
    from clearprop.training.following import Follower


@dataclass(frozen=True, eq=False)
class Member:
    """One trained network.

    Attributes
    ----------
    params
        Its parameters by layer.
    inputs
        Which inputs it sees, ``ALL`` or ``WITHOUT_PIECES``.
    epochs
        How many epochs it was trained for.
    held_out
        The rows that it never saw, in increasing order; none for most, nor after loading.
    rows_held_out
        How many these are.
    loss_curve
        The training loss of each epoch.
    held_out_curve
        The monitored loss of the held-out rows after each epoch, for a probe.
    score
        The least monitored loss of the held-out rows, for a probe; NaN for others.
    record
        What its training left to be examined; None after loading or copying.
    """

    params: Tree
    inputs: str
    epochs: int
    held_out: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, np.intp), repr=False)
    rows_held_out: int = 0
    loss_curve: tuple[float, ...] = field(default=(), repr=False)
    held_out_curve: tuple[float, ...] = field(default=(), repr=False)
    score: float = float("nan")
    record: TrainingRecord | None = field(default=None, repr=False)

    @cached_property
    def health(self) -> Health:
        """What is wrong with its training; it is computed when first asked for."""
        return Health(()) if self.record is None else examined(self.record)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a pickle or a copy holds: not the rows that `health` is computed from."""
        return {**self.__dict__, "record": None}


class StreamedRows(Protocol):
    """Rows that are not in memory.

    Attributes
    ----------
    count
        How many there are.
    """

    count: int

    def without(self, inputs: str, sampled: NDArray[np.intp]) -> Any:
        """Return a source of all rows but these of the sample, with these inputs."""


@dataclass(frozen=True, eq=False)
class MemberTask:
    """What the members of one fit are trained on.

    Attributes
    ----------
    recipe
        The numbers.
    loss
        What is minimised.
    inputs
        The inputs (N, D) for each of the kinds that members see.
    targets
        (N, K), as the loss takes them.
    weights
        Of the rows (N,); None where all are equal.
    prior
        The bias that the last layer starts from (K,); None for zeros.
    parts
        For each row, which of ``PARTS`` it is in (N,).
    classifies
        Whether the targets are classes.
    seed
        Of everything random.
    checkpoint, resume
        The folder that the members are kept in while they train, and whether to go on with those
        that are there.
    streamed
        All rows, where they are not in memory: the others are a sample of them then.
    engine
        What trains them.
    """

    recipe: Recipe
    loss: Loss
    inputs: dict[str, Any]
    targets: NDArray[Any]
    weights: NDArray[Any] | None
    prior: NDArray[Any] | None
    parts: NDArray[np.intp]
    classifies: bool
    refined: bool
    seed: int
    checkpoint: str | os.PathLike[str] | Checkpoint | None = None
    resume: bool = False
    streamed: StreamedRows | None = None
    engine: EngineChoice = "auto"

    @property
    def rows(self) -> int:
        """How many rows there are to train on."""
        return len(self.targets) if self.streamed is None else self.streamed.count

    def kept(self, place: int) -> dict[str, Any]:
        """Return the arguments with which :func:`clearprop.train` keeps the member of a place."""
        if self.checkpoint is None:
            return {}
        given = self.checkpoint
        folder = given if isinstance(given, Checkpoint) else Checkpoint(given)
        return {"checkpoint": folder.inside(f"network-{place}.checkpoint"), "resume": self.resume}

    @property
    def most_members(self) -> int:
        """How many members are trained at most: of those that are tried, not all stay."""
        return self.recipe.members + (len(self.inputs) - 1) * self.first_probes

    @property
    def first_probes(self) -> int:
        """How many probes of each of the inputs are trained before the better inputs are known.

        For numbers half of the probes choose as well as all; for classes they do not.
        """
        probes = self.recipe.probes
        half = not self.classifies and len(self.inputs) > 1
        return max(1, probes // 2) if half and probes else probes

    @property
    def most_epochs(self) -> int:
        """How many epochs all members train for at most, together."""
        return self.most_members * self.recipe.epochs(self.rows)

    def network(self, inputs: str) -> Chain:
        """Return the network that sees these inputs."""
        return network_of(self.recipe, inputs, self.inputs[inputs].shape[1], self.targets.shape[1])


def network_of(recipe: Recipe, inputs: str, width: int, outputs: int) -> Chain:
    """Return a network of dense layers for these inputs, `width` in number."""
    return _dense_network(width, tuple(recipe.networks[inputs][0]), recipe.activation, outputs)


@lru_cache(maxsize=32)
def _dense_network(width: int, hidden: tuple[int, ...], activation: str, outputs: int) -> Chain:
    """Return the network; it is made once, because each prediction asks for it."""
    from clearprop.estimators.options import ACTIVATIONS

    layers: list[Any] = []
    for units in hidden:
        layers += [Dense(width, units), ACTIVATIONS[activation]()]
        width = units
    return Chain(*layers, Dense(width, outputs))


@dataclass
class Watcher:
    """When the members of a fit have to end: a signal such as Ctrl-C, a callback, or the time.

    Attributes
    ----------
    stop
        Set by a signal.
    deadline
        By ``time.monotonic``.
    on_epoch
        Called after each epoch of any member, by one thread at a time.
    followers
        Follow the training of each member.
    processes
        Those that train the members together.
    told_to_end
        Whether a callback has ended the fit.
    counts_only
        That it looks at no weights: epochs of small tables then come several at a time.
    stopped_too_early
        Whether the signal came before the end of the first epoch of any member.
    """

    stop: Event
    deadline: float
    on_epoch: Callable[[], Any]
    followers: Sequence[Follower] = ()
    processes: Processes = ALONE
    told_to_end: bool = field(default=False, init=False)
    counts_only: ClassVar[bool] = True
    stopped_too_early: bool = field(default=False, init=False)
    _begun: bool = field(default=False, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def late(self) -> bool:
        """Return whether the time is up."""
        return time.monotonic() > self.deadline

    @property
    def ends(self) -> bool:
        """Whether training has to end."""
        return self.stop.is_set() or self.told_to_end or self.late()

    def ends_all(self) -> bool:
        """Return whether training has to end in any process; all of them must ask."""
        return self.processes.any(lambda: self.ends)()

    @property
    def reason(self) -> str:
        """Why training has ended: "interrupted", "callback", "time" or "done"."""
        if self.stop.is_set():
            return "interrupted"
        return "callback" if self.told_to_end else "time" if self.late() else "done"

    def __call__(self, report: Any) -> bool:
        """Return whether training has to end after this epoch."""
        with self._lock:
            if not self._begun:
                self._begun, self.stopped_too_early = True, self.stop.is_set()
            self.on_epoch()
        return self.ends
