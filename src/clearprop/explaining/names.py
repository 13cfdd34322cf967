"""Names of quantities: W₁, z₁, a₁, δ₁ as in textbooks, and paths where textbooks have no name.

The layers of a plain chain are counted: the k-th Dense has W_k, b_k, z_k and δ_k, the activation
after it a_k. Other layers, and layers inside others, are called by their paths.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from clearprop.definitions.layer import Layer
from clearprop.definitions.layers import Activation, Chain, Dense


@dataclass(frozen=True)
class Name:
    """A letter with an index: W and 1. Marks stand around it: ∂E/∂ before, new or old behind.

    `index` is a number, another name (m of W₁), or the path of a layer.
    """

    letter: str
    index: int | str | Name | None = None
    mark: str = ""
    before: str = ""


NETWORK_NAMES = {
    "x": Name("x"), "t": Name("t"), "weights": Name("w"), "N": Name("N"), "rate": Name("η"),
    "p": Name("p"), "row_loss": Name("E", "n"), "E": Name("E"), "penalty": Name("R"),
    "length": Name("length"), "clip": Name("c"), "state.t": Name("step"),
    "state.t.before": Name("step", mark="old"),
}  # fmt: skip
"""Names of the quantities that belong to the whole network."""

LETTERS = {"gamma": "γ", "beta": "β", "x_hat": "x̂", "mean": "μ", "variance": "v", "mask": "mask"}
"""Letters of what layers hold."""

MARKED = {
    "new": {"mark": "new"}, "change": {"before": "Δ"}, "descended": {"before": "∂(E + R)/∂"},
}  # fmt: skip
"""Marks on a parameter's name, by the last part of an update quantity's path."""

MEANINGS = {
    "x": "inputs of the network",
    "t": "targets",
    "weights": "weights of the rows",
    "N": "sum of the rows' weights",
    "rate": "learning rate of this step",
    "p": "prediction",
    "row_loss": "loss of each row",
    "E": "loss",
    "penalty": "L2 penalty",
    "length": "length of the whole gradient",
    "clip": "factor that shortens the gradient",
    "state.t": "step counter",
    "W": "weights of {layer}",
    "b": "biases of {layer}",
    "gamma": "scales of {layer}",
    "beta": "shifts of {layer}",
    "x_hat": "standardised inputs of {layer}",
    "mean": "means in {layer}",
    "variance": "variances in {layer}",
    "inverse_sd": "1 / standard deviation in {layer}",
    "mask": "dropout mask of {layer}",
    "y": "output of {layer}",
    "dy": "gradient at the output of {layer}",
    "dx": "gradient at the input of {layer}",
    "l2": "gradient of the L2 penalty for {parameter}",
    "g": "gradient of {parameter} as passed to the optimizer",
    "descended": "gradient of loss and penalty for {parameter}",
    "new": "{parameter} after the step",
    "change": "change of {parameter}",
}
"""What quantities are, in words, by the last part of their paths."""

STATE_MEANINGS = {
    "velocity": "velocity of {parameter}",
    "m": "running mean of {parameter}'s gradient",
    "v": "running mean of {parameter}'s squared gradient",
    "square": "running mean of {parameter}'s squared gradient",
}
"""What an optimizer keeps for each parameter, in words."""


class Names:
    """The names of one network's quantities."""

    def __init__(self, network: Layer, parameters: Iterable[str]) -> None:
        self._parameters = frozenset(parameters)
        self._outputs: dict[str, Name] = {}
        self._index: dict[str, int] = {}
        self._dense: set[str] = set()
        if isinstance(network, Chain):
            self._count(network.children)

    def _count(self, layers: Mapping[str, Layer]) -> None:
        dense, waiting = 0, False
        for place, (path, layer) in enumerate(layers.items(), 1):
            if isinstance(layer, Dense):
                dense, waiting = dense + 1, True
                self._index[path] = dense
                self._dense.add(path)
                self._outputs[path] = Name("z", dense)
            elif isinstance(layer, Activation) and waiting:
                waiting = False
                self._outputs[path] = Name("a", dense)
            if place == len(layers) and path in self._outputs:
                self._outputs[path] = Name("o")

    def of(self, path: str, aliases: Mapping[str, str]) -> Name:
        """Return the name of the quantity at `path`."""
        if path in NETWORK_NAMES:
            return NETWORK_NAMES[path]
        if path.endswith(".before"):
            return replace(self.of(path.removesuffix(".before"), aliases), mark="old")
        layer, _, last = path.rpartition(".")
        if ".part." in path:
            parameter, _, part = path.partition(".part.")
            return replace(self.of(parameter, aliases), before="Δ", mark=part)
        if last in MARKED:
            return replace(self.of(layer, aliases), **MARKED[last])
        if last == "y":
            return self._outputs.get(layer) or Name("y", layer or None)
        if last == "dy":
            if layer in self._dense:
                return Name("δ", self._index[layer])
            output = f"{layer}.y" if layer else "y"
            return self._gradient_of(aliases.get(output, output), aliases)
        if last == "dx" and aliases.get(f"{layer}.x") == "x" and "." not in layer:
            return replace(NETWORK_NAMES["x"], before="∂E/∂")
        if last == "dx":
            return Name("x", layer or None, before="∂E/∂")
        if layer in self._parameters:
            return Name(last, self.of(layer, aliases))
        if self._is_gradient(path):
            return replace(self._held(layer, last[1:]), before="∂E/∂")
        return self._held(layer, last)

    def meaning(self, path: str) -> str:
        """Return in words what the quantity at `path` is."""
        if path.endswith(".before"):
            return f"{self.meaning(path.removesuffix('.before'))} before this step"
        if path in MEANINGS:
            return MEANINGS[path].format(layer="the network", parameter=path)
        layer, dot, last = path.rpartition(".")
        if ".part." in path:
            parameter, _, part = path.partition(".part.")
            source = {"decay": "weight decay", "gradient": "the gradient"}.get(part, part)
            return f"contribution of {source} to the change of {parameter}"
        if last == "dy" and layer in self._dense:
            return f"error signal of {layer}"
        if last == "y" and layer in self._dense:
            return f"pre-activations of {layer}"
        if self._is_gradient(path):
            return f"gradient of {layer}{dot}{last[1:]}"
        meanings = (
            STATE_MEANINGS if layer in self._parameters and last in STATE_MEANINGS else MEANINGS
        )
        sentence = meanings.get(last, "{parameter}'s " + last)
        return sentence.format(layer=layer or "the network", parameter=layer)

    def _gradient_of(self, path: str, aliases: Mapping[str, str]) -> Name:
        layer, _, last = path.rpartition(".")
        if last == "y" and layer in self._dense:
            return Name("δ", self._index[layer])
        return replace(self.of(path, aliases), before="∂E/∂")

    def _held(self, layer: str, last: str) -> Name:
        """Return the name of a parameter, or of what a layer saved."""
        return Name(LETTERS.get(last, last), self._index.get(layer, layer or None))

    def _is_gradient(self, path: str) -> bool:
        layer, dot, last = path.rpartition(".")
        return f"{layer}{dot}{last[1:]}" in self._parameters
