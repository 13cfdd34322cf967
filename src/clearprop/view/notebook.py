"""The view in a notebook: a page in a frame that may run its script and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from clearprop.view.page import to_html

HEIGHT = 900


def mimebundle(step: Mapping[str, Any], text: str, height: int = HEIGHT) -> dict[str, str]:
    """Return what a notebook shows of a step: the view, and `text` where there is no HTML.

    The frame needs no extension, holds no link to the notebook around it, and stays in the
    notebook's file and in what nbconvert makes of it.
    """
    return {"text/plain": text, "text/html": frame(to_html(step), height)}


def frame(page: str, height: int = HEIGHT) -> str:
    """Return a page inside a sandboxed frame: no forms, no windows, no access to what is around."""
    return (
        f'<iframe title="clearprop: one training step" sandbox="allow-scripts" width="100%" '
        f'height="{height:d}" style="border:0;width:100%;resize:vertical" '
        f'srcdoc="{escape(page, quote=True)}"></iframe>'
    )
