"""Right ways to do it that are not this package's: each is found from the numbers, and said.

A convention changes the step as a slip does, but what it gives is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from clearprop.definitions.layers import ReLU
from clearprop.definitions.losses import BinaryCrossEntropy, CrossEntropy, SquaredError
from clearprop.definitions.optimizers import SGD, Adam, RMSProp, WeightDecay
from clearprop.explaining.work.changes import (
    change_layers,
    change_loss,
    change_optimizer,
    change_settings,
    leaves,
    optimizer_inside,
    pull_of,
)
from clearprop.explaining.work.local import follows
from clearprop.explaining.work.situation import Outcome, Situation, run, values_in
from clearprop.explaining.work.slips import slips_of
from clearprop.explaining.work.submitted import Submitted
from clearprop.explaining.work.wrong_layers import SlopeOneAtZero
from clearprop.explaining.work.wrong_losses import LogOfMore, ScaledLoss
from clearprop.explaining.work.wrong_optimizers import AllDecay, OneMinusMu, RootOfMore
from clearprop.writing.numbers import shown

Make = Callable[[Situation], Situation]


@dataclass(frozen=True)
class Convention:
    """A right way to compute a step: its name, a sentence to say, and the step computed so.

    `scale` is what the loss is multiplied by, 1 for this package's. One that is tried `with_slips`
    may be what wrong numbers are in though it makes none of them right.
    """

    name: str
    sentence: str
    make: Make
    scale: float = 1.0
    with_slips: bool = False


OURS = Convention("", "", lambda situation: situation)


def conventions_of(situation: Situation, wrong: Sequence[Submitted]) -> Iterator[Convention]:
    """Yield the conventions that could make wrong numbers right; none where nothing is wrong."""
    if not wrong:
        return
    paths = {one.path.partition("[")[0].rpartition(".")[2] for one in wrong}
    yield from _scales(situation, wrong)
    if paths & {"dy", "dx"}:
        yield from _per_row(situation)
    yield from _of_layers(situation)
    if paths & {"E", "row_loss"}:
        yield from _of_loss(situation)
    yield from _of_penalty(situation, paths)
    if paths & {"new", "change"} and situation.rate is not None:
        yield from _of_update(situation)


def conventions_for_page(situation: Situation) -> Iterator[tuple[Convention, tuple[str, ...]]]:
    """Yield every convention, and the last names of the quantities it is looked for in.

    No name stands for all of them.
    """
    for scale in _round_scales(situation):
        if not np.isclose(scale, 1.0, rtol=1e-7):
            yield of_scale(situation, scale), ("E",)
    groups: tuple[tuple[Iterator[Convention], tuple[str, ...]], ...] = (
        (_per_row(situation), ("dy", "dx")),
        (_of_layers(situation), ()),
        (_of_loss(situation), ("E", "row_loss")),
        (_of_penalty(situation, {"E"}), ("E",)),
    )
    for group, ends in groups:
        yield from ((one, ends) for one in group)
    gradients = tuple(_gradient_path(path) for path in situation.task.layout.paths)
    names = tuple(dict.fromkeys(path.rpartition(".")[2] for path in gradients))
    yield from ((one, (*names, "dy", "dx")) for one in _of_penalty(situation, {"d"}))
    if situation.rate is not None:
        yield from ((one, ("new", "change")) for one in _of_update(situation))


def both(one: Convention, other: Convention) -> Convention:
    """Return two conventions together."""
    return Convention(
        f"{one.name} + {other.name}",
        f"{one.sentence}; {other.sentence}",
        lambda situation: other.make(one.make(situation)),
        one.scale * other.scale,
    )


def of_scale(situation: Situation, scale: float) -> Convention:
    """Return the convention whose loss is `scale` times this package's."""
    name, words = scale_words(situation, scale)
    return Convention(
        name,
        f"your E is {shown(scale)} × ours{words}; gradients are compared on that scale",
        change_loss(lambda loss: ScaledLoss(loss, scale)),
        scale,
    )


def scale_words(situation: Situation, scale: float) -> tuple[str, str]:
    """Return the name of a factor of the loss, and where it comes from; all that fit."""
    fitting = [
        known for known in _known_scales(situation) if np.isclose(known[0], scale, rtol=1e-5)
    ]
    if not fitting:
        return f"a loss of its own scale, {shown(scale)}", ""
    names = " or ".join(dict.fromkeys(name for _, name, _ in fitting))
    return names, f": {', or '.join(words for _, _, words in fitting)}"


def _known_scales(situation: Situation) -> Iterator[tuple[float, str, str]]:
    """Yield the factors that losses in use have, each with a name and where it comes from."""
    rows, outputs = situation.divisor, situation.task.network.output_width(None) or 1
    squared = isinstance(situation.task.loss, SquaredError)
    yield (
        2.0,
        "1/2 missing" if squared else "a factor 2",
        "the 1/2 is left out" if squared else "twice",
    )
    if rows != 1:
        yield rows, "1/N missing", "the sum over the rows, where ours is the mean"
        if squared:
            yield 2.0 * rows, "1/2 and 1/N missing", "the squared errors, summed"
    if outputs > 1:
        yield 1 / outputs, "mean over outputs", "the mean over the outputs"
        yield rows / outputs, "1/N missing, mean over outputs", "summed over rows, not over outputs"
        if squared:
            words = "the mean over rows and outputs, without the 1/2 (PyTorch's MSELoss)"
            yield 2 / outputs, "MSELoss", words
    yield 0.5, "a factor 1/2 too many", "halved once more"


