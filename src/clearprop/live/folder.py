"""All records beside one page, and the data that the page shows of them."""

from __future__ import annotations

import glob
import json
import threading
import time
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path

from clearprop.live.record import Line, Tail
from clearprop.view.page import Inert, inert

MOST_EPOCHS, MOST_MEASURED = 600, 150
"""Epochs of a run that a page gets at once, and those among them with vital signs; of more it gets
every second, third, ..."""


class Folder:
    """The records beside a page: its own runs, and those of other processes."""

    def __init__(self, page: Path) -> None:
        self.page = page
        self._tails: dict[str, Tail] = {}
        self._lock = threading.Lock()

    def document(
        self, served: bool, known: Mapping[str, int] | None = None, script: str | None = None
    ) -> Inert:
        """Return what the page shows, as JSON.

        Parameters
        ----------
        served
            Whether the page can send commands.
        known
            For each record, how many of its lines the page has: it gets the others.
        script
            The name of the script with the newest data, beside a page on the disk.
        """
        told = {"version": 1, "time": time.time(), "served": served, "script": script}
        start = inert({name: value for name, value in told.items() if value is not None})
        with self._lock:
            self._look()
            runs = ",".join(
                _run(file, tail, (known or {}).get(file, 0))
                for file, tail in sorted(self._tails.items())
            )
        return Inert(f'{start[:-1]},"runs":[{runs}]}}')

    def runs(self) -> list[list[Line]]:
        """Return the lines of each run's last training, thinned."""
        document = json.loads(self.document(served=False))
        return [run["lines"] for run in document["runs"]]

    def _look(self) -> None:
        pattern = f"{glob.escape(self.page.stem)}-*.jsonl"
        for path in self.page.parent.glob(pattern):
            self._tails.setdefault(path.name, Tail(path))
        for file, tail in list(self._tails.items()):
            tail.update()
            if not tail.lines:
                del self._tails[file]


def _run(file: str, tail: Tail, known: int) -> str:
    total, first = len(tail.lines), tail.begins
    is_anew = known <= first or known > total
    places = range(first if is_anew else known, total)
    start = inert({"file": file, "anew": is_anew, "known": total})
    lines = ",".join(tail.texts[place] for place in thinned(tail.lines, places))
    return f'{start[:-1]},"lines":[{lines}]}}'


def thinned(
    lines: list[Line], places: Sequence[int], most: int = MOST_EPOCHS, measured: int = MOST_MEASURED
) -> list[int]:
    """Return which of some lines a page gets: few enough epochs, spread evenly.

    The last epoch, the best one, the last line on health, and all lines of other kinds are among
    them.

    >>> epochs = [{"kind": "epoch", "epoch": k, "best": 2} for k in range(1, 8)]
    >>> thinned(epochs, range(7), most=3)
    [0, 1, 3, 6]
    """
    earlier = set([place for place in places if lines[place]["kind"] == "health"][:-1])
    places = [place for place in places if place not in earlier]
    epochs = [place for place in places if lines[place]["kind"] == "epoch"]
    if len(epochs) <= most:
        return places
    best = lines[epochs[-1]].get("best")
    kept = {
        *_spread(epochs, most),
        *_spread([place for place in epochs if "vitals" in lines[place]], measured),
        *(place for place in epochs if lines[place]["epoch"] == best),
    }
    return [place for place in places if place in kept or lines[place]["kind"] != "epoch"]


def _spread(places: list[int], most: int) -> list[int]:
    """Return at most so many of the places, with the last and every k-th before it."""
    for every in count(1):
        if -(-len(places) // every) <= most:
            return places[::-1][::every]
    raise AssertionError
