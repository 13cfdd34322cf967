"""What a model predicts with, whatever the model is: the one thing that all doors out take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clearprop.data.target import TargetEncoder
from clearprop.definitions.layer import Array, Layer, Namespace, Tree
from clearprop.definitions.losses import Loss
from clearprop.definitions.parameters import Layout, check_parameters
from clearprop.doors.scaling import Scaling


@dataclass(frozen=True, eq=False)
class Served:
    """A network with all that its prediction needs.

    Attributes
    ----------
    network, params, state
        As training takes and returns them.
    loss : Loss or None
        Whose link makes predictions of raw outputs; None leaves them raw.
    inputs : int
        How many numbers a row has.
    scaling : tuple of Scaling
        What is done to a row before the network, in order.
    target : TargetEncoder or None
        How predictions are brought to the unit of the target.
    classes : ndarray or None
        What the outputs stand for, of a classifier; of two classes the one output is the
        probability of the second.
    multilabel : bool
        Whether each class is an answer of its own.
    columns : tuple of str
        The names of the inputs where they are known.
    """

    network: Layer
    params: Tree
    loss: Loss | None
    state: Any
    inputs: int
    scaling: tuple[Scaling, ...] = ()
    target: TargetEncoder | None = None
    classes: np.ndarray | None = None
    multilabel: bool = False
    columns: tuple[str, ...] = field(default=(), repr=False)

    def before(self, xp: Namespace, x: Array) -> Array:
        """Return what the network sees of rows x (N, I)."""
        for one in self.scaling:
            x = one(xp, x)
        return x

    def after(self, prediction: Array) -> Array:
        """Return predictions (N, K) in the unit of the target."""
        return prediction if self.target is None else self.target.decoded(prediction)

    def link(self, xp: Namespace, output: Array) -> Array:
        """Return the prediction for raw outputs (N, K)."""
        return output if self.loss is None else self.loss.link(xp, output)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of its parameters; float64 where rows are scaled first."""
        if self.scaling or self.target is not None:
            return np.dtype(float)
        return Layout.of(self.params).pack(self.params).dtype

    @property
    def answer(self) -> str:
        """What a prediction is, in words."""
        if self.classes is None:
            link = self.loss.link_name if self.loss is not None else ""
            return f"{link} of the raw outputs" if link else "the outputs"
        names = ", ".join(map(str, self.classes))
        if self.multilabel:
            return f"the probability of each label: {names}"
        if len(self.classes) == 2:
            return f"the probability of {self.classes[1]} (the other class is {self.classes[0]})"
        return f"the probabilities of the classes: {names}"


def served_network(
    network: Layer, params: Tree | None, loss: Loss | None, state: Any, inputs: int | None
) -> Served:
    """Return a network as it is served; raise unless its parameters fit."""
    if params is None:
        raise TypeError("a network is exported with its parameters: give params")
    check_parameters(network, params)
    width = width_of(network) if inputs is None else inputs
    if width is None:
        raise ValueError("no layer of the network says how many numbers a row has: give inputs")
    network.output_width(width)
    return Served(network, params, loss, state, width)


def width_of(network: Layer) -> int | None:
    """Return how many values a row has that the network takes; None where any number will do."""
    for name in ("inputs", "width"):
        if hasattr(network, name):
            return int(getattr(network, name))
    for child in network.children.values():
        width = width_of(child)
        if width is not None:
            return width
    return None
