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
from clearprop.view.page import asset, to_html
from clearprop.view.picture import words_of

HEIGHT = 900

_NOTICE = (
    "<p>A still picture of the step. The page in which every number can be opened is shown where "
    "this notebook is trusted (in JupyterLab by the command “Trust Notebook”), and when the cell "
    "is run.</p>"
)


def mimebundle(step: Mapping[str, Any], text: str, height: int = HEIGHT) -> dict[str, str]:
    """Return what a notebook shows of a step: the view, a picture, and `text`.

    The frame needs no extension, and stays in the notebook's file and in what nbconvert makes of
    it. All that it tells the notebook around it is that the wheel has no further to scroll in it.
    The picture is drawn where matplotlib is installed; there is none without it.
    """
    still = still_bundle(step, text)
    around = f"<style>{asset('notebook.css')}</style><script>{asset('notebook.js')}</script>"
    html = f"{around}{frame(to_html(step), height)}{_still(step, still)}"
    return {**still, "text/html": html}


def still_bundle(step: Mapping[str, Any], text: str) -> dict[str, str]:
    """Return what there is to show of a step where there is no HTML: a picture, and `text`."""
    image = png(step)
    picture = {} if image is None else {"image/png": base64.b64encode(image).decode("ascii")}
    return {"text/plain": text, **picture}


def frame(page: str, height: int = HEIGHT) -> str:
    """Return a page inside a sandboxed frame: no forms, no windows, no access to what is around.

    Its height in pixels is the reader's to change.
    """
    return (
        f'<div class="clearprop-frame" style="--clearprop-height:{height:d}px">'
        f'<iframe class="clearprop-view" title="clearprop: one training step" '
        f'sandbox="allow-scripts" width="100%" height="{height:d}" style="border:0;width:100%" '
        f'srcdoc="{escape(page, quote=True)}"></iframe></div>'
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
