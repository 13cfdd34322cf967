"""Rows that do not fit into memory: `Stream`, the columns of many files."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from copy import copy
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np

from clearprop.data.moments import Moments
from clearprop.data.shard_files import shards_of
from clearprop.data.shards import Shard
from clearprop.files.errors import DataError
from clearprop.files.fingerprint import fingerprint
from clearprop.writing.sentences import count, quoted

BLOCK_BYTES = 64 * 2**20


class Stream:
    """Rows of Parquet, CSV or NPY files, read while a network trains on them.

    ``train(network, loss, params, Stream(...))`` goes through all rows once an epoch, and holds two
    blocks of them in memory. ``docs/stream.md`` says in which order. Columns hold numbers; those
    of ``TableClassifier(...).fit(Stream(...))`` may be texts, dates and missing values, too.

    Parameters
    ----------
    path : path-like, or sequence of them
        A folder, a file, or a pattern such as ``"rows/*.parquet"``; where a file system of fsspec
        has them, with its name: ``"s3://bucket/rows"``. Files of a folder whose names begin with
        "_" or "." are left out. CSV files have a line of names first. The columns of an NPY file,
        an array (rows, columns), are called "0", "1", and so on.
    target : str or sequence of str
        The column with the targets, or several.
    columns : sequence of str, optional
        The inputs, in this order; all other columns unless given.
    weights : str, optional
        The column with the weights of the rows, from 0: a row of weight 2 counts as two rows.
    block_bytes : int
        What the rows of a block may take. Larger blocks are shuffled over more rows.
    readers : int
        How many threads read; it changes no number.
    delimiter : str
        Between the cells of CSV files.
    storage_options : dict, optional
        For the file system: see fsspec.

    Raises
    ------
    DataError
        If there are no files, or they do not have the same columns.
    ModuleNotFoundError
        Without pyarrow or fsspec: ``pip install 'clearprop[stream]'``.

    Examples
    --------
    >>> import numpy as np, tempfile, clearprop as cp
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for number in range(3):
    ...         rows = np.random.default_rng(number).standard_normal((100, 3))
    ...         rows[:, 2] = rows[:, 0] > rows[:, 1]
    ...         np.save(f"{folder}/{number}.npy", rows)
    ...     stream = cp.Stream(folder, target="2")
    ...     net = cp.Chain(cp.Dense(2, 1))
    ...     result = cp.train(net, cp.BinaryCrossEntropy(), net.init(np.random.default_rng(0)),
    ...                       stream, epochs=5, seed=0)
    >>> stream
    Stream of 300 rows, 2 inputs, from 3 files
    >>> result.predict([[2.0, -2.0]]).round()
    array([[1.]])
    """

    sparse_row = None
    """Its inputs are arrays."""

    def __init__(
        self,
        path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
        target: str | Sequence[str],
        columns: Sequence[str] | None = None,
        *,
        weights: str | None = None,
        block_bytes: int = BLOCK_BYTES,
        readers: int = 1,
        delimiter: str = ",",
        storage_options: Mapping[str, Any] | None = None,
    ) -> None:
        for name, number in (("block_bytes", block_bytes), ("readers", readers)):
            if number < 1:
                raise ValueError(f"{name} must be at least 1, got {number}")
        paths = [path] if isinstance(path, str | os.PathLike) else path
        shards = shards_of([os.fspath(one) for one in paths], storage_options or {}, delimiter)
        self.block_bytes, self.readers = block_bytes, readers
        self._take(shards, target, columns, weights)

    @classmethod
    def of_shards(
        cls, shards: tuple[Shard, ...], target: str | Sequence[str], columns: Sequence[str]
    ) -> Stream:
        """Return a stream of files that are open already."""
        stream = cls.__new__(cls)
        stream.block_bytes, stream.readers = BLOCK_BYTES, 1
        stream._take(shards, target, columns, None)
        return stream

    def _take(
        self,
        shards: tuple[Shard, ...],
        target: str | Sequence[str],
        columns: Sequence[str] | None,
        weights: str | None,
    ) -> None:
        self.shards, self.single = shards, isinstance(target, str)
        self.targets = (target,) if isinstance(target, str) else tuple(target)
        self.weights = weights
        there = self.shards[0].columns
        beside = (*self.targets, weights)
        self.columns = tuple(
            columns if columns is not None else (name for name in there if name not in beside)
        )
        self.scaling: Moments | None = None
        self._check_columns(there)
        self.pieces = [rows for shard in self.shards for rows in shard.rows]
        if not sum(self.pieces):
            raise DataError(f"{self.shards[0].name} and all other files hold no rows.")

    @property
    def width(self) -> int:
        """I, the inputs of a row."""
        return len(self.columns)

    def __len__(self) -> int:
        return sum(self.pieces)

    @property
    def mean_weight(self) -> float | None:
        """The mean weight of the rows: 1 where no column has weights; None, as a pass finds it."""
        return 1.0 if self.weights is None else None

    def read(
        self, piece: int, dtype: Any = np.float64
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Return inputs, targets and weights of a piece.

        Inputs are (n, I); targets (n,), or (n, K) of several columns; weights (n,), None where no
        column has them.

        Raises
        ------
        DataError
            If a file has changed, is gone, or has a cell that is no finite number.
        """
        x, t, weights = self._read_unscaled(piece, self.columns, dtype)
        x = x if self.scaling is None else self.scaling.scaled(x)
        return x, t, weights

    def read_targets(self, piece: int) -> tuple[np.ndarray, np.ndarray | None]:
        """Return targets and weights of a piece, and read no other columns; see :meth:`read`."""
        return self._read_unscaled(piece, (), np.float64)[1:]

    def with_columns(self, columns: Sequence[str]) -> Stream:
        """Return the stream with these of its columns as inputs, unscaled."""
        other = copy(self)
        other.columns, other.scaling = tuple(columns), None
        other.__dict__.pop("moments", None)
        return other

    def where(self, piece: int) -> str:
        """Return the place of a piece in words."""
        shard, inside = self.place(piece)
        first = sum(shard.rows[:inside])
        return f"{shard.name}, rows {first + 1} to {first + shard.rows[inside]}"

    def facts(self) -> dict[str, str]:
        """Return what tells these rows from others: columns, and each file's size, rows and ends.

        A file that was written anew with the same first and last 64 KiB is not told apart.
        """
        scaled = self.scaling
        told = "none" if scaled is None else fingerprint(np.stack([scaled.mean, scaled.squares]))
        return {
            "columns": ", ".join([*self.columns, "->", *self.targets]),
            "scaling": told[:16],
            **({} if self.weights is None else {"weights": self.weights}),
            **{f"file {shard.path}": shard.fact() for shard in self.shards},
        }

    @cached_property
    def moments(self) -> Moments:
        """Means, deviations and ranges of the inputs, unscaled; asking for them reads all rows.

        A row of weight 2 counts as two, and one of weight 0 as none.
        """
        found = [self._moments_of(piece) for piece in range(len(self.pieces))]
        counted = [one for one in found if one is not None]
        if not counted:
            raise ValueError(f"every row has the weight 0 in column {self.weights!r}")
        return Moments.merged(counted)

    def standardised(self, moments: Moments | None = None) -> Stream:
        """Return the stream with inputs of mean 0 and standard deviation 1.

        Parameters
        ----------
        moments : Moments, optional
            Of other rows; of all rows of this stream, which are then read once, unless given.
            Rows to predict go through ``stream.scaling.scaled`` of what is returned.
        """
        other = copy(self)
        other.scaling = self.moments if moments is None else moments
        return other

    def __repr__(self) -> str:
        rows, files = count(len(self), "row"), count(len(self.shards), "file")
        scaled = ", standardised" if self.scaling is not None else ""
        return f"Stream of {rows}, {count(self.width, 'input')}{scaled}, from {files}"

    @cached_property
    def _ends(self) -> list[int]:
        """How many pieces there are up to the end of each shard."""
        return list(accumulate(len(shard.rows) for shard in self.shards))

    @cached_property
    def _numbers(self) -> bool:
        """True, once it is known that no file says of a column that it holds no numbers."""
        for shard in self.shards:
            shard.check_numbers(self.wanted)
        return True

    @property
    def wanted(self) -> list[str]:
        """The columns that are read: inputs, targets, weights."""
        return [*self.columns, *self.targets, *([] if self.weights is None else [self.weights])]

    def _moments_of(self, piece: int) -> Moments | None:
        """Return the moments of a piece's inputs; None where no row counts."""
        x, _, weights = self._read_unscaled(piece, self.columns, np.float64)
        if weights is not None:
            x, weights = x[weights > 0], weights[weights > 0]
        return Moments.of(x, weights) if len(x) else None

    def _read_unscaled(
        self, piece: int, columns: Sequence[str], dtype: Any
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        assert self._numbers
        shard, inside = self.place(piece)
        beside = [*self.targets, *([] if self.weights is None else [self.weights])]
        x, t = shard.read(inside, columns, beside, dtype)
        weights = None
        if self.weights is not None:
            t, weights = t[:, :-1], t[:, -1]
            if (weights < 0).any():
                row = int((weights < 0).argmax())
                what = f"{weights[row]:g}, and a weight is a number from 0"
                raise shard.wrong_cell(sum(shard.rows[:inside]) + row, self.weights, what)
        return x, t[:, 0] if self.single else t, weights

    def place(self, piece: int) -> tuple[Shard, int]:
        """Return the file of a piece, and which of its pieces it is."""
        number = bisect_right(self._ends, piece)
        shard = self.shards[number]
        return shard, piece - self._ends[number] + len(shard.rows)

    def _check_columns(self, there: Sequence[str]) -> None:
        first, known = self.shards[0], set(there)
        for shard in self.shards:
            if len(set(shard.columns)) < len(shard.columns):
                twice = next(name for name in shard.columns if shard.columns.count(name) > 1)
                raise DataError(f"{shard.name} has two columns called {twice!r}: rename one.")
        if not self.columns or not self.targets:
            raise DataError("a stream needs at least one column of inputs and one of targets.")
        wanted = self.wanted
        for name in wanted:
            if name not in there:
                raise DataError(
                    f"{first.name} has no column {name!r}. Its columns: {quoted(there)}."
                )
            if wanted.count(name) > 1:
                raise DataError(
                    f"column {name!r} is asked for twice, in columns, target and weights."
                )
        for shard in self.shards:
            here = set(shard.columns)
            missing = [name for name in wanted if name not in here]
            more = [name for name in shard.columns if name not in known]
            if missing or more:
                what = f"no column {missing[0]!r}" if missing else f"a column {more[0]!r} more"
                raise DataError(
                    f"{shard.name} has {what}: all files must have the columns of {first.name}."
                )
