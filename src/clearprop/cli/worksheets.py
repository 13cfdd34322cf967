"""What `clearprop worksheet` does: a model file and rows give a sheet, and its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from clearprop.cli.encoding import say
from clearprop.cli.explaining import step_of
from clearprop.explaining import Worksheet, worksheet
from clearprop.explaining.step import UnknownQuantityError
from clearprop.explaining.worksheet import ending_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clearprop.explaining import Step


class WorksheetOptions(NamedTuple):
    """The options of the command; rows are counted from 1."""

    rows: tuple[int, ...]
    blanks: tuple[str, ...]
    out: Path | None
    key: Path | None


def run(path: Path, source: str, reading: Mapping[str, Any], wanted: WorksheetOptions) -> None:
    """Load the model, open the step on the rows, and write the sheet and its key."""
    _check_endings(wanted)
    sheet = _sheet(step_of(path, source, reading, wanted.rows), wanted.blanks)
    if wanted.out is None:
        say(sheet.to_markdown().rstrip())
    else:
        sheet.save(wanted.out)
        say(f"saved {wanted.out}: {len(sheet.blanks)} items, {sheet.step.title}")
    if wanted.key is not None:
        sheet.save(wanted.key, key=True)
        say(f"saved {wanted.key}: the answer key", err=wanted.out is None)


def _check_endings(wanted: WorksheetOptions) -> None:
    """Refuse files of no form before anything is read."""
    for file, option in ((wanted.out, "--out"), (wanted.key, "--key")):
        try:
            if file is not None:
                ending_of(file)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint=option) from None


def _sheet(step: Step, blanks: tuple[str, ...]) -> Worksheet:
    try:
        return worksheet(step, blanks=blanks or None)
    except (UnknownQuantityError, IndexError, ValueError) as error:
        raise typer.BadParameter(str(error), param_hint="--blank") from None
