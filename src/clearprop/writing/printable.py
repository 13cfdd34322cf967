"""Text from a file, made fit for a terminal: nothing in it can move the cursor or turn the line."""

from __future__ import annotations

import re

# Control characters but for the newline, marks that turn the direction of writing, line separators,
# and halves of characters.
_UNFIT = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


def printable(text: str) -> str:
    r"""Return a text with every control character written as Python writes it in a string.

    >>> printable("a\x1b[31mb\u202e")
    'a\\x1b[31mb\\u202e'
    """
    return _UNFIT.sub(lambda found: ascii(found[0])[1:-1], text)


def printable_json(text: str) -> str:
    r"""Return JSON with every such character of its strings escaped as JSON does.

    >>> printable_json('{"name": "a\u202e"}')
    '{"name": "a\\u202e"}'
    """
    return _UNFIT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
