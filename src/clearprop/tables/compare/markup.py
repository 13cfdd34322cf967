"""Elements of a page as text: whatever is not an element is escaped."""

from __future__ import annotations

from html import escape

Attribute = str | int | float | None


class Element(str):
    """HTML or SVG, which needs no escaping."""

    __slots__ = ()


def element(name: str, *children: str | None, **attributes: Attribute) -> Element:
    """Return an element with its attributes and children; None is left out.

    In the names of attributes ``class_`` is class, and other underscores are hyphens.

    Examples
    --------
    >>> element("p", "a < b", element("b", "c"), class_="quiet", aria_label='"d"')
    '<p class="quiet" aria-label="&quot;d&quot;">a &lt; b<b>c</b></p>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{safe(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(
        child if isinstance(child, Element) else safe(child)
        for child in children
        if child is not None
    )
    return Element(f"<{name}{written}>{inner}</{name}>")


def safe(text: str) -> str:
    """Return a text escaped; halves of characters, which no file can hold, are spelled."""
    return escape(text.encode("utf-8", "backslashreplace").decode("utf-8"), quote=True)
