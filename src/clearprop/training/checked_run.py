"""Whether a saved run has the form of the training that is to go on from it.

A checksum tells damage, not intent: whoever writes a file can make it right. What kernels read
without looking, lengths and row numbers, is checked before anything is computed from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.files.document import LARGEST_COUNT
from clearprop.files.errors import DataError

if TYPE_CHECKING:
    from clearprop.engines.base import TrainingState
    from clearprop.training.orders import Orders
    from clearprop.training.saved_run import SavedRun
    from clearprop.training.watch import Watch


def check_fits(run: SavedRun, start: TrainingState, watch: Watch, orders: Orders) -> None:
    """Raise a DataError unless `run` may stand for `start`."""
    for name, position in (("position", run.position), ("best", run.best)):
        if position is not None:
            for field in fields(position):
                _check_form(
                    f"{name}.{field.name}", getattr(position, field.name),
                    getattr(start, field.name),
                )  # fmt: skip
    _check_count("stopping.waited", run.stopping_state.waited)
    memory = {name: metric.state for name, metric in watch.settings.remembering.items()}
    _check_form("remembered", run.remembered, memory)
    _check_curves(run, watch)
    orders.check(run.orders)
    if run.unfinished is not None:
        _check_count("unfinished.steps", run.unfinished.steps)
        orders.check_begun(run.orders, run.unfinished, watch.settings.batch_size)


def _check_form(where: str, saved: Any, fresh: Any) -> None:
    """Raise unless a saved value has the type, names, dtype and shape of a fresh one."""
    if isinstance(fresh, Mapping):
        if not isinstance(saved, Mapping) or saved.keys() != fresh.keys():
            raise DataError(f"{where} has other parts")
        for name, value in fresh.items():
            _check_form(f"{where}.{name}", saved[name], value)
    elif isinstance(fresh, np.ndarray):
        if not isinstance(saved, np.ndarray) or (saved.dtype, saved.shape) != (
            fresh.dtype, fresh.shape,
        ):  # fmt: skip
            raise DataError(f"{where} has another form")
    elif isinstance(fresh, int | np.integer):
        _check_count(where, saved)
    elif isinstance(fresh, float):  # the learning rate's factor
        if not isinstance(saved, float) or not 0 < saved < np.inf:
            raise DataError(f"{where} is no number above 0")
    elif type(saved) is not type(fresh):
        raise DataError(f"{where} is of another type")


def _check_count(where: str, value: Any) -> None:
    if not isinstance(value, int) or not 0 <= value <= LARGEST_COUNT:
        raise DataError(f"{where} is no count")


def _check_curves(run: SavedRun, watch: Watch) -> None:
    history, epochs = run.history, len(run.history.loss)
    curves = [history.learning_rate, history.seconds, *history.metrics.values()]
    if any(len(curve) != epochs for curve in curves) or epochs > watch.settings.epochs:
        raise DataError("its curves have other lengths")
    if history.metrics.keys() != watch.settings.monitors.keys() and epochs:
        raise DataError("its curves have other names")
    if not 0 <= history.best_epoch <= epochs:
        raise DataError("its best epoch is none of its epochs")
