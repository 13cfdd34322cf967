"""Pictures that commands write: refused early where they cannot be, written whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from pathlib import Path


def check_picture(path: Path) -> None:
    """Refuse a name that is no picture's, a folder that is not there, and a missing matplotlib."""
    from clearprop.descent.display import matplotlib
    from clearprop.descent.movie import check_ending

    try:
        check_ending(path)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--out") from None
    if not path.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {path.parent}", param_hint="--out")
    matplotlib("figure")


def save_picture(what: Any, path: Path) -> str:
    """Write a picture, and return its size in words."""
    from clearprop.descent.movie import save

    try:
        save(what, path)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--out") from None
    return f"{path.stat().st_size / 1000:,.0f} kB"
