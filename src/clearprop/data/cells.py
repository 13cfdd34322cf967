"""How the cells of a table are written: numbers, truth values and missing ones."""

from __future__ import annotations

import re

MISSING_WORDS = (
    frozenset(["", "?", "NA", "N/A", "n/a", "<NA>", "#N/A", "#NA", "#N/A N/A", "None"])
    | frozenset(["NaN", "nan", "-NaN", "-nan", "NULL", "null"])
    | frozenset(["1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"])
)
"""The cells that are read as missing values: those that pandas knows, and a question mark."""

WORDS_OF_CLASSES = frozenset(["None", "NA", "N/A", "n/a", "NULL", "null", "NaN", "nan"])
"""Those of them that are words; in a target of words each is a class like any other."""

MISSING_AMONG_NUMBERS = (
    frozenset(["-", "--", "---", "–", "—", ".", "..", "...", "…", "*", "**", "_", "#", "/", "\\n"])
    | frozenset(["#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!", "#n/d", "#wert!"])
    | frozenset(["missing", "(missing)", "<missing>", "[missing]", "not available", "no data"])
    | frozenset(["n.a.", "n.a", "na", "n/a", "n/d", "n.d.", "nd", "k.a.", "k. a.", "s/d", "nodata"])
    | frozenset(
        ["none", "null", "(null)", "<null>", "[null]", "nil", "nan", "nat", "blank", "(blank)"]
    )
)
"""Words, in lower case, that are missing values where all other cells of the column are numbers."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)

TRUTH = {"true": "True", "TRUE": "True", "false": "False", "FALSE": "False"}
"""One text for each way to write a truth value."""


def is_number(cell: str) -> bool:
    """Return whether a cell is written as a number.

    >>> is_number(" -1.5e3 "), is_number("1,5"), is_number("")
    (True, False, False)
    """
    return _NUMBER.fullmatch(cell.strip()) is not None


def is_missing_among_numbers(word: str) -> bool:
    """Return whether a word says that a number is missing.

    >>> is_missing_among_numbers("--"), is_missing_among_numbers("12")
    (True, False)
    """
    return word in MISSING_WORDS or word.lower() in MISSING_AMONG_NUMBERS


def plain(cell: str) -> str:
    """Return one text for all ways to write a number or a truth value; other texts as they are.

    How pandas reads a cell depends on the cells around it: "01" is a text among texts and the
    number 1 among numbers. A category must not depend on that.

    >>> plain("01"), plain("1.0"), plain("2.50"), plain("TRUE"), plain("1st")
    ('1', '1', '2.5', 'True', '1st')
    """
    if not is_number(cell):
        return TRUTH.get(cell, cell)
    if cell.isdecimal():
        return cell.lstrip("0") or "0"
    return plain_number(float(cell))


def plain_number(number: float) -> str:
    """Return a floating point number as :func:`plain` writes it."""
    return str(int(number)) if number.is_integer() else str(number)
