"""`--live`: the page that follows the training of a command."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from clearprop.cli.errors import say_warning
from clearprop.live.page import PAGES, LivePage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clearprop.tables.prepare import PreparedTable


def check_live(live: Path) -> None:
    """Refuse a name that is neither a folder nor a page, before anything is read."""
    is_page = live.suffix.lower() in PAGES
    if live.is_file() and not is_page:
        raise typer.BadParameter(
            f"{live} is a file: name a folder, or a page that ends in .html", param_hint="--live"
        )
    if is_page and live.is_dir():
        raise typer.BadParameter(f"{live} cannot be a page", param_hint="--live")


@contextmanager
def followed(live: Path | None, prepared: PreparedTable) -> Iterator[LivePage | None]:
    """Give the page that follows a training, served while it runs; say where it is."""
    if live is None:
        yield None
        return
    with _page(live) as page:
        if prepared.encoder is not None:
            page.columns = tuple(prepared.encoder.input_names)
        page.classes = tuple(prepared.classes)
        served = "" if page.address is None else f", with buttons at {page.address}"
        typer.echo(f"live page: {page.page}{served}", err=True)
        yield page


def _page(live: Path) -> LivePage:
    try:
        return LivePage(live, serve=True, display=False)
    except OSError as error:
        page = LivePage(live, display=False)
        say_warning(f"the live page has no buttons, as it cannot be served: {error}")
        return page
