"""Parquet files as shards; a piece is a row group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clearprop.data.shards import Shard
from clearprop.files.errors import DataError


class ParquetShard(Shard):
    """A Parquet file with columns of numbers."""

    def __init__(self, fs: Any, path: str) -> None:
        import pyarrow
        import pyarrow.parquet

        super().__init__(fs, path)
        try:
            with fs.open(path, "rb") as file:
                self.metadata = pyarrow.parquet.read_metadata(file)
        except pyarrow.ArrowException as error:
            raise DataError(f"{self.name} is no Parquet file, or is damaged: {error}") from error
        self.schema = self.metadata.schema.to_arrow_schema()
        self.columns = tuple(self.schema.names)
        self.rows = tuple(
            self.metadata.row_group(group).num_rows for group in range(self.metadata.num_row_groups)
        )

    def check_numbers(self, names: Sequence[str]) -> None:
        """Raise a DataError if a column's type is no number."""
        from pyarrow import types

        for name in names:
            kind = self.schema.field(name).type
            if not (types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)):
                raise DataError(
                    f"{self.name}, column {name!r} holds {kind}, and a stream takes numbers only. "
                    "Leave it out by columns=[...], or write numbers."
                )

    def _opened(self) -> Any:
        import pyarrow
        from fsspec.implementations.local import LocalFileSystem

        # pyarrow reads a file of this machine without copying it through Python.
        if isinstance(self.fs, LocalFileSystem):
            return pyarrow.OSFile(self.path)
        return self.fs.open(self.path, "rb")

    def _columns(self, piece: int, first: int, names: Sequence[str]) -> list[np.ndarray]:
        import pyarrow
        import pyarrow.parquet

        try:
            with self._opened() as file:
                opened = pyarrow.parquet.ParquetFile(file, metadata=self.metadata, pre_buffer=False)
                table = opened.read_row_group(piece, columns=list(names), use_threads=False)
        except (pyarrow.ArrowException, OSError) as error:
            raise DataError(f"{self.name} cannot be read: {error}") from error
        return self._filled(table, first, names)
