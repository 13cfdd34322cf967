"""The address of a page, kept while it is served: a training that goes on is found where it was."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from clearprop.live.server import LiveServer, Site


def served(page: Path, site: Site, port: int) -> LiveServer:
    """Return a server at the address that was kept beside the page, or at a new one.

    The file is for its owner's eyes only.
    """
    path = _path(page)
    earlier_port, token = _kept(path)
    try:
        server = LiveServer(site, port or earlier_port, token)
    except OSError:
        if port:
            raise
        server = LiveServer(site)  # another training has that port now
    with suppress(OSError):  # then the next training has another address
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump({"port": server.port, "token": server.token}, file)
    return server


def forget(page: Path) -> None:
    """Remove the kept address: the training has ended as it should."""
    with suppress(OSError):
        _path(page).unlink(missing_ok=True)


def _path(page: Path) -> Path:
    return page.with_name(f".{page.stem}.address")


def _kept(path: Path) -> tuple[int, str]:
    try:
        kept = json.loads(path.read_text(encoding="ascii"))
        port, token = kept["port"], kept["token"]
        is_own = path.stat().st_uid == os.getuid() if hasattr(os, "getuid") else True
    except (OSError, ValueError, TypeError, KeyError):
        return 0, ""
    good = type(port) is int and 1024 <= port < 65536 and isinstance(token, str)
    if not (is_own and good and 32 <= len(token) <= 64 and token.isascii()):
        return 0, ""
    return port, token
