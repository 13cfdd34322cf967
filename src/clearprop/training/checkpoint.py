"""Checkpoints: a training saves itself and goes on later to the same bits."""

from __future__ import annotations

import os
import time
import warnings
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.definitions.optimizers import LBFGS
from clearprop.training.history import History
from clearprop.training.identity import Identity, ResumeError, check_same
from clearprop.training.keeper import NOTHING_KEPT, Keeper
from clearprop.training.saved_run import SavedRun

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clearprop.engines.base import TrainingRows, TrainingState
    from clearprop.files.container import Json
    from clearprop.training.flight import Incident
    from clearprop.training.orders import Orders
    from clearprop.training.watch import Watch

KIND = "training"
SECONDS = 30.0
"""Between two saves, unless told otherwise: so much of a training is lost at most."""

FINAL = ("epochs", "stopped improving")
"""Reasons to end after which there is nothing to go on with. After others a training goes on."""


@dataclass(frozen=True)
class Checkpoint:
    """Where a training saves itself, and how often.

    It is saved between two epochs, where `seconds` have passed or `every` epochs are done since the
    last save; at the end; and after Ctrl-C. The file is replaced as a whole or not at all.

    Parameters
    ----------
    path : path-like
        The file.
    every : int, optional
        Save after every so many epochs.
    seconds : float
        Save where so many seconds have passed since the last save. It is not looked at where
        `every` is given.

    Examples
    --------
    >>> import clearprop as cp
    >>> cp.Checkpoint("run.checkpoint", every=10).every
    10
    """

    path: str | os.PathLike[str]
    every: int | None = None
    seconds: float = SECONDS

    def __post_init__(self) -> None:
        if self.every is not None and self.every < 1:
            raise ValueError(f"every must be at least 1 epoch, got {self.every}")
        if not self.seconds >= 0:
            raise ValueError(f"seconds must be at least 0, got {self.seconds}")


def read_checkpoint(path: str | os.PathLike[str]) -> tuple[Identity, SavedRun]:
    """Return what a checkpoint's file holds.

    Raises
    ------
    ResumeError
        If the file is none, or is damaged.
    OSError
        If it cannot be read.
    """
    from clearprop.files.container import ModelFileError, read_model

    try:
        document, arrays = read_model(path)
        if document.get("kind") != KIND:
            raise ResumeError(f"{path} is no checkpoint of a training.")
        facts, entropy = document["facts"], document["entropy"]
        if not isinstance(facts, dict) or not isinstance(entropy, str):
            raise ResumeError(f"{path} is no checkpoint of a training.")
        return Identity({name: str(fact) for name, fact in facts.items()}, int(entropy)), (
            SavedRun.from_parts(document, arrays)
        )
    except (ModelFileError, KeyError, ValueError) as error:
        if isinstance(error, ResumeError):
            raise
        raise ResumeError(f"{path} cannot be gone on from: {error}") from error


def read_incident(path: str | os.PathLike[str]) -> Incident | None:
    """Return what went wrong in a training that was saved, None if nothing did.

    ``read_incident("run.checkpoint").explain()`` opens the step in which it began.

    Raises
    ------
    ResumeError
        If the file is no checkpoint, or is damaged.
    OSError
        If it cannot be read.
    """
    return read_checkpoint(path)[1].incident


def begun(checkpoint: Checkpoint, resume: bool) -> tuple[Identity, SavedRun] | None:
    """Return the saved training to go on with; None if there is none yet.

    Raises
    ------
    ResumeError
        If there is one and `resume` is false: it would be lost.
    """
    path = Path(checkpoint.path)
    if not path.exists():
        return None
    if not resume:
        raise ResumeError(
            f"{path} holds a training already. Go on with it by resume=True, or delete the file, "
            "or give another one."
        )
    return read_checkpoint(path)


