"""Item 1: gradient descent as a walk down a mountain in the fog."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clearprop.chapter.page import Item, Shown, Words, shown, table
from clearprop.definitions.optimizers import SGD
from clearprop.descent import Walk, Walks, descend
from clearprop.descent.landscapes import island
from clearprop.writing.numbers import figure, fixed
from clearprop.writing.numbers import shown as num

TITLE = "A walk down a mountain in the fog"

RIGHT, LEFT = 0.1, -0.1
RATE = 0.2
DROPS = 1000
RATES = (0.003, 0.05, 0.2, 0.6, 2.0)
MOST_STEPS = 500

PLOT_ROWS = 13
MARKS = (-1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2)


@dataclass(frozen=True)
class Mountain:
    """Two walks from either side of the summit, many from anywhere, and some of other strides."""

    right: Walk
    left: Walk
    drops: Walks
    strides: tuple[tuple[float, Walk], ...]


def compute() -> Mountain:
    """Return all walks."""
    optimizer = SGD(RATE)
    return Mountain(
        descend(island, RIGHT, optimizer, steps=MOST_STEPS),
        descend(island, LEFT, optimizer, steps=MOST_STEPS),
        descend(island, optimizer=optimizer, starts=DROPS, steps=MOST_STEPS, seed=0),
        tuple((rate, descend(island, RIGHT, SGD(rate), steps=MOST_STEPS)) for rate in RATES),
    )


def where_to(walk: Walk) -> str:
    """Return where a walk has come to, in the words of the story."""
    if walk.kind == "minimum":
        return "the sea" if walk.reached_lowest else "the basin"
    if walk.kind == "diverged":
        return "off the island"
    # A step to the right and then one to the left: the stride is too long for the valley.
    return "jumping back and forth" if walk.updates[-2:].prod() < 0 else "still walking"


def picture(walks: tuple[Walk, ...], columns: int = 66) -> list[str]:
    """Return the island from the side, `·`, and on it every step of the walks, `●`."""
    ((west, east),) = island.box

    def column_of(x: float) -> int:
        return round((x - west) / (east - west) * (columns - 1))

    ground = island.heights(np.linspace(west, east, columns)[:, None])
    rows = np.rint((PLOT_ROWS - 1) * (1 - ground / ground.max())).astype(int)
    canvas = [[" "] * columns for _ in range(PLOT_ROWS)]
    for column, row in enumerate(rows):
        # Where the ground is steep, half the way to either neighbour belongs to this column too.
        beside = rows[max(column - 1, 0)], rows[min(column + 1, columns - 1)]
        reach = [row, *((row + other) // 2 for other in beside)]
        for part in range(min(reach), max(reach) + 1):
            canvas[part][column] = "·"
    for walk in walks:
        for x in walk.positions[:, 0]:
            canvas[rows[column_of(x)]][column_of(x)] = "●"
    tops = [ground.max() * (1 - row / (PLOT_ROWS - 1)) for row in range(PLOT_ROWS)]
    labels = [num(round(top, 1)) if row % 4 == 0 else "" for row, top in enumerate(tops)]
    axis = [" "] * columns
    for x in MARKS:
        start = column_of(x) - len(num(x)) // 2
        axis[start : start + len(num(x))] = num(x)
    lines = zip([*labels, ""], [*canvas, axis], strict=True)
    return [f"{label:>3}  {''.join(cells)}".rstrip() for label, cells in lines]


def item() -> Item:
    """Return the item."""
    found = compute()
    steps = [["step", "", "0", "1", "2", "3", "5", "10", "last"]]
    for name, one in (("right", found.right), ("left", found.left)):
        at = [0, 1, 2, 3, 5, 10, -1]
        steps.append([name, "position", *(fixed(one.positions[i, 0], 3) for i in at)])
        steps.append(["", "height", *(fixed(one.heights[i], 3) for i in at)])
    strides = [["stride η", "where to", "steps", "at"]]
    strides += [
        [num(rate), where_to(one), str(one.steps), figure(one.positions[-1, 0])]
        for rate, one in found.strides
    ]
    right, left = found.right, found.left
    sea = int(found.drops.reached_lowest.sum())
    return Item(
        "1",
        TITLE,
        (
            Words(
                "You stand on an island mountain at night, in thick fog, and want to go down to "
                "the sea. You see nothing; but your feet feel which way the ground slopes, and how "
                "steeply. So: take a step downhill, a long one where it is steep, a short one "
                "where it is nearly flat. Feel again. Repeat, until the ground is level."
            ),
            shown("step = −η · slope          η, the stride (the learning rate)"),
            Words(
                f"Two walkers do that, η = {num(RATE)}, one from a little right of the summit, one "
                "from a little left of it. Each ● is where one of them felt the ground:"
            ),
            Shown(tuple(picture((right, left)))),
            table(steps, left=2),
            Words(
                f"The right one comes to the sea in {right.steps} steps. The left one "
                f"comes to rest too, after {left.steps}, in a basin at a height of "
                f"{num(left.heights[-1])}: every direction leads up from there, and feet cannot "
                "tell a basin from the sea. The first is called the global minimum, the second a "
                "local one. What to do? Be dropped again, somewhere else. Of "
                f"{DROPS:,} walkers dropped anywhere on the island, {sea} found the sea and "
                f"{DROPS - sea} the basin."
            ),
            Words(
                "The stride matters. The right walker again, with others, for at most "
                f"{MOST_STEPS} steps:"
            ),
            table(strides, left=2),
            Words(
                "Training a network is this walk. The position is not one number but all its "
                "weights, the height is how wrong its answers are, and backpropagation is how it "
                "feels the slope, in all directions at once. The next items build that."
            ),
        ),
        found,
    )
