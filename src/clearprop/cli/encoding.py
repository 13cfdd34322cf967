"""Printing where the output's encoding lacks a character: it is spelled, never lost.

A minus sign that became "?" would change a number. So each character is spelled in ASCII: δ as
delta, − as -, W₁ as W1, x² as x^2. `PYTHONIOENCODING` is honoured, its error handler included.
"""

from __future__ import annotations

import codecs
import json
import os
import re
import sys
import unicodedata
from typing import Any

import typer

from clearprop.writing.printable import printable, printable_json

HANDLER = "clearprop.spelled"

SPELLED = {
    "−": "-", "–": "-", "⁄": "/", "±": "+-", "·": "*", "×": "x", "⊙": "*", "√": "sqrt ",
    "≈": "~", "≤": "<=", "→": "->", "←": "<-", "∞": "inf", "∂": "d", "∇": "grad ", "∑": "sum",
    "‖": "||", "°": " degrees", "…": "...", "“": '"', "”": '"', "•": "o", "◉": "@", "○": "o",
    "●": "*", "✗": "x", "░": ":", "▒": "%", "▓": "#", "\N{COMBINING CIRCUMFLEX ACCENT}": "_hat",
    "ŷ": "y_hat", "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "η": "eta",
    "θ": "theta", "λ": "lambda", "μ": "mu", "π": "pi", "ρ": "rho", "σ": "sigma", "φ": "phi",
    "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₽": "RUB", "₩": "KRW", "₺": "TRY",
    "₴": "UAH", "₫": "VND", "₪": "ILS", "฿": "THB", "‰": " per mille", "—": "-", "’": "'",
    "ʼ": "'",
    "≠": "!=", "⌊": "floor(", "⌋": ")", "⊤": "^T", "Δ": "Delta ", "Σ": "sum", "Φ": "Phi",
}  # fmt: skip
"""How the characters that this package prints are spelled; one of a picture as one character."""

RAISED = re.compile("[⁰¹²³⁴-⁹⁻ⁿⁱʳʷˡˣᵀᵈᵉᵏᵒᵗᶻ]+")
"""Exponents and marks: the 2 of x², the new of Wⁿᵉʷ."""

DOTS = range(0x2801, 0x2900)
"""Braille patterns, of which pictures are made."""


def prepare() -> None:
    """Let stdout and stderr spell what they cannot encode, unless `PYTHONIOENCODING` says how."""
    codecs.register_error(HANDLER, spell)
    if ":" in os.environ.get("PYTHONIOENCODING", ""):
        return
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=HANDLER)


def spell(error: UnicodeError) -> tuple[str, int]:
    """Return the spelling of what could not be encoded, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    text = RAISED.sub(lambda match: f"^{unicodedata.normalize('NFKD', match[0])}", text)
    return "".join(map(_letter, text)), error.end


def _letter(character: str) -> str:
    """Return one character in ASCII; a letter of a person's own data as its code."""
    if character.isascii():
        return character
    if character in SPELLED:
        return SPELLED[character]
    if ord(character) in DOTS:
        return "."
    plain = "".join(SPELLED.get(c, c) for c in unicodedata.normalize("NFKC", character))
    return plain if plain.isascii() else character.encode("ascii", "backslashreplace").decode()


def say(text: str, err: bool = False) -> None:
    """Print text on stdout, or on stderr, in the encoding the stream has.

    Control characters, which may come from a file's names and cells, are escaped.
    """
    # Without the stream typer would write UTF-8 to one whose encoding is ASCII.
    typer.echo(printable(text), file=sys.stderr if err else sys.stdout)


def say_json(document: Any, allow_nan: bool = False, err: bool = False) -> None:
    """Print one JSON object on stdout, or on stderr; with escapes where it is not Unicode."""
    stream = sys.stderr if err else sys.stdout
    encoding = codecs.lookup(getattr(stream, "encoding", None) or "utf-8").name
    plain = not encoding.startswith("utf")
    told = json.dumps(document, allow_nan=allow_nan, ensure_ascii=plain)
    say(printable_json(told), err)
