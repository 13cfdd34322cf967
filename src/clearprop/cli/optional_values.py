"""Options whose value may be left out: `--live` and `--live FOLDER` alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LEFT_OUT = {"--live": "live"}
"""What stands for the value that is left out, by option."""


def with_values(args: Sequence[str]) -> list[str]:
    """Return a command's arguments with the values that were left out.

    A value is left out at the end, and where another option follows.

    >>> with_values(["digits", "--live"]), with_values(["--live", "runs", "digits"])
    (['digits', '--live', 'live'], ['--live', 'runs', 'digits'])
    """
    found: list[str] = []
    for place, word in enumerate(args):
        found.append(word)
        following = args[place + 1 : place + 2]
        if word in LEFT_OUT and (not following or following[0].startswith("-")):
            found.append(LEFT_OUT[word])
    return found