class CheckpointKeeper(Keeper):
    """Saves a training to a checkpoint's file, and starts from what is saved there.

    `identity` is asked for at the first save, as it reads all rows, and at each save after it.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        identity: Callable[[], Identity],
        saved: SavedRun | None = None,
    ) -> None:
        self.checkpoint, self.identity, self.start = checkpoint, identity, saved
        self.latest: _Between | None = None
        self.watch: Watch | None = None
        self.saved_incident = None if saved is None else saved.incident
        self.saved_at, self.saved_epochs = time.monotonic(), -1

    def begin(
        self, position: TrainingState, watch: Watch, orders: Orders
    ) -> tuple[TrainingState, str | None]:
        """Put the run where the saved one was."""
        self.watch, start = watch, self.start
        if start is None:
            return position, None
        watch.history, watch.best = start.history, start.best
        watch.stopping_state = start.stopping_state
        orders.go_on_from(start.orders)
        watch.goes_on_after(start.incident)
        self.saved_epochs = len(start.history)
        return start.position, start.reason

    def epochs_until_due(self, watch: Watch) -> int:
        """Return how many epochs are left until `every` is reached."""
        every = self.checkpoint.every
        if every is None:
            return super().epochs_until_due(watch)
        return every - len(watch.history) % every

    def between_epochs(self, position: TrainingState, watch: Watch, orders: Orders) -> None:
        """Save the run if it is time."""
        self.latest = _Between(position, watch, orders)
        if self._is_due(len(watch.history)):
            self._save(self.latest.run())

    def ended(self, position: TrainingState, watch: Watch, orders: Orders, reason: str) -> None:
        """Save the whole run."""
        run = _Between(position, watch, orders).run()
        self._save(replace(run, reason=reason if reason in FINAL else None))

    def cut_off(self) -> None:
        """Save the run as it was after its last whole epoch."""
        if self.latest is None:
            return
        new_incident = self.incident is not self.saved_incident
        if self.latest.epochs > max(0, self.saved_epochs) or new_incident:
            self._save(self.latest.run())

    @property
    def incident(self) -> Incident | None:
        """What went wrong so far."""
        return None if self.watch is None else self.watch.incident

    def _is_due(self, epochs: int) -> bool:
        if epochs <= max(0, self.saved_epochs):
            return False
        every = self.checkpoint.every
        if every is not None:
            return epochs % every == 0
        return time.monotonic() - self.saved_at >= self.checkpoint.seconds

    def _save(self, run: SavedRun) -> None:
        """Save the run. Where that fails the training goes on, and a warning says so."""
        from clearprop.files.container import write_model

        document, arrays = replace(run, incident=self.incident).parts()
        identity = self.identity()
        facts: dict[str, Json] = dict(identity.facts)
        entropy = str(identity.entropy)
        whole: dict[str, Json] = {"kind": KIND, "facts": facts, "entropy": entropy, **document}
        self.saved_at = time.monotonic()
        try:
            write_model(self.checkpoint.path, whole, arrays, proven=True)
        except OSError as error:
            warnings.warn(
                f"training goes on, but is not saved after epoch {len(run.history)}: {error}",
                stacklevel=2,
            )
        else:
            self.saved_epochs, self.saved_incident = len(run.history), self.incident


class _Between:
    """A run between two epochs. Later epochs only add to its history, which is cut when asked."""

    def __init__(self, position: TrainingState, watch: Watch, orders: Orders) -> None:
        self.position, self.best, self.stopping_state = position, watch.best, watch.stopping_state
        self.history, self.epochs = watch.history, len(watch.history)
        self.best_epoch, self.orders = watch.history.best_epoch, orders.state

    def run(self) -> SavedRun:
        whole, epochs = self.history, self.epochs
        history = History(
            whole.loss[:epochs],
            {name: values[:epochs] for name, values in whole.metrics.items()},
            whole.learning_rate[:epochs],
            whole.seconds[:epochs],
            self.best_epoch,
            # A change by hand holds from the epoch after the one that led to it.
            {epoch: f for epoch, f in whole.rate_factors.items() if epoch <= epochs + 1},
        )
        return SavedRun(self.position, self.best, history, self.stopping_state, self.orders)


@dataclass(frozen=True)
class Kept:
    """Whether and where a training is kept, and what is kept there already.

    Attributes
    ----------
    checkpoint : Checkpoint or None
        None where nothing is kept.
    source : SeedSequence
        The seeds of the training: the saved ones where none was given.
    identity, run
        What the file holds; None without.
    """

    checkpoint: Checkpoint | None
    source: np.random.SeedSequence
    identity: Identity | None = None
    run: SavedRun | None = None

    @classmethod
    def of(
        cls,
        checkpoint: str | os.PathLike[str] | Checkpoint | None,
        resume: bool,
        seed: int | None,
        optimizer: object,
        restarts: int,
    ) -> Kept:
        """Return what the arguments of `train` ask for."""
        if checkpoint is None:
            if resume:
                raise ValueError("resume=True needs the checkpoint's file: give checkpoint=")
            return cls(None, np.random.SeedSequence(seed))
        if isinstance(optimizer, LBFGS) or restarts > 1:
            which = "L-BFGS" if isinstance(optimizer, LBFGS) else "restarts"
            raise ValueError(f"a checkpoint cannot hold a training by {which}: leave it out")
        if not isinstance(checkpoint, Checkpoint):
            checkpoint = Checkpoint(checkpoint)
        saved = begun(checkpoint, resume)
        if saved is None:
            return cls(checkpoint, np.random.SeedSequence(seed))
        entropy = saved[0].entropy if seed is None else seed
        return cls(checkpoint, np.random.SeedSequence(entropy), *saved)

    def keeper(self, rows: TrainingRows, others: Mapping[str, Any], **settings: Any) -> Keeper:
        """Return what keeps the training on these rows, known by them and by its settings.

        Raises
        ------
        ResumeError
            If what is kept is another training.
        """
        if self.checkpoint is None:
            return NOTHING_KEPT
        arrays = {"x": rows.x, "t": rows.t, "weights": rows.weights, **others}
        entropy = self.source.entropy
        assert isinstance(entropy, int)

        @cache
        def identity() -> Identity:
            return Identity.of(entropy, arrays, **settings)

        if self.identity is not None:
            check_same(self.checkpoint.path, self.identity, identity())
        return CheckpointKeeper(self.checkpoint, identity, self.run)
