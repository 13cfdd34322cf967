"""A training shown in a notebook's cell while it runs, without an extension."""

from __future__ import annotations

import sys
import time
import warnings
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from clearprop.live.record import epochs_in
from clearprop.writing.numbers import figure, shown

if TYPE_CHECKING:
    from clearprop.live.folder import Folder
    from clearprop.live.record import Line

SECONDS = 1.0
"""Between two updates, at least."""

WIDTH, HEIGHT = 480, 96
DASHES = ' stroke-dasharray="5 3"'

ENDED = {
    "epochs": "all epochs are done",
    "stopped improving": "stopped improving",
    "callback": "stopped by hand",
    "interrupted": "interrupted",
    "not finite": "a number was not finite",
    "error": "ended by an error",
}


class NotebookDisplay:
    """One output of a cell, which is replaced as the training goes on."""

    def __init__(self) -> None:
        self._handle: Any = None
        self._next = 0.0

    @classmethod
    def of(cls, wanted: bool | None) -> Self | None:
        """Return a display where there is a notebook, None where there is none.

        Parameters
        ----------
        wanted
            None for no complaint where there is no notebook.
        """
        if wanted is False:
            return None
        shell = None
        if "IPython" in sys.modules:
            from IPython import get_ipython

            shell = get_ipython()
        if hasattr(shell, "kernel"):
            return cls()
        if wanted:
            warnings.warn(
                "no notebook shows this training: Python does not run in a Jupyter kernel. Open "
                "the page instead, or give serve=True",
                stacklevel=4,
            )
        return None

    def show(self, folder: Folder, page: Path, address: str | None, now: bool) -> None:
        """Show the runs as they are, where it is time."""
        if not now and time.monotonic() < self._next:
            return
        self._next = time.monotonic() + SECONDS
        from IPython.display import display

        bundle = bundle_of(folder.runs(), page, address)
        if self._handle is None:
            show: Any = display
            self._handle = show(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)


def bundle_of(runs: list[list[Line]], page: Path, address: str | None) -> dict[str, str]:
    """Return what a notebook shows of runs: HTML without a program, and text."""
    told = [told_of(lines) for lines in runs]
    where = f"The whole page: {page}"
    link = (
        ""
        if address is None
        else f', or <a href="{escape(address)}" target="_blank" rel="noopener noreferrer">'
        "served, with buttons</a>"
    )
    html = "".join(
        f'<p style="margin:4px 0"><strong>{escape(name)}</strong> {escape(sentence)}</p>'
        f"{curve(lines)}"
        for lines, (name, sentence) in zip(runs, told, strict=True)
    )
    text = "\n".join(f"{name}: {sentence}" for name, sentence in told)
    return {
        "text/plain": f"{text}\n{where}",
        "text/html": f"<div>{html}<p>{escape(where)}{link}.</p></div>",
    }


def told_of(lines: list[Line]) -> tuple[str, str]:
    """Return a run's name, and how far it is in a sentence."""
    first = lines[0] if lines and lines[0]["kind"] == "head" else {}
    name, epochs = str(first.get("name", "run")), epochs_in(lines)
    if not epochs:
        return name, "no epoch is done yet"
    last = epochs[max(epochs)]
    parts = [f"epoch {max(epochs)} of {first.get('epochs', '?')}", f"loss {_number(last['loss'])}"]
    parts += [
        f"{metric.replace('_', ' ')} {_number(value)}"
        for metric, value in last.get("metrics", {}).items()
    ]
    parts.append(f"η {shown(last['rate'])}")
    if "best" in last:
        parts.append(f"best epoch {last['best']}")
    end = lines[-1]
    if end["kind"] == "end":
        parts.append(ENDED.get(end["reason"], str(end["reason"])))
    return name, ", ".join(parts)


def curve(lines: list[Line]) -> str:
    """Return the curve of the training loss as SVG, and of the validation loss dashed."""
    epochs = epochs_in(lines)
    series = [
        [(epoch, line["loss"]) for epoch, line in epochs.items()],
        [(epoch, line.get("metrics", {}).get("validation_loss")) for epoch, line in epochs.items()],
    ]
    finite = [[(x, y) for x, y in points if isinstance(y, int | float)] for points in series]
    values = [y for points in finite for _, y in points]
    if len(values) < 2:
        return ""
    low, high, last = min(values), max(values), max(epochs)

    def path(points: list[tuple[int, float]], dashes: str) -> str:
        places = " ".join(
            f"{8 + (WIDTH - 16) * (x - 1) / max(last - 1, 1):.1f},"
            f"{HEIGHT - 8 - (HEIGHT - 16) * (y - low) / (high - low or 1):.1f}"
            for x, y in points
        )
        return (
            f'<polyline fill="none" stroke="currentColor" stroke-width="1.5"{dashes} '
            f'points="{places}"/>'
        )

    title = f"Loss from {figure(values[0])} to {figure(finite[0][-1][1])}"
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}">{path(finite[0], "")}'
        f"{path(finite[1], DASHES)}</svg>"
    )


def _number(value: Any) -> str:
    return shown(value) if isinstance(value, int | float) else str(value)
