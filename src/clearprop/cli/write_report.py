"""The page that `clearprop train --report` writes."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from clearprop.reporting import Training, report
from clearprop.tables.findings import Finding, findings_in
from clearprop.tables.prepare import columns_in

if TYPE_CHECKING:
    from clearprop.estimators.recorder import EpochRecorder
    from clearprop.tables.fit import Trained
    from clearprop.tables.prepare import PreparedTable
    from clearprop.tables.settings import TrainSettings
    from clearprop.tables.trained_table import TrainedTable


def write_report(
    model: TrainedTable,
    settings: TrainSettings,
    prepared: PreparedTable,
    trained: Trained,
    recorder: EpochRecorder | None,
    model_path: Path,
    path: Path,
) -> None:
    """Write the report of a training, measured on the same rows as its figures."""
    rows = prepared.test or prepared.train
    parts = {"train": prepared.train, "validation": prepared.validation, "test": prepared.test}
    source = settings.source if settings.test is None else str(settings.test)
    name = Path(source).name  # a report does not tell where files are on this machine
    training = Training(
        recorder=recorder,
        rows={name: len(part) for name, part in parts.items() if part is not None},
        constant=prepared.commonest,
        seconds=trained.seconds,
        interrupted=trained.interrupted,
        notes=[*prepared.notes, *trained.complaints],
        findings=_findings(prepared),
        health=None if prepared.one_network else trained.health_of_members,
        command=f"clearprop explain {shlex.quote(model_path.name)} {shlex.quote(name)}",
    )
    found = report(
        model,
        rows.raw(),
        rows.y,
        measured_on="test" if prepared.test else "training",
        row_numbers=rows.places + 1,
        image_shape=prepared.dataset.image,
        training=training,
    )
    found.to_html(path)


def _findings(prepared: PreparedTable) -> tuple[Finding, ...] | None:
    """Return what was found about the columns of one network's training rows.

    None for several networks, whose estimator has found it itself.
    """
    table = prepared.train.raw()
    if not prepared.one_network:
        return None
    if prepared.dataset.image is not None or not hasattr(table, "iloc"):
        return ()
    return findings_in(columns_in(table), prepared.train.y, prepared.task)
