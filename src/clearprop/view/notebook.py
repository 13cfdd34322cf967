"""The view in a notebook: a page in a sandboxed frame, where only its script may run.

If a notebook is not trusted, or a viewer shows no frames, a still picture of the step or its text
is shown instead.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from html import escape
from typing import Any

from clearprop.view.image import WIDTH, png
from clearprop.view.page import asset, to_html
from clearprop.view.picture import words_of

HEIGHT = 900
TITLE = "clearprop: one training step"

_NOTICE = (
    "<p>A still picture of the step. To open every number, run the cell or trust this notebook "
    "(in JupyterLab: the command &ldquo;Trust Notebook&rdquo;).</p>"
)


def mimebundle(step: Mapping[str, Any], text: str, height: int = HEIGHT) -> dict[str, str]:
    """Return a step's MIME bundle for notebooks: the view, a picture, and `text`.

    The frame needs no extension; it is saved in the notebook's file and kept by nbconvert. The only
    message it sends to the notebook is that it cannot scroll further. The picture is left out if
    matplotlib is not installed.
    """
    still = still_bundle(step, text)
    around = f"<style>{asset('notebook.css')}</style><script>{asset('notebook.js')}</script>"
    html = f"{around}{frame(to_html(step), height)}{_still(step, still)}"
    return {**still, "text/html": html}


def still_bundle(step: Mapping[str, Any], text: str) -> dict[str, str]:
    """Return a step's MIME bundle for places without HTML: a picture, and `text`."""
    image = png(step)
    picture = {} if image is None else {"image/png": base64.b64encode(image).decode("ascii")}
    return {"text/plain": text, **picture}


def frame(page: str, height: int = HEIGHT, title: str = TITLE) -> str:
    """Return a page in a sandboxed frame: no forms, no windows, no access to the notebook.

    Readers can change its height, which is in pixels. The frame is ASCII, so that a page around it
    that names no encoding, or another one, changes nothing in it.
    """
    return (
        f'<div class="clearprop-frame" style="--clearprop-height:{height:d}px">'
        f'<iframe class="clearprop-view" title="{_quoted(title)}" '
        f'sandbox="allow-scripts" width="100%" height="{height:d}" style="border:0;width:100%" '
        f'srcdoc="{_quoted(page)}"></iframe></div>'
    )


def _still(step: Mapping[str, Any], bundle: Mapping[str, str]) -> str:
    """Return the HTML that is shown if the view's frame is removed."""
    image = bundle.get("image/png")
    shown = f"<pre>{_quoted(bundle['text/plain'])}</pre>"
    if image is not None:
        shown = (
            f'<img alt="{_quoted(words_of(step))}" width="{WIDTH}" '
            f'style="max-width:100%" src="data:image/png;base64,{image}">'
        )
    return f'<div class="clearprop-still">{shown}{_NOTICE}</div>'


def _quoted(text: str) -> str:
    """Return text for HTML in ASCII.

    HTML reads references to the 32 characters from U+0080 on as other characters: they stay.
    """
    return re.sub("[^\x00-\x9f]", lambda found: f"&#{ord(found.group())};", escape(text))
