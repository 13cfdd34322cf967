"""The pages of walks, of a basin map, and of a network's loss over a plane."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clearprop.view.notebook import frame
from clearprop.view.page import page

HEIGHT = 720


def page_of(document: Mapping[str, Any]) -> str:
    """Return the page of a document of :mod:`clearprop.descent.viewed`, which needs no network."""
    name = document["landscape"]["name"]
    return page(
        dict(document),
        "descent",
        title=f"{name}: gradient descent",
        without=f"{name}: {document['headline']}. The picture needs JavaScript, which is in it.",
    )


def surface_page(document: Mapping[str, Any]) -> str:
    """Return the page of a document of :mod:`clearprop.descent.surface_viewed`, in one file."""
    name = document["name"]
    return page(
        dict(document),
        "surface",
        title=name,
        without=f"{name}: {document['headline']}. The picture needs JavaScript, which is in it.",
    )


def framed(text: str) -> str:
    """Return a page within a frame, for a notebook."""
    return frame(text, HEIGHT)
