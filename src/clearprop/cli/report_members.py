"""What `clearprop train` prints of a table estimator: its members, and its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from clearprop.cli.show import rows_of
from clearprop.tables.members_model import MembersModel
from clearprop.writing.numbers import figure, shown
from clearprop.writing.sentences import count

if TYPE_CHECKING:
    from clearprop.cli.show import Page
    from clearprop.tables.fit import Trained
    from clearprop.tables.trained_table import TrainedTable

    Array = np.ndarray[Any, Any]

COVERAGE = 0.9


class IntervalFigures(NamedTuple):
    """The interval prediction ± half, and what part of the tested rows it holds."""

    coverage: float
    half: float
    covered: float

    def document(self) -> dict[str, float]:
        """Return it as JSON."""
        return {"coverage": self.coverage, "plus_minus": self.half, "covered": self.covered}


def interval_of(model: TrainedTable, y: Array, predictions: Array) -> IntervalFigures | None:
    """Return the interval of a regression's predictions; None where the model has none."""
    half = model.half_interval(COVERAGE) if isinstance(model, MembersModel) else None
    if half is None:
        return None
    inside = np.abs(np.asarray(y, float) - predictions) <= half
    return IntervalFigures(COVERAGE, half, float(inside.mean()))


def members_document(model: TrainedTable) -> list[dict[str, Any]]:
    """Return the members as JSON."""
    return [
        {
            "inputs": int(model.estimator.network(number).layers[0].inputs),
            "epochs": member.epochs,
            "rows_held_out": member.rows_held_out,
        }
        for number, member in enumerate(model.estimator.members_)
    ]


def tell_members(page: Page, model: TrainedTable, trained: Trained) -> None:
    """Print the members, what they see, and how their training went."""
    page.line(model.title)
    warned_of = {str(finding) for finding in model.estimator.findings_ if finding.is_leak}
    for note in model.describe():
        if note not in warned_of:
            page.note(note)
    members = model.estimator.members_
    lengths = sorted({member.epochs for member in members})
    span = count(lengths[0], "epoch")
    if len(lengths) > 1:
        span = f"{lengths[0]} to {count(lengths[-1], 'epoch')}"
    page.line(
        f"trained {count(trained.epochs, 'epoch')} in all in {trained.seconds:.1f} s, "
        f"{trained.rate:,.0f} rows/s; kept {count(len(members), 'network')} of {span}"
    )
    probes = [member for member in members if member.rows_held_out]
    if not probes:
        return
    who = f"{len(probes)} of them" if len(probes) < len(members) else "all of them"
    each = " each" if len(probes) > 1 else ""
    found = ["the epochs of the others"] if len(probes) < len(members) else ["their epochs"]
    if model.task == "classification":
        found.append(f"the temperature {shown(model.estimator.temperature_)}")
    page.line(
        f"{who} held out {rows_of(probes[0].rows_held_out)}{each}, which decided "
        f"{' and '.join(found)}"
    )


def tell_interval(page: Page, interval: IntervalFigures | None, unit: str, where: str) -> None:
    """Print the interval, and how many of the rows are in it."""
    if interval is not None:
        page.line(
            f"{100 * interval.coverage:.0f} % interval: prediction ± {figure(interval.half)} "
            f"{unit}; it holds {100 * interval.covered:.1f} % of the {where} rows"
        )
        page.line()
