"""What texts of several languages share: names, and numbers in lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.doors.program import Program, program_of

if TYPE_CHECKING:
    from clearprop.doors.served import Served

MOST_NUMBERS = 200_000
"""A text of more numbers is slow to compile and to read: about five megabytes."""

PLAIN = re.compile(r"([a-z]+\d+(_[a-z]+\d+)*_[A-Za-z]+)|(constant\d+)")
"""Names like dense1_W and constant3, which no language keeps for itself."""


def text_program(found: Served) -> tuple[Program, dict[str, str]]:
    """Return the program of a network's predictions in float64, and names for its constants.

    Raises
    ------
    ValueError
        If it has too many numbers for a text.
    """
    program = program_of(found, np.float64)
    _check_size(program)
    return program, _identifiers(program)


def _check_size(program: Program) -> None:
    """Raise unless the program's numbers fit in a text."""
    if program.size > MOST_NUMBERS:
        raise ValueError(
            f"the network has {program.size:,} numbers, and a text is for up to "
            f"{MOST_NUMBERS:,}: use to_onnx, or to_torch"
        )


def _identifiers(program: Program) -> dict[str, str]:
    """Return a name for each constant that any language takes, all of them different."""
    return {
        name: name if PLAIN.fullmatch(name) else f"p{place}_{re.sub(r'[^A-Za-z0-9]', '_', name)}"
        for place, name in enumerate(program.constants)
    }


def number_text(value: float, infinity: str) -> str:
    """Return a number with all its digits, in brackets where a sign stands before it."""
    if np.isinf(value):
        return infinity if value > 0 else f"(-{infinity})"
    return repr(value) if value >= 0 else f"({value!r})"


def numbers_in_lines(values: Any) -> str:
    """Return numbers with all their digits, separated by commas, four in a line."""
    written = [repr(float(value)) for value in np.ravel(values)]
    lines = [written[start : start + 4] for start in range(0, len(written), 4)]
    return ",\n".join("    " + ", ".join(line) for line in lines)
