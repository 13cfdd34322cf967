"""Irises and written digits for the page, from a file beside this one.

`tests/learning/test_real_sets.py` compares the file with scikit-learn's copies, and writes it anew.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

FILE = "real_sets.json"


def real_sets() -> tuple[dict[str, Any], ...]:
    """Return the irises in centimetres and the digits in 17 shades of grey, as plain data."""
    text = files("clearprop.learning").joinpath(FILE).read_text(encoding="utf-8")
    sets: list[dict[str, Any]] = json.loads(text)
    return tuple(sets)
