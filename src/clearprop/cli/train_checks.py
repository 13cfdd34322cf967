"""What `clearprop train` refuses before it reads anything: settings and files to write."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from clearprop.cli.network_options import flag
from clearprop.files.container import ModelFileError, read_model
from clearprop.tables.settings import LEARNING_RATES, TrainSettings

_LOWEST = {"epochs": 1, "alpha": 0, "weight_decay": 0, "dropout": 0, "test_fraction": 0, "seed": 0}


def check_settings(settings: TrainSettings) -> None:
    """Refuse impossible settings, before anything is read."""
    for name, lowest in _LOWEST.items():
        if not getattr(settings, name) >= lowest:
            raise typer.BadParameter(f"must be at least {lowest}", param_hint=flag(name))
    for name in ("dropout", "test_fraction"):
        if not getattr(settings, name) < 1:
            raise typer.BadParameter("must be below 1", param_hint=flag(name))
    if settings.learning_rate is not None and not settings.learning_rate > 0:
        raise typer.BadParameter("must be above 0", param_hint=flag("learning_rate"))
    if settings.time_limit is not None and not settings.time_limit > 0:
        raise typer.BadParameter("must be above 0", param_hint=flag("time_limit"))
    if settings.solver in LEARNING_RATES:
        return
    for name in ("learning_rate", "batch_size", "weight_decay", "dropout", "early_stopping"):
        if getattr(settings, name):
            raise typer.BadParameter("lbfgs has none; use adam or sgd", param_hint=flag(name))


def check_model_path(path: Path) -> None:
    """Refuse a path that cannot be written, or whose file is no model, before the training."""
    _check_folder(path.parent, "--out")
    if path.exists():
        try:
            read_model(path)
        except ModelFileError as error:
            raise typer.BadParameter(
                f"{path} is there and is no model: name another file, or remove it",
                param_hint="--out",
            ) from error


def check_report_path(report: Path) -> None:
    """Refuse a report that cannot be written, or whose name is not that of a page."""
    _check_folder(report.parent, "--report")
    if report.suffix.lower() not in (".html", ".htm"):
        raise typer.BadParameter(
            f"{report} must be a page: give it a name that ends in .html", param_hint="--report"
        )
    if report.is_dir():
        raise typer.BadParameter(f"{report} cannot be a page", param_hint="--report")


def _check_folder(folder: Path, option: str) -> None:
    if not folder.is_dir():
        raise typer.BadParameter(f"there is no folder {folder}", param_hint=option)
    if not os.access(folder, os.W_OK):
        raise typer.BadParameter(f"the folder {folder} is write-protected", param_hint=option)
