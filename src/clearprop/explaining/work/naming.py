"""The names that people give to quantities, as the step's paths: W1, dZ2, y_hat, grad_b1, wih."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from clearprop.definitions.layers import Activation, Chain, Dense
from clearprop.explaining.step import StepData, UnknownQuantityError

KINDS: dict[str, tuple[str, ...]] = {
    "W": ("w", "weight", "weights", "theta", "kernel", "wt"),
    "b": ("b", "bias", "biases"),
    "z": ("z", "net", "pre", "preactivation", "zs", "s", "u"),
    "a": ("a", "h", "act", "activation", "activations", "hidden", "layer"),
    "delta": ("delta", "deltas", "error", "err"),
}
"""What a quantity of one layer is, and what people call it, in small letters."""

LOSS = ("e", "j", "l", "loss", "cost", "error", "mse", "bce", "ce", "crossentropy", "totalloss")
PREDICTION = (
    "p", "yhat", "ypred", "pred", "preds", "prediction", "predictions", "out", "output", "outputs",
    "probs", "probabilities", "ohat", "al", "aout", "aoutput", "yp", "finaloutput", "finaloutputs",
)  # fmt: skip
RAW_OUTPUT = ("logits", "scores", "zl", "zout", "zoutput")
INPUT, TARGET = ("x", "inputs", "input", "a0", "h0"), ("t", "y", "target", "targets", "ytrue")
GRADIENT = (
    "grad",
    "gradient",
    "gradof",
    "nabla",
    "dedl",
    "dld",
    "djd",
    "ded",
    "dcd",
    "dlossd",
    "d",
    "g",
)
NEW = ("new", "updated", "after", "next")

_INDEX = re.compile(r"^([a-z]+?)(\d+)?$")
_LAYER_FIRST = re.compile(
    r"^(?:layers?|l|fc|dense|linear|lin|hidden|params|grads)?(\d+)(d?[a-z]+?)(grads?)?$"
)
_PLACES = {"ih": 1, "ho": -1, "inputhidden": 1, "hiddenoutput": -1, "hidden": 1, "output": -1,
           "out": -1, "o": -1, "h": 1, "last": -1, "first": 1}  # fmt: skip


class Naming:
    """The names that the quantities of one step may go by."""

    def __init__(self, step: StepData) -> None:
        self._step = step
        network = step.task.network
        children = network.children if isinstance(network, Chain) else {"": network}
        self._dense: list[str] = []
        self._after: dict[int, str] = {}
        for path, layer in children.items():
            if isinstance(layer, Dense):
                self._dense.append(path)
            elif isinstance(layer, Activation) and self._dense:
                self._after.setdefault(len(self._dense), path)

    def path(self, name: str, from_zero: bool = False) -> str | None:
        """Return the path or address of what someone calls `name`, None if it is not known."""
        try:
            quantity, index = self._step.find(name)
        except (UnknownQuantityError, IndexError):
            if "[" in name:
                raise
            found = self._guess(_plain(name), from_zero)
            return found if found is None or found in self._step else None
        if index is None:
            return name if name in self._step.record.aliases else quantity.path
        return f"{quantity.path}[{','.join(map(str, index))}]"

    def _guess(self, word: str, from_zero: bool) -> str | None:
        """Return the path of a plain word of small letters and digits."""
        for mark in NEW:
            if word.endswith(mark) or word.startswith(mark):
                inner = word.removesuffix(mark) if word.endswith(mark) else word.removeprefix(mark)
                found = self._guess(inner, from_zero)
                return f"{found}.new" if found in self._step.task.layout.paths else None
        whole = {**dict.fromkeys(LOSS, "E"), **dict.fromkeys(INPUT, "x"),
                 **dict.fromkeys(TARGET, "t"), **dict.fromkeys(RAW_OUTPUT, "o"),
                 **dict.fromkeys(PREDICTION, "p")}  # fmt: skip
        if word in whole:
            return whole[word]
        found = self._of_layer(word, from_zero)
        if found is not None:
            return found
        first = _LAYER_FIRST.match(word)
        if first is not None:
            number, letters, grad = first.groups()
            return self._guess(f"{'grad' if grad else ''}{letters}{number}", from_zero)
        for mark in GRADIENT:
            if word.startswith(mark) and word != mark:
                rest = word.removeprefix(mark)
                made = self._of_layer(rest, from_zero)
                if made is None and rest in (*PREDICTION, *RAW_OUTPUT):
                    made = whole[rest]
                if made is not None:
                    return self._gradient(made)
            if word.endswith(mark) and len(mark) > 1 and word != mark:
                made = self._of_layer(word.removesuffix(mark), from_zero)
                if made is not None:
                    return self._gradient(made)
        return None

    def _of_layer(self, word: str, from_zero: bool) -> str | None:
        match = _INDEX.match(word)
        if match is None:
            return None
        letters, number = match.groups()
        count = len(self._dense)
        for kind, names in KINDS.items():
            for called in sorted(names, key=len, reverse=True):
                place: int | None = None
                if letters == called and number is not None:
                    place = int(number) + (1 if from_zero else 0)
                elif letters == called and count == 1:
                    place = 1
                elif number is None and letters.startswith(called):
                    place = _PLACES.get(letters.removeprefix(called))
                elif number is None and letters.endswith(called):
                    place = _PLACES.get(letters.removesuffix(called))
                if place is None:
                    continue
                place = count if place == -1 else place
                if 1 <= place <= count:
                    return self._held(kind, place)
        return None

    def _held(self, kind: str, place: int) -> str:
        dense = self._dense[place - 1]
        lead = f"{dense}." if dense else ""
        if kind in ("W", "b"):
            return f"{lead}{kind}"
        if kind == "z":
            return f"{lead}y"
        if kind == "delta":
            return f"{lead}dy"
        after = self._after.get(place)
        return (
            f"{after}.y"
            if after is not None
            else ("p" if place == len(self._dense) else f"{lead}y")
        )

    def _gradient(self, path: str) -> str | None:
        """Return the path of the loss's gradient with respect to the quantity at a path."""
        if path in self._step.task.layout.paths:
            layer, dot, name = path.rpartition(".")
            return f"{layer}{dot}d{name}"
        if path.endswith(".y"):
            return f"{path.removesuffix('y')}dy"
        if path == "y":
            return "dy"
        if path in ("o", "p") and self._dense:
            last = self._after.get(len(self._dense)) or self._dense[-1]
            return f"{last}.dy" if last else "dy"
        return None


def counts_from_zero(names: Iterable[str]) -> bool:
    """Return whether someone numbers layers from 0: W0, b0, dW0, z0, delta0."""
    plain = {_plain(name) for name in names}
    kinds = [
        word for kind in ("W", "b", "z", "delta") for word in KINDS[kind] if word not in ("s", "u")
    ]
    return any(f"{mark}{kind}0" in plain for mark in ("", "d", "grad", "delta") for kind in kinds)


def _plain(name: str) -> str:
    """Return a name in small letters and digits alone, Greek letters spelled."""
    spelled: Mapping[str, str] = {
        "δ": "delta",
        "∂": "d",
        "∇": "nabla",
        "ŷ": "yhat",
        "θ": "theta",
    }
    for letter, word in spelled.items():
        name = name.replace(letter, word)
    return re.sub(r"[^a-z0-9]", "", name.lower())
