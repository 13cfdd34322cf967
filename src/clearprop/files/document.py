"""Strict checks of JSON documents: exactly the fields that are expected, each of its own type."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from clearprop.files.errors import DataError
from clearprop.writing.sentences import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Check = Callable[[object, str], object]


LARGEST_COUNT = 2**53


def checked(
    document: object,
    where: str,
    fields: Mapping[str, Check],
    optional: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the fields of an object, each as its check returns it.

    Parameters
    ----------
    document
        A JSON value as the standard library reads it.
    where
        What the document describes, for the message.
    fields
        The names of the fields it must have, no more and no fewer, and a check for each value.
    optional
        What those fields are that it may lack, as documents of earlier versions do.

    Raises
    ------
    DataError
        If it is no object, a field is missing or unknown, or a value fails its check.

    Examples
    --------
    >>> checked({"mean": 2}, "age", {"mean": a_number})
    Traceback (most recent call last):
    clearprop.files.errors.DataError: age: mean must be a finite number with a fraction, not 2
    """
    if not isinstance(document, dict):
        raise DataError(f"{where}: expected an object, not {type(document).__name__}")
    optional = optional or {}
    if missing := fields.keys() - document.keys() - optional.keys():
        raise DataError(f"{where}: lacks {quoted(sorted(missing))}")
    if unknown := document.keys() - fields.keys():
        raise DataError(f"{where}: unknown {quoted(sorted(map(str, unknown)))}")
    return {
        name: check(document[name], f"{where}: {name}") if name in document else optional[name]
        for name, check in fields.items()
    }


def a_text(value: object, where: str) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise DataError(f"{where} must be a text, not {value!r:.40}")
    return value


def a_count(value: object, where: str) -> int:
    """Return a whole number from 0 to 2^53, beyond which floats leave numbers out."""
    if type(value) is not int or value < 0:
        raise DataError(f"{where} must be a whole number from 0, not {value!r:.40}")
    if value > LARGEST_COUNT:
        raise DataError(f"{where} must be at most {LARGEST_COUNT:,}, not {value!r:.40}")
    return value


def a_number(value: object, where: str) -> float:
    """Return a finite number that is written with a fraction or an exponent, as floats are."""
    if type(value) is not float or not math.isfinite(value):
        raise DataError(f"{where} must be a finite number with a fraction, not {value!r:.40}")
    return value


def a_positive_number(value: object, where: str) -> float:
    """Return a finite number above 0."""
    number = a_number(value, where)
    if number <= 0:
        raise DataError(f"{where} must be above 0, not {number}")
    return number


def a_list(value: object, where: str) -> list[Any]:
    """Return a list, with elements of any kind."""
    if type(value) is not list:
        raise DataError(f"{where} must be a list, not {value!r:.40}")
    return value
