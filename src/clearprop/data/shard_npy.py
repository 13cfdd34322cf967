"""NPY files as shards: an array (rows, columns), whose columns are named by their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib import format as npy

from clearprop.data.shards import PIECE_BYTES, Shard
from clearprop.files.errors import DataError

if TYPE_CHECKING:
    from clearprop.data.reading import Reading
    from clearprop.data.values import Column, Kind


class NpyShard(Shard):
    """An NPY file of two dimensions; columns are "0", "1" and so on."""

    def __init__(self, fs: Any, path: str) -> None:
        super().__init__(fs, path)
        with fs.open(path, "rb") as file:
            try:
                version = npy.read_magic(file)
                read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
                shape, self.by_columns, self.dtype = read(file)
            except ValueError as error:
                raise DataError(f"{self.name} is no NPY file, or is damaged: {error}") from error
            self.offset = file.tell()
        if len(shape) != 2 or self.dtype.kind not in "fiub":
            raise DataError(
                f"{self.name} holds an array of {self.dtype} of shape {shape}: a stream takes "
                "numbers in rows and columns."
            )
        total, width = shape
        if self.size < self.offset + total * width * self.dtype.itemsize:
            raise DataError(f"{self.name} is shorter than its {total} rows: it was cut off.")
        self.columns = tuple(map(str, range(width)))
        each = max(1, PIECE_BYTES // max(1, width * self.dtype.itemsize))
        self.rows = tuple(min(each, total - start) for start in range(0, total, each))

    def _columns(self, piece: int, first: int, names: Sequence[str]) -> list[np.ndarray]:
        width, rows = len(self.columns), self.rows[piece]
        with self.fs.open(self.path, "rb") as file:
            if self.by_columns:
                total = sum(self.rows)
                return [self._numbers(file, int(name) * total + first, rows) for name in names]
            table = self._numbers(file, first * width, rows * width).reshape(rows, width)
        return [table[:, int(name)] for name in names]

    def kinds(self, names: Sequence[str], reading: Reading) -> dict[str, Kind | None]:
        """Return that all columns hold numbers."""
        return dict.fromkeys(names, "number")

    def _table(
        self, piece: int, first: int, names: Sequence[str], reading: Reading
    ) -> Mapping[str, Column]:
        return dict(zip(names, self._columns(piece, first, names), strict=True))

    def _numbers(self, file: Any, first: int, count: int) -> np.ndarray:
        """Return so many numbers of the file from number `first` on."""
        size = self.dtype.itemsize
        file.seek(self.offset + first * size)
        content = file.read(count * size)
        if len(content) < count * size:
            raise self.changed()
        return np.frombuffer(content, self.dtype)
