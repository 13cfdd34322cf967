"""What `clearprop train` does, step by step, once its arguments are checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearprop.cli.encoding import say_json
from clearprop.cli.errors import say_warning
from clearprop.cli.evaluate import check_own_gradients, evaluate
from clearprop.cli.interrupts import noted_signals
from clearprop.cli.progress import ProgressLine
from clearprop.cli.report import (
    Result,
    tell_data,
    tell_figures,
    tell_gradients,
    tell_network,
    tell_saved,
    tell_training,
)
from clearprop.cli.show import Page
from clearprop.cli.write_report import write_report
from clearprop.estimators.recorder import EpochRecorder
from clearprop.tables.fit import Trained, fit
from clearprop.tables.model import TableModel
from clearprop.tables.prepare import PreparedTable, prepare
from clearprop.training.loop import NO_EPOCH

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clearprop.estimators.scores import Figures
    from clearprop.tables.settings import TrainSettings


def run(
    settings: TrainSettings,
    path: Path,
    check_gradients: bool,
    quiet: bool,
    as_json: bool,
    report: Path | None = None,
) -> Result:
    """Read, train, test, save, check and report.

    The model is saved before anything is printed of it: whatever becomes of the output, the
    training is not lost.
    """
    essential, rest = Page(silent=as_json), Page(silent=as_json or quiet)
    prepared = prepare(settings)
    tell_data(rest, prepared)
    tell_network(rest, settings, prepared)
    metric = "accuracy" if prepared.classes else "R²"
    shown = not (quiet or as_json)
    recorder = None if report is None else EpochRecorder()
    line = ProgressLine(settings.epochs, len(prepared.train), metric, shown)
    with noted_signals() as signals:
        try:
            trained = fit(settings, prepared, line, recorder, signals)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"{NO_EPOCH}; nothing was saved") from None
    figures = _figures(prepared, trained, settings)
    model = _model(prepared, trained, settings, figures.summary() if prepared.test else {})
    model.save(path)
    size = path.stat().st_size
    for complaint in trained.complaints:
        say_warning(complaint)
    tell_training(rest, prepared, trained)
    tell_figures(essential, prepared, figures, in_full=not quiet)
    tell_saved(essential, path, size)
    gradients = None
    if check_gradients:
        rows = prepared.train
        gradients = check_own_gradients(trained.estimator, rows.inputs, prepared.scaled(rows))
        tell_gradients(rest if gradients else essential, gradients)
    if recorder is not None and report is not None:
        write_report(model, settings, prepared, trained, recorder, path, report)
        tell_saved(essential, report, report.stat().st_size)
    result = Result(prepared, trained, figures, gradients, str(path), size, report)
    if as_json:
        say_json(result.document())
    return result


def _figures(prepared: PreparedTable, trained: Trained, settings: TrainSettings) -> Figures:
    """Return how good the network is on the test rows; on the training rows if there are none."""
    rows = prepared.test or prepared.train
    model = _model(prepared, trained, settings, {})
    baseline = prepared.commonest or 0
    predictions = model.predict_inputs(rows.inputs)
    return evaluate(model, rows.y, predictions, prepared.dataset.name, baseline).figures


def _model(
    prepared: PreparedTable, trained: Trained, settings: TrainSettings, test: Mapping[str, float]
) -> TableModel:
    return TableModel(
        encoder=prepared.encoder,
        estimator=trained.estimator,
        target_name=prepared.dataset.target_name,
        target=prepared.target,
        source=prepared.dataset.name,
        test=test,
        settings=settings.record(),
        fingerprint=prepared.fingerprint,
        held_out=prepared.held_out,
    )
