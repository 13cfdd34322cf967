"""The text and JSON that `clearprop train` prints: data, network, training, scores, file."""

from __future__ import annotations

import textwrap
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from clearprop.cli.report_members import IntervalFigures, members_document, tell_members
from clearprop.cli.show import class_table, number_table, ratio, rows_of, size_of
from clearprop.estimators.diagnosis import Diagnosis, Figure, course_of, diagnosed, healths
from clearprop.estimators.scores import ClassFigures, Figures, or_none
from clearprop.estimators.shares import (
    FEW_ROWS,
    accuracy_told,
    decimals_of,
    interval_told,
    share_told,
)
from clearprop.tables.model import layers
from clearprop.version import __version__
from clearprop.writing.numbers import figure, shown
from clearprop.writing.sentences import count

if TYPE_CHECKING:
    from pathlib import Path

    from clearprop.cli.show import Page
    from clearprop.derivatives import GradientReport
    from clearprop.tables.fit import Trained
    from clearprop.tables.prepare import PreparedTable
    from clearprop.tables.settings import TrainSettings
    from clearprop.tables.trained_table import TrainedTable


@dataclass(frozen=True)
class Result:
    """The results of a training."""

    prepared: PreparedTable
    trained: Trained
    model: TrainedTable
    figures: Figures
    gradients: GradientReport | None
    path: str
    size: int
    report: Path | None = None
    interval: IntervalFigures | None = None
    notes: list[str] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Return it as JSON; docs/train.md describes the fields."""
        prepared, trained = self.prepared, self.trained
        parts = {"train": prepared.train, "validation": prepared.validation, "test": prepared.test}
        of_kind = self._of_one_network() if prepared.one_network else self._of_members()
        return {
            "clearprop": __version__,
            "source": prepared.dataset.name,
            "task": prepared.task,
            "target": prepared.dataset.target_name,
            "rows": {name: 0 if part is None else len(part) for name, part in parts.items()},
            "notes": [*prepared.notes, *of_kind.pop("notes"), *self.notes],
            "estimator": type(trained.estimator).__name__,
            "network": self.model.title,
            "epochs": trained.epochs,
            **of_kind,
            "seconds": round(trained.seconds, 3),
            "interrupted": trained.interrupted,
            "warnings": trained.complaints,
            "measured_on": "train" if prepared.test is None else "test",
            "figures": self.figures.document(),
            "diagnosis": [asdict(one) for one in diagnoses(prepared, trained, self.figures)],
            "interval": None if self.interval is None else self.interval.document(),
            "gradients": None if self.gradients is None else _document(self.gradients),
            "model": self.path,
            "bytes": self.size,
            "report": None if self.report is None else str(self.report),
        }

    def _of_one_network(self) -> dict[str, Any]:
        estimator, best = self.trained.estimator, self.trained.best_epoch
        return {
            "notes": [],
            "kept_epoch": best or estimator.n_iter_,
            "loss": or_none(estimator.loss_),
            "validation_loss": estimator.validation_loss_curve_[best - 1] if best else None,
            "members": None,
        }

    def _of_members(self) -> dict[str, Any]:
        return {
            "notes": self.model.describe(),
            "kept_epoch": None,
            "loss": None,
            "validation_loss": None,
            "members": members_document(self.model),
        }


def tell_data(page: Page, settings: TrainSettings, prepared: PreparedTable) -> None:
    """Print what was read, how it was prepared, and whether one network is trained."""
    dataset = prepared.dataset
    rows, columns = prepared.shape
    what = f"{len(prepared.classes)} classes" if prepared.classes else "a number"
    size = f"{rows_of(rows)}, {columns:,} {'column' if columns == 1 else 'columns'}"
    page.line(f"{dataset.name} → {dataset.target_name}: {size}, {what}", "bold")
    for note in prepared.notes:
        page.note(note)
    parts = [
        (prepared.train, "for training"),
        (prepared.validation, "for validation (early stopping)"),
        (prepared.test, "for testing"),
    ]
    page.note("rows: " + ", ".join(f"{len(rows):,} {why}" for rows, why in parts if rows))
    page.note(_choice(settings, prepared))


def _choice(settings: TrainSettings, prepared: PreparedTable) -> str:
    """Return whether one network or several are trained, why, and what says otherwise."""
    reason = prepared.one_network
    if not reason:
        return (
            f"several small networks, averaged (preset {settings.preset}); --hidden 64 trains one "
            "network instead"
        )
    if settings.one_network:
        return f"one network, {reason}"
    return f"one network, {reason}; --preset default averages several"


def tell_network(page: Page, settings: TrainSettings, prepared: PreparedTable) -> None:
    """Print the network and how it will be trained."""
    outputs, link = 1, ""
    if prepared.classes:
        several = len(prepared.classes) > 2
        outputs, link = (len(prepared.classes), "softmax") if several else (1, "logistic")
    assert prepared.encoder is not None
    widths = [prepared.encoder.width, *settings.hidden, outputs]
    weights = sum((inputs + 1) * units for inputs, units in pairwise(widths))
    told = layers(widths, settings.activation, link)
    page.line(f"{told}: {weights:,} weights; {settings.how(len(prepared.train))}")


def tell_training(
    page: Page,
    settings: TrainSettings,
    prepared: PreparedTable,
    trained: Trained,
    model: TrainedTable,
) -> None:
    """Print how training went, in lines fit for a log."""
    if prepared.one_network:
        _tell_one_network(page, prepared, trained)
    else:
        tell_members(page, model, trained)
    limit = settings.time_limit
    late = limit is not None and trained.seconds > limit
    if limit is not None and getattr(trained.estimator, "ended_", "time" if late else "") == "time":
        page.line(f"ended by the time limit of {shown(limit)} s")
    page.line()


def _tell_one_network(page: Page, prepared: PreparedTable, trained: Trained) -> None:
    estimator, best = trained.estimator, trained.best_epoch
    page.line(
        f"trained {count(trained.epochs, 'epoch')} in {trained.seconds:.1f} s, "
        f"{trained.rate:,.0f} rows/s, to a loss of {figure(estimator.loss_)}"
    )
    if estimator.engine != "auto":
        page.lines(estimator.engine_report_)
    if not best:
        return
    loss, score = estimator.validation_loss_curve_[best - 1], estimator.validation_scores_[best - 1]
    rows = len(prepared.validation or ())
    told = (
        accuracy_told(score, rows) if prepared.classes else f"R² {ratio(score, decimals_of(rows))}"
    )
    page.line(f"kept epoch {best}, with a validation loss of {figure(loss)} and {told}")


def tell_figures(page: Page, prepared: PreparedTable, figures: Figures, in_full: bool) -> None:
    """Print how good the model is on rows it was not trained on."""
    where = "test" if prepared.test is not None else "training rows, as there are no others"
    if not in_full:
        page.line(f"{where}: {headline(figures)}", "bold")
        return
    target = prepared.dataset.target_name
    if isinstance(figures, ClassFigures):
        page.line(f"{where}: {headline(figures)}\n", "bold")
        page.lines(class_table(figures, target, page.width))
    else:
        page.line(f"{where}: {rows_of(figures.rows)}\n", "bold")
        page.lines(number_table(figures, target, of_one=bool(prepared.one_network)))
    page.line()


def diagnoses(prepared: PreparedTable, trained: Trained, figures: Figures) -> tuple[Diagnosis, ...]:
    """Return what the curves and figures of one network say; of several, what is ill with them."""
    if not prepared.one_network:
        return healths(trained.health_of_members)
    value = figures.accuracy if isinstance(figures, ClassFigures) else figures.r2
    test = None if prepared.test is None else Figure(value, figures.rows)
    validation = None if prepared.validation is None else len(prepared.validation)
    return diagnosed(course_of(trained.estimator, validation, test))


def tell_diagnoses(page: Page, found: tuple[Diagnosis, ...]) -> None:
    """Print what a training says that its reader should know, a sentence each."""
    for one in found:
        page.lines(textwrap.wrap(one.sentence, page.width or 10**6, break_on_hyphens=False))
    if found:
        page.line()


def headline(figures: Figures) -> str:
    """Return the figures that matter most, in one line."""
    rows = rows_of(figures.rows)
    if not isinstance(figures, ClassFigures):
        errors = f"RMSE {figure(figures.rmse)}, MAE {figure(figures.mae)}"
        return f"R² {ratio(figures.r2, decimals_of(figures.rows))}, {errors} on {rows}"
    told = accuracy_told(figures.accuracy, figures.rows)
    told += "" if figures.rows < FEW_ROWS else f" on {rows}"
    told += f" ({interval_told(figures.accuracy, figures.rows)}"
    if figures.baseline is None:
        return f"{told})"
    always = share_told(figures.constant()["baseline_accuracy"], figures.rows)
    return f"{told}; always {figures.names[figures.baseline]!r}: {always})"


def tell_saved(page: Page, path: Path, size: int) -> None:
    """Print where the model is."""
    page.line(f"saved {path} ({size_of(size)})")


def tell_gradients(page: Page, report: GradientReport) -> None:
    """Print the verdict on the gradients in one line."""
    page.line(gradients_line(report))


def gradients_line(report: GradientReport) -> str:
    """Return the verdict on the gradients in one line."""
    if not report:
        worst = report.worst
        return (
            f"{len(report.wrong)} of {len(report.comparisons)} gradients are WRONG: {worst.where} "
            f"is {figure(worst.backprop)} by backpropagation, {figure(worst.other)} by "
            f"{report.method}"
        )
    kinks = f", {len(report.kinks)} at a kink" if report.kinks else ""
    return (
        f"gradients are right: {len(report.comparisons)} checked by {report.method}, "
        f"off by at most {report.worst.relative:.1e}{kinks}"
    )


def _document(report: GradientReport) -> dict[str, Any]:
    return {
        "right": bool(report),
        "compared": len(report.comparisons),
        "method": report.method,
        "largest_relative_difference": report.worst.relative,
        "at_kinks": len(report.kinks),
    }
