"""What `clearprop compare` does, once its arguments are checked."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from clearprop.cli.encoding import say_json
from clearprop.cli.interrupts import noted_signals
from clearprop.cli.report import tell_saved
from clearprop.cli.show import Page
from clearprop.data import infer_task, open_dataset
from clearprop.data.doubts import doubts
from clearprop.data.files import left_out_as_told
from clearprop.tables.compare import compare
from clearprop.tables.compare.text import head, remarks_of, table
from clearprop.tables.prepare import refuse_stray, targets_of

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from clearprop.data.dataset import Task
    from clearprop.tables.compare import Comparison
    from clearprop.tables.compare.running import Progress as Reached


@dataclass(frozen=True)
class CompareSettings:
    """The arguments of the command; None is the default of :func:`clearprop.compare`."""

    source: str
    target: str | None = None
    task: Task | None = None
    models: tuple[str, ...] | None = None
    folds: int | None = None
    repeats: int | None = None
    seed: int = 0
    time_limit: float | None = None
    reading: Mapping[str, Any] = field(default_factory=dict)


def run(
    settings: CompareSettings, html: Path | None, quiet: bool, as_json: bool
) -> list[int] | None:
    """Read, compare, write the page, and print; return the signals that ended it early, if any."""
    essential, rest = Page(silent=as_json), Page(silent=as_json or quiet)
    with noted_signals() as signals, ModelsProgress(not (quiet or as_json)) as progress:
        found, notes = _compare(settings, progress)
    if html is not None:
        found.to_html(html)
    _tell(essential, rest, found, notes)
    if html is not None:
        tell_saved(rest, html, html.stat().st_size)
    if as_json:
        say_json({**found.to_dict(), "html": None if html is None else str(html)})
    return signals if found.interrupted else None


def _compare(settings: CompareSettings, progress: ModelsProgress) -> tuple[Comparison, list[str]]:
    dataset = open_dataset(settings.source, settings.target, **settings.reading)
    task = settings.task or dataset.task or infer_task(dataset.y)
    refuse_stray(dataset, settings.task)
    y = targets_of(dataset, task)
    with dataset.origin.locating():
        found = compare(
            dataset.X,
            y,
            models=settings.models,
            task=task,
            folds=settings.folds,
            repeats=settings.repeats,
            seed=settings.seed,
            time_limit=settings.time_limit,
            progress=progress.show,
            names=None if hasattr(dataset.X, "iloc") else dataset.feature_names,
            source=dataset.name,
            target=dataset.target_name,
        )
    ignored = settings.reading.get("ignore")
    if ignored:  # the page and the JSON tell it too
        found = replace(found, notes=(left_out_as_told(ignored), *found.notes))
    notes = [note for note in dataset.notes if note not in found.notes]
    return found, [*notes, *doubts(dataset, task, told=settings.task is not None)]


def _tell(essential: Page, rest: Page, found: Comparison, notes: list[str]) -> None:
    rest.line(head(found))
    for note in notes:
        rest.note(note)
    if found.done:
        rest.line()
        first, best, *others = table(found, rest.width)
        rest.line(first)
        rest.line(best, "bold")
        rest.lines(others)
        rest.line()
    width = essential.width or len(found.verdict)
    essential.lines(textwrap.wrap(found.verdict, width, break_on_hyphens=False))
    for remark in remarks_of(found):
        rest.note(remark)


class ModelsProgress:
    """Shows which model runs, on how many of the splits, and how many models there are."""

    def __init__(self, wanted: bool) -> None:
        console = Console(stderr=True, highlight=False)
        console.width -= 3  # for the ^C that a terminal shows: it must not begin another line
        self._bar = Progress(
            TextColumn("model {task.fields[place]}/{task.fields[of]}"),
            BarColumn(bar_width=None),
            TextColumn("{task.description}  split {task.completed}/{task.total}"),
            console=console,
            transient=True,
            expand=True,
            disable=not (wanted and console.is_terminal),
        )
        self._task: Any = None

    def __enter__(self) -> ModelsProgress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def show(self, reached: Reached) -> None:
        """Show how far the comparison is."""
        if self._bar.disable:
            return
        what: dict[str, Any] = {"place": reached.contender, "of": reached.contenders}
        if self._task is None:
            self._task = self._bar.add_task(reached.title, total=reached.splits, **what)
        self._bar.update(
            self._task,
            description=reached.title,
            completed=reached.split,
            total=reached.splits,
            **what,
        )
