"""What `clearprop worksheet` does: a model file and rows give a sheet, and its key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import typer

from clearprop.cli.encoding import say
from clearprop.cli.explaining import rows_with_target, step_in
from clearprop.cli.models import load_model, read_rows
from clearprop.cli.overwriting import refuse_overwriting
from clearprop.data import DataError
from clearprop.explaining import Worksheet, worksheet
from clearprop.explaining.step import UnknownQuantityError
from clearprop.explaining.worksheet import ending_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from clearprop.explaining import Step

MOST_SHEETS = 1000


class WorksheetOptions(NamedTuple):
    """The options of the command; rows are counted from 1."""

    rows: tuple[int, ...]
    seeds: tuple[int, ...]
    blanks: tuple[str, ...]
    out: Path | None
    key: Path | None


class SheetFiles(NamedTuple):
    """The rows of one sheet, and where it and its key are saved."""

    rows: tuple[int, ...]
    out: Path | None
    key: Path | None


def seeds_of(text: str | None) -> tuple[int, ...]:
    """Return the seeds that an option names.

    >>> seeds_of("17"), seeds_of("3-5"), seeds_of(None)
    ((17,), (3, 4, 5), ())
    """
    if text is None:
        return ()
    match = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", text)
    if match is None:
        raise typer.BadParameter(
            f"{text!r} is no seed: give a number, 17, or a range, 1-30", param_hint="--seed"
        )
    first, last = int(match[1]), int(match[2] or match[1])
    if not 0 <= last - first < MOST_SHEETS:
        raise typer.BadParameter(
            f"{text} is no range of 1 to {MOST_SHEETS:,} seeds, such as 1-30", param_hint="--seed"
        )
    return tuple(range(first, last + 1))


def run(path: Path, source: str, reading: Mapping[str, Any], wanted: WorksheetOptions) -> None:
    """Load the model, open the steps on the rows, and write the sheets and their keys."""
    _check_options(wanted)
    model = load_model(path)
    table = read_rows(model, source, reading)
    sheets = list(_sheets(wanted, rows_with_target(table) if wanted.seeds else ()))
    for made in sheets:
        refuse_overwriting({"model": path, "source": source, "out": made.out, "key": made.key})
    for made in sheets:
        sheet = _sheet(step_in(path, model, table, made.rows), wanted.blanks)
        _save(sheet, made)


def _save(sheet: Worksheet, made: SheetFiles) -> None:
    if made.out is None:
        say(sheet.to_markdown().rstrip())
    else:
        sheet.save(made.out)
        say(f"saved {made.out}: {len(sheet.blanks)} items, {sheet.step.title}")
    if made.key is not None:
        sheet.save(made.key, key=True)
        say(f"saved {made.key}: the answer key", err=made.out is None)


def _check_options(wanted: WorksheetOptions) -> None:
    """Refuse files of no form, and options that contradict each other, before anything is read."""
    for file, option in ((wanted.out, "--out"), (wanted.key, "--key")):
        try:
            if file is not None:
                ending_of(file)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint=option) from None
    if wanted.seeds and wanted.rows:
        raise typer.BadParameter("--seed draws the row: leave --row out", param_hint="--seed")
    if len(wanted.seeds) > 1 and wanted.out is None:
        raise typer.BadParameter(
            f"{len(wanted.seeds)} sheets need files: add --out sheet.md", param_hint="--seed"
        )


def _sheets(wanted: WorksheetOptions, rows: tuple[int, ...]) -> Iterator[SheetFiles]:
    """Yield the rows and files of each sheet; with seeds, a row of `rows` drawn by each."""
    if not wanted.seeds:
        yield SheetFiles(wanted.rows or (1,), wanted.out, wanted.key)
        return
    if not rows:
        raise DataError("no row has a target to draw a training step from.")
    for seed in wanted.seeds:
        row = rows[int(np.random.default_rng(seed).integers(len(rows)))]
        several = len(wanted.seeds) > 1
        out, key = (_numbered(f, seed) if several else f for f in (wanted.out, wanted.key))
        yield SheetFiles((row,), out, key)


def _numbered(path: Path | None, seed: int) -> Path | None:
    """Return a file's name with the seed: sheet-17.md."""
    return None if path is None else path.with_name(f"{path.stem}-{seed}{path.suffix}")


def _sheet(step: Step, blanks: tuple[str, ...]) -> Worksheet:
    try:
        return worksheet(step, blanks=blanks or None)
    except (UnknownQuantityError, IndexError, ValueError) as error:
        raise typer.BadParameter(str(error), param_hint="--blank") from None
