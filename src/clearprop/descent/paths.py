"""Recording the path of training through the space of all weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clearprop.definitions.layer import Layer, Tree
from clearprop.definitions.losses import Loss
from clearprop.definitions.parameters import Layout
from clearprop.training.result import TrainingResult
from clearprop.training.train import train
from clearprop.training.watch import EpochReport


class PathRecorder:
    """Keeps the weights of every epoch: give it to ``train`` as ``on_epoch``.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> net = cp.Chain(cp.Dense(1, 1))
    >>> params = net.init(np.random.default_rng(0))
    >>> recorder = PathRecorder(params)
    >>> result = cp.train(net, cp.SquaredError(), params, [[1.0], [2.0]], [[1.0], [3.0]],
    ...                   epochs=5, seed=0, on_epoch=recorder)
    >>> recorder.weights.shape
    (6, 2)
    """

    def __init__(self, start: Tree) -> None:
        self._layout = Layout.of(start)
        self._weights = [self._layout.pack(start)]

    def __call__(self, report: EpochReport) -> bool:
        """Keep the weights of an epoch; training goes on."""
        self._weights.append(report.position.params.copy())
        return False

    @property
    def weights(self) -> np.ndarray:
        """The weights before the first epoch and after each, (epochs + 1, P)."""
        return np.array(self._weights)


@dataclass(frozen=True, eq=False)
class TrainingPath:
    """The weights before training and after each epoch, (epochs + 1, P), and the result."""

    weights: np.ndarray = field(repr=False)
    result: TrainingResult = field(repr=False)


def train_paths(
    network: Layer,
    loss: Loss,
    params: Tree,
    x: Any,
    t: Any,
    *,
    restarts: int = 1,
    seed: int | None = None,
    **options: Any,
) -> tuple[TrainingPath, ...]:
    """Train from `params`, and again from freshly drawn weights; return all paths, best first.

    Parameters
    ----------
    network, loss, params, x, t
        As for :func:`clearprop.train`; so are all other options but ``on_epoch``.
    restarts : int
        The number of paths.
    """
    if restarts < 1:
        raise ValueError(f"restarts must be at least 1, got {restarts}")
    seeds = np.random.SeedSequence(seed).generate_state(2 * restarts)
    dtype = Layout.of(params).pack(params).dtype
    paths = []
    for place in range(restarts):
        drawn = network.init(np.random.default_rng(int(seeds[2 * place])), dtype)
        start = drawn if place else params
        recorder = PathRecorder(start)
        result = train(
            network, loss, start, x, t, seed=int(seeds[2 * place + 1]), on_epoch=recorder, **options
        )
        paths.append(TrainingPath(recorder.weights, result))
    return tuple(sorted(paths, key=lambda path: path.result.final_loss))
