"""The arrays of a model file, taken out one by one by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clearprop.files.errors import DataError
from clearprop.writing.sentences import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np


class Arrays:
    """Named arrays. Each is taken out once, and its type and shape are checked."""

    def __init__(self, arrays: Mapping[str, np.ndarray[Any, Any]]) -> None:
        self._left = dict(arrays)

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def take(
        self, name: str, kinds: str | np.dtype[Any], shape: tuple[int | None, ...]
    ) -> np.ndarray[Any, Any]:
        """Take out and return the array of that name.

        Parameters
        ----------
        name
            The array's name.
        kinds
            The letters of the NumPy kinds of dtype that it may have, or its exact dtype.
        shape
            The shape it must have, None for any length.

        Raises
        ------
        DataError
            If it is missing, or has another type or shape.
        """
        if name not in self._left:
            raise DataError(f"the array {name!r} is missing")
        array = self._left.pop(name)
        fits = array.dtype.kind in kinds if isinstance(kinds, str) else array.dtype == kinds
        if not fits:
            raise DataError(f"the array {name!r} is of type {array.dtype}")
        same_rank = array.ndim == len(shape)
        if not same_rank or any(
            n not in (None, m) for n, m in zip(shape, array.shape, strict=True)
        ):
            form = " x ".join("any" if n is None else str(n) for n in shape)
            raise DataError(f"the array {name!r} has the shape {array.shape}, not {form}")
        return array

    def part(self, prefix: str) -> Arrays:
        """Take out and return the arrays whose names begin with `prefix`, named without it."""
        names = [name for name in self._left if name.startswith(prefix)]
        return Arrays({name.removeprefix(prefix): self._left.pop(name) for name in names})

    def finish(self) -> None:
        """Raise DataError if an array has not been taken out."""
        if self._left:
            raise DataError(f"it has unknown arrays: {quoted(self._left)}")
