"""A model that came in: a clearprop network with its parameters, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clearprop.backprop import as_inputs
from clearprop.checking import check_gradients
from clearprop.definitions.layer import Layer, Tree
from clearprop.definitions.layers import Chain, Sigmoid
from clearprop.definitions.losses import BinaryCrossEntropy, CrossEntropy, Loss, SquaredError
from clearprop.definitions.parameters import Layout
from clearprop.derivatives import GradientReport
from clearprop.engines import get_engine
from clearprop.explaining.opened import Step, explain
from clearprop.explaining.titles import network_title
from clearprop.readings import numpy as xp
from clearprop.training.result import TrainingResult
from clearprop.training.train import train


class UnknownLayerError(TypeError):
    """A layer of a model that clearprop has no layer for; the message names it and its place."""


@dataclass(frozen=True, eq=False)
class OpenedModel:
    """Someone's model as a clearprop network: the same function, with every number open.

    Attributes
    ----------
    network : Chain
        Its layers.
    params : dict
        Its weights, as ``network.init`` names them; copies of the original's.
    loss : Loss
        Whose link makes its predictions, and by which it is explained and trained on.
    state : Any
        The running statistics of BatchNorm; None for networks without.
    source : str
        What it was: "PyTorch Sequential".

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> opened = cp.open_model([np.eye(2), np.ones((2, 1))], activation="tanh")
    >>> opened.outputs([[0.0, 1.0]]).round(4), list(opened.params)
    (array([[0.7616]]), ['dense1', 'dense2'])
    >>> bool(opened.check_gradients([[0.0, 1.0]], [[0.5]]))
    True
    """

    network: Chain
    params: dict[str, Any] = field(repr=False)
    loss: Loss
    state: Any = field(default=None, repr=False)
    source: str = "a model"

    def outputs(self, x: Any) -> np.ndarray:
        """Return the raw outputs for rows x (N, I), shape (N, K)."""
        inputs = as_inputs(x, Layout.of(self.params).pack(self.params).dtype)
        self.network.output_width(inputs.shape[1])  # raises where the width is wrong
        return get_engine("numpy").outputs(self.network, self.params, self.state, inputs)

    def predict(self, x: Any) -> np.ndarray:
        """Return the loss's link of the outputs, (N, K): what the original gives."""
        return np.asarray(self.loss.link(xp, self.outputs(x)))

    def explain(self, x: Any, t: Any, **settings: Any) -> Step:
        """Return one training step from here, open; see :func:`clearprop.explain`."""
        return explain(self.network, self.loss, self.params, x, t, **settings)

    def train(self, x: Any, t: Any, **settings: Any) -> TrainingResult:
        """Return the network trained on from here; see :func:`clearprop.train`.

        The running statistics of a BatchNorm begin anew.
        """
        return train(self.network, self.loss, self.params, x, t, **settings)

    def check_gradients(self, x: Any, t: Any, **settings: Any) -> GradientReport:
        """Return the proof of its gradients; see :func:`clearprop.check_gradients`."""
        return check_gradients(self.network, self.loss, self.params, x, t, **settings)

    def __str__(self) -> str:
        return f"{self.source}: {network_title(self.network, self.loss)}"


@dataclass(frozen=True, eq=False)
class Part:
    """One layer that was found, or a link at the end.

    Attributes
    ----------
    where : str
        Its place and kind, for messages.
    layer : Layer or None
        None for a softmax, which clearprop has as the link of a loss only.
    params, state
        Its parameters and its state.
    """

    where: str
    layer: Layer | None
    params: Tree = field(default_factory=dict)
    state: Any = None


SOFTMAX = None
"""The layer of a part that is a softmax."""


def assembled(parts: Sequence[Part], loss: Loss | None, source: str) -> OpenedModel:
    """Return the network of parts in order; a softmax or a sigmoid at its end is the loss's link.

    Raises
    ------
    UnknownLayerError
        If a softmax stands elsewhere.
    ValueError
        If the loss has another link than the softmax at the end.
    """
    inner = list(parts)
    last = inner[-1] if inner else None
    if last is not None and last.layer is SOFTMAX:
        loss = CrossEntropy() if loss is None else loss
        if loss.link_name != "softmax":
            raise ValueError(
                f"{last.where} is a softmax, which is the link of CrossEntropy, and not of "
                f"{type(loss).__name__}: leave out loss"
            )
        inner.pop()
    elif last is not None and type(last.layer) is Sigmoid and _takes_sigmoid(loss):
        loss = BinaryCrossEntropy() if loss is None else loss
        inner.pop()
    for part in inner:
        if part.layer is SOFTMAX:
            raise UnknownLayerError(
                f"{part.where}: a softmax can stand at the end only, as the link of CrossEntropy"
            )
    if not any(part.params for part in inner):
        raise ValueError(f"the {source} has no weights: there is nothing to open")
    network = Chain(*[part.layer for part in inner if part.layer is not SOFTMAX])
    named = dict(zip(network.children, inner, strict=True))
    params = {name: dict(part.params) for name, part in named.items() if part.params}
    state = {name: dict(part.state) for name, part in named.items() if part.state is not None}
    return OpenedModel(
        network, _of_one_dtype(params), loss or SquaredError(), state or None, source
    )


def _takes_sigmoid(loss: Loss | None) -> bool:
    return loss is None or loss.link_name == "sigmoid"


def _of_one_dtype(params: dict[str, Any]) -> dict[str, Any]:
    """Return copies of arrays in the widest of their dtypes, float32 at least."""
    arrays = [np.asarray(array) for tree in params.values() for array in tree.values()]
    dtype = np.result_type(np.float32, *arrays)
    return {
        layer: {name: np.array(array, dtype) for name, array in tree.items()}
        for layer, tree in params.items()
    }
