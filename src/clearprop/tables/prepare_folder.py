"""From a folder of files to a stream that is trained on, and rows in memory to test on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.dataset import Dataset
from clearprop.data.files import left_out_as_told, text_options
from clearprop.data.labels import class_names
from clearprop.data.places import Origin
from clearprop.data.shard_files import shards_of
from clearprop.data.sniff import find_separator
from clearprop.data.split import find_column, target_array
from clearprop.data.stream import Stream
from clearprop.data.table_pieces import TablePieces
from clearprop.data.target import infer_task
from clearprop.files.errors import DataError
from clearprop.tables.prepare import (
    PreparedTable,
    TableRows,
    refuse_stray,
    rows_of_test_file,
)
from clearprop.tables.streamed.sample import SAMPLE_ROWS
from clearprop.tables.streamed.statistics import MOST_CLASSES
from clearprop.training.sources import HeldOut
from clearprop.writing.sentences import listed, quoted, suggestion

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from clearprop.data.dataset import Task
    from clearprop.tables.settings import TrainSettings

    Array = np.ndarray[Any, Any]

MOST_TEST_ROWS = SAMPLE_ROWS
"""Rows to test on are in memory, so that no more of them are held out."""

FEW_ROWS = 1000
"""Of these a few are looked at where rows in memory are needed."""

SEPARATORS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|"}
HEAD_BYTES = 2**16


@dataclass(frozen=True)
class FolderRows(TableRows):
    """Rows of files; `y` and `table` are those of a few of them."""

    rows: int = 0

    def take(self, rows: Array) -> TableRows:
        """Return some of those few."""
        return TableRows(self.table.iloc[rows], self.y[rows], self.table, self.places[rows])

    def __len__(self) -> int:
        return self.rows


@dataclass(frozen=True)
class PreparedFolder(PreparedTable):
    """A folder of files prepared for training; see :class:`PreparedTable`.

    Attributes
    ----------
    counts
        How many training rows have each class, by its label.
    """

    counts: Any = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of all files, without the target."""
        tables = self.train.inputs
        return tables.total, len(tables.columns)

    @property
    def given(self) -> tuple[Any, Any]:
        """What a table estimator is fitted to: the stream, which has its targets."""
        return self.train.inputs, None

    @property
    def classes(self) -> list[str]:
        """The names of the classes in training."""
        return class_names(self.counts.index.to_numpy()) if self.task == "classification" else []

    @property
    def commonest(self) -> int | None:
        """The place of the most frequent class in training; None for numbers."""
        return int(self.counts.to_numpy().argmax()) if self.task == "classification" else None


def prepare_folder(settings: TrainSettings, live: Any = None) -> PreparedFolder:
    """Open the files of a folder, and read once which rows are tested on, and the targets.

    Raises
    ------
    DataError
        When the folder is empty, its files are of several kinds, or a file does not fit the others.
    ModuleNotFoundError
        Without pyarrow or fsspec.
    """
    _check(settings, live)
    name = Path(settings.source).resolve().name
    options = text_options(**{k: v for k, v in settings.reading.items() if k != "ignore"})
    shards = shards_of([settings.source], {}, _separator(settings, options.separator))
    there = shards[0].columns
    target = there[find_column(settings.target, there, shards[0].name)]
    ignored = tuple(settings.reading.get("ignore") or ())
    columns = [one for one in there if one != target and one not in ignored]
    _check_ignored(ignored, there, target, shards[0].name)
    stream = Stream.of_shards(shards, target, columns)
    fraction = 0.0 if settings.test else min(settings.test_fraction, MOST_TEST_ROWS / len(stream))
    held = HeldOut(fraction, int(np.random.SeedSequence([settings.seed, 7]).generate_state(1)[0]))
    tables = TablePieces(stream, options, held.mask if fraction else None)
    tables.named = True  # the model's tables are those of commands, which have names
    apart, few, counts = _apart(tables)
    # A few rows of each target say the same of the task as all.
    task = settings.task or infer_task(np.repeat(counts.index.to_numpy(), counts.clip(upper=99)))
    _check_task(task, counts, target, name)
    if settings.class_weight and task == "regression":
        raise DataError("--class-weight is for classes, and the target holds numbers.")
    dataset = Dataset(
        name, few.drop(columns=target), few[target].to_numpy(), tables.columns, target,
        task=task, origin=Origin(name), reading=tables.reading if tables.is_text else None,
    )  # fmt: skip
    seen = FolderRows(tables, target_array(few[target]), dataset.X, np.arange(len(few)),
                      sum(tables.counts))  # fmt: skip
    test, notes = None, list[str]()
    if len(apart):
        X = apart.drop(columns=target)
        test = TableRows(X, target_array(apart[target]), X, np.arange(len(apart)))
    if settings.test:
        refuse_stray(dataset, settings.task)
        kinds = [tables.kinds[one] for one in columns]
        known = dict(zip(tables.columns, kinds, strict=True))
        test, notes = rows_of_test_file(settings, dataset, task, known, seen)
    return PreparedFolder(
        dataset=dataset, task=task, one_network="", encoder=None, target=None, train=seen,
        validation=None, test=test, held_out=np.zeros(0, np.int64), fingerprint="",
        notes=[
            f"{len(shards)} files of the folder {name}, read while networks train",
            *([left_out_as_told(ignored)] if ignored else []),
            *notes,
        ],
        counts=counts,
    )  # fmt: skip


