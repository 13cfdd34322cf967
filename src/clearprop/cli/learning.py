"""What `clearprop learn` does: rows give a network to train, and both a page."""

from __future__ import annotations

import webbrowser
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import typer

from clearprop.cli.encoding import say
from clearprop.cli.show import size_of
from clearprop.data import TableEncoder, TargetEncoder, infer_task, open_dataset
from clearprop.data.labels import class_names, named
from clearprop.definitions import layers
from clearprop.definitions.losses import CrossEntropy, SquaredError
from clearprop.definitions.optimizers import SGD
from clearprop.learning import Lesson, learn
from clearprop.writing.numbers import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from clearprop.data import Dataset
    from clearprop.definitions.layer import Layer

ACTIVATIONS: dict[str, Callable[[], Layer]] = {
    "tanh": layers.Tanh,
    "relu": layers.ReLU,
    "sigmoid": layers.Sigmoid,
}
TOY_RATE, RATE = 0.3, 0.1
MOST_CLASSES = 20
DIGITS = 5
"""Decimals of a standardised input: the page is shorter, and the data hardly differ."""


class LearnOptions(NamedTuple):
    """The options of the command."""

    source: str | None
    target: str | None
    hidden: tuple[int, ...]
    activation: str
    rate: float | None
    batch_size: int
    seed: int
    out: Path
    show: bool


def run(wanted: LearnOptions, reading: Mapping[str, Any]) -> None:
    """Write the page, and open it if asked to."""
    if wanted.source is None:
        optimizer = SGD(wanted.rate or TOY_RATE)
        lesson = learn(optimizer=optimizer, batch_size=wanted.batch_size, seed=wanted.seed)
    else:
        lesson = _of_rows(wanted, reading, SGD(wanted.rate or RATE))
    lesson.to_html(wanted.out)
    say(f"saved {wanted.out} ({size_of(wanted.out.stat().st_size)}): {lesson}")
    if wanted.show and not webbrowser.open(wanted.out.resolve().as_uri()):
        say(f"no browser could be opened: open {wanted.out} in one", err=True)


def _of_rows(wanted: LearnOptions, reading: Mapping[str, Any], optimizer: SGD) -> Lesson:
    """Return the page of a network for the rows of a source."""
    assert wanted.source is not None
    dataset = open_dataset(wanted.source, wanted.target, **reading)
    x, inputs, scales, notes = _inputs_of(dataset)
    for note in (*dataset.notes, *notes):
        say(f"  {note}")
    of_target = None
    by_class = (dataset.task or infer_task(dataset.y)) == "classification"
    if by_class:
        classes, t = np.unique(named(dataset), return_inverse=True)
        if len(classes) > MOST_CLASSES:
            raise typer.BadParameter(
                f"{dataset.target_name} has {len(classes)} classes, the page shows at most "
                f"{MOST_CLASSES}",
                param_hint="--target",
            )
        outputs = class_names(classes)
    else:
        target = TargetEncoder.fit(dataset.y)
        t, outputs = np.reshape(target.encode(dataset.y), (-1, 1)), [dataset.target_name]
        of_target = [(target.mean, target.sd)]
        for note in target.describe():
            say(f"  {note}")
    widths = (x.shape[1], *wanted.hidden, len(outputs))
    parts: list[Layer] = []
    for place, (entering, units) in enumerate(pairwise(widths)):
        parts += [ACTIVATIONS[wanted.activation]()] if place else []
        parts.append(layers.Dense(entering, units))
    return learn(
        layers.Chain(*parts),
        CrossEntropy() if by_class else SquaredError(),
        x,
        t,
        optimizer=optimizer,
        batch_size=wanted.batch_size,
        seed=wanted.seed,
        inputs=inputs,
        outputs=outputs,
        standardised=scales,
        standardised_targets=of_target,
        image_shape=dataset.image,
        title=dataset.name,
    )


Scales = list[tuple[float, float] | None] | None


def _inputs_of(dataset: Dataset) -> tuple[np.ndarray, tuple[str, ...], Scales, list[str]]:
    """Return the network's inputs, their names, how they were standardised, and that in words."""
    if dataset.image is not None:
        pixels = np.asarray(dataset.X, float)
        brightest = float(np.abs(pixels).max()) or 1.0
        note = f"divided all pixels by the largest, {shown(brightest)}"
        return pixels / brightest, tuple(dataset.feature_names), None, [note]
    encoder = TableEncoder.fit(dataset.X, dataset.feature_names)
    x = np.round(encoder.encode(dataset.X), DIGITS)
    scales = [(one.mean, one.sd) if one else None for one in encoder.standardised]
    return x, encoder.input_names, scales, encoder.describe()
