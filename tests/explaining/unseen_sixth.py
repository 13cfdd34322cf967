"""The sixth set of slips: everyday ones, written without sight of the catalogue.

The kinds are drawn about as often as students and readers of tutorials make them. Each program has
one slip, told by its docstring. None was checked before the set was whole, and nothing was tuned.
"""

from tests.explaining.sixth import SIXTH, backward, forward, updates

__all__ = ["SIXTH", "backward", "forward", "updates"]

EXACT: frozenset[str] = frozenset()
"""At first sight: told by an exact statement, or named in part."""

MISSED = frozenset({"inputs shuffled without targets", "forward again between the layers"})
"""At first sight: the first wrong quantity alone was found."""

TOLD = {
    "inputs shuffled without targets": "times as long as ours and points",
    "forward again between the layers": "times as long as ours and points",
}
"""What is said now of those that are not named."""