def _scales(situation: Situation, work: Sequence[Submitted]) -> Iterator[Convention]:
    """Yield the scale that the given loss has, and none where no loss was given."""
    place = next((k for k, one in enumerate(work) if one.path == "E"), None)
    if place is None:
        return
    yours = float(work[place].values)
    given_theirs = follows(run(situation, update=False), work, place)
    rights = [float(values_in(situation, ["E"])["E"])]
    rights += [] if given_theirs is None else [float(given_theirs)]
    for right in rights:
        if not right or not np.isfinite(yours / right) or yours / right <= 0:
            continue
        scale = yours / right
        rounded = [
            known for known in _round_scales(situation) if np.isclose(known, scale, rtol=1e-3)
        ]
        for known in rounded or [scale]:
            if not np.isclose(known, 1.0, rtol=1e-7):
                yield of_scale(situation, float(known))


def scales_beside_slips(situation: Situation, work: Sequence[Submitted]) -> Iterator[Convention]:
    """Yield the scales in use that a wrong loss has, beside a slip that changes the loss.

    `work` holds the wrong quantities.
    """
    loss = next((one for one in work if one.path == "E"), None)
    if loss is None or not np.isfinite(loss.values):
        return
    right = float(values_in(situation, ["E"])["E"])
    found: list[float] = []
    for slip in slips_of(situation):
        if slip.phase != "loss":
            continue
        made = float(Outcome(slip.make(situation), ["E"])["E"])
        if not made or not np.isfinite(made) or made == right:
            continue
        found += [
            known for known in _round_scales(situation)
            if known != 1.0 and np.isclose(known * made, float(loss.values), rtol=1e-6)
        ]  # fmt: skip
    for scale in dict.fromkeys(found):
        yield of_scale(situation, scale)


def _round_scales(situation: Situation) -> list[float]:
    return [1.0, *dict.fromkeys(scale for scale, _, _ in _known_scales(situation))]


def _per_row(situation: Situation) -> Iterator[Convention]:
    rows = situation.divisor
    if rows == 1:
        return

    def signal(path: str, array: np.ndarray) -> np.ndarray:
        return array * rows if path.rpartition(".")[2] in ("dy", "dx") else array

    yield Convention(
        "error signals per row",
        "your error signals are those of each row alone; the 1/N comes in with dW and db",
        lambda s: replace(s, after=(*s.after, signal)),
        with_slips=True,
    )


def _of_layers(situation: Situation) -> Iterator[Convention]:
    if any(isinstance(layer, ReLU) for _, layer in leaves(situation.task.network)):
        yield Convention(
            "ReLU'(0) = 1",
            "your ReLU has the slope 1 at 0, ours 0; both are right",
            change_layers(ReLU, SlopeOneAtZero),
        )


def _of_loss(situation: Situation) -> Iterator[Convention]:
    if isinstance(situation.task.loss, CrossEntropy | BinaryCrossEntropy):
        for power in range(-15, -6):
            yield Convention(
                f"log(p + 1e{power})",
                f"your loss takes the logarithm of p + 1e{power}",
                change_loss(partial(LogOfMore, more=10.0**power)),
            )


def _of_penalty(situation: Situation, paths: set[str]) -> Iterator[Convention]:
    """Yield the L2 penalty counted in the loss, and in the gradients."""
    if not situation.task.l2.strength:
        return
    if "E" in paths:
        yield Convention("penalty in the loss", "your E has the L2 penalty in it", _penalty_in_loss)
    if any(path.startswith("d") for path in paths):
        yield Convention(
            "penalty in the gradients",
            "your gradients have the L2 penalty's in them",
            _penalty_in_gradients,
            with_slips=True,
        )


def _penalty_in_loss(situation: Situation) -> Situation:
    task, vector = situation.task, np.asarray(situation.position.params, float)
    penalised = np.asarray(task.penalised, float)
    penalty = float(task.l2.value(np, vector, penalised, situation.divisor))

    def change(path: str, array: np.ndarray) -> np.ndarray:
        return array + penalty if path == "E" else array

    return replace(situation, after=(*situation.after, change))


def _penalty_in_gradients(situation: Situation) -> Situation:
    of = {_gradient_path(path): path for path in situation.task.layout.paths}

    def change(path: str, array: np.ndarray) -> np.ndarray:
        return array + pull_of(situation, of[path], array) if path in of else array

    return replace(situation, after=(*situation.after, change))


def _gradient_path(path: str) -> str:
    layer, dot, name = path.rpartition(".")
    return f"{layer}{dot}d{name}"


def _of_update(situation: Situation) -> Iterator[Convention]:
    task = situation.task
    inner = optimizer_inside(task.optimizer)
    if isinstance(inner, Adam):
        yield Convention(
            "Adam's ε beside the other √v",
            "your Adam adds ε at the other place of the two in use",
            change_settings(lambda adam: replace(adam, epsilon_hat=not adam.epsilon_hat)),
        )
    if isinstance(inner, Adam | RMSProp):
        yield Convention(
            "ε inside the root",
            "your optimizer adds ε inside the root",
            change_optimizer(RootOfMore),
        )
    if isinstance(inner, SGD) and inner.momentum:
        yield Convention(
            "momentum with 1 − μ",
            "your momentum takes (1 − μ) g: the same rule with another μ and η",
            change_optimizer(OneMinusMu),
        )
    if isinstance(task.optimizer, WeightDecay):
        yield Convention(
            "biases decay too",
            "your weight decay acts on biases too, as PyTorch's AdamW does",
            _all_decay,
            with_slips=True,
        )


def _all_decay(situation: Situation) -> Situation:
    """Return the step whose weight decay acts on every parameter; an L2 penalty is as it was."""
    task = situation.task
    return replace(situation, task=replace(task, optimizer=AllDecay(task.optimizer)))
