"""How the columns of a table were read, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearprop.data.columns import REASONS, LeftOutColumn
from clearprop.tables.codes.category import CategoryCode
from clearprop.tables.codes.date import DateCode
from clearprop.tables.codes.number import NumberCode
from clearprop.tables.codes.text import TextCode
from clearprop.writing.sentences import count, listed

if TYPE_CHECKING:
    from clearprop.tables.inputs import TableInputs


_KEPT = dict.fromkeys(
    ("text", "copy"), " (--keep COLUMN, or keep=[COLUMN] in Python, keeps a column)"
)
"""What is said of the reasons that are guesses: how to keep the column."""


def told(inputs: TableInputs) -> list[str]:
    """Return sentences on what became of each kind of column."""
    numbers = [code for code in inputs.columns if isinstance(code, NumberCode)]
    categories = [code for code in inputs.columns if isinstance(code, CategoryCode)]
    dates = [code for code in inputs.columns if isinstance(code, DateCode)]
    texts = [code for code in inputs.columns if isinstance(code, TextCode)]
    left_out = [code for code in inputs.columns if isinstance(code, LeftOutColumn)]
    sentences = []
    if numbers:
        pieces = sum(max(len(code.edges) - 1, 0) for code in numbers)
        coded = f", with {count(pieces, 'piece')} of piecewise-linear codes" if pieces else ""
        sentences.append(f"scaled {count(len(numbers), 'column')} of numbers{coded}")
    if finer := [f"{code.name} ({len(code.hats)})" for code in numbers if code.hats]:
        sentences.append(
            "gave columns of numbers finer inputs, because the target changes several times within "
            f"a piece: {listed(finer)}"
        )
    if repeated := [f"{code.name} ({len(code.repeated)})" for code in numbers if code.repeated]:
        sentences.append(
            "gave repeated numbers an input of their own, because the target depends on the very "
            f"number: {listed(repeated)}"
        )
    if categories:
        width = sum(code.width for code in categories)
        named = listed(f"{c.name} ({len({*c.categories, *c.known})})" for c in categories)
        sentences.append(
            f"coded {count(len(categories), 'column')} of categories in {count(width, 'input')}: "
            f"{named}"
        )
    if means := [code.name for code in categories if code.means]:
        sentences.append(f"added means of the target for {listed(means)}")
    sentences += [
        f"took {code.name} for dates: {', '.join(part.name for part in code.parts)}"
        for code in dates
    ]
    sentences += [
        f"took {code.name} for text: {count(len(code.words), 'word')}, weighed by how rare they are"
        for code in texts
    ]
    if missing := [f"{c.name} ({c.missing})" for c in inputs.dense if c.missing]:
        sentences.append(f"gave missing values an input of their own: {listed(missing)}")
    # The estimator knows its training rows alone: another row may hold another value.
    for reason, words in {**REASONS, "constant": REASONS["rare"]}.items():
        if names := [_with_count(code) for code in left_out if code.reason == reason]:
            what = count(len(names), "column")
            otherwise = _KEPT.get(reason, "")
            sentences.append(f"left out {what} ({words}): {listed(names)}{otherwise}")
    return sentences


def _with_count(code: LeftOutColumn) -> str:
    return f"{code.name} ({code.different} different)" if code.different else code.name
