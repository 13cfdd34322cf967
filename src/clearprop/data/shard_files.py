"""The shards of a stream: which files there are, and of which kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from clearprop.data.optional import require
from clearprop.data.shard_csv import CsvShard
from clearprop.data.shard_npy import NpyShard
from clearprop.data.shard_parquet import ParquetShard
from clearprop.data.shards import Shard
from clearprop.files.errors import DataError
from clearprop.writing.sentences import quoted


def shards_of(
    paths: Sequence[str], options: Mapping[str, Any], delimiter: str
) -> tuple[Shard, ...]:
    """Return the shards of folders, patterns or files, in the order of their names.

    Raises
    ------
    DataError
        If there are none, or files of other kinds beside them.
    ModuleNotFoundError
        Without pyarrow or fsspec.
    """
    require("pyarrow", "a stream of files", "stream")
    require("fsspec", "a stream of files", "stream")
    from fsspec.core import url_to_fs

    found: list[Shard] = []
    for path in paths:
        try:
            fs, root = url_to_fs(path, **options)
        except (ImportError, ValueError) as error:
            kind = ModuleNotFoundError if isinstance(error, ImportError) else DataError
            raise kind(f"{path}: {error}") from error
        for file in _files(fs, root, path):
            suffix = PurePosixPath(file).suffix.lower()
            if suffix in (".parquet", ".pq"):
                found.append(ParquetShard(fs, file))
            elif suffix in (".csv", ".tsv", ".txt"):
                found.append(CsvShard(fs, file, "\t" if suffix == ".tsv" else delimiter))
            elif suffix == ".npy":
                found.append(NpyShard(fs, file))
            else:
                raise DataError(
                    f"{PurePosixPath(file).name} is neither Parquet, CSV nor NPY by its name. Give "
                    "the files of the stream by a pattern, such as 'folder/*.parquet'."
                )
    kinds = {type(shard) for shard in found}
    if len(kinds) > 1:
        names = [next(one.name for one in found if type(one) is kind) for kind in kinds]
        raise DataError(
            f"a stream has files of one kind, and here are {quoted(sorted(names))}: move the "
            "others elsewhere, or in Python give a pattern, such as 'folder/*.parquet'."
        )
    return tuple(found)


def _files(fs: Any, root: str, given: str) -> list[str]:
    if any(sign in root for sign in "*?["):
        files = [path for path in fs.glob(root) if fs.isfile(path)]
    elif fs.isfile(root):
        files = [root]
    elif fs.isdir(root):
        files = fs.find(root)
    else:
        raise DataError(f"{given} is no file and no folder: check its spelling.")
    base = len(PurePosixPath(root).parts)

    def shown(path: str) -> bool:  # Spark and others leave _SUCCESS and .crc files beside
        inside = PurePosixPath(path).parts[base:] or (PurePosixPath(path).name,)
        return not any(part.startswith(("_", ".")) for part in inside)

    files = sorted(path for path in files if shown(path))
    if not files:
        raise DataError(f"{given} holds no files: a stream needs Parquet, CSV or NPY files there.")
    return files
