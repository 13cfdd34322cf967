"""A network and an optimizer in a line: titles of steps and reports."""

from __future__ import annotations

from typing import Any

from clearprop.definitions.layer import Layer
from clearprop.definitions.layers import Activation, Chain, Dense, Dropout, Residual
from clearprop.definitions.losses import Loss
from clearprop.writing.numbers import shown


def network_title(network: Layer, loss: Loss) -> str:
    """Return the network in a line: 64 → 16 tanh → 10 softmax."""
    words = _words(network)
    return " ".join([*words, loss.link_name] if loss.link_name else words)


def _words(layer: Layer) -> list[str]:
    if isinstance(layer, Chain):
        words: list[str] = []
        for child in layer.layers:
            more = _words(child)
            words += more[1:] if words and isinstance(child, Dense) else more
        return words
    if isinstance(layer, Dense):
        return [str(layer.inputs), "→", str(layer.outputs)]
    if isinstance(layer, Residual):
        return [f"+ ({' '.join(_words(layer.inner))})"]
    kind = type(layer).__name__
    if isinstance(layer, Dropout):
        return [f"dropout {shown(layer.rate)}"]
    return [kind.lower() if isinstance(layer, Activation) else kind]


def optimizer_title(optimizer: Any, rate: float | None) -> str | None:
    """Return the optimizer in a line: Adam, η 0.001."""
    if rate is None:
        return None
    inner = getattr(optimizer, "optimizer", None)
    kind = type(optimizer if inner is None else inner).__name__
    words = [kind]
    if getattr(inner or optimizer, "momentum", 0.0):
        words.append(f"momentum {shown((inner or optimizer).momentum)}")
    words.append(f"η {shown(rate)}")
    if inner is not None:
        words.append(f"weight decay {shown(optimizer.decay)}")
    return ", ".join(words)
