"""The chapter in Markdown, with mathematics as GitHub renders it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from clearprop.chapter.inline import latex, written
from clearprop.chapter.page import Block, Equations, Item, Product, Shown, Table, Words
from clearprop.explaining.render_latex import words
from clearprop.writing.numbers import fixed

_SPECIAL = re.compile(r"([\\`*_\[\]<>~$|#])")
_LIST = re.compile(r"^(\d+)\. ")


def markdown_of(items: Sequence[Item], title: str) -> str:
    """Return the items as one document: contents, then a section each.

    Formulas stand in fenced blocks of kind `math`, where GitHub takes no character for Markdown.
    """
    lines = [f"# {title}", ""]
    lines += [f"- [{escaped(one.section)}](#{_anchor(one.section)})" for one in items]
    for item in items:
        lines += ["", f"## {escaped(item.section)}"]
        for block in item.blocks:
            lines += ["", *_block(block)]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Return a text in which Markdown finds no mark-up.

    >>> print(escaped("w_22 * 2"))
    w\\_22 \\* 2
    """
    return _SPECIAL.sub(r"\\\1", text)


def _anchor(heading: str) -> str:
    """Return what GitHub calls a heading in its address."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Words):
        yield _LIST.sub(r"\1\\. ", written(block.text, escaped, _name))
    elif isinstance(block, Table):
        yield from _table(block)
    elif isinstance(block, Equations):
        for place, one in enumerate(block.each):
            yield from ([""] if place else [])
            yield from _math(one.latex)
    elif isinstance(block, Product):
        yield from _math(r" \quad ".join(map(_part, block.parts)))
    else:
        yield from _plain(block)


def _name(before: str, letter: str, index: str) -> str:
    return f"${latex(before, letter, index)}$"


def _table(table: Table) -> Iterator[str]:
    head, *body = table.rows
    sides = [":---" if place < table.left else "---:" for place in range(len(head))]
    for row in (head, None, *body):
        yield f"| {' | '.join(sides if row is None else map(escaped, row))} |"


def _math(text: str) -> Iterator[str]:
    yield from ("```math", text, "```")


def _part(part: str | tuple[np.ndarray, int]) -> str:
    if isinstance(part, str):
        return part if part == "=" else words(part)
    values, decimals = part
    rows = (" & ".join(fixed(v, decimals).replace("−", "-") for v in row) for row in values)
    body = r" \\ ".join(rows)
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"


def _plain(block: Shown) -> Iterator[str]:
    yield from ("```text", *block.rows, "```")
