"""The record of a run: a file of JSON lines that is only added to, whole lines at a time.

`docs/live.md` says what the lines hold. A killed process leaves at most a part of its last line,
which the next one that goes on with the file takes away.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from io import RawIOBase
from pathlib import Path
from typing import Any

from clearprop.view.page import inert
from clearprop.writing.json_safe import json_safe

VERSION = 1

Line = dict[str, Any]
"""A line of a record, as JSON has it: its "kind" is head, resume, epoch, command or end."""

_DIGITS = 7
_UNFIT = re.compile(r"[^A-Za-z0-9_.-]+")


def record_path(page: Path, name: str) -> Path:
    """Return the file of a run's record, beside the page.

    >>> record_path(Path("runs/live.html"), "network 3").name
    'live-network-3.jsonl'
    """
    plain = _UNFIT.sub("-", name).strip("-.")[:80]
    return page.with_name(f"{page.stem}-{plain or 'run'}.jsonl")


def brief(value: Any) -> Any:
    """Return plain values with floats of seven digits: a record holds many.

    >>> brief({"gradient": 0.12345678901, "rows": 3})
    {'gradient': 0.1234568, 'rows': 3}
    """
    if isinstance(value, dict):
        return {name: brief(part) for name, part in value.items() if part is not None}
    if isinstance(value, list | tuple):
        return [brief(part) for part in value]
    if isinstance(value, float) and math.isfinite(value):
        return float(f"{value:.{_DIGITS}g}")
    return value


class RecordWriter:
    """Adds lines to a record, each whole and flushed. Lines that had no room wait for some."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._begun = False
        self._waiting = b""

    def write(self, lines: Iterable[Line]) -> None:
        """Add lines.

        Raises
        ------
        OSError
            If they cannot be written: the folder is missing, the disk is full. They are written
            with the next ones that can be.
        """
        self._waiting += "".join(f"{inert(json_safe(line))}\n" for line in lines).encode("utf-8")
        if not self._begun:
            _remove_torn_line(self.path)
            self._begun = True
        with self.path.open("ab", buffering=0) as file:
            before = file.tell()
            try:
                _write_all(file, self._waiting)
            except OSError:
                file.truncate(before)
                raise
        self._waiting = b""


def _write_all(file: RawIOBase, data: bytes) -> None:
    """Write all of it: a disk with room for a part takes that part, and raises at the next."""
    while data:
        data = data[file.write(data) or 0 :]


def _remove_torn_line(path: Path) -> None:
    """Take away what follows the last newline of a file."""
    try:
        with path.open("r+b") as file:
            whole = file.read().rfind(b"\n") + 1
            file.truncate(whole)
    except FileNotFoundError:
        return


class Tail:
    """The lines of a record that may still grow, read as they come.

    Attributes
    ----------
    lines
        Every whole line so far. What is no JSON object is left out: anybody may write the file.
    texts
        The same as JSON that can stand in a page.
    begins
        The place of the last head: what was recorded before is another training.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._forget()

    def _forget(self) -> None:
        self.lines: list[Line] = []
        self.texts: list[str] = []
        self.begins = 0
        self._read, self._rest = 0, b""

    def update(self) -> None:
        """Read what was added; begin anew where the file became shorter or is gone."""
        try:
            size = self.path.stat().st_size
            if size < self._read:
                self._forget()
            if size == self._read:
                return
            with self.path.open("rb") as file:
                file.seek(self._read)
                added = file.read()
        except OSError:
            self._forget()
            return
        self._read += len(added)
        *whole, self._rest = (self._rest + added).split(b"\n")
        for text in whole:
            line = parsed(text)
            if line is None:
                continue
            if line["kind"] == "head":
                self.begins = len(self.lines)
            self.lines.append(line)
            self.texts.append(inert(line))


def parsed(text: bytes) -> Line | None:
    """Return a line of a record; None for what is none.

    >>> parsed(b'{"kind": "end"}'), parsed(b'{"kind": NaN}'), parsed(b"[1]")
    ({'kind': 'end'}, None, None)
    """
    line = json_object(text)
    return None if line is None or not isinstance(line.get("kind"), str) else line


def json_object(text: bytes) -> dict[str, Any] | None:
    """Return a JSON object, read strictly; None for anything else."""
    try:
        found = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def epochs_in(lines: Iterable[Line]) -> dict[int, Line]:
    """Return the epochs of a training by number, as they are after its last resumption."""
    epochs: dict[int, Line] = {}
    for line in lines:
        if line["kind"] == "resume":
            epochs = {number: one for number, one in epochs.items() if number <= line["epochs"]}
        elif line["kind"] == "epoch":
            epochs[line["epoch"]] = line
    return epochs


def changes_lost(lines: Iterable[Line], kept: Mapping[int, float]) -> list[int]:
    """Return after which epochs a learning rate was changed that a resumed training lacks.

    Parameters
    ----------
    lines
        Of the record, before it goes on.
    kept
        The changes that the training goes on with: `History.rate_factors`.
    """
    recorded = [line["after"] for line in lines if line.get("do") == "rate" and "factor" in line]
    return [after for after in recorded if after + 1 not in kept]
