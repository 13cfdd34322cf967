"""The page: one file with the view, its data, and a content security policy.

The policy allows the script and the style by their hashes, and no request of any kind. The data is
in a block that browsers do not run.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from clearprop.files.atomic import write_atomically
from clearprop.view.payload import payload_of

_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{css}</style>
</head>
<body>
"""

_PAGE = (
    _HEAD
    + """<div id="clearprop" class="clearprop"><noscript>{without}</noscript></div>
<script type="application/json" id="clearprop-data">{data}</script>
<script>{js}</script>
</body>
</html>
"""
)

_STILL_PAGE = (
    _HEAD
    + """<div id="clearprop" class="clearprop">{body}</div>
</body>
</html>
"""
)


def to_html(step: Mapping[str, Any]) -> str:
    """Return the page of a step (given as ``step.to_dict()``) as one HTML text.

    Raises
    ------
    ValueError
        If `step` is not the data of a step.
    """
    payload = payload_of(step)
    title = payload["title"]
    name = title["model"] or title["network"]
    loss = payload["loss"]
    return page(
        payload,
        "view",
        title=f"{name}: one training step",
        without=(
            f"{name}. {loss['convention']}. Loss before the step {loss['before']}, "
            f"after it {loss['after']}. The picture needs JavaScript, which is part of this file."
        ),
    )


def page(data: Any, program: str, title: str, without: str, allowed: str = "") -> str:
    """Return a page that shows data with one of the programs in ``static/``.

    Parameters
    ----------
    data
        Plain values for JSON, without NaN and infinities, or JSON that is `Inert`.
    program
        The name of its script and style: "view" or "report".
    title, without
        The page's title, and the text it shows without JavaScript.
    allowed
        What the page may do beside running its script: directives of a content security policy,
        "{script}" in them for the script itself.
    """
    js, css = asset(f"{program}.js"), asset(f"{program}.css")
    script = f"'{_hash(js)}'"
    more = allowed.replace("{script}", script)
    own = "" if "script-src" in more else f"script-src {script}; "
    policy = (
        f"default-src 'none'; {own}style-src '{_hash(css)}'; "
        f"base-uri 'none'; form-action 'none'{'; ' if more else ''}{more}"
    )
    return _PAGE.format(
        policy=policy,
        title=escape(_encodable(title)),
        css=css,
        without=escape(_encodable(without)),
        data=inert(data),
        js=js,
    )


def still_page(body: str, style: str, title: str) -> str:
    """Return a page without a program: HTML that is shown as it is, with a style of ``static/``.

    Parameters
    ----------
    body
        HTML, what is text in it escaped.
    style
        The name of its style: "chapter" or "compare".
    title
        The page's title.
    """
    css = asset(f"{style}.css")
    policy = f"default-src 'none'; style-src '{_hash(css)}'; base-uri 'none'; form-action 'none'"
    return _STILL_PAGE.format(policy=policy, title=escape(_encodable(title)), css=css, body=body)


def save_html(step: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Write the page of a step to a file, atomically.

    Raises
    ------
    ValueError
        If `step` is not the data of a step.
    OSError
        If the file cannot be written.
    """
    write_atomically(path, [to_html(step).encode("utf-8")])


class Inert(str):
    """JSON that :func:`inert` has made, or that is put together of such."""

    __slots__ = ()


def inert(data: Any) -> Inert:
    """Return JSON that is safe inside a page: nothing in it can end its block."""
    if isinstance(data, Inert):
        return data
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for letter, code in _UNSAFE.items():
        text = text.replace(letter, code)
    return Inert(_encodable(text))


def _encodable(text: str) -> str:
    """Return a text with lone surrogates, which no file can hold, written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


@cache
def asset(name: str) -> str:
    """Return a script or style that was built from ``view/src/``."""
    text = files("clearprop.view").joinpath("static", name).read_text(encoding="utf-8")
    if "</script" in text.lower() or "</style" in text.lower() or "<!--" in text:
        raise ValueError(f"{name} cannot be put into a page: it would end the element around it")
    return text


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
