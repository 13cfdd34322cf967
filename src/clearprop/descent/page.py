"""The page of walks or of a basin map: the ground, the walkers in the fog, each step in numbers."""

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


def framed(document: Mapping[str, Any]) -> str:
    """Return the page within a frame, for a notebook."""
    return frame(page_of(document), HEIGHT)
