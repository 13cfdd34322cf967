"""The page as files: one page with its data in it, and a script that it loads again and again.

A page that was opened from disk may not read other files, but it may load scripts from its folder.
So the newest data is written as a script that hands it over. The page itself holds the data of when
it was written last, and shows that where it stands alone.
"""

from __future__ import annotations

import time
from pathlib import Path

from clearprop.files.atomic import write_atomically
from clearprop.live.folder import Folder
from clearprop.view.page import inert, page

SECONDS = 1.0
"""Between two writings of the script, at least; more where one takes long."""

PAGE_SECONDS = 60.0
"""Between two writings of the page itself."""

SHARE = 0.003
"""The part of the time that writing may take, as long as it is written every `MOST_SECONDS`."""

MOST_SECONDS = 10.0

WITHOUT = (
    "A training, as it was when this page was written. Its curves need JavaScript, which is part "
    "of this file."
)


def live_html(data: object, served: bool) -> str:
    """Return the page with its data, to be served or to be opened from disk."""
    allowed = "connect-src 'self'" if served else "script-src {script} file:"
    return page(data, "live", title="clearprop: a live training", without=WITHOUT, allowed=allowed)


class WrittenPage:
    """Writes the page and its script where it is time."""

    def __init__(self, path: Path, folder: Folder) -> None:
        self.path, self.script, self.folder = path, path.with_suffix(".js"), folder
        self._next = self._next_page = 0.0

    def write(self, whole: bool = False) -> None:
        """Write what is to be written now; with `whole` both files, whatever the time.

        Raises
        ------
        OSError
            If a file cannot be written.
        """
        began = time.monotonic()
        if not whole and began < self._next:
            return
        data = self.folder.document(served=False, script=self.script.name)
        if whole or began >= self._next_page:
            self._write(self.path, live_html(data, served=False))
            self._next_page = began + PAGE_SECONDS
        self._write(self.script, f"clearpropLive({inert(data)})\n")
        now = time.monotonic()
        self._next = now + min(max(SECONDS, (now - began) / SHARE), MOST_SECONDS)

    @staticmethod
    def _write(path: Path, text: str) -> None:
        write_atomically(path, [text.encode("utf-8")], durable=False)
