"""What `clearprop explain` does: a model file and rows give one step, told or asked about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import typer

from clearprop.cli.encoding import say, say_json
from clearprop.cli.errors import UNEXPECTED
from clearprop.cli.models import Source, load_model, read_rows
from clearprop.cli.show import Page, size_of
from clearprop.data import DataError
from clearprop.data.labels import match
from clearprop.explaining.record import PHASES
from clearprop.explaining.render_step import step_text
from clearprop.explaining.step import UnknownQuantityError
from clearprop.training.checkpoint import read_incident
from clearprop.writing.folding import folded
from clearprop.writing.sentences import count

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clearprop.explaining.opened import Step
    from clearprop.tables.trained_table import TrainedTable
    from clearprop.training.flight import Incident


class ExplainOptions(NamedTuple):
    """The options of the command; rows are counted from 1."""

    rows: tuple[int, ...]
    why: tuple[str, ...]
    html: Path | None
    latex: bool
    as_json: bool
    member: int | None = None


def run(path: Path, source: str, reading: Mapping[str, Any], wanted: ExplainOptions) -> None:
    """Load the model, open the step on the rows, and print what the options ask for."""
    _show(step_of(path, source, reading, wanted.rows, wanted.member), wanted)


def run_incident(path: Path, wanted: ExplainOptions) -> None:
    """Open the step in which a training went wrong, from its checkpoint or a folder of them."""
    file, incident = _incident_in(path, wanted.member)
    say(f"{file.name}: {incident}", err=wanted.as_json)
    if incident.unkept:
        raise typer.Exit(UNEXPECTED)
    step = incident.explain()
    _show(replace(step, labels=replace(step.labels, model=file.name)), wanted)


def _incident_in(path: Path, member: int | None) -> tuple[Path, Incident]:
    """Return the checkpoint of a training that went wrong, and what was recorded of it."""
    files = [path]
    if path.is_dir():
        number = "*" if member is None else str(member)
        files = sorted(path.glob(f"network-{number}.checkpoint")) or sorted(
            path.glob("*.checkpoint")
        )
    elif member is not None:
        raise typer.BadParameter("is for a folder of checkpoints", param_hint="--member")
    for file in files:
        if (incident := read_incident(file)) is not None:
            return file, incident
    if not files:
        raise DataError(f"there is no checkpoint in {path}.")
    raise DataError(f"nothing went wrong in the training of {path}: no jump, nothing not finite.")


def _show(step: Step, wanted: ExplainOptions) -> None:
    """Print what the options ask for, or save it."""
    if wanted.html is not None:
        step.to_html(wanted.html)
        size = size_of(wanted.html.stat().st_size)
        say(f"saved {wanted.html} ({size}): {step.title}", err=wanted.as_json)
        if not (wanted.why or wanted.latex or wanted.as_json):
            return
    if wanted.as_json:
        say_json(step.to_dict())
    elif wanted.why:
        say("\n\n".join(_why(step, address, wanted.latex) for address in wanted.why))
    elif wanted.latex:
        say(step.to_latex())
    else:
        _tell(step)


def _tell(step: Step) -> None:
    """Print a step in the terminal's width; its title and phases are bold where a terminal is."""
    page = Page()
    title, *lines = step_text(step, page.width).splitlines()
    page.line(title, "bold")
    for line in lines:
        page.line(line, "bold" if line in PHASES else "")


def step_of(
    path: Path,
    source: str,
    reading: Mapping[str, Any],
    rows: tuple[int, ...],
    member: int | None = None,
) -> Step:
    """Return the step that a saved model would take next on these rows, counted from 1.

    Of several networks it is that of number `member`, 0 without one; the step's model says so.
    """
    model = load_model(path)
    return step_in(path, model, read_rows(model, source, reading), rows, member)


def rows_with_target(table: Source) -> tuple[int, ...]:
    """Return the rows, counted from 1, that have a target."""
    return () if table.truth is None else tuple(int(row) + 1 for row in table.truth.rows)


def step_in(
    path: Path,
    model: TrainedTable,
    table: Source,
    rows: tuple[int, ...],
    member: int | None = None,
) -> Step:
    """Return the step of a model, loaded from `path`, on rows of a table that was read for it."""
    number = _checked_member(model, path, member)
    with table.origin.locating():
        step = _step(model, table, rows, number)
    several = f", network {number} (of 0 to {model.networks - 1})" if model.networks > 1 else ""
    return replace(step, labels=replace(step.labels, model=f"{path.name}{several}"))


def _checked_member(model: TrainedTable, path: Path, member: int | None) -> int:
    if member is not None and not 0 <= member < model.networks:
        most = model.networks - 1
        has = f"networks 0 to {most}" if most else "one network, number 0"
        raise typer.BadParameter(f"{path} has {has}, not {member}", param_hint="--member")
    return member or 0


def _step(model: TrainedTable, source: Source, rows: tuple[int, ...], member: int) -> Step:
    length = len(source.X)
    for row in rows:
        if not 1 <= row <= length:
            raise typer.BadParameter(
                f"{source.name} has rows 1 to {length:,}, no row {row:,}", param_hint="--row"
            )
    if source.truth is None:
        why = source.no_truth or f"{source.name} has no {model.target_name}."
        raise DataError(f"{why} A training step needs the target.")
    places = {int(place): order for order, place in enumerate(source.truth.rows)}
    missing = [row for row in rows if row - 1 not in places]
    if missing:
        raise DataError(f"row {missing[0]} of {source.name} has no {model.target_name}.")
    chosen = [places[row - 1] for row in rows]
    y = _targets(model, np.asarray(source.truth.values)[chosen], source.name)
    table: Any = source.X
    picked = [row - 1 for row in rows]
    some = table[picked] if isinstance(table, np.ndarray) else table.iloc[picked]
    return model.explain(some, y, [f"row {row}" for row in rows], source.image, member)


def _targets(model: TrainedTable, values: np.ndarray[Any, Any], source: str) -> Any:
    """Return targets as the estimator has them."""
    if model.task == "regression":
        return values.astype(np.float64)
    classes = model.estimator.classes_
    matched = match(values, classes, source)
    if (matched.codes >= len(classes)).any():
        unknown = count(int((matched.codes >= len(classes)).sum()), "row")
        raise DataError(f"{unknown} of {source} with a class that training did not meet.")
    return classes[matched.codes]


def _why(step: Step, address: str, latex: bool) -> str:
    try:
        why = step.why(address)
    except (UnknownQuantityError, IndexError) as error:
        raise typer.BadParameter(str(error), param_hint="--why") from None
    if latex:
        return why.to_latex()
    width = Page().width
    return "\n".join(part for line in str(why).splitlines() for part in folded(line, width))
