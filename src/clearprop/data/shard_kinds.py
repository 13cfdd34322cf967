"""What the columns of a Parquet file hold: numbers, categories or dates, by their Arrow types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clearprop.files.errors import DataError

if TYPE_CHECKING:
    from clearprop.data.values import Kind


def kind_of_arrow(kind: Any, column: str, name: str) -> Kind | None:
    """Return the kind of an Arrow type, as pandas' columns of it have; None where all is missing.

    Raises
    ------
    DataError
        If it is neither, such as a list; `name` is the file's.
    """
    from pyarrow import types

    if types.is_dictionary(kind):
        return "category"
    for found, tests in _KINDS.items():
        if any(getattr(types, test)(kind) for test in tests):
            return found
    if types.is_null(kind):
        return None
    raise DataError(
        f"{name}, column {column!r} holds {kind}: a table has numbers, texts, truth values and "
        "dates. Leave it out by columns=[...]."
    )


_KINDS: dict[Kind, tuple[str, ...]] = {
    "number": ("is_integer", "is_floating", "is_decimal", "is_duration"),
    "category": ("is_boolean", "is_string", "is_large_string", "is_string_view"),
    "date": ("is_timestamp", "is_date", "is_time"),
}
