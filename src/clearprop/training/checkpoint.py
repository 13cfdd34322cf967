"""Checkpoints: a training saves itself and goes on later to the same bits."""

from __future__ import annotations

import os
import time
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from clearprop.files.errors import DataError
from clearprop.training.checked_run import check_fits
from clearprop.training.history import History
from clearprop.training.identity import Identity, ResumeError
from clearprop.training.keeper import Keeper, Start
from clearprop.training.saved_run import SavedRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from clearprop.engines.base import TrainingState, UnfinishedEpoch
    from clearprop.files.container import Json
    from clearprop.training.flight import Incident
    from clearprop.training.orders import Orders
    from clearprop.training.watch import Watch

KIND = "training"
SECONDS = 30.0
"""Between two saves, unless told otherwise: so much of a training is lost at most."""

FINAL = ("epochs", "stopped improving", "converged", "evaluations", "no descent")
"""Reasons to end after which there is nothing to go on with. After others a training goes on."""


@dataclass(frozen=True)
class Checkpoint:
    """Where a training saves itself, and how often.

    It is saved where `seconds` have passed since the last save, within an epoch too, or after each
    `every` epochs; at the end; and after Ctrl-C. The file is replaced as a whole or not at all.

    Parameters
    ----------
    path : path-like
        The file; a folder for what trains several networks: restarts, table estimators.
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
    replaces: ClassVar[bool] = False
    """Whether a training that is there already may be overwritten."""

    def __post_init__(self) -> None:
        if self.every is not None and self.every < 1:
            raise ValueError(f"every must be at least 1 epoch, got {self.every}")
        if not self.seconds >= 0:
            raise ValueError(f"seconds must be at least 0, got {self.seconds}")

    def inside(self, name: str) -> Checkpoint:
        """Return the same for a file in the folder `path`, which is made where there is none."""
        folder = Path(self.path)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError as error:
            raise ResumeError(
                f"{folder} is a file, and several networks are saved in a folder: name another"
            ) from error
        return replace(self, path=folder / name)

    def may_write(self) -> bool:
        """Return whether a save may be written now."""
        return True


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
    if not path.exists() or (checkpoint.replaces and not resume):
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
        self.latest: _Moment | None = None
        self.watch: Watch | None = None
        self.saved_incident = None if saved is None else saved.incident
        self.saved_at, self.saved_steps = time.monotonic(), 0

    def begin(self, position: TrainingState, watch: Watch, orders: Orders) -> Start:
        """Put the run where the saved one was."""
        self.watch, start = watch, self.start
        if start is None:
            self.saved_steps = position.steps
            return Start(position)
        try:
            check_fits(start, position, watch, orders)
            orders.go_on_from(start.orders)
        except DataError as error:
            raise ResumeError(f"{self.checkpoint.path} cannot be gone on from: {error}") from error
        watch.history, watch.best = start.history, start.best
        watch.stopping_state = start.stopping_state
        watch.goes_on_after(start.incident)
        for name, metric in watch.settings.remembering.items():
            metric.state = start.remembered[name]
        self.saved_steps = start.position.steps
        return Start(start.position, start.unfinished, start.reason)

    def epochs_until_due(self, watch: Watch) -> int:
        """Return how many epochs are left until `every` is reached."""
        every = self.checkpoint.every
        if every is None:
            return super().epochs_until_due(watch)
        return every - len(watch.history) % every

    def is_due(self) -> bool:
        """Return whether the seconds between two saves have passed."""
        seconds = self.checkpoint.seconds
        return (
            self.writes
            and self.checkpoint.every is None
            and time.monotonic() - self.saved_at >= seconds
        )

    def reached(
        self,
        position: TrainingState,
        watch: Watch,
        orders: Orders,
        unfinished: UnfinishedEpoch | None = None,
    ) -> None:
        """Save the run if it is time."""
        self.latest = _Moment(position, watch, orders, unfinished)
        every = self.checkpoint.every
        whole = every is not None and unfinished is None and self.latest.epochs % every == 0
        if position.steps > self.saved_steps and (whole or self.is_due()):
            self._save(self.latest.run())

    def ended(self, position: TrainingState, watch: Watch, orders: Orders, reason: str) -> None:
        """Save the whole run."""
        run = _Moment(position, watch, orders, None).run()
        self._save(replace(run, reason=reason if reason in FINAL else None))

    def cut_off(self) -> None:
        """Save the run as it was when it was looked at last."""
        if self.latest is None:
            return
        new_incident = self.incident is not self.saved_incident
        if self.latest.position.steps > self.saved_steps or new_incident:
            self._save(self.latest.run())

    @property
    def incident(self) -> Incident | None:
        """What went wrong so far."""
        return None if self.watch is None else self.watch.incident

    def _save(self, run: SavedRun) -> None:
        """Save the run. Where that fails the training goes on, and a warning says so."""
        if not self.writes:
            return
        from clearprop.files.container import write_model

        document, arrays = replace(run, incident=self.incident).parts()
        identity = self.identity()
        facts: dict[str, Json] = dict(identity.facts)
        entropy = str(identity.entropy)
        whole: dict[str, Json] = {"kind": KIND, "facts": facts, "entropy": entropy, **document}
        self.saved_at = time.monotonic()
        try:
            if not self.checkpoint.may_write():
                return
            write_model(self.checkpoint.path, whole, arrays, proven=True)
        except OSError as error:
            warnings.warn(
                f"training goes on, but is not saved after step {run.position.steps:,}: {error}",
                stacklevel=2,
            )
        else:
            self.saved_steps, self.saved_incident = run.position.steps, self.incident


class _Moment:
    """A run between two steps. Later epochs only add to its history, which is cut when asked."""

    def __init__(
        self,
        position: TrainingState,
        watch: Watch,
        orders: Orders,
        unfinished: UnfinishedEpoch | None,
    ) -> None:
        self.unfinished = unfinished
        self.remembered = {
            name: metric.state for name, metric in watch.settings.remembering.items()
        }
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
        return SavedRun(
            self.position, self.best, history, self.stopping_state, self.orders,
            unfinished=self.unfinished, remembered=self.remembered,
        )  # fmt: skip
