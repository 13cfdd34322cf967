"""Where `clearprop train` saves a training while it runs, and how often."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import typer

from clearprop.cli.errors import say_warning
from clearprop.training.checkpoint import SECONDS, Checkpoint
from clearprop.training.deferred import DeferredCheckpoint, Opening, holds_training, remove

NEVER = "never"
UNASKED_SECONDS = 60.0
"""A training that nobody asked to save is saved after so many seconds, and as often."""

_UNITS = {"s": 1.0, "sec": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0, "h": 3600.0,
          "hour": 3600.0}  # fmt: skip
_INTERVAL = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+?)s?", re.IGNORECASE)


@dataclass(frozen=True)
class Interval:
    """How often a training is saved: after so many epochs, or so many seconds."""

    epochs: int | None = None
    seconds: float = SECONDS

    @classmethod
    def of(cls, text: str) -> Interval:
        """Return what a text such as "10 epochs", "5min" or "30 s" says."""
        found = _INTERVAL.fullmatch(text.strip())
        number, unit = (found[1], found[2].lower()) if found else ("0", "")
        if unit == "epoch" and number.isdecimal() and int(number):
            return cls(epochs=int(number))
        seconds = float(number) * _UNITS.get(unit or "s", 0.0)
        if not seconds:
            raise typer.BadParameter(
                f'{text!r} is not of the form "10 epochs", "5 min", "30 s" or {NEVER}',
                param_hint="--checkpoint-every",
            )
        return cls(seconds=seconds)


@dataclass(frozen=True)
class Keeping:
    """What of a training is saved while it runs.

    Attributes
    ----------
    checkpoint : Checkpoint or None
        Where, and how often; None where nothing is.
    beside : Path or None
        The folder beside the model, where no other one was named; it goes when the model is saved.
    resume : bool
        Whether to go on with what is there.
    opening : Opening or None
        When the folder beside the model is first written.
    """

    checkpoint: Checkpoint | None
    beside: Path | None = None
    resume: bool = False
    opening: Opening | None = None

    @classmethod
    def of(
        cls, folder: Path | None, every: str | None, resume: bool, out: Path, quiet: bool
    ) -> Keeping:
        """Return what the options of the command ask for, checked."""
        if every == NEVER:
            for name, given in (("--checkpoint", folder is not None), ("--resume", resume)):
                if given:
                    raise typer.BadParameter(
                        f"needs checkpoints, and --checkpoint-every {NEVER} wants none",
                        param_hint=name,
                    )
            return cls(None)
        asked = None if every is None else Interval.of(every)
        if folder is not None:
            if folder.is_file():
                raise typer.BadParameter(
                    f"{folder} is a file: name a folder", param_hint="--checkpoint"
                )
            interval = asked or Interval()
            return cls(Checkpoint(folder, interval.epochs, interval.seconds), None, resume)
        beside = out.with_name(f".{out.name.removesuffix('.clearprop')}.training")
        interval = asked or Interval(seconds=UNASKED_SECONDS)

        def told() -> None:
            if not quiet:
                say_warning(
                    f"from now on this training is saved in {beside} while it runs: if it is cut "
                    "off, the same command with --resume goes on"
                )

        known_to_be_long = asked is not None or (resume and holds_training(beside))
        wait = 0.0 if known_to_be_long else UNASKED_SECONDS
        opening = Opening(beside, wait, not resume, told)
        return cls(
            DeferredCheckpoint(beside, interval.epochs, interval.seconds, opening),
            beside, resume, opening,
        )  # fmt: skip

    def tell(self) -> None:
        """Say what an earlier training left beside the model, or that there is none to go on."""
        if self.beside is None:
            return
        there = holds_training(self.beside)
        if self.resume and not there:
            say_warning(f"there is no training to go on with in {self.beside}: this one begins")
        elif there and not self.resume:
            say_warning(
                f"{self.beside} holds a training that was cut off: --resume goes on with it. This "
                "one begins anew, and takes its place once it is saved itself"
            )

    @property
    def goes_on(self) -> bool:
        """Whether there is something that --resume would go on with."""
        if self.checkpoint is None or (self.opening and not (self.opening.is_open or self.resume)):
            return False
        return holds_training(Path(self.checkpoint.path))

    def done(self) -> None:
        """Remove what was saved beside the model, which is whole now."""
        if self.beside is not None and self.goes_on:
            remove(self.beside)
