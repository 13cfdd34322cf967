"""How the files of a stream of tables are written, and what each of their columns holds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clearprop.data.reading import Reading
from clearprop.data.shard_csv import CsvShard
from clearprop.files.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clearprop.data.reading import TextOptions
    from clearprop.data.shards import Shard
    from clearprop.data.stream import Stream
    from clearprop.data.values import Kind

LOOKED_AT = 16
"""Other pieces of CSV files, evenly spread, that are looked at where a column's cells are empty."""

KINDS_IN_WORDS = {"number": "numbers", "category": "texts or truth values", "date": "dates"}


def recognised(stream: Stream, options: TextOptions) -> Reading:
    """Return how the cells of CSV files are written, as the first piece shows it.

    Columns without a cell there are looked at in a few other pieces.
    """
    filled = [piece for piece, rows in enumerate(stream.pieces) if rows]
    first, inside = stream.place(filled[0])
    if not isinstance(first, CsvShard):
        if given := options.of_text():
            raise DataError(
                f"{first.name} is no table of text, and {', '.join(given)} for those only."
            )
        return Reading()
    reading, empty = first.recognised(inside, options, stream.targets[0])
    others = filled[1:]
    for piece in others[:: -(-len(others) // LOOKED_AT) or 1]:
        if not empty:
            break
        shard, inside = stream.place(piece)
        assert isinstance(shard, CsvShard)
        more, still = shard.recognised(inside, options, stream.targets[0])
        columns = {name: more.columns[name] for name in empty - still}
        reading, empty = replace(reading, columns={**reading.columns, **columns}), empty & still
    return reading


def kinds_of(shards: Sequence[Shard], wanted: Sequence[str], reading: Reading) -> dict[str, Kind]:
    """Return what columns hold.

    Raises
    ------
    DataError
        If a column does not hold the same in all files.
    """
    said: dict[str, tuple[Kind, Shard]] = {}
    for shard in shards:
        for name, kind in shard.kinds(wanted, reading).items():
            if kind is None:
                continue
            before, where = said.setdefault(name, (kind, shard))
            if before != kind:
                raise DataError(
                    f"{shard.name}, column {name!r} holds {KINDS_IN_WORDS[kind]}, where "
                    f"{where.name} has {KINDS_IN_WORDS[before]}: all files must hold the same. "
                    "Write the column anew in one of them, or leave it out."
                )
    # A column without a value in any file is one of missing numbers.
    return {name: said[name][0] if name in said else "number" for name in wanted}
