"""The names with an index within a paragraph: w_42, h_i, dE/dw_ij; and the text between them."""

from __future__ import annotations

import re
from collections.abc import Callable

from clearprop.explaining.render_latex import LETTERS

_NAME = re.compile(r"(?<![\w.])(dE/d)?([A-Za-zδ])_([0-9a-z]{1,2})(?!\w)")


def written(text: str, plain: Callable[[str], str], name: Callable[[str, str, str], str]) -> str:
    """Return a text with its parts written by `plain` and its names by `name`.

    A name is told as what stands before it, "dE/d" or nothing, its letter and its index.

    >>> written("so w_42, not dE/dw_ij", str.upper, lambda before, letter, index: f"<{index}>")
    'SO <42>, NOT <ij>'
    """
    parts, end = [], 0
    for found in _NAME.finditer(text):
        parts += [plain(text[end : found.start()]), name(found[1] or "", found[2], found[3])]
        end = found.end()
    return "".join([*parts, plain(text[end:])])


def latex(before: str, letter: str, index: str) -> str:
    """Return a name in LaTeX."""
    return f"{before}{LETTERS.get(letter, letter)}_{{{index}}}"


def mathml(before: str, letter: str, index: str) -> str:
    """Return a name in MathML."""
    places = f"<mn>{index}</mn>"
    if not index.isdigit():
        places = f"<mrow>{''.join(map(_place, index))}</mrow>"
    lead = "<mi>dE</mi><mo>/</mo><mi>d</mi>" if before else ""
    return f"<math>{lead}<msub><mi>{letter}</mi>{places}</msub></math>"


def _place(letter: str) -> str:
    return f"<mn>{letter}</mn>" if letter.isdigit() else f"<mi>{letter}</mi>"
