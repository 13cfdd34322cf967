"""TensorBoard's event files, written by a library that is kept by others.

`docs/decisions/tensorboard.md` says which, and why.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clearprop.live.record import Line

WRITERS = ("tensorboardX", "torch.utils.tensorboard")
"""Modules with a `SummaryWriter`, in the order in which they are tried."""


class ScalarWriter:
    """Writes the numbers of each epoch to a folder for each run.

    Raises
    ------
    ModuleNotFoundError
        If no module of `WRITERS` is installed; the message says how to install one.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self._make = _writer()
        self._writers: dict[str, Any] = {}

    def write(self, run: str, line: Line) -> None:
        """Write the numbers of an epoch."""
        if run not in self._writers:
            self._writers[run] = self._make(str(self.folder / run.replace(os.sep, "-")))
        writer, epoch = self._writers[run], line["epoch"]
        for tag, value in scalars_of(line).items():
            writer.add_scalar(tag, value, epoch)

    def close(self, run: str) -> None:
        """Write the rest of a run: a writer holds numbers back."""
        if run in self._writers:
            self._writers.pop(run).close()


def scalars_of(line: Line) -> dict[str, float]:
    """Return the numbers of an epoch's line by TensorBoard's tags.

    >>> scalars_of({"loss": 0.5, "metrics": {"validation_loss": 0.6}, "rate": 0.1})
    {'loss/training': 0.5, 'loss/validation_loss': 0.6, 'learning_rate': 0.1}
    """
    found = {"loss/training": line["loss"]}
    for name, value in line.get("metrics", {}).items():
        found[f"{'loss' if name.endswith('loss') else 'score'}/{name}"] = value
    found["learning_rate"] = line["rate"]
    for layer in line.get("vitals", {}).get("layers", ()):
        for name in ("gradient", "ratio", "dead", "dormant", "saturated"):
            if name in layer:
                found[f"{name}/{layer['path']}"] = layer[name]
    return {tag: value for tag, value in found.items() if isinstance(value, int | float)}


def _writer() -> Any:
    for module in WRITERS:
        try:
            return import_module(module).SummaryWriter
        except ImportError:
            continue
    raise ModuleNotFoundError(
        "TensorBoard's event files need a library that writes them, and neither tensorboardX nor "
        "torch with tensorboard is installed: pip install tensorboardX"
    )
