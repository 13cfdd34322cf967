"""Pictures and pages that commands write: refused early where they cannot be, written whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from clearprop.cli.show import size_of

if TYPE_CHECKING:
    from pathlib import Path


PAGES = (".html", ".htm")


def check_picture(path: Path, pages: bool = False) -> None:
    """Refuse a name that is no picture's, a folder that is not there, and a missing matplotlib.

    With `pages` a page's name will do too, and needs no matplotlib.
    """
    from clearprop.descent.display import drawing
    from clearprop.descent.movie import MOVIES, check_ending

    is_page = pages and path.suffix.lower() in PAGES
    try:
        if not is_page:
            check_ending(path)
    except ValueError as error:
        others = f", {PAGES[0]}" if pages else ""
        raise typer.BadParameter(f"{error}{others}", param_hint="--out") from None
    if not path.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {path.parent}", param_hint="--out")
    if not is_page:
        drawing("matplotlib.figure")
    if path.suffix.lower() in MOVIES:
        drawing("PIL.Image")


def save_picture(what: Any, path: Path) -> str:
    """Write a picture or a page, and return its size in words."""
    from clearprop.descent.movie import save

    try:
        if path.suffix.lower() in PAGES:
            what.to_html(path)
        else:
            save(what, path)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--out") from None
    return size_of(path.stat().st_size)