def _apart(tables: TablePieces) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series[Any]]:
    """Return the rows to test on, a few to train on, and how many rows have each target.

    Targets are counted up to ``MOST_CLASSES``: so many different ones are a quantity.
    """
    import pandas as pd

    found, few, counts = [], None, pd.Series(dtype=np.int64)
    for piece, rows in enumerate(tables.stream.pieces):
        if not rows:
            continue
        frame, kept, y = tables.apart(piece)
        found.append(frame)
        if few is None and len(kept):
            few = kept.iloc[:FEW_ROWS].reset_index(drop=True)
        if len(counts) <= MOST_CLASSES:
            labels, numbers = np.unique(y, return_counts=True)
            here = pd.Series(numbers, pd.Index(labels))
            counts = here if counts.empty else counts.add(here, fill_value=0).astype(np.int64)
    if few is None:
        raise DataError("no rows are left to train on: set fewer aside by --test-fraction.")
    return pd.concat(found, ignore_index=True), few, counts


def _separator(settings: TrainSettings, told: str | None) -> str:
    """Return what separates the cells of CSV files: as told, or as the first of them shows."""
    if told is not None:
        found = SEPARATORS.get(told.lower(), told)
        if len(found) != 1 or not found.isascii() or found in '"\r\n':
            raise DataError(
                f"{told!r} cannot separate columns of a folder's files: give one character, or "
                f"one of {quoted(SEPARATORS)}."
            )
        return found
    files = sorted(path for path in Path(settings.source).rglob("*.csv") if path.is_file())
    if not files:
        return ","
    with files[0].open("rb") as file:
        head = file.read(HEAD_BYTES)
    text = head[: head.rfind(b"\n") + 1 or None].decode("utf-8-sig", "replace")
    found = find_separator(text, settings.reading.get("quote")) if text.strip() else ","
    return found if len(found) == 1 else ","


def _check_ignored(ignored: Sequence[str], there: Sequence[str], target: str, name: str) -> None:
    for one in ignored:
        if one not in there:
            raise DataError(
                f"{name} has no column {one!r} to leave out.{suggestion(one, there)} "
                f"Its columns are {listed(there, limit=30)}."
            )
    if target in ignored:
        raise DataError(f"the column {target!r} cannot be the target and be left out.")


def _check_task(task: Task, counts: pd.Series[Any], target: str, name: str) -> None:
    labels = counts.index.to_numpy()
    if len(labels) < 2:
        raise DataError(f"{name}: the target {target} is {labels[0]} in every row.")
    numbers = labels.dtype.kind in "iuf"
    if task == "regression" and not numbers:
        raise DataError(f"{name}: the target {target} is {labels[0]!r:.60}, which is not a number.")
    if task == "classification" and labels.dtype.kind == "f" and (labels % 1 != 0).any():
        fraction = labels[labels % 1 != 0][0]
        raise DataError(
            f"{name}: the target {target} is {fraction}, a number with a fraction and no class; it "
            "is for --task regression."
        )


def _check(settings: TrainSettings, live: Any) -> None:
    if settings.one_network:
        raise DataError(
            f"a folder trains several networks, and one was asked for, {settings.one_network}: "
            "leave that out, or give one file."
        )
    if live is not None:
        raise DataError("--live follows a training on one file: leave it out for a folder.")
    for option in ("header", "columns", "encoding"):
        if settings.reading.get(option) is not None:
            raise DataError(
                f"--{option} is for one file. Each file of a folder is UTF-8 and names its columns "
                "in the first line."
            )
