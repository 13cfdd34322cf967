"""Whether and where a training is kept, what is kept there already, and what goes on from it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.training.checkpoint import Checkpoint, CheckpointKeeper, begun
from clearprop.training.identity import Identity, check_same, fingerprints
from clearprop.training.keeper import NOTHING_KEPT, Keeper

if TYPE_CHECKING:
    from clearprop.training.saved_run import SavedRun


@dataclass(frozen=True)
class Kept:
    """Whether and where a training is kept, and what is kept there already.

    Attributes
    ----------
    checkpoint : Checkpoint or None
        None where nothing is kept.
    source : SeedSequence
        The seeds of the training: the saved ones where none was given.
    resume : bool
        Whether to go on with what is there.
    identity, run
        What the file holds; None without, and for several runs.
    """

    checkpoint: Checkpoint | None
    source: np.random.SeedSequence
    resume: bool = False
    identity: Identity | None = None
    run: SavedRun | None = None

    @classmethod
    def of(
        cls,
        checkpoint: str | os.PathLike[str] | Checkpoint | None,
        resume: bool,
        seed: int | None,
        runs: int = 1,
    ) -> Kept:
        """Return what the arguments of `train` ask for; several runs have a file each."""
        if checkpoint is None:
            if resume:
                raise ValueError("resume=True needs the checkpoint's file: give checkpoint=")
            return cls(None, np.random.SeedSequence(seed))
        if not isinstance(checkpoint, Checkpoint):
            checkpoint = Checkpoint(checkpoint)
        files = [checkpoint] if runs == 1 else [of_run(checkpoint, run) for run in range(runs)]
        saved = [found for found in (begun(file, resume) for file in files) if found is not None]
        if not saved:
            return cls(checkpoint, np.random.SeedSequence(seed), resume)
        entropy = saved[0][0].entropy if seed is None else seed
        what = saved[0] if runs == 1 else (None, None)
        return cls(checkpoint, np.random.SeedSequence(entropy), resume, *what)

    def one_run(self, number: int) -> Kept:
        """Return what is kept of one of several runs."""
        if self.checkpoint is None:
            return self
        file = of_run(self.checkpoint, number)
        return replace(self, checkpoint=file).with_saved(begun(file, self.resume))

    def with_saved(self, saved: tuple[Identity, SavedRun] | None) -> Kept:
        """Return the same with what a file holds."""
        return self if saved is None else replace(self, identity=saved[0], run=saved[1])

    def keeper(
        self,
        rows: Callable[[], Mapping[str, str]],
        others: Mapping[str, Any],
        used: Any = (),
        **settings: Any,
    ) -> Keeper:
        """Return what keeps the training on these rows, known by them and by its settings.

        Parameters
        ----------
        rows
            Returns the fingerprints of the rows, see `fingerprints`.
        others
            Other arrays by their names, such as the first parameters.
        used
            What is no setting, but may be code of the user's own, such as metrics.

        Raises
        ------
        ResumeError
            If what is kept is another training.
        """
        if self.checkpoint is None:
            return NOTHING_KEPT
        entropy = self.source.entropy
        assert isinstance(entropy, int)

        @cache
        def identity() -> Identity:
            return Identity.of(entropy, {**rows(), **fingerprints(others)}, used, **settings)

        if self.identity is not None:
            check_same(self.checkpoint.path, self.identity, identity())
        return CheckpointKeeper(self.checkpoint, identity, self.run)


def of_run(checkpoint: Checkpoint, number: int) -> Checkpoint:
    """Return the checkpoint of one of several runs, a file in the folder that was given."""
    return checkpoint.inside(f"run-{number}.checkpoint")
