"""What walks, races, basin maps and surfaces have in common: a page, and what a notebook shows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from clearprop.descent.page import framed, page_of
from clearprop.descent.viewed import check_drawable, page_document
from clearprop.files.atomic import write_atomically

if TYPE_CHECKING:
    import os

    from clearprop.descent.landscape import Landscape


class HasPage(ABC):
    """A result that has a page of its own."""

    _page_of: Callable[[Mapping[str, Any]], str] = staticmethod(page_of)

    @abstractmethod
    def page_document(self) -> dict[str, Any]:
        """Return what the page is given, as plain values."""

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the page to step through, one file that needs no network; or save it."""
        text = self._page_of(self.page_document())
        if path is not None:
            write_atomically(path, [text.encode("utf-8")])
        return text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Return what a notebook shows: the page, and the text where it shows no pages."""
        return {"text/plain": str(self), "text/html": framed(self.to_html())}


class OnLandscape(HasPage):
    """A result on a landscape of one or two dimensions."""

    landscape: Landscape

    @abstractmethod
    def _page_content(self) -> dict[str, Any]:
        """Return what the page shows, beside the landscape."""

    def page_document(self) -> dict[str, Any]:
        """Return what the page is given, as plain values."""
        check_drawable(self.landscape)
        return page_document(self.landscape, self._page_content())
