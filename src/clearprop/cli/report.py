"""The text and JSON that `clearprop train` prints: data, network, training, scores, file."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from clearprop.cli.show import class_table, number_table, ratio, rows_of, size_of
from clearprop.estimators.scores import ClassFigures, Figures, or_none
from clearprop.tables.settings import PATIENCE
from clearprop.version import __version__
from clearprop.writing.numbers import figure

if TYPE_CHECKING:
    from pathlib import Path

    from clearprop.checking import GradientReport
    from clearprop.cli.show import Page
    from clearprop.tables.fit import Trained
    from clearprop.tables.prepare import PreparedTable
    from clearprop.tables.settings import TrainSettings


@dataclass(frozen=True)
class Result:
    """The results of a training."""

    prepared: PreparedTable
    trained: Trained
    figures: Figures
    gradients: GradientReport | None
    path: str
    size: int
    report: Path | None = None

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        prepared, trained = self.prepared, self.trained
        estimator, best = trained.estimator, trained.best_epoch
        parts = {"train": prepared.train, "validation": prepared.validation, "test": prepared.test}
        return {
            "clearprop": __version__,
            "source": prepared.dataset.name,
            "task": prepared.task,
            "target": prepared.dataset.target_name,
            "rows": {name: 0 if part is None else len(part) for name, part in parts.items()},
            "notes": prepared.notes,
            "network": layers_of(estimator),
            "epochs": estimator.n_iter_,
            "kept_epoch": best or estimator.n_iter_,
            "seconds": round(trained.seconds, 3),
            "loss": or_none(estimator.loss_),
            "validation_loss": estimator.validation_loss_curve_[best - 1] if best else None,
            "interrupted": trained.interrupted,
            "warnings": trained.complaints,
            "measured_on": "train" if prepared.test is None else "test",
            "figures": self.figures.document(),
            "gradients": None if self.gradients is None else _document(self.gradients),
            "model": self.path,
            "bytes": self.size,
            "report": None if self.report is None else str(self.report),
        }


def tell_data(page: Page, prepared: PreparedTable) -> None:
    """Print what was read and how it was prepared."""
    dataset = prepared.dataset
    rows, columns = dataset.X.shape
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


def tell_network(page: Page, settings: TrainSettings, prepared: PreparedTable) -> None:
    """Print the network and how it will be trained."""
    outputs, link = 1, ""
    if prepared.classes:
        several = len(prepared.classes) > 2
        outputs, link = (len(prepared.classes), "softmax") if several else (1, "logistic")
    widths = [prepared.encoder.width, *settings.hidden, outputs]
    weights = sum((inputs + 1) * units for inputs, units in pairwise(widths))
    layers = _layers(widths, settings.activation, link)
    page.line(f"{layers}: {weights:,} weights; {settings.how(len(prepared.train))}")


def layers_of(estimator: Any) -> str:
    """Return the layers of a fitted estimator."""
    widths = [estimator.n_features_in_, *(len(bias) for bias in estimator.intercepts_)]
    link = estimator.out_activation_
    return _layers(widths, str(estimator.activation), "" if link == "identity" else link)


def _layers(widths: list[int], activation: str, link: str) -> str:
    hidden = [f"{width} {activation}" for width in widths[1:-1]]
    return " → ".join([str(widths[0]), *hidden, f"{widths[-1]} {link}".rstrip()])


def tell_training(page: Page, prepared: PreparedTable, trained: Trained) -> None:
    """Print how training went, in lines fit for a log."""
    estimator, best = trained.estimator, trained.best_epoch
    epochs = f"{estimator.n_iter_} {'epoch' if estimator.n_iter_ == 1 else 'epochs'}"
    page.line(
        f"trained {epochs} in {trained.seconds:.1f} s, {trained.rate:,.0f} rows/s, "
        f"to a loss of {figure(estimator.loss_)}"
    )
    if best:
        name = "accuracy" if prepared.classes else "R²"
        loss = estimator.validation_loss_curve_[best - 1]
        page.line(
            f"kept epoch {best}, with a validation loss of {figure(loss)} and "
            f"{name} {ratio(estimator.validation_scores_[best - 1])}"
        )
        if best > estimator.max_iter - PATIENCE:
            page.line("it was still improving: more --epochs may help")
    page.line()


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
        page.lines(number_table(figures, target))
    page.line()


def headline(figures: Figures) -> str:
    """Return the figures that matter most, in one line."""
    rows = rows_of(figures.rows)
    if not isinstance(figures, ClassFigures):
        errors = f"RMSE {figure(figures.rmse)}, MAE {figure(figures.mae)}"
        return f"R² {ratio(figures.r2)}, {errors} on {rows}"
    told = f"accuracy {figures.accuracy:.4f} on {rows}"
    if figures.baseline is None:
        return told
    always = figures.constant()["baseline_accuracy"]
    return f"{told} (always {figures.names[figures.baseline]!r}: {always:.4f})"


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
