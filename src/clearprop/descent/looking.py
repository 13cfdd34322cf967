"""What walks, races and basin maps have in common: a page, and what a notebook shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clearprop.files.atomic import write_atomically

if TYPE_CHECKING:
    import os


class Looked:
    """A result that can be looked at: see :mod:`clearprop.descent.page`."""

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the page to walk through, one file that needs no network; or save it."""
        from clearprop.descent.page import to_html

        text = to_html(self)
        if path is not None:
            write_atomically(path, [text.encode("utf-8")])
        return text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Return what a notebook shows: the page, and the text where it shows no pages."""
        from clearprop.descent.page import mimebundle

        return mimebundle(self)
