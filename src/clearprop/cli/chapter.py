"""`clearprop chapter`: backpropagation item by item, every number computed now."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from clearprop.cli.show import Page

TURN = "Enter for the next, q to stop "


def chapter(
    item: Annotated[
        str | None,
        typer.Argument(
            metavar="ITEM", help="One item: 1 to 7, or errata. Without it, a walk through all."
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the whole chapter as one page of HTML."),
    ] = None,
    markdown: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the whole chapter in Markdown, for GitHub."),
    ] = None,
) -> None:
    """Backpropagation step by step, with numbers computed as you read.

    From a walk down a mountain to the exact rule: errors, how they are spread over weights, the
    same as matrices, the derivative, a class that many copy and its two slips, and what is wrong
    in the text this retells.
    """
    _check_files(item, html, markdown)
    # NumPy and rich take their time to import, which --help need not.
    from clearprop.chapter import NAMES
    from clearprop.cli.show import Page

    if html is not None or markdown is not None:
        _write(html, markdown)
        return
    page = Page()
    if item is not None:
        if item.lower() not in NAMES:
            raise typer.BadParameter(
                f"there is no item {item!r}; the items are {', '.join(NAMES)}", param_hint="ITEM"
            )
        _show(page, item.lower())
        return
    _contents(page)
    for name in NAMES:
        if not _turned(page):
            return
        page.line()
        _show(page, name)


def _check_files(item: str | None, html: Path | None, markdown: Path | None) -> None:
    """Refuse what cannot be written before anything is computed."""
    for path, option in ((html, "--html"), (markdown, "--markdown")):
        if path is None:
            continue
        if item is not None:
            raise typer.BadParameter(
                f"it writes the whole chapter: leave {item} out", param_hint=option
            )
        if not path.parent.is_dir():
            raise typer.BadParameter(f"there is no folder {path.parent}", param_hint=option)


def _write(html: Path | None, markdown: Path | None) -> None:
    """Write the whole chapter, each file as a whole or not at all."""
    from clearprop.chapter import HEADING, NAMES, item
    from clearprop.chapter.html import html_of
    from clearprop.chapter.markdown import markdown_of
    from clearprop.cli.encoding import say
    from clearprop.cli.show import size_of
    from clearprop.files.atomic import write_atomically

    items = [item(name) for name in NAMES]
    for path, written in ((html, html_of), (markdown, markdown_of)):
        if path is not None:
            text = written(items, HEADING).encode("utf-8")
            write_atomically(path, [text])
            say(f"saved {path} ({size_of(len(text))}): {len(items)} items")


def _contents(page: Page) -> None:
    from clearprop.chapter import HEADING, NAMES, title

    page.line(HEADING, "bold")
    page.line()
    page.lines([f"  {name:6}  {title(name)}" for name in NAMES])
    page.line()
    page.line(f"clearprop chapter {NAMES[2]} shows one of them.")
    page.line()


def _show(page: Page, name: str) -> None:
    from clearprop.chapter import item, title
    from clearprop.chapter.page import WIDTH

    page.line(f"{name}  {title(name)}", "bold")
    page.line()
    shown = item(name)
    page.lines(shown.body(min(page.width or WIDTH, WIDTH)))
    page.line()


def _turned(page: Page) -> bool:
    """Return whether to go on: asked where somebody sits at a terminal, otherwise yes."""
    if page.width is None or not sys.stdin.isatty():
        return True
    try:
        return not input(TURN).strip().lower().startswith("q")
    except EOFError:
        return False
