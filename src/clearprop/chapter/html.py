"""The chapter as one page of HTML: no program, no request, light and dark as the reader has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

import numpy as np

from clearprop.chapter.inline import mathml, written
from clearprop.chapter.page import Block, Equations, Item, Product, Shown, Table, Words
from clearprop.view.page import still_page
from clearprop.writing.numbers import fixed

_SCROLL = '<div class="scroll" tabindex="0" role="group" aria-label="{label}">{inside}</div>'


def html_of(items: Sequence[Item], title: str) -> str:
    """Return the items as one page: contents, then a section each."""
    links = "".join(f'<a href="#item-{one.name}">{escape(one.section)}</a>' for one in items)
    body = (
        f'<main class="report chapter"><header><h1>{escape(title)}</h1>'
        f'<nav class="contents" aria-label="Contents">{links}</nav></header>'
        f"{''.join(map(_section, items))}</main>"
    )
    return still_page(body, "chapter", title)


def _section(item: Item) -> str:
    inside = "".join(part for block in item.blocks for part in _block(block))
    return f'<section id="item-{item.name}"><h2>{escape(item.section)}</h2>{inside}</section>'


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Words):
        yield f"<p>{written(block.text, escape, mathml)}</p>"
    elif isinstance(block, Table):
        yield _SCROLL.format(label="a table", inside=_table(block))
    elif isinstance(block, Equations):
        inside = "".join(f'<math display="block">{one.mathml}</math>' for one in block.each)
        yield _SCROLL.format(label="equations", inside=inside)
    elif isinstance(block, Product):
        inside = f'<math display="block"><mrow>{"".join(map(_part, block.parts))}</mrow></math>'
        yield _SCROLL.format(label="matrices", inside=inside)
    else:
        yield _SCROLL.format(label="lines of text", inside=_plain(block))


def _table(table: Table) -> str:
    head, *body = table.rows
    cells = "".join(_cell(text, place < table.left, "col") for place, text in enumerate(head))
    rows = (
        "".join(
            _cell(text, place < table.left, "row" if place == 0 and table.left else "")
            for place, text in enumerate(row)
        )
        for row in body
    )
    lines = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table>"


def _cell(text: str, left: bool, heads: str) -> str:
    """Return a cell; one with words that heads a row or a column is a heading."""
    side = ' class="left"' if left else ""
    if heads and text.strip():
        return f'<th scope="{heads}"{side}>{escape(text)}</th>'
    return f"<td{side}>{escape(text)}</td>"


def _part(part: str | tuple[np.ndarray, int]) -> str:
    if isinstance(part, str):
        return "<mo>=</mo>" if part == "=" else f"<mtext>{escape(part)}</mtext>"
    values, decimals = part
    rows = "".join(
        f"<mtr>{''.join(f'<mtd>{_number(fixed(v, decimals))}</mtd>' for v in row)}</mtr>"
        for row in values
    )
    return f"<mrow><mo>(</mo><mtable>{rows}</mtable><mo>)</mo></mrow>"


def _number(text: str) -> str:
    sign = "<mo>−</mo>" if text.startswith("−") else ""
    return f"{sign}<mn>{text.removeprefix('−')}</mn>"


def _plain(block: Shown) -> str:
    return f"<pre>{escape(chr(10).join(block.rows))}</pre>"
