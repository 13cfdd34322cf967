"""Parquet files as shards; a piece is a row group."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.shard_kinds import kind_of_arrow
from clearprop.data.shards import Shard
from clearprop.files.errors import DataError

if TYPE_CHECKING:
    from clearprop.data.reading import Reading
    from clearprop.data.values import Column, Kind


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
        named = self._row_names()
        self.columns = tuple(name for name in self.schema.names if name not in named)
        self.rows = tuple(
            self.metadata.row_group(group).num_rows for group in range(self.metadata.num_row_groups)
        )

    def _row_names(self) -> set[str]:
        """Return the columns that hold the index of a pandas table: they name rows."""
        try:
            noted = json.loads((self.metadata.metadata or {}).get(b"pandas", b"{}"))
            return {name for name in noted.get("index_columns", ()) if isinstance(name, str)}
        except (AttributeError, TypeError, ValueError) as error:
            raise DataError(
                f"{self.name}: what pandas noted in it about its columns makes no sense ({error}). "
                "Write the file again."
            ) from error

    def check_numbers(self, names: Sequence[str]) -> None:
        """Raise a DataError if a column's type is no number."""
        from pyarrow import types

        for name in names:
            kind = self.schema.field(name).type
            if not (types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)):
                raise DataError(
                    f"{self.name}, column {name!r} holds {kind}, and a stream takes numbers only. "
                    "Leave it out by columns=[...], write numbers, or fit a TableClassifier or "
                    "TableRegressor, which take it."
                )

    def _opened(self) -> Any:
        import pyarrow
        from fsspec.implementations.local import LocalFileSystem

        # pyarrow reads a file of this machine without copying it through Python.
        if isinstance(self.fs, LocalFileSystem):
            return pyarrow.OSFile(self.path)
        return self.fs.open(self.path, "rb")

    def kinds(self, names: Sequence[str], reading: Reading) -> dict[str, Kind | None]:
        """Return what the columns' types say."""
        return {
            name: kind_of_arrow(self.schema.field(name).type, name, self.name) for name in names
        }

    def _columns(self, piece: int, first: int, names: Sequence[str]) -> list[np.ndarray]:
        return self._filled(self._group(piece, names), first, names)

    def _table(
        self, piece: int, first: int, names: Sequence[str], reading: Reading
    ) -> Mapping[str, Column]:
        import pyarrow

        group = self._group(piece, names)
        try:
            frame = group.replace_schema_metadata().to_pandas(use_threads=False)
        except pyarrow.ArrowException as error:
            raise DataError(f"{self.name}, after row {first}, cannot be read: {error}") from error
        return {name: frame[name] for name in names}

    def _group(self, piece: int, names: Sequence[str]) -> Any:
        """Return columns of a row group as an Arrow table."""
        import pyarrow
        import pyarrow.parquet

        try:
            with self._opened() as file:
                opened = pyarrow.parquet.ParquetFile(file, metadata=self.metadata, pre_buffer=False)
                return opened.read_row_group(piece, columns=list(names), use_threads=False)
        except (pyarrow.ArrowException, OSError) as error:
            raise DataError(f"{self.name} cannot be read: {error}") from error
