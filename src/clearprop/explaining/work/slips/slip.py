"""What a known slip is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from clearprop.definitions.layers import Activation, Dense
from clearprop.explaining.work.changes import Make, leaves
from clearprop.explaining.work.situation import Situation
from clearprop.explaining.work.wrong_layers import right


@dataclass(frozen=True)
class Slip:
    """One known slip: its name, a sentence on it, and the change of the situation.

    `phase` is the first phase of the step in which it changes numbers: "loss" (the forward pass
    and the loss), "backward" or "update". Slips that are `common` are also looked for in
    pairs where no quantity shows one of them alone: those of a lower number first, 0 for none.
    One that takes `whole` arrays is computed by the page only where they are small.
    """

    name: str
    sentence: str
    make: Make
    phase: str = "backward"
    common: int = 0
    whole: bool = False


Family = Callable[[Situation], Iterator[Slip]]


def dense_layers(situation: Situation) -> list[tuple[str, Dense]]:
    """Return path and layer of every dense layer, in their order."""
    return [(p, right(d)) for p, d in leaves(situation.task.network) if isinstance(right(d), Dense)]


def before_activations(situation: Situation) -> list[tuple[str, Dense]]:
    """Return path and layer of every dense layer that an activation stands behind."""
    found = list(leaves(situation.task.network))
    return [
        (path, right(layer))
        for (path, layer), (_, after) in pairwise(found)
        if isinstance(right(layer), Dense) and isinstance(right(after), Activation)
    ]


def activations(situation: Situation) -> list[tuple[str, Activation]]:
    """Return path and layer of every activation, in their order."""
    found = leaves(situation.task.network)
    return [(path, right(layer)) for path, layer in found if isinstance(right(layer), Activation)]


def places(paths: list[str]) -> list[tuple[str, str]]:
    """Return where a slip can be: everywhere, where there are several places, and in each.

    Each is the path to change, "" for all, and the end of the slip's name.
    """
    each = [(path, f" in {path}") for path in paths]
    return [("", ""), *each] if len(paths) > 1 else each
