"""A network and rows to learn by doing: the page on which it trains, and the data behind it."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from clearprop.backprop import prepare_rows
from clearprop.definitions.layer import Layer, Tree
from clearprop.definitions.layers import Chain, Dense, Tanh
from clearprop.definitions.losses import CrossEntropy, Loss
from clearprop.definitions.optimizers import SGD, Optimizer
from clearprop.definitions.parameters import check_parameters, leaves_of
from clearprop.definitions.penalty import L2
from clearprop.files.atomic import write_atomically
from clearprop.learning.agreement import STEPS, first_losses
from clearprop.learning.known_slips import packed
from clearprop.learning.real_sets import real_sets
from clearprop.learning.seeded import NoiseSource
from clearprop.learning.task import task_of
from clearprop.learning.toys import TOYS, toy_of
from clearprop.version import __version__
from clearprop.view.notebook import frame
from clearprop.view.page import page

Scale = tuple[float, float]
"""A mean and a standard deviation."""

SampledRows = tuple[np.ndarray, np.ndarray, np.ndarray | None]
"""Inputs, targets, and weights of rows."""

FORMAT, VERSION = "clearprop.learn", 1
HEIGHT = 900
MOST_ROWS, MOST_BYTES = 500, 86_000
"""Of more rows, or of wider ones, the page has a part: it stays under 400 kB."""
FEWEST_HELD = 8
"""With fewer rows than four times this none are held out."""


class Lesson:
    """A page on which a network trains, made by :func:`learn`.

    ``lesson.to_html("learn.html")`` writes the page; a notebook shows it.

    Attributes
    ----------
    document : dict
        The data of the page, plain values for JSON.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the page, one file that needs no network; or save it as a whole or not at all.

        Parameters
        ----------
        path : path-like, optional
            The file to create or to replace.
        """
        text = page(
            self.document,
            "learn",
            title=f"{self.document['title']}: learn by doing",
            without=f"{self.document['title']}. The page needs JavaScript, which is part of it.",
        )
        if path is not None:
            write_atomically(path, [text.encode("utf-8")])
        return text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Return what a notebook shows."""
        return {"text/plain": str(self), "text/html": frame(self.to_html(), HEIGHT)}

    def __str__(self) -> str:
        sets = ", ".join(data["name"] for data in self.document["datasets"])
        return f"learn by doing: {self.document['title']}; data: {sets}"


def learn(
    network: Layer | None = None,
    loss: Loss | None = None,
    x: Any = None,
    t: Any = None,
    *,
    sample_weight: Any = None,
    params: Tree | None = None,
    optimizer: Optimizer | None = None,
    l2: float | L2 = 0.0,
    batch_size: int = 10,
    seed: int = 0,
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
    standardised: Sequence[Scale | None] | None = None,
    standardised_targets: Sequence[Scale | None] | None = None,
    image_shape: tuple[int, int] | None = None,
    title: str = "",
) -> Lesson:
    """Return a page on which the network trains live, with the equations of every step.

    The page trains with the package's own definitions, which are in it as data. Without arguments
    it has a small network and two-dimensional data sets to choose from.

    Parameters
    ----------
    network : Layer
        The network, usually a :class:`~clearprop.Chain`.
    loss : Loss
        The loss of a row.
    x : array (N, I)
        Inputs, best standardised. Of many rows the page has a part, drawn at random: 500, or
        fewer wide ones.
    t : array
        Targets in the shape and range that the loss takes.
    sample_weight : array (N,), optional
        How much each row counts.
    params : tree, optional
        The first parameters; without them ``network`` draws them from `seed`.
    optimizer : Optimizer, optional
        What makes a step of a gradient; SGD with rate 0.1 by default.
    l2 : float or L2
        λ of the penalty ½ λ Σ W².
    batch_size : int
        Rows of a step.
    seed : int
        The seed of first weights, order of rows and dropout masks.
    inputs, outputs : list of str, optional
        Names of the columns of x, and of the outputs.
    standardised, standardised_targets : list of (float, float) or None, optional
        Mean and standard deviation that each column of x, and of t, was standardised by; None for
        a column that was not. The page shows values as the table has them, too.
    image_shape : (int, int), optional
        Height and width, where each row of x is a picture.
    title : str
        What the data is called.

    Examples
    --------
    >>> import clearprop as cp
    >>> net = cp.Chain(cp.Dense(2, 4), cp.Tanh(), cp.Dense(4, 1))
    >>> x = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    >>> print(cp.learn(net, cp.BinaryCrossEntropy(), x, [0, 1, 1, 0], title="xor"))
    learn by doing: xor; data: xor
    """
    if network is None:
        if loss is not None or x is not None or t is not None:
            raise TypeError("learn needs a network, a loss, x and t; or none of them")
        return _lesson_of_toys(optimizer or SGD(0.3), l2, batch_size, seed)
    if loss is None or x is None or t is None:
        raise TypeError("learn needs a loss, x and t for the network")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size!r}")
    rows = prepare_rows(network, loss, x, t, sample_weight, np.dtype(float))
    if hasattr(rows[0], "toarray"):
        rows = (rows[0].toarray(), *rows[1:])
    shown, sentence = _sampled(rows, seed)
    held = len(shown[0]) // 4 if len(shown[0]) >= 4 * FEWEST_HELD else 0
    data = {
        "name": title or "your data",
        "about": sentence,
        "kind": "classes" if loss.link_name in ("softmax", "sigmoid") else "numbers",
        "inputs": _names(inputs, shown[0].shape[1], "x", "inputs"),
        "outputs": _names(outputs, shown[1].shape[1], "output ", "outputs"),
        "held": held,
        "image": _image(image_shape, shown[0].shape[1]),
        "scaled": {
            "inputs": _scales(standardised, shown[0].shape[1], "standardised"),
            "outputs": _scales(standardised_targets, shown[1].shape[1], "standardised_targets"),
        },
        "x": _rows(shown[0]),
        "t": _rows(shown[1]),
        "weights": None if shown[2] is None else shown[2].tolist(),
        "noise": None,
        "level": 0.0,
    }
    used = optimizer if optimizer is not None else SGD(0.1)
    return Lesson(
        _document(
            network, loss, used, params, data, (data,), l2, batch_size, seed, data["name"], shown
        )
    )


