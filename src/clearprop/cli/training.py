"""What `clearprop train` does, step by step, once its arguments are known to be right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import typer

from clearprop.cli.errors import say_error
from clearprop.cli.evaluate import check_own_gradients, evaluate
from clearprop.cli.fit import Trained, fit
from clearprop.cli.prepare import Prepared, prepare
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
from clearprop.saving import TableModel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clearprop.cli.figures import Figures
    from clearprop.cli.settings import TrainSettings


def run(
    settings: TrainSettings, path: Path, check_gradients: bool, quiet: bool, as_json: bool
) -> Result:
    """Read, train, test, check, save, and tell of each; what a person need not know is left out."""
    essential, rest = Page(silent=as_json), Page(silent=as_json or quiet)
    prepared = prepare(settings)
    tell_data(rest, prepared)
    tell_network(rest, settings, prepared)
    metric = "accuracy" if prepared.classes else "R²"
    shown = not (quiet or as_json)
    trained = fit(
        settings, prepared, ProgressLine(settings.epochs, len(prepared.train), metric, shown)
    )
    for complaint in trained.complaints:
        say_error(complaint)
    tell_training(rest, prepared, trained)
    figures = _figures(prepared, trained, settings)
    tell_figures(essential, prepared, figures, in_full=not quiet)
    _model(prepared, trained, settings, figures.summary() if prepared.test else {}).save(path)
    size = path.stat().st_size
    tell_saved(essential, path, size)
    gradients = None
    if check_gradients:
        rows = prepared.train
        gradients = check_own_gradients(trained.estimator, rows.inputs, prepared.scaled(rows))
        tell_gradients(rest if gradients else essential, gradients)
    result = Result(prepared, trained, figures, gradients, str(path), size)
    if as_json:
        typer.echo(json.dumps(result.document(), allow_nan=False, ensure_ascii=False))
    return result


def _figures(prepared: Prepared, trained: Trained, settings: TrainSettings) -> Figures:
    """Return how good the network is on the test rows; on the training rows if there are none."""
    rows = prepared.test or prepared.train
    model = _model(prepared, trained, settings, {})
    baseline = 0
    if prepared.classes:
        _, counts = np.unique(prepared.train.y, return_counts=True)
        baseline = int(counts.argmax())
    predictions = model.predict_inputs(rows.inputs)
    return evaluate(model, rows.y, predictions, prepared.dataset.name, baseline).figures


def _model(
    prepared: Prepared, trained: Trained, settings: TrainSettings, test: Mapping[str, float]
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
