"""Fitting a table estimator to a stream: one pass to learn the codes, then networks in blocks."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils import check_random_state

from clearprop.data.stream import Stream
from clearprop.data.table_pieces import TablePieces
from clearprop.tables.callbacks import MemberCallbacks
from clearprop.tables.findings import find, warn_of_leaks
from clearprop.tables.fit_inputs import CodingRules
from clearprop.tables.inputs import TableInputs
from clearprop.tables.recipe import ALL, WITHOUT_PIECES, recipe_of
from clearprop.tables.streamed.coded import CodedRows
from clearprop.tables.streamed.encoder import inputs_of, read_sample
from clearprop.tables.streamed.kept_pieces import KeptPieces
from clearprop.tables.streamed.statistics import statistics_of
from clearprop.tables.streamed.weights import weighed
from clearprop.tables.streamed.words import words_of
from clearprop.tables.task import Watcher
from clearprop.training.interruption import set_by_signals

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from clearprop.tables.codes.category import CountedCategories
    from clearprop.tables.progress import MemberProgress
    from clearprop.tables.streamed.sample import RowSample


@dataclass(frozen=True, eq=False)
class AllRows:
    """All rows of a fit; :class:`~clearprop.tables.task.StreamedRows` says what is asked of them.

    Attributes
    ----------
    kept
        Reads the rows.
    inputs
        The codes of each of the inputs that members see.
    counted
        See :class:`CodedRows`.
    targets
        Makes targets that networks see.
    sample
        Of the rows, whose members hold some out.
    weight
        The sum of all weights.
    sparse_rows
        Where inputs are sparse, how many numbers a row of each has, on average.
    """

    kept: KeptPieces
    inputs: Mapping[str, TableInputs]
    counted: Mapping[str, CountedCategories]
    targets: Callable[[NDArray[Any]], NDArray[np.float32]]
    sample: RowSample
    weight: float
    sparse_rows: Mapping[str, float | None]

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(self.kept.tables.counts)

    def without(self, inputs: str, sampled: NDArray[np.intp]) -> CodedRows:
        """Return a source of all rows but these of the sample, with these inputs."""
        weights, out = self.sample.weights, self.sample.rows[sampled]
        mean = 1.0
        if weights is not None:
            mean = (self.weight - float(weights[sampled].sum())) / (self.count - len(out))
        return CodedRows(
            self.kept, self.inputs[inputs], self.counted, self.targets, out, mean,
            self.sparse_rows[inputs],
        )  # fmt: skip


def fit_to_stream(
    estimator: Any,
    stream: Stream | TablePieces,
    y: Any,
    sample_weight: Any,
    progress: Callable[[int], MemberProgress],
) -> Any:
    """Fit a table estimator to the rows of a stream.

    Raises
    ------
    DataError
        If a value cannot be used; the message names its file, column and row.
    ValueError
        If the estimator is asked for what needs all rows in memory.
    """
    began = time.monotonic()
    _check(estimator, stream, y, sample_weight)
    tables = stream if isinstance(stream, TablePieces) else TablePieces(stream)
    classifies = is_classifier(estimator)
    tables = weighed(tables, getattr(estimator, "class_weight", None), classifies)
    if sum(tables.counts) < 2:
        raise ValueError("one row teaches nothing: two rows or more are needed")
    seed = int(check_random_state(estimator.random_state).randint(2**31 - 1))
    found = statistics_of(tables, classifies, seed)
    estimator.n_features_in_ = len(tables.columns)
    estimator.__dict__.pop("feature_names_in_", None)
    if tables.named:
        estimator.feature_names_in_ = np.asarray(tables.columns, object)
    targets, scale = estimator._streamed_targets(found)
    read = read_sample(found, estimator.ignore, estimator.keep)
    sample = found.sample
    estimator.findings_ = find(read, *estimator._seen_target(sample.y, targets.columns))
    warn_of_leaks(estimator.findings_)
    estimator.inputs_, encoded, counted = inputs_of(
        found, read, targets.columns, scale, CodingRules.of(estimator), partial(words_of, tables)
    )
    estimator.n_rows_ = found.count
    estimator._recipe = recipe_of(estimator, found.count)
    kinds = {ALL: estimator.inputs_, WITHOUT_PIECES: estimator.inputs_.plain()}
    task = estimator._task(encoded, targets, sample.weights)
    # A sample of all rows is the table: its networks are those of a table in memory.
    if len(sample.rows) < found.count:
        sizes = {kind: _sparse_row(task.inputs.get(kind, encoded)) for kind in kinds}
        kept = KeptPieces(tables, tables.stream.block_bytes)
        task = replace(task, streamed=AllRows(
            kept, kinds, counted, estimator._columns_of, sample, found.target.weight, sizes
        ))  # fmt: skip
    stop = Event()
    with set_by_signals(stop), progress(task.most_epochs) as shown:
        deadline = began + (estimator.time_limit or np.inf)
        watcher = Watcher(stop, deadline, shown.epoch_done)
        given = {"X": stream, "y": None, "metadata": None}
        told = None
        if estimator._has_callbacks:
            told = MemberCallbacks(estimator, given, task, watcher)
        estimator._train(task, watcher, told)
        estimator._after_training(task, sample.y)
        if told is not None:
            told.fit_ends()
    return estimator


def _sparse_row(encoded: Any) -> float | None:
    """Return how many numbers a sparse row has on average; None for rows of an array."""
    return encoded.nnz / encoded.shape[0] if hasattr(encoded, "tocsr") else None


def _check(estimator: Any, stream: Any, y: Any, sample_weight: Any) -> None:
    if y is not None or sample_weight is not None:
        raise ValueError(
            "a stream has its targets and weights: leave out y and sample_weight. "
            "Stream(..., weights='column') names the column of the weights"
        )
    if isinstance(stream, Stream) and stream.scaling is not None:
        raise ValueError("a table estimator scales columns itself: give it the stream as it was")