def _lesson_of_toys(optimizer: Optimizer, l2: float | L2, batch_size: int, seed: int) -> Lesson:
    sets = (*(toy_of(name) for name in TOYS), *real_sets())
    network = Chain(Dense(2, 4), Tanh(), Dense(4, 2))
    title = "backpropagation"
    return Lesson(
        _document(
            network, CrossEntropy(), optimizer, None, sets[0], sets, l2, batch_size, seed, title
        )
    )


def _document(
    network: Layer,
    loss: Loss,
    optimizer: Optimizer,
    params: Tree | None,
    data: dict[str, Any],
    datasets: Sequence[dict[str, Any]],
    l2: float | L2,
    batch_size: int,
    seed: int,
    title: str,
    rows: SampledRows | None = None,
) -> dict[str, Any]:
    task, definitions = task_of(network, loss, optimizer, l2)
    drawn = network.init(NoiseSource(seed))  # type: ignore[arg-type]
    if params is not None:
        check_parameters(network, params)
        drawn = dict(params)
    start = {path: np.ravel(values).tolist() for path, values in leaves_of(drawn)}
    x, t, weights = rows if rows is not None else (*_rows_of(data), None)
    kept = len(x) - data["held"]
    losses = first_losses(
        network, loss, optimizer, drawn, x[:kept], t[:kept],
        l2=l2, batch_size=min(batch_size, kept), seed=seed,
        weights=None if weights is None else weights[:kept],
    )  # fmt: skip
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_by": f"clearprop {__version__}",
        "title": title,
        "definitions": definitions,
        "slips": packed(),
        "task": task,
        "training": {"batch": batch_size, "rate": optimizer.learning_rate, "seed": seed},
        "start": start,
        "datasets": list(datasets),
        "agreement": {"steps": STEPS, "losses": losses},
    }


def _rows_of(data: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Return x and t with the data set's own noise, as the page adds it."""
    x, t = np.array(data["x"], float), np.array(data["t"], float)
    if data["noise"] is None:
        return x, t
    blur = data["level"] * np.array(data["noise"], float)
    return (x + blur, t) if data["kind"] == "classes" else (x, t + blur)


def _sampled(rows: SampledRows, seed: int) -> tuple[SampledRows, str]:
    """Return rows in a random order, at most so many, and a sentence about them."""
    x, t, weights = rows
    order = np.random.default_rng(seed).permutation(len(x))[:MOST_ROWS]
    size = len(json.dumps(_rows(x[order])))
    most = max(1, min(len(order), len(order) * MOST_BYTES // size))
    order = order[:most]
    sentence = f"{len(x):,} rows."
    if len(x) > most:
        sentence = f"{most} of {len(x):,} rows, drawn at random."
    return (x[order], t[order], None if weights is None else weights[order]), sentence


def _rows(array: np.ndarray) -> Any:
    """Return rows as lists, or as bytes where these are shorter; both exact."""
    rows = array.tolist()
    packed = {"f8": base64.b64encode(array.astype("<f8").tobytes()).decode("ascii")}
    return rows if len(json.dumps(rows)) <= len(packed["f8"]) else packed


def _image(shape: tuple[int, int] | None, width: int) -> list[int] | None:
    if shape is None:
        return None
    rows, columns = (int(side) for side in shape)
    if rows * columns != width:
        raise ValueError(
            f"image_shape {rows} x {columns} needs {rows * columns} inputs, x has {width}"
        )
    return [rows, columns]


def _scales(
    given: Sequence[Scale | None] | None, count: int, argument: str
) -> list[dict[str, float] | None]:
    if given is None:
        return [None] * count
    if len(given) != count:
        raise ValueError(f"{argument} must have {count} columns, got {len(given)}")
    return [None if one is None else {"mean": float(one[0]), "sd": float(one[1])} for one in given]


def _names(given: Sequence[str] | None, count: int, letter: str, argument: str) -> list[str]:
    if given is None:
        return [f"{letter}{place}" for place in range(1, count + 1)]
    if len(given) != count:
        raise ValueError(f"{argument} must name {count} columns, got {len(given)} names")
    return [str(name) for name in given]
