"""Item 1: gradient descent as a walk down a mountain in the fog."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clearprop.chapter.nudge import slopes
from clearprop.chapter.page import Item, Shown, Words, fixed, num, shown, table
from clearprop.optimizers import SGD
from clearprop.readings import numpy as xp

TITLE = "A walk down a mountain in the fog"

RIGHT, LEFT = 0.1, -0.1
RATE = 0.2
WEST, EAST = -1.6, 2.1
DROPS = 1000
FLAT = 1e-6
RATES = (0.003, 0.05, 0.2, 0.6, 2.0)
MOST_STEPS = 500
SEA, BASIN, LOST = "the sea", "the basin", "off the island"
WALKING, LEAPING = "still walking", "leaping to and fro"

PLOT_ROWS = 13


def height(x: np.ndarray) -> float:
    """Return the island's height at position `x`, (1,).

    h(x) = x⁴/4 - x³/6 - 3x²/4 + 63/64: the summit at 0, the sea at 1.5, height 0, and a basin at
    -1. (Its slope is x (x + 1) (x - 1.5), but a walker in the fog does not know that.)
    """
    return float(x[0] ** 4 / 4 - x[0] ** 3 / 6 - 3 * x[0] ** 2 / 4 + 63 / 64)


@dataclass(frozen=True)
class Walk:
    """Where a walker was after each step, starting with the start; and where that ended."""

    positions: tuple[float, ...]
    end: str

    @property
    def heights(self) -> list[float]:
        """Height at each position."""
        return [height(np.array([x])) for x in self.positions]


@dataclass(frozen=True)
class Mountain:
    """Two walks from either side of the summit, many from anywhere, and some of other strides."""

    right: Walk
    left: Walk
    drops: dict[str, int]
    strides: tuple[tuple[float, Walk], ...]


def walk(start: float, rate: float = RATE, steps: int = MOST_STEPS) -> Walk:
    """Return the walk from `start`: feel the slope, step against it, feel again.

    The walker knows no formula: the slope is felt by nudging (:func:`slopes`), the step is
    :class:`~clearprop.SGD`'s. It ends where the ground is flat, or off the island.
    """
    place, positions = np.array([float(start)]), [float(start)]
    for _ in range(steps):
        slope = slopes(height, place)
        if abs(slope[0]) < FLAT:
            return Walk(tuple(positions), SEA if place[0] > 0 else BASIN)
        place, _ = SGD(rate).update(xp, slope, {}, place, rate)
        positions.append(float(place[0]))
        if not 2 * WEST < place[0] < 2 * EAST:
            return Walk(tuple(positions), LOST)
    back_and_forth = np.diff(positions[-3:]).prod() < 0
    return Walk(tuple(positions), LEAPING if back_and_forth else WALKING)


def compute() -> Mountain:
    """Return all walks."""
    starts = np.random.default_rng(0).uniform(WEST, EAST, DROPS)
    ends = [walk(start).end for start in starts]
    return Mountain(
        walk(RIGHT),
        walk(LEFT),
        {end: ends.count(end) for end in (SEA, BASIN)},
        tuple((rate, walk(RIGHT, rate)) for rate in RATES),
    )


def picture(walks: tuple[Walk, ...], columns: int = 66) -> list[str]:
    """Return the island from the side, `·`, and on it every step of the walks, `●`."""
    across = np.linspace(WEST, EAST, columns)
    ground = [height(np.array([x])) for x in across]
    top = max(ground)

    def row_of(h: float) -> int:
        return round((PLOT_ROWS - 1) * (1 - h / top))

    canvas = [[" "] * columns for _ in range(PLOT_ROWS)]
    rows = [row_of(h) for h in ground]
    for column, row in enumerate(rows):
        # Where the ground is steep, half the way to either neighbour belongs to this column too.
        around = [
            row,
            *(
                (row + rows[next_to]) // 2
                for next_to in (column - 1, column + 1)
                if 0 <= next_to < columns
            ),
        ]
        for part in range(min(around), max(around) + 1):
            canvas[part][column] = "·"
    for one in walks:
        for x in one.positions:
            column = round((x - WEST) / (EAST - WEST) * (columns - 1))
            canvas[rows[column]][column] = "●"
    heights = [num(round(top * (1 - row / (PLOT_ROWS - 1)), 1)) for row in range(PLOT_ROWS)]
    labels = [heights[row] if row % 4 == 0 else "" for row in range(PLOT_ROWS)]
    lines = [f"{label:>3}  {''.join(cells)}" for label, cells in zip(labels, canvas, strict=True)]
    axis = [" "] * columns
    for x in (-1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2):
        text = num(x)
        start = round((x - WEST) / (EAST - WEST) * (columns - 1)) - len(text) // 2
        axis[start : start + len(text)] = text
    return [*lines, f"{'':5}{''.join(axis)}"]


def item() -> Item:
    """Return the item."""
    found = compute()
    steps = [["step", "", "0", "1", "2", "3", "5", "10", "last"]]
    for name, one in (("right", found.right), ("left", found.left)):
        at = [0, 1, 2, 3, 5, 10, -1]
        steps.append([name, "position", *(fixed(one.positions[i], 3) for i in at)])
        steps.append(["", "height", *(fixed(one.heights[i], 3) for i in at)])
    strides = [["stride η", "steps", "where to"]]
    strides += [
        [num(rate), str(len(one.positions) - 1), f"{one.end}, at {fixed(one.positions[-1], 2)}"]
        for rate, one in found.strides
    ]
    right, left = found.right, found.left
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
                f"The right one comes to the sea in {len(right.positions) - 1} steps. The left one "
                f"comes to rest too, after {len(left.positions) - 1}, in a basin at a height of "
                f"{num(left.heights[-1])}: every direction leads up from there, and feet cannot "
                "tell a basin from the sea. The first is called the global minimum, the second a "
                "local one. What to do? Be dropped again, somewhere else. Of "
                f"{DROPS:,} walkers dropped anywhere on the island, {found.drops[SEA]} found the "
                f"sea and {found.drops[BASIN]} the basin."
            ),
            Words(
                "The stride matters. The right walker again, with others, for at most "
                f"{MOST_STEPS} steps:"
            ),
            table(strides, left=1),
            Words(
                "Training a network is this walk. The position is not one number but all its "
                "weights, the height is how wrong its answers are, and backpropagation is how it "
                "feels the slope, in all directions at once. The next items build that."
            ),
        ),
        found,
    )
