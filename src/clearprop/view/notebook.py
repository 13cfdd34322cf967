"""The view in a notebook: a page in a frame that may run its script and nothing else.

Where a notebook is not trusted, and in viewers that show no frames, a still picture of the step
stands in its place, or its text.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape
from typing import Any

from clearprop.view.image import WIDTH, png
from clearprop.view.page import to_html
from clearprop.view.picture import words_of

HEIGHT = 900

# Seen only where no frame stands before it: whoever drops the frame, drops what hides the picture.
# marimo puts frames into an element of their own.
_HIDDEN = (
    "<style>iframe + .clearprop-still { display: none } "
    "div:has(> iframe) + .clearprop-still { display: none }</style>"
)

_NOTICE = (
    "<p>A still picture of the step. The page in which every number can be opened is shown where "
    "this notebook is trusted (in JupyterLab by the command “Trust Notebook”), and when the cell "
    "is run.</p>"
)


def mimebundle(step: Mapping[str, Any], text: str, height: int = HEIGHT) -> dict[str, str]:
    """Return what a notebook shows of a step: the view, a picture, and `text`.

    The frame needs no extension, holds no link to the notebook around it, and stays in the
    notebook's file and in what nbconvert makes of it. The picture is drawn where matplotlib is
    installed; there is none without it.
    """
    still = still_bundle(step, text)
    shown = _still(step, still)
    return {**still, "text/html": f"{_HIDDEN}{frame(to_html(step), height)}{shown}"}


def still_bundle(step: Mapping[str, Any], text: str) -> dict[str, str]:
    """Return what there is to show of a step where there is no HTML: a picture, and `text`."""
    image = png(step)
    picture = {} if image is None else {"image/png": base64.b64encode(image).decode("ascii")}
    return {"text/plain": text, **picture}


def frame(page: str, height: int = HEIGHT) -> str:
    """Return a page inside a sandboxed frame: no forms, no windows, no access to what is around."""
    return (
        f'<iframe title="clearprop: one training step" sandbox="allow-scripts" width="100%" '
        f'height="{height:d}" style="border:0;width:100%;resize:vertical" '
        f'srcdoc="{escape(page, quote=True)}"></iframe>'
    )


def _still(step: Mapping[str, Any], bundle: Mapping[str, str]) -> str:
    """Return what stands in the view's place where its frame is taken away."""
    image = bundle.get("image/png")
    shown = f"<pre>{escape(bundle['text/plain'])}</pre>"
    if image is not None:
        shown = (
            f'<img alt="{escape(words_of(step), quote=True)}" width="{WIDTH}" '
            f'style="max-width:100%" src="data:image/png;base64,{image}">'
        )
    return f'<div class="clearprop-still">{shown}{_NOTICE}</div>'
