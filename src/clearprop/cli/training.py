"""What `clearprop train` does, step by step, once its arguments are checked."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from clearprop.cli.encoding import say_json
from clearprop.cli.errors import say_warning
from clearprop.cli.evaluate import GRADIENT_ROWS, check_own_gradients, evaluate
from clearprop.cli.following import followed
from clearprop.cli.interrupts import noted_signals
from clearprop.cli.keeping import Keeping
from clearprop.cli.progress import ProgressLine
from clearprop.cli.report import (
    Result,
    diagnoses,
    tell_data,
    tell_diagnoses,
    tell_figures,
    tell_gradients,
    tell_network,
    tell_saved,
    tell_training,
)
from clearprop.cli.report_members import IntervalFigures, interval_of, tell_interval
from clearprop.cli.show import Page, shortened
from clearprop.cli.supervised import leave
from clearprop.cli.write_report import write_report
from clearprop.data.embedded import is_folder
from clearprop.engines import get_engine
from clearprop.engines.processes import LostProcessError
from clearprop.estimators.recorder import EpochRecorder
from clearprop.tables.fit import Trained, fit
from clearprop.tables.fit_members import fit_members
from clearprop.tables.prepare import PreparedTable, prepare
from clearprop.tables.prepare_folder import prepare_folder
from clearprop.tables.trained_model import model_of
from clearprop.training.outcome import NO_EPOCH

if TYPE_CHECKING:
    from pathlib import Path

    from clearprop.estimators.scores import Figures
    from clearprop.live.page import LivePage
    from clearprop.tables.settings import TrainSettings
    from clearprop.tables.trained_table import TrainedTable


def run(
    settings: TrainSettings,
    path: Path,
    check_gradients: bool,
    quiet: bool,
    as_json: bool,
    report: Path | None = None,
    keeping: Keeping | None = None,
    live: Path | None = None,
) -> Result:
    """Read, train, test, save, check and report.

    The model is saved before anything is printed of it: whatever becomes of the output, the
    training is not lost.
    """
    essential, rest = Page(silent=as_json), Page(silent=as_json or quiet)
    keeping = keeping or Keeping(None)
    settings = replace(settings, checkpoint=keeping.checkpoint)
    keeping.tell()
    prepared = _prepared(settings, live)
    tell_data(rest, settings, prepared)
    if prepared.one_network:
        tell_network(rest, settings, prepared)
    shown = not (quiet or as_json)
    recorder = None if report is None or not prepared.one_network else EpochRecorder()
    try:
        with followed(live, prepared) as page:
            trained = _trained(settings, prepared, shown, recorder, page)
    except KeyboardInterrupt:
        saved = "--resume goes on" if keeping.goes_on else "nothing was saved"
        raise KeyboardInterrupt(f"{NO_EPOCH}; {saved}") from None
    model = model_of(settings, prepared, trained)
    figures, interval, notes = _tested(prepared, model)
    model = model.tested(figures.summary() if prepared.test else {})
    model.save(path)
    if not trained.signals:
        keeping.done()
    size = path.stat().st_size
    leaks = [str(one) for one in getattr(trained.estimator, "findings_", ()) if one.is_leak]
    for complaint in [*trained.complaints, *leaks]:
        say_warning(complaint)
    tell_training(rest, settings, prepared, trained, model)
    for note in notes:
        rest.note(note)
    tell_figures(essential, prepared, figures, in_full=not quiet)
    measured_on = "test" if prepared.test else "training"
    tell_interval(rest, interval, shortened(prepared.dataset.target_name), measured_on)
    tell_diagnoses(rest, diagnoses(prepared, trained, figures))
    tell_saved(essential, path, size)
    gradients = None
    if check_gradients:
        few = prepared.train.take(np.arange(min(GRADIENT_ROWS, len(prepared.train))))
        gradients = check_own_gradients(model, few.raw(), few.y)
        tell_gradients(rest if gradients else essential, gradients)
    if report is not None:
        write_report(model, settings, prepared, trained, recorder, path, report)
        tell_saved(essential, report, report.stat().st_size)
    result = Result(
        prepared, trained, model, figures, gradients, str(path), size, report, interval, notes
    )
    if as_json:
        say_json(result.document())
    return result


def trains_first(settings: TrainSettings) -> bool:
    """Return whether this process prints and saves; it joins the others, if there are any."""
    return get_engine(settings.engine, None).processes.is_first


def run_beside(settings: TrainSettings, keeping: Keeping) -> list[int]:
    """Train beside the first process; print and write nothing. Return the signals that came."""
    warnings.simplefilter("ignore")
    settings = replace(settings, checkpoint=keeping.checkpoint)
    return _trained(settings, _prepared(settings), False, None, None).signals


def _prepared(settings: TrainSettings, live: Path | None = None) -> PreparedTable:
    folder = is_folder(settings.source)
    return prepare_folder(settings, live) if folder else prepare(settings)


def _trained(
    settings: TrainSettings,
    prepared: PreparedTable,
    shown: bool,
    recorder: EpochRecorder | None,
    page: LivePage | None,
) -> Trained:
    """Train one network or several, until a signal ends it."""
    metric = "accuracy" if prepared.classes else "R²"

    def line(epochs: int) -> ProgressLine:
        return ProgressLine(epochs, len(prepared.train), metric, shown, settings.time_limit)

    with noted_signals() as signals:
        try:
            if prepared.one_network:
                callbacks = [one for one in (recorder, page) if one is not None]
                return fit(settings, prepared, line(settings.epochs), callbacks, signals)
            return fit_members(settings, prepared, line, signals, page)
        except LostProcessError as error:
            leave(str(error))


def _tested(
    prepared: PreparedTable, model: TrainedTable
) -> tuple[Figures, IntervalFigures | None, list[str]]:
    """Return how good the model is on the test rows; on the training rows if there are none.

    After the figures come the interval of a regression, and sentences on values of the test rows
    that training did not have.
    """
    rows = prepared.test or prepared.train
    inputs, notes = (rows.inputs, []) if prepared.one_network else model.encode(rows.raw())
    predictions = model.predict_inputs(inputs)
    baseline = prepared.commonest or 0
    found = evaluate(model, rows.y, predictions, prepared.dataset.name, baseline)
    interval = (
        interval_of(model, found.truth, predictions) if model.target_mean is not None else None
    )
    return found.figures, interval, [f"test rows: {note}" for note in notes]
