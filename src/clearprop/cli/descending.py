"""What `clearprop descend` does: one walk, several, many, a race, or a table of shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from clearprop.cli.encoding import say_json
from clearprop.cli.pictures import check_picture, save_picture
from clearprop.cli.show import Page
from clearprop.descent import descend, landscapes, numbers, race, reach, terminal
from clearprop.descent.choose import OPTIMIZERS, choose_optimizer
from clearprop.descent.formula import FormulaError, parsed
from clearprop.descent.viewed import race_headline
from clearprop.descent.walk import Walk, Walks
from clearprop.descent.words import fall, how, place

if TYPE_CHECKING:
    from pathlib import Path

    from clearprop.descent import Landscape

SHOWN_STEPS = 5
BOTH_SIDES = ((0.3,), (-0.3,))
"""Default starts on the island: either side of its summit."""


class DescendOptions(NamedTuple):
    """The options of the command."""

    landscape: str
    start: tuple[float, ...] | None
    starts: int | None
    optimizer: str
    rate: float | None
    steps: int
    noise: float
    box: tuple[float, ...] | None
    race: bool
    reach: bool
    seed: int
    out: Path | None
    quiet: bool
    as_json: bool


def run(wanted: DescendOptions) -> None:
    """Run the walks and print the results."""
    if wanted.out is not None:
        check_picture(wanted.out, pages=True, movies=not wanted.race)
    ground = _landscape(wanted)
    if wanted.start is not None and len(wanted.start) != ground.dimensions:
        raise typer.BadParameter(
            f"{ground.name} has {ground.dimensions} coordinates, not {len(wanted.start)}",
            param_hint="--start",
        )
    page = Page(silent=wanted.as_json)
    if wanted.reach:
        result: Any = _reach(ground, wanted)
        page.lines(str(result).splitlines())
    elif wanted.race:
        result = _race(ground, wanted)
        _tell_walks(page, list(result.walks.values()), wanted, list(result.walks))
        page.line(race_headline(result.walks))
    else:
        result = _walks(ground, wanted)
        if isinstance(result, Walks) and wanted.starts is not None:
            _tell_many(page, result, wanted)
        else:
            _tell_walks(page, [result] if isinstance(result, Walk) else list(result), wanted)
    if wanted.out is not None:
        picture = result[0] if isinstance(result, Walks) and _is_movie(wanted.out) else result
        size = save_picture(picture, wanted.out)
        page.line(f"saved {wanted.out} ({size})")
    if wanted.as_json:
        say_json(result.to_dict())


def _is_movie(path: Path) -> bool:
    return path.suffix.lower() in (".gif", ".webp")


def _landscape(wanted: DescendOptions) -> Landscape:
    """Return the landscape of a name or of a formula."""
    text = wanted.landscape
    try:
        ground = landscapes.by_name(text)
    except ValueError as unknown:
        if text.strip().replace("-", "").replace("_", "").isalpha() and len(text.strip()) > 1:
            raise typer.BadParameter(
                f"{unknown}; or give a formula", param_hint="LANDSCAPE"
            ) from None
        return _formula(wanted)
    if wanted.box is not None:
        raise typer.BadParameter(f"is for formulas; {ground.name} has its own", param_hint="--box")
    return ground


def _formula(wanted: DescendOptions) -> Landscape:
    try:
        parsed(wanted.landscape)
        box = None
        if wanted.box is not None:
            low, high = wanted.box if len(wanted.box) == 2 else (0.0, 0.0)
            if not low < high:
                raise typer.BadParameter("is LOW,HIGH, as in -2,2", param_hint="--box")
            box = [(low, high)] * landscapes.formula(wanted.landscape).dimensions
        return landscapes.formula(wanted.landscape, box=box)
    except FormulaError as error:
        raise typer.BadParameter(str(error), param_hint="LANDSCAPE") from None


def _walks(ground: Landscape, wanted: DescendOptions) -> Walk | Walks:
    optimizer = choose_optimizer(wanted.optimizer, ground, wanted.rate)
    options: dict[str, Any] = {"steps": wanted.steps, "noise": wanted.noise, "seed": wanted.seed}
    if wanted.starts is not None:
        return descend(ground, None, optimizer, starts=wanted.starts, **options)
    if wanted.start is None and ground is landscapes.island:
        return descend(ground, None, optimizer, starts=BOTH_SIDES, **options)
    return descend(ground, wanted.start, optimizer, **options)


def _race(ground: Landscape, wanted: DescendOptions) -> Any:
    start = wanted.start or ground.drop(1, _rng(wanted))[0]
    rules = [choose_optimizer(name, ground, wanted.rate) for name in OPTIMIZERS if name != "adamw"]
    return race(ground, start, rules, wanted.steps, noise=wanted.noise, seed=wanted.seed)


def _reach(ground: Landscape, wanted: DescendOptions) -> Any:
    if ground.lowest is None:
        raise typer.BadParameter(
            f"no minimum of {ground.name} is known; take another landscape", param_hint="--reach"
        )
    return reach(ground, starts=wanted.starts or 1000, steps=wanted.steps, seed=wanted.seed)


def _rng(wanted: DescendOptions) -> Any:
    import numpy as np

    return np.random.default_rng(wanted.seed)


def _headline(page: Page, ground: Landscape, words: str) -> None:
    page.line(f"{ground.name}: h = {ground.formula}")
    page.line(f"slope: {ground.gradient}")
    page.line(words)


def _tell_walks(
    page: Page, walks: list[Walk], wanted: DescendOptions, names: list[str] | None = None
) -> None:
    """Print a few walks: picture, equation, numbers, ends."""
    first = walks[0]
    if not wanted.quiet:
        words = f"{how(first.plan)}, at most {first.plan.steps:,} steps"
        if names:
            words = f"{len(names)} optimizers from {place(first.positions[0])}"
        _headline(page, first.landscape, words)
        page.line()
        page.lines(terminal.picture(walks, numbered=bool(names)))
        page.line(terminal.legend(first.landscape, len(walks), bool(names)), "dim")
        page.line()
        if not names and first.steps:
            page.line(f"{numbers.rule(first)}    from {place(first.positions[0])}")
            page.lines([f"  {line}" for line in numbers.in_numbers(first, 0, SHOWN_STEPS)])
            if first.steps > SHOWN_STEPS:
                page.line(f"  … and {first.steps - SHOWN_STEPS:,} steps more", "dim")
            page.line()
    for index, walk in enumerate(walks):
        who = f"{index + 1}  {names[index]}" if names else f"from {place(walk.positions[0])}"
        page.line(f"{who}: {walk.ending}")
        page.line(f"  height {fall(walk.heights[0], walk.heights[-1])}")
    if first.landscape.about and not wanted.quiet:
        page.line()
        page.note(first.landscape.about)


def _tell_many(page: Page, walks: Walks, wanted: DescendOptions) -> None:
    """Print where many walks ended."""
    if not wanted.quiet:
        words = f"{how(walks.plan)}: {len(walks):,} walkers, at most {walks.plan.steps:,} steps"
        _headline(page, walks.landscape, words)
        page.line()
        page.lines(terminal.ends(walks))
        page.line()
    page.lines(walks.summary())
