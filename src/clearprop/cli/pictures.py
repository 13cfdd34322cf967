"""Pictures and pages that commands write: refused early where they cannot be, written whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from clearprop.cli.show import size_of

if TYPE_CHECKING:
    from pathlib import Path


PAGES = (".html", ".htm")


def check_picture(path: Path, *, pages: bool = False, movies: bool = True) -> None:
    """Refuse a name of no known kind, a folder that is not there, and a missing package.

    `pages` says whether a page may be written too, which needs no package, and `movies` whether
    an animated picture may.
    """
    from clearprop.descent.display import drawing
    from clearprop.descent.movie import MOVIES, check_ending

    try:
        ending = check_ending(path, movies=movies, others=PAGES if pages else ())
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--out") from None
    if not path.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {path.parent}", param_hint="--out")
    if ending not in PAGES:
        drawing("matplotlib.figure")
    if ending in MOVIES:
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
